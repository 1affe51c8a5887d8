"""Runs whose mistakes are chosen, and a tracking store."""

import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from detente.evaluation.compare.contenders import Run
from detente.evaluation.evaluated import EVALUATED, Evaluated, write_evaluated

SIZE = 120
GROUP = 3


def evaluated_of(
    wrong: Collection[int] = (), *, size: int = SIZE, by: dict[str, list[str | None]] | None = None, **changes: Any
) -> Evaluated:
    """Examples with their stances in turn, three to a group; the answers at some places are the next stance."""
    gold = np.arange(size) % 3
    said = np.where(np.isin(np.arange(size), list(wrong)), (gold + 1) % 3, gold)
    probabilities = np.full((size, 3), 0.1)
    probabilities[np.arange(size), said] = 0.8
    values: dict[str, Any] = {
        "split": "test",
        "sha256": "0123456789abcdef" * 4,
        "seconds": 2.0,
        "ids": [f"e{place}" for place in range(size)],
        "questions": [("Norway", "Kenya", f"Norway met Kenya in round {place}.") for place in range(size)],
        "groups": [f"g{place // GROUP}" for place in range(size)],
        "gold": gold,
        "probabilities": probabilities,
        "by": by or {},
    }
    return Evaluated(**(values | changes))


@pytest.fixture
def make_evaluated() -> Callable[..., Evaluated]:
    return evaluated_of


@pytest.fixture
def make_run() -> Callable[..., Run]:
    """Makes runs: a name, the places of the wrong answers, and what else a run has."""

    def make(name: str, wrong: Collection[int] = (), seed: int | None = None, **changes: Any) -> Run:
        values: dict[str, Any] = {"evaluated": evaluated_of(wrong), "config": name.rstrip("0123456789")}
        if seed is not None:
            values["settings"] = {"seed": str(seed), "model": values["config"]}
        return Run(name, **(values | changes))

    return make


@pytest.fixture
def client(tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    """Of a store in the current folder, with the experiment "stances"."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    client.create_experiment("stances", artifact_location=(tmp_path / "artifacts").as_uri())
    return client


@pytest.fixture
def log_run(client: MlflowClient, tmp_path: Path) -> Callable[..., str]:
    """Logs a finished run as a training does, and returns its id."""

    def log(
        name: str,
        wrong: Collection[int] = (),
        *,
        config: str = "name: quick\nseed: 13\n",
        tags: dict[str, str] | None = None,
        evaluated: Evaluated | None = None,
        status: str = "FINISHED",
    ) -> str:
        experiment = client.get_experiment_by_name("stances").experiment_id
        run_id = client.create_run(experiment, run_name=name, tags={"config": "quick", **(tags or {})}).info.run_id
        if status == "FINISHED":
            write_evaluated(tmp_path / EVALUATED, evaluated or evaluated_of(wrong))
            client.log_artifact(run_id, str(tmp_path / EVALUATED), "evaluation")
            (tmp_path / EVALUATED).unlink()
        (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
        client.log_artifact(run_id, str(tmp_path / "config.yaml"))
        client.log_metric(run_id, "train/runtime", 60.0)
        client.log_metric(run_id, "model/parameters", 22_000_000)
        client.set_terminated(run_id, status)
        return str(run_id)

    return log


@pytest.fixture
def register(client: MlflowClient) -> Callable[..., str]:
    """Registers the model of a run, gives the version an alias, and returns its number."""

    def make(run_id: str, alias: str | None = None, name: str = "tiny") -> str:
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        source = f"{client.get_run(run_id).info.artifact_uri}/model"
        version = client.create_model_version(name, source, run_id=run_id).version
        if alias:
            client.set_registered_model_alias(name, alias, version)
        return str(version)

    return make
