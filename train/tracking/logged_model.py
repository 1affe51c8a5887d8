"""The model of a run as MLflow keeps it: written to disk, put into a store, registered under an alias."""

import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities import LoggedModel, LoggedModelOutput, Metric
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.tracking import MlflowClient

from detente.train.run_folder import RunFolder
from detente.train.serving import SIGNATURE
from detente.train.tracking.journal import Entry, Journal

MODEL = "model"
"""What it is called in its run."""
_SERVED_MODEL = Path(__file__).parents[1] / "served_model.py"
_PACKAGES = ("detente", "torch", "transformers", "scikit-learn", "mlflow")
_REGISTERED = (
    "Stance models. `champion` is the version in use, `challenger` the newest one; `detente promote` compares them."
)


def write_served(folder: Path, model: Path, example: Mapping[str, str]) -> None:
    """Write a model folder as a pyfunc model: no pickle, questions or articles in."""
    mlflow.pyfunc.save_model(
        folder,
        python_model=str(_SERVED_MODEL),
        artifacts={"model": str(model)},
        signature=SIGNATURE,
        input_example=[dict(example)],
        pip_requirements=[f"{name}=={importlib.metadata.version(name)}" for name in _PACKAGES],
    )


def send_model(client: MlflowClient, experiment_id: str, run_id: str, journal: Journal, entry: Entry) -> None:
    """Put the model of a journal into the store, with the metrics that were measured on it, and register it.

    What an interrupted attempt has done already is not done again.
    """
    model_id = journal.progress.get("model_id") or _pending(client, experiment_id, run_id)
    if model_id is None:
        tags = {name: str(value) for name, value in entry["tags"].items()}
        made = client.create_logged_model(
            experiment_id, name=MODEL, source_run_id=run_id, params=entry["params"], tags=tags
        )
        model_id = str(made.model_id)
    journal.note(model_id=model_id)
    _upload(client, run_id, model_id, journal.path / entry["folder"])
    log_measured(client, run_id, model_id, entry["measured"])
    if entry["register_as"]:
        _register(client, run_id, model_id, entry)


def log_measured(client: MlflowClient, run_id: str, model_id: str, measured: Sequence[Sequence[Any]]) -> None:
    """Link figures of a run to the model and to the datasets that it was measured on.

    Args:
        client: Of the store.
        run_id: The run that measured.
        model_id: The model.
        measured: Name and digest of each dataset, and the figures.
    """
    for name, digest, figures in measured:
        about = {"model_id": model_id, "dataset_name": name, "dataset_digest": digest, "run_id": run_id}
        client.log_batch(run_id, metrics=[Metric(*figure, **about) for figure in figures])


def find_model(client: MlflowClient, reference: str) -> LoggedModel | None:
    """The model that a reference names; None if the store doesn't know it.

    Args:
        client: Of the store.
        reference: `models:/NAME@ALIAS`, `models:/NAME/VERSION`, `models:/MODEL_ID`, `runs:/RUN_ID/model` or a folder.
    """
    try:
        model_id = _model_id(client, reference)
        return client.get_logged_model(model_id) if model_id else None
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None


def _model_id(client: MlflowClient, reference: str) -> str | None:
    kind, _, rest = reference.partition(":/")
    if kind == "models":
        name, _, alias = rest.partition("@")
        if not alias and "/" not in name:
            return rest
        name, _, number = (name, "", "") if alias else rest.rpartition("/")
        version = client.get_model_version_by_alias(name, alias) if alias else client.get_model_version(name, number)
        return str(version.source).removeprefix("models:/")
    run_id = rest.partition("/")[0] if kind == "runs" else RunFolder(Path(reference).resolve().parent).run_id
    outputs = client.get_run(run_id).outputs if run_id else None
    return str(outputs.model_outputs[0].model_id) if outputs and outputs.model_outputs else None


def _pending(client: MlflowClient, experiment_id: str, run_id: str) -> str | None:
    """A model of the run whose making was the last that an attempt could do."""
    found = client.search_logged_models([experiment_id], f"source_run_id = '{run_id}' AND name = '{MODEL}'")
    return next((str(model.model_id) for model in found if str(model.status) != "READY"), None)


def _upload(client: MlflowClient, run_id: str, model_id: str, folder: Path) -> None:
    logged = client.get_logged_model(model_id)
    if logged.status == "READY":
        return
    about = Model.load(folder)
    about.run_id, about.model_id, about.model_uuid = run_id, model_id, model_id
    about.artifact_path = logged.artifact_location
    about.save(folder / "MLmodel")
    client.log_model_artifacts(model_id, str(folder))
    client.log_outputs(run_id, [LoggedModelOutput(model_id, step=0)])
    client.finalize_logged_model(model_id, "READY")


def _register(client: MlflowClient, run_id: str, model_id: str, entry: Entry) -> None:
    name, alias = entry["register_as"], entry["alias"]
    try:
        client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        client.create_registered_model(name, description=_REGISTERED)
    known = [one for one in client.search_model_versions(f"name = '{name}'") if one.run_id == run_id]
    version = known[0] if known else _version(client, name, run_id, model_id, entry["about"])
    named = json.dumps([{"name": name, "version": str(version.version)}])
    client.set_logged_model_tags(model_id, {"mlflow.modelVersions": named})  # the page of the model shows them
    if not _is_later(client, _holder(client, name, alias), run_id):
        client.set_registered_model_alias(name, alias, str(version.version))


def _version(client: MlflowClient, name: str, run_id: str, model_id: str, about: Mapping[str, str]) -> Any:
    source = f"models:/{model_id}"
    tags, text = {key: value for key, value in about.items() if key != "text"}, about["text"]
    return client.create_model_version(name, source, run_id=run_id, tags=tags, description=text, model_id=model_id)


def _holder(client: MlflowClient, name: str, alias: str) -> str | None:
    """The run of the version that has the alias."""
    version = client.get_registered_model(name).aliases.get(alias)
    return client.get_model_version(name, str(version)).run_id if version is not None else None


def _is_later(client: MlflowClient, other: str | None, run_id: str) -> bool:
    """Whether another run began after this one, which is only now sent: then its model keeps the alias."""
    if not other or other == run_id:
        return False
    try:
        return bool(client.get_run(other).info.start_time > client.get_run(run_id).info.start_time)
    except MlflowException:  # it is deleted
        return False
