"""Stores that are away, and runs that are opened without a training."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.train.run_folder import RunFolder, new_run_folder
from detente.train.tracking import sender, store


@pytest.fixture
def config(overrides: list[str], workplace: Path) -> Config:
    return load_config("debug", [*overrides, "tracking.system_metrics=false"])


@pytest.fixture
def folder(config: Config) -> RunFolder:
    return new_run_folder(config)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Says why the store can't be reached from now on; None: it can."""

    def say(problem: str | None) -> None:
        for module in (store, sender):
            monkeypatch.setattr(module, "why_away", lambda _: problem)

    return say


@pytest.fixture
def client(workplace: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{workplace}/mlflow.db")
