"""Runs by what a user calls them, from folders and from the tracking store; and the comparison, back into the store."""

import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import Metric, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from detente.configs.errors import DetenteError, InputError
from detente.configs.schema import PARTS
from detente.configs.store import default_tracking_uri, why_away
from detente.evaluation.compare.contenders import Cost, Run
from detente.evaluation.compare.folders import answering_speed, read_run, settings_of
from detente.evaluation.compare.report import WRITTEN
from detente.evaluation.compare.results import Comparison
from detente.evaluation.compare.words import headline
from detente.evaluation.evaluated import EVALUATED, Evaluated, read_evaluated

PARAMETERS = "model/parameters"
PROCESS = "detente.process"
"""Tag of a run: the machine, and the process on it."""
FOLDER = "detente.folder"
"""Tag of a run: its folder."""
KIND = "detente.kind"
"""Tag of a run: what it is, a training, a sweep, a comparison and so on."""
_SQLITE = "sqlite:///"
_RUN_ID = re.compile(r"[0-9a-f]{32}")
_TAG_CHARACTERS = 5000
_NAME_CHARACTERS = 250


def open_client(uri: str | None = None) -> MlflowClient:
    """Connect to the tracking store.

    Raises:
        InputError: There is none.
    """
    where = uri or default_tracking_uri()
    if where.startswith(_SQLITE) and not Path(where.removeprefix(_SQLITE)).is_file():
        raise InputError(
            f"{where}: expected the tracking store of a training; found none. Run this where detente train ran, or "
            "give --uri or MLFLOW_TRACKING_URI"
        )
    if problem := why_away(where):
        raise InputError(f"{where}: expected an answer of the tracking server; {problem}")
    try:
        return MlflowClient(where)
    except (MlflowException, OSError) as error:
        raise InputError(f"{where}: expected an MLflow store; it can't be opened: {error}") from error


def find_runs(references: Sequence[str], *, uri: str | None = None) -> list[Run]:
    """The runs that a user names, in that order.

    Args:
        references: Folders (see `read_run`), MLflow run ids or names, `runs:/RUN_ID/...`, `models:/NAME@ALIAS` or
            `models:/NAME/VERSION`.
        uri: The tracking store; by default `MLFLOW_TRACKING_URI`, or the SQLite file where the command runs.

    Raises:
        InputError: There is no such run, it has no evaluation that can be compared, or it is named twice.
    """
    runs = [_find_run(reference, uri) for reference in references]
    for place, run in enumerate(runs):
        if any(_is_same(run, other) for other in runs[:place]):
            raise InputError(f"{references[place]}: expected each run once; {run.name} is named twice")
    return unique_names(runs)


def last_runs(experiment: str, count: int, *, uri: str | None = None) -> list[Run]:
    """The newest finished and evaluated runs of an experiment, the oldest of them first.

    Raises:
        InputError: There is no such experiment.
    """
    client = open_client(uri)
    try:
        found = client.get_experiment_by_name(experiment)
        if found is None:
            known = ", ".join(sorted(one.name for one in client.search_experiments()))
            raise InputError(f"{experiment}: expected an experiment of {client.tracking_uri}, of {known}; found none")
        newest = islice((run for run in _finished(client, found.experiment_id) if _is_evaluated(client, run)), count)
        return unique_names([tracked_run(client, run) for run in reversed(list(newest))])
    except MlflowException as error:
        raise InputError(f"{client.tracking_uri}: expected an answer of the tracking store; {error}") from error


def tracked_run(client: MlflowClient, run: mlflow.entities.Run, *, evaluated: Evaluated | None = None) -> Run:
    """A run of the store with its evaluation.

    Raises:
        InputError: It has no evaluation that can be compared.
    """
    evaluated = evaluated or _evaluated(client, run)
    tags, metrics = run.data.tags, run.data.metrics
    return Run(
        name=run.info.run_name,
        evaluated=evaluated,
        settings=settings_of(_config(client, run), _fingerprints(run), _code(run)),
        config=tags.get("config"),
        cost=Cost(
            parameters=metrics.get(PARAMETERS),
            training_seconds=metrics.get("train/runtime"),
            examples_per_second=answering_speed(evaluated),
        ),
        run_id=run.info.run_id,
        experiment_id=run.info.experiment_id,
        machine=tags.get(PROCESS, "").partition(":")[0] or None,
        leaks=_leaks(tags.get("leaks", ""), evaluated.split),
    )


