"""From a journal into an MLflow store. What is sent twice is there once."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import filelock
from mlflow.entities import Dataset, DatasetInput, InputTag, LoggedModelInput, Metric, Param, RunTag
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from detente.configs.store import why_away
from detente.train.run_folder import RunFolder
from detente.train.tracking.journal import Entry, Journal
from detente.train.tracking.logged_model import find_model, log_measured, send_model
from detente.train.tracking.store import StoreAwayError, connect

JOURNAL = "detente.journal"
"""Tag of a run: its journal, by which a run is found whose making was answered too late."""
MODEL_RUN = "detente.model_run"
"""Tag of an evaluation: the run that trained the model."""
_PARENT = "mlflow.parentRunId"
_METRICS_AT_ONCE = 500
_SETTINGS_AT_ONCE = 100
_REFUSED = ("INVALID_PARAMETER_VALUE", "BAD_REQUEST")
_log = logging.getLogger(__name__)


class Sender:
    """Sends one journal, from where it or another has stopped.

    Args:
        journal: It must be held.
        uri: Where to; by default the store that the journal names.
    """

    def __init__(self, journal: Journal, uri: str | None = None) -> None:
        self.journal = journal
        self.uri = uri or journal.head.uri
        self._client: MlflowClient | None = None
        self._experiment_id = ""
        self._run_id = ""
        self._do = {
            "begin": self._begin,
            "batch": self._batch,
            "datasets": self._datasets,
            "artifact": self._artifact,
            "used_model": self._used_model,
            "model": self._model,
            "end": self._end,
        }

    def connect(self) -> MlflowClient:
        """Reach the store and find the run, or begin it.

        Raises:
            StoreAwayError: The server doesn't answer, or the run's parent isn't there yet.
            MlflowException, requests.RequestException, SQLAlchemyError, OSError: The store fails.
        """
        if self._client is None:
            client, self._experiment_id = connect(self.uri, self.journal.head.experiment)
            self._run_id = self._find(client)
            self._client = client
        return self._client

    @property
    def is_connected(self) -> bool:
        """Whether the run is in the store."""
        return self._client is not None

    @property
    def experiment_id(self) -> str:
        """Of the run, once it is connected."""
        return self._experiment_id

    def send(self) -> None:
        """Send what isn't sent yet, in order.

        Raises:
            MlflowException, requests.RequestException, SQLAlchemyError, OSError: As of `connect`; a part may be sent.
        """
        self.connect()
        waiting = self.journal.entries(self.journal.progress.get("sent", 0))
        if waiting and (problem := why_away(self.uri)):
            raise StoreAwayError(problem)
        for entry, end in _merged(waiting):
            self._do[entry["do"]](entry)
            self.journal.note(sent=end)

    def _find(self, client: MlflowClient) -> str:
        """The run's id: known to the journal, to its folder, to the store, or new; several processes make it once."""
        folder = self.journal.head.folder
        with filelock.FileLock(self.journal.path.parents[1] / ".runs.lock"):
            run_id = self._known(client) or self._lost(client) or self._new(client)
            self.journal.note(run_id=run_id)
            if folder and Path(folder).is_dir():  # that of a trial is removed when another is better
                RunFolder(Path(folder)).remember(run_id)
        return run_id

    def _known(self, client: MlflowClient) -> str | None:
        """The run that the journal speaks of, if this store has it; it may not be that of the first attempt."""
        run_id = self.journal.run_id
        if run_id is None:
            return None
        try:
            client.get_run(run_id)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            self.journal.forget()
            return None
        return run_id

    def _lost(self, client: MlflowClient) -> str | None:
        found = client.search_runs(
            [self._experiment_id], f"tags.`{JOURNAL}` = '{self.journal.path.name}'", max_results=1
        )
        return str(found[0].info.run_id) if found else None

    def _new(self, client: MlflowClient) -> str:
        head = self.journal.head
        tags = {**head.tags, JOURNAL: self.journal.path.name}
        if head.parent:
            parent = RunFolder(Path(head.parent)).run_id
            if parent is None:
                raise StoreAwayError("the run that it is a part of isn't there yet")
            tags[_PARENT] = parent
        run = client.create_run(self._experiment_id, start_time=head.started, tags=tags, run_name=head.name)
        return str(run.info.run_id)

    def _begin(self, entry: Entry) -> None:
        self.connect().update_run(self._run_id, status="RUNNING")
        self._batch({"metrics": [], "params": {}, "tags": entry["tags"]})

    def _batch(self, entry: Entry) -> None:
        """Settings, tags and metrics; where the store refuses some, the others are sent and the fault is told."""
        metrics = [Metric(*figure) for figure in entry["metrics"]]
        params = [Param(name, value) for name, value in entry["params"].items()]
        tags = [RunTag(name, value) for name, value in entry["tags"].items()]
        parts: list[dict[str, Any]] = [{"metrics": metrics}, {"params": params}, {"tags": tags}]
        try:
            self.connect().log_batch(self._run_id, metrics=metrics, params=params, tags=tags)
        except MlflowException as error:
            if error.error_code not in _REFUSED:
                raise
            for part in parts:
                self._part(part)

    def _part(self, part: dict[str, Any]) -> None:
        try:
            self.connect().log_batch(self._run_id, **part)
        except MlflowException as error:
            if error.error_code not in _REFUSED:
                raise
            _log.warning("%s refuses %s of the run %s: %s", self.uri, *part, self._run_id, error.message)

    def _datasets(self, entry: Entry) -> None:
        inputs = [
            DatasetInput(Dataset(name, digest, "code", source), [InputTag("mlflow.data.context", context)])
            for name, digest, source, context in entry["datasets"]
        ]
        self.connect().log_inputs(self._run_id, datasets=inputs)

    def _artifact(self, entry: Entry) -> None:
        path = self.journal.path / entry["path"]
        if path.is_dir():
            self.connect().log_artifacts(self._run_id, str(path), entry["under"])
        else:
            self.connect().log_artifact(self._run_id, str(path), entry["under"])

    def _used_model(self, entry: Entry) -> None:
        """The model that was measured, if this store knows it, and its figures."""
        model = find_model(self.connect(), entry["reference"])
        if model is None:
            return
        self.connect().log_inputs(self._run_id, models=[LoggedModelInput(model.model_id)])
        self._batch({"metrics": [], "params": {}, "tags": {MODEL_RUN: model.source_run_id}})
        log_measured(self.connect(), self._run_id, model.model_id, entry["measured"])

    def _model(self, entry: Entry) -> None:
        send_model(self.connect(), self._experiment_id, self._run_id, self.journal, entry)

    def _end(self, entry: Entry) -> None:
        self.connect().set_terminated(self._run_id, entry["status"], entry["time"])


def _merged(entries: Iterable[tuple[Entry, int]]) -> Iterator[tuple[Entry, int]]:
    """Batches that follow each other as one, as large as a store takes them."""
    held: tuple[Entry, int] | None = None
    for entry, end in entries:
        if held and entry["do"] == held[0]["do"] == "batch" and _fits(held[0], entry):
            held = (_joined(held[0], entry), end)
            continue
        if held:
            yield held
        held = (entry, end)
    if held:
        yield held


def _fits(one: Entry, other: Entry) -> bool:
    clash = one["params"].keys() & other["params"].keys()
    settings = max(len(one[kind]) + len(other[kind]) for kind in ("params", "tags"))
    return (
        not clash and settings <= _SETTINGS_AT_ONCE and len(one["metrics"]) + len(other["metrics"]) <= _METRICS_AT_ONCE
    )


def _joined(one: Entry, other: Entry) -> Entry:
    return {
        "do": "batch",
        "metrics": one["metrics"] + other["metrics"],
        "params": one["params"] | other["params"],
        "tags": one["tags"] | other["tags"],
    }
