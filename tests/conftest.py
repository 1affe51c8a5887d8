"""What all tests share: tiny examples, a random two-layer model made in the process, and no network."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the models are tiny, and tests share the machine
os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp(prefix="detente-tests-")
os.environ.pop("MLFLOW_TRACKING_URI", None)

import torch

from detente.data.reading import write_records
from detente.data.records import Example, Stance
from detente.models.confidence import Confidence, PrecisionCurve
from detente.models.encoders import RANDOM, load_encoder
from detente.models.encoding import PairEncoding
from detente.models.pair import build_pair_classifier
from detente.models.predictor import EncoderPredictor, Predictor
from tests.browser import browser  # noqa: F401

VERBS = {Stance.SUPPORT: "praised", Stance.NEUTRAL: "met", Stance.OPPOSE: "condemned"}


def make_example(number: int = 0, label: Stance | None = Stance.SUPPORT, **changes: object) -> Example:
    """'Norway praised Kenya in round 0.', with the verb of its label; two examples share a group."""
    text = f"Norway {VERBS[label or Stance.NEUTRAL]} Kenya in round {number}."
    start = text.index("Kenya")
    values = {
        "id": f"e{number}",
        "actor": "Norway",
        "target": "Kenya",
        "text": text,
        "label": label,
        "actor_span": (0, 6),
        "target_span": (start, start + 5),
        "group": f"g{number // 2}",
    }
    return Example.model_validate(values | changes)


def turned(example: Example, **changes: object) -> Example:
    """The same text asked the other way round."""
    sides = {"actor": example.target, "target": example.actor}
    spans = {"actor_span": example.target_span, "target_span": example.actor_span}
    return example.model_copy(update={"id": f"{example.id}-back", **sides, **spans, **changes})


@pytest.fixture
def examples() -> list[Example]:
    """24 labelled examples, eight of each stance."""
    return [make_example(number, list(Stance)[number % 3]) for number in range(24)]


@pytest.fixture
def examples_file(tmp_path: Path, examples: list[Example]) -> Path:
    """The same as a file."""
    path = tmp_path / "examples.jsonl"
    write_records(path, examples, Example)
    return path


def confident_from(threshold: float) -> Confidence:
    """Answers of each stance are confident from this probability on."""
    curve = PrecisionCurve(answers=1000, thresholds=(threshold,), kept=(800,), right=(800,))
    return Confidence(wanted_precision=0.9, curves=dict.fromkeys(Stance, curve))


@pytest.fixture
def make_predictor() -> Callable[..., Predictor]:
    """Makes predictors with random weights, always the same ones."""

    def make(max_length: int = 96, threshold: float = 0.0, **settings: object) -> Predictor:
        torch.manual_seed(0)
        encoder, tokenizer = load_encoder(RANDOM)
        encoding = PairEncoding(tokenizer, max_length)
        model = build_pair_classifier(encoder, encoding, dropout=0.1)
        settings = {"device": "cpu", "dtype": "fp32", "confidence": confident_from(threshold), **settings}
        return EncoderPredictor(model, encoding, **settings)

    return make


@pytest.fixture
def predictor(make_predictor: Callable[..., Predictor]) -> Predictor:
    """A predictor with random weights."""
    return make_predictor()


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tracking store that is set up once and copied: setting one up takes seconds."""
    from mlflow.tracking import MlflowClient  # noqa: PLC0415  (slow to import, and needed by few)

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def start_server(empty_store: Path, tmp_path: Path) -> Iterator[Callable[..., tuple[str, subprocess.Popen[bytes]]]]:
    """Starts tracking servers with a store and artifacts of their own; returns address and process."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(store: str | None = None, port: int | None = None) -> tuple[str, subprocess.Popen[bytes]]:
        if store is None and not (tmp_path / "server.db").exists():
            shutil.copy(empty_store, tmp_path / "server.db")
        address = f"http://127.0.0.1:{port or free_port()}"
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
        command += ["--port", address.rpartition(":")[2], "--artifacts-destination", str(tmp_path / "kept")]
        command += ["--backend-store-uri", store or f"sqlite:///{tmp_path}/server.db"]
        environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
        processes.append(subprocess.Popen(command, env=environment, **quiet))
        wait_for(address, processes[-1])
        return address, processes[-1]

    yield start
    for process in processes:
        stop_server(process)


@pytest.fixture(scope="session")
def stop_server_now() -> Callable[[subprocess.Popen[bytes]], None]:
    """Kills a server with its workers, as a power cut does."""
    return stop_server


def stop_server(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def free_port() -> int:
    """Below those that systems give to connections, which could take it before a slow server does."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):  # trainings beside this one set the seed
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise TimeoutError("expected a free port between 20,000 and 32,000; 100 are taken")


def wait_for(address: str, process: subprocess.Popen[bytes], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(f"{address}/health", timeout=2).raise_for_status()
        except requests.RequestException:
            time.sleep(0.3)
        else:
            return
    raise TimeoutError(f"{address}: the server's exit status is {process.poll()}")
