"""A finished debug run, and a tracking store that is set up once and copied: setting one up takes seconds."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from detente.configs.loading import load_config
from detente.data.records import Example
from detente.train.run import TrainedRun, train_model
from detente.train.tracking import open_store


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    open_store(load_config("debug", [f"tracking.uri=sqlite:///{path}"]).tracking)
    return path


@pytest.fixture
def workplace(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, with a tracking store in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # mlflow sets it whenever a store is chosen
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    yield tmp_path
    if mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def overrides(examples_file: Path) -> list[str]:
    """A debug training on the tiny examples."""
    return [f"data.{part}={examples_file}" for part in ("train", "valid", "test")] + ["train.device=cpu"]


@pytest.fixture
def finished(workplace: Path, overrides: list[str], examples: list[Example]) -> TrainedRun:
    """A training that ran to its end, its model registered."""
    run = train_model(load_config("debug", [*overrides, "tracking.register_as=tiny"]))
    assert run is not None
    return run
