"""What all tests share: tiny examples, a random two-layer model made in the process, and no network."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

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
