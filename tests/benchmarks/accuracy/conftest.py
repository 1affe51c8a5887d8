"""A folder of invented corpora, laid out like the real ones."""

from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.cells import Answered, Cell
from benchmarks.accuracy.corpora import VALID_FILES, Questions, load_questions
from detente.data.reading import write_records
from detente.data.records import Example, Stance
from detente.models.calibration import Calibration, Floats

PHRASES = {Stance.SUPPORT: "welcomed", Stance.NEUTRAL: "visited", Stance.OPPOSE: "denounced"}
SECRET = "lighthouse"
"""A report can be searched for texts by it."""


def both_ways(corpus: str, part: str, number: int, label: Stance) -> list[Example]:
    """'Aland denounced Borduria near lighthouse 7.': what the first thinks of the second, and nothing the other way."""
    text = f"Aland {PHRASES[label]} Borduria near {SECRET} {corpus} {part} {number}."
    place = text.index("Borduria")
    spans = {"Aland": (0, 5), "Borduria": (place, place + 8)}
    return [
        Example(
            id=f"{corpus}-{part}-{number}-{actor}",
            actor=actor,
            target=target,
            text=text,
            label=stance,
            actor_span=spans[actor],
            target_span=spans[target],
            group=f"{corpus}-{part}-{number // 2}",
            source=corpus,
        )
        for actor, target, stance in (("Aland", "Borduria", label), ("Borduria", "Aland", Stance.NEUTRAL))
    ]


def corpus(name: str, part: str, texts: int, labels: Sequence[Stance] = tuple(Stance)) -> list[Example]:
    pairs = (both_ways(name, part, number, label) for number, label in zip(range(texts), cycle(labels), strict=False))
    return [example for pair in pairs for example in pair if example.label in labels]


@pytest.fixture
def secret() -> str:
    """A word of every text."""
    return SECRET


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two corpora of three stances, one of two, and one to train on only."""
    ends = (Stance.SUPPORT, Stance.OPPOSE)
    files = {
        "dse/train_clean": corpus("dse", "train", 24),
        "dse/valid_clean": corpus("dse", "valid", 36),
        "seesaw/ctx_train": corpus("ctx", "train", 12, ends),
        "seesaw/ctx_valid": corpus("ctx", "valid", 12, ends),
        "cameo3c/train": corpus("cameo3c", "train", 9),
    }
    for path, examples in files.items():
        write_records(tmp_path / "corpora" / f"{path}.jsonl.gz", examples, Example)
    return tmp_path / "corpora"


@pytest.fixture
def questions(data: Path) -> dict[str, Questions]:
    return load_questions(data, resamples=50)


@pytest.fixture
def logits_of() -> Callable[..., Floats]:
    """Makes logits that are right, but for a share of them drawn at random."""

    def make(questions: Questions, wrong: float = 0.0, seed: int = 0) -> Floats:
        random = np.random.default_rng(seed)
        answers = np.where(random.random(len(questions.truth)) < wrong, (questions.truth + 1) % 3, questions.truth)
        return np.asarray(4.0 * np.eye(3)[answers] + 0.1 * random.random((len(answers), 3)))

    return make


@pytest.fixture
def larger() -> Questions:
    """A scored file of 120 texts that are asked both ways."""
    return Questions(VALID_FILES[0], corpus("dse", "valid", 120), resamples=5)


@pytest.fixture
def answered(questions: dict[str, Questions], logits_of: Callable[..., Floats]) -> Callable[..., Answered]:
    """Makes cells whose answers are right, but for a share of them drawn at random."""

    def make(model: str, trained_on: str, seed: int | None = None, *, wrong: float = 0.0) -> Answered:
        logits = {name: logits_of(one, wrong, seed or 0) for name, one in questions.items()}
        prints = {name: one.sha256 for name, one in questions.items()}
        return Answered(Cell(model, trained_on, seed), "print", 1.0, logits, prints, Calibration(), {})

    return make
