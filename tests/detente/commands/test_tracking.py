"""`detente sync`: what it prints, and its exit status."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.loading import load_config
from detente.train.run_folder import new_run_folder
from detente.train.tracking import tracked_run

Detente = Callable[..., tuple[int, str, str]]
SILENT = "http://127.0.0.1:9"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run whose server is away."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    config = load_config("debug", [f"tracking.uri={SILENT}", "tracking.system_metrics=false"])
    with tracked_run(config, new_run_folder(config)) as tracker:
        tracker.log_metrics({"train/loss": 1.0})
    return "debug pair/tiny seed 13"


def test_nothing_to_send(detente: Detente) -> None:
    assert detente("sync") == (0, "nothing to send in outputs\n", "")


def test_a_run_is_kept_until_its_store_takes_it(detente: Detente, kept: str, empty_store: Path, tmp_path: Path) -> None:
    status, out, err = detente("sync")
    assert (status, out) == (1, f"kept    {kept}: no connection\n")
    assert err == f"detente: 1 of 1 runs are not sent, the first to {SILENT}: no connection\n"
    (tmp_path / "mlflow.db").write_bytes(empty_store.read_bytes())
    store = f"sqlite:///{tmp_path}/mlflow.db"
    status, out, err = detente("sync", "--uri", store)
    client = MlflowClient(store)
    (run,) = client.search_runs([client.get_experiment_by_name("debug").experiment_id])
    assert (status, out, err) == (0, f"sent    {kept}: {run.info.run_id}\n", "")
    assert run.data.metrics == {"train/loss": 1.0}
    assert detente("sync").out == "nothing to send in outputs\n"
