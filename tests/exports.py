"""Tiny models and their exports, made once for all tests: writing a graph takes some seconds."""

import shutil
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from detente.configs.loading import load_config, portable
from detente.data.dataset import describe
from detente.data.reading import write_records
from detente.data.records import Example, Stance
from detente.models.calibration import Calibration
from detente.models.encoders import RANDOM, load_encoder
from detente.models.export import process
from detente.models.export.graph import write_graph
from detente.models.export.record import BACKENDS
from detente.models.export.runtimes import RUNTIMES
from detente.models.families import TUNED
from detente.models.folder import ModelInfo, save_model
from detente.models.predictor import EncoderPredictor
from tests.conftest import confident_from, make_example
from tests.models.test_packed import QUESTIONS

FAMILIES = tuple(TUNED)
LABELLED = tuple(make_example(number, list(Stance)[number % 3]) for number in range(60))

runtimes = pytest.mark.parametrize("backend", BACKENDS)


@cache
def tiny(family: str) -> EncoderPredictor:
    """A model with large random weights, so that what is read makes a difference; calibrated to give all stances."""
    torch.manual_seed(3)
    encoder, tokenizer = load_encoder(RANDOM)
    encoding = TUNED[family].encoding(tokenizer, 96)
    model = TUNED[family].build(encoder, encoding, dropout=0.1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5)
    predictor = EncoderPredictor(model, encoding, device="cpu", dtype="fp32", confidence=confident_from(0.5))
    raw = predictor.predict_logits([*LABELLED[:3], *QUESTIONS])
    scale = 0.5 / raw.std(axis=0)
    predictor.calibration = Calibration(scale=tuple(scale), bias=tuple(-scale * raw.mean(axis=0)))
    return predictor


@cache
def tiny_graph(family: str) -> Path:
    """Its graph."""
    pytest.importorskip("onnxscript", reason="writing a graph needs the extra onnx or openvino")
    path = Path(tempfile.mkdtemp(prefix="detente-tests-")) / "model.onnx"
    write_graph(tiny(family), path)
    return path


def copy_graph(predictor: EncoderPredictor, path: Path) -> None:
    """In the place of `write_graph` where the tiny model is meant."""
    shutil.copyfile(tiny_graph("packed" if type(predictor.model).__name__.startswith("Packed") else "pair"), path)


def need(backend: str) -> None:
    """Skip a test whose runtime is not installed."""
    if find_spec(RUNTIMES[backend].package) is None:  # not imported: openvino would report to its maker
        pytest.skip(f"needs the extra {backend}")


def save_tiny(family: str, folder: Path) -> tuple[Path, Path]:
    """The model's folder, and a file of labelled examples."""
    file = folder / "valid.jsonl"
    write_records(file, LABELLED, Example)
    config = portable(load_config("debug", [f"data.train={file}", f"model.family={family}"]))
    data = {"train": {"file": file.name, **describe(LABELLED)}}
    save_model(tiny(family), ModelInfo.of(tiny(family), config=config, data=data, metrics={}), folder / "model")
    return folder / "model", file


def any_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process load several runtimes, one after the other."""
    monkeypatch.setattr(process, "_claims", [])
