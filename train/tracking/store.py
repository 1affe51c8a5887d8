"""The MLflow store: reached, set up, and its experiment found or made."""

import contextlib
from contextlib import AbstractContextManager
from pathlib import Path

import filelock
import mlflow
import requests
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.tracking.context.registry import resolve_tags
from sqlalchemy.exc import SQLAlchemyError

from detente.configs.store import why_away
from detente.train.tracking.view import HEADLINE, VIEW_TAG, headline_view

FAULTS = (MlflowException, requests.RequestException, SQLAlchemyError, OSError)
"""What a store fails with."""
_DESCRIPTION = """\
Who supports, who opposes and who stays neutral towards whom: models trained by detente.

Figures without a prefix are the headline, of the test file. `test/`, `val/` and `train/` hold all of a part,
`baseline/` what models without the text reach on the same examples, `audit/` what a part shares with the training
file. Filter by the tags `family`, `encoder`, `config`, `corpus` and `detente.kind` (training, sweep, evaluation, ...).
"""
_SQLITE = "sqlite:///"


class StoreAwayError(OSError):
    """A tracking server, or the server of its database, that can't be reached now."""


def connect(uri: str, experiment: str) -> tuple[MlflowClient, str]:
    """A client, and the id of the experiment, which is made if it isn't there.

    A SQLite store is set up under a lock: two processes that set it up at once destroy each other's tables.

    Raises:
        StoreAwayError: The server doesn't answer.
        MlflowException, requests.RequestException, SQLAlchemyError, OSError: The store fails.
    """
    if problem := why_away(uri):
        raise StoreAwayError(problem)
    mlflow.set_tracking_uri(uri)
    database = Path(uri.removeprefix(_SQLITE)).resolve() if uri.startswith(_SQLITE) else None
    artifacts = (database.parent / "mlartifacts").as_uri() if database else None
    lock: AbstractContextManager[object] = contextlib.nullcontext()
    if database:
        lock = filelock.FileLock(f"{database}.lock")
    with lock:
        client = MlflowClient(uri)
        return client, _experiment(client, experiment, artifacts)


def _experiment(client: MlflowClient, name: str, artifacts: str | None) -> str:
    if found := client.get_experiment_by_name(name):
        return str(found.experiment_id)
    tags = {
        "mlflow.note.content": _DESCRIPTION,
        "mlflow.experimentKind": "custom_model_development",
        "mlflow.experiment.primaryMetric.name": HEADLINE,
        "mlflow.experiment.primaryMetric.greaterIsBetter": "True",
        VIEW_TAG: headline_view(),
    }
    try:
        return str(client.create_experiment(name, artifact_location=artifacts, tags=tags))
    except MlflowException:
        if found := client.get_experiment_by_name(name):  # somebody else was quicker
            return str(found.experiment_id)
        raise


def source_tags() -> dict[str, str]:
    """Who runs what, as the UI shows it."""
    return {name: str(value) for name, value in resolve_tags().items()}
