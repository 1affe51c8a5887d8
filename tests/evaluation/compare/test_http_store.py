"""The same over HTTP: runs, artifacts and the registry of a tracking server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError
from detente.evaluation.compare.compare_runs import compare_runs
from detente.evaluation.compare.registry import promote


@pytest.fixture
def client(start_server: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
    server, _ = start_server()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    client = MlflowClient(server)
    client.create_experiment("stances")
    return client


@pytest.mark.slow
def test_runs_of_a_server_are_compared_logged_and_promoted(
    log_run: Callable[..., str], register: Callable[..., str], client: MlflowClient, tmp_path: Path
) -> None:
    register(log_run("weak", range(0, 60, 2)), "champion")
    register(log_run("good", [1]), "challenger")
    done = compare_runs([], tmp_path / "out", experiment="stances", last=2)
    assert done.comparison.best.contender.name == "good"
    assert done.run_id is not None
    assert {item.path for item in client.list_artifacts(done.run_id)} == {"compare.html", "comparison.json"}
    promotion = promote("tiny", tmp_path / "out")
    assert (promotion.decision.promoted, promotion.version, promotion.champion) == (True, "2", "1")
    assert {name: str(one) for name, one in client.get_registered_model("tiny").aliases.items()} == {"champion": "2"}
    with pytest.raises(InputError, match=r"gone: expected a folder with an evaluation, .* in http://127"):
        compare_runs(["gone", "weak"], tmp_path / "out")