def unique_names(runs: Sequence[Run]) -> list[Run]:
    """Runs of one name get their ids, or their numbers, behind it."""
    names = [run.name for run in runs]
    return [
        replace(run, name=f"{run.name} ({(run.run_id or str(place))[:8]})") if names.count(run.name) > 1 else run
        for place, run in enumerate(runs, start=1)
    ]


def log_comparison(client: MlflowClient, comparison: Comparison, folder: Path) -> str | None:
    """Put the page and its figures into a run of their own, in the experiment of the best tracked run; return its id.

    Returns:
        None if none of the runs is tracked.

    Raises:
        DetenteError: The store doesn't take it.
    """
    tracked = [run for run in comparison.runs if run.experiment_id]
    if not tracked:
        return None
    ids = ",".join(run.run_id or "" for run in tracked)
    tags = {KIND: "comparison", "detente.compared": ids[:_TAG_CHARACTERS]}
    tags["mlflow.note.content"] = "\n\n".join(headline(comparison))[:_TAG_CHARACTERS]
    name = "comparison: " + ", ".join(one.contender.name for one in comparison.standings)
    try:
        run = client.create_run(tracked[0].experiment_id, run_name=name[:_NAME_CHARACTERS], tags=tags)
        for file in WRITTEN:
            client.log_artifact(run.info.run_id, str(folder / file))
        client.log_batch(run.info.run_id, metrics=_metrics(comparison))
        client.set_terminated(run.info.run_id)
    except (MlflowException, OSError) as error:
        raise DetenteError(
            f"the comparison is in {folder}, but {client.tracking_uri} doesn't take it (--no-log): {error}"
        ) from error
    return str(run.info.run_id)


def _metrics(comparison: Comparison) -> list[Metric]:
    now = int(time.time() * 1000)
    _, nearest = comparison.others[0]
    figures = {f"best_{comparison.figure.name}": comparison.best.value, "p_corrected": nearest.p_corrected}
    figures |= {"lead": -comparison.figure.gain(nearest.value), "examples": float(len(comparison.shared.ids))}
    return [Metric(f"comparison/{name}", value, now, 0) for name, value in figures.items()]


def _find_run(reference: str, uri: str | None) -> Run:
    if not reference.startswith(("runs:/", "models:/")) and Path(reference).is_dir():
        return _run_of_folder(read_run(Path(reference)), uri)
    try:
        client = open_client(uri)
    except InputError as error:
        raise InputError(f"{reference}: found no such folder, and no store where it may be a run; {error}") from error
    try:
        if reference.startswith("models:/"):
            return _run_of_version(client, reference)
        run_id = reference.removeprefix("runs:/").partition("/")[0]
        return tracked_run(client, client.get_run(run_id) if _RUN_ID.fullmatch(run_id) else _named(client, run_id))
    except MlflowException as error:
        raise InputError(f"{reference}: expected a run of {client.tracking_uri}; {error}") from error


def _run_of_folder(run: Run, uri: str | None) -> Run:
    """The run as the store knows it, if it does: there are its times."""
    if run.run_id is None:
        return run
    try:
        client = open_client(uri)
        known = tracked_run(client, client.get_run(run.run_id), evaluated=run.evaluated)
    except (InputError, MlflowException):
        return replace(run, run_id=None)
    return replace(known, cost=replace(known.cost, parameters=known.cost.parameters or run.cost.parameters))


