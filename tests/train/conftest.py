"""A finished debug run, and a folder with a tracking store."""

import shutil
from pathlib import Path

import pytest

from detente.configs.loading import load_config
from detente.data.records import Example
from detente.train.run import TrainedRun, train_model


@pytest.fixture
def workplace(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a tracking store in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # mlflow sets it whenever a store is chosen
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    return tmp_path


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
