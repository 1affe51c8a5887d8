"""The same over HTTP: runs, artifacts and the registry of a tracking server."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError
from detente.evaluation.compare.compare_runs import compare_runs
from detente.evaluation.compare.registry import promote

SECONDS = 120


@pytest.fixture
def server(tmp_path: Path, empty_store: Path) -> Iterator[str]:
    """The address of a tracking server with a store and artifacts of its own."""
    shutil.copy(empty_store, tmp_path / "server.db")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{tmp_path}/server.db"]
    command += ["--artifacts-destination", str(tmp_path / "kept")]
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def wait_for(address: str) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            requests.get(f"{address}/health", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.3)
        else:
            return
    raise TimeoutError(address)


@pytest.fixture
def client(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MlflowClient:
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