def _run_of_version(client: MlflowClient, reference: str) -> Run:
    name, _, alias = reference.removeprefix("models:/").partition("@")
    if alias:
        version = client.get_model_version_by_alias(name, alias)
    else:
        name, _, number = name.rpartition("/")
        version = client.get_model_version(name, number)
    if not version.run_id:
        raise InputError(f"{reference}: expected a version that a run logged; found one without a run")
    return replace(tracked_run(client, client.get_run(version.run_id)), name=f"{name} version {version.version}")


def _named(client: MlflowClient, name: str) -> mlflow.entities.Run:
    experiments = [one.experiment_id for one in client.search_experiments(view_type=ViewType.ACTIVE_ONLY)]
    queries = (f'attributes.run_name = "{name}"', f'tags.`{FOLDER}` LIKE "%/{name}"')
    runs = [] if '"' in name else [run for query in queries for run in client.search_runs(experiments, query)]
    found = list({run.info.run_id: run for run in runs}.values())
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(run.info.run_id for run in found)
        raise InputError(f"{name}: expected the name of one run; {len(found)} have it. Give an id: {ids}")
    raise InputError(
        f"{name}: expected a folder with an evaluation, a run's id or name in {client.tracking_uri}, runs:/RUN_ID or "
        "models:/NAME@ALIAS; found none"
    )


def _finished(client: MlflowClient, experiment_id: str) -> Iterator[mlflow.entities.Run]:
    """Newest first."""
    token: str | None = ""
    while token is not None:
        page = client.search_runs(
            [experiment_id],
            "attributes.status = 'FINISHED'",
            order_by=["attributes.start_time DESC"],
            max_results=100,
            page_token=token or None,
        )
        yield from page
        token = page.token or None


def _is_evaluated(client: MlflowClient, run: mlflow.entities.Run) -> bool:
    """Runs of `detente evaluate` are none: they hold another run's model."""
    if run.data.tags.get(KIND) == "evaluation":
        return False
    return any(item.path.endswith(EVALUATED) for item in client.list_artifacts(run.info.run_id, "evaluation"))


def _evaluated(client: MlflowClient, run: mlflow.entities.Run) -> Evaluated:
    run_id = run.info.run_id
    try:
        with tempfile.TemporaryDirectory() as folder:
            return read_evaluated(_download(client, run_id, f"evaluation/{EVALUATED}", folder))
    except (MlflowException, OSError) as error:
        raise InputError(
            f"{run.info.run_name} ({run_id}): expected a run with evaluation/{EVALUATED}; it has none, its status is "
            f"{run.info.status}. Measure its model: detente evaluate runs:/{run_id}/model EXAMPLES -o DIR, and compare "
            "DIR"
        ) from error


def _config(client: MlflowClient, run: mlflow.entities.Run) -> dict[str, Any]:
    """The resolved config as it was; nothing if it can't be had."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = _download(client, run.info.run_id, "config.yaml", folder)
            return dict(YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {})
    except (MlflowException, OSError, YAMLError):
        return {}


def _download(client: MlflowClient, run_id: str, artifact: str, folder: str) -> Path:
    where = client.tracking_uri
    return Path(
        mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=artifact, dst_path=folder, tracking_uri=where)
    )


def _fingerprints(run: mlflow.entities.Run) -> dict[str, str]:
    return {part: run.data.tags[f"data.{part}"] for part in PARTS if f"data.{part}" in run.data.tags}


def _code(run: mlflow.entities.Run) -> str:
    commit = run.data.tags.get("git.commit", "none")
    changed = " with changes" if run.data.tags.get("git.state") == "changed" else ""
    version = f"detente {run.data.tags.get('detente.version', 'unknown')}"
    return version if commit == "none" else f"{version}, commit {commit[:12]}{changed}"


def _leaks(tag: str, split: str) -> str | None:
    notes = [note.removeprefix(f"{split}: ") for note in tag.split("; ") if note.startswith(f"{split}: ")]
    return notes[0] if notes else None


def _is_same(one: Run, other: Run) -> bool:
    return one.run_id == other.run_id if one.run_id else one.name == other.name
