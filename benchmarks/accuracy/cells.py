"""A cell is one model on one training set with one seed. Its answers are kept, so that it is computed once."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.corpora import Questions
from detente.models.calibration import Calibration, Floats

DIGITS = 6


@dataclass(frozen=True)
class Cell:
    """What is computed in one go."""

    model: str
    """A baseline's name, or what a trained model is called."""
    trained_on: str
    seed: int | None = None
    """None where nothing is random."""

    @property
    def name(self) -> str:
        """For files and folders."""
        words = [self.model, self.trained_on] + ([] if self.seed is None else [str(self.seed)])
        return re.sub(r"[^\w.-]+", "_", "-".join(words))


@dataclass(frozen=True)
class Answered:
    """The answers of a cell to all questions: figures follow from them, so a new figure costs no training."""

    cell: Cell
    fingerprint: str
    """Of what decides about the answers: settings, training data, questions."""
    seconds: float
    logits: Mapping[str, Floats]
    """Before calibration, by the name of the scored file, of shape (n, 3)."""
    questions: Mapping[str, str]
    """The fingerprints of the scored files."""
    calibration: Calibration
    """What the model does to its logits."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Whatever helps to find the model again; never a text."""


def fingerprint_of(facts: Mapping[str, Any]) -> str:
    """A fingerprint of plain values."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def write_cell(answered: Answered, folder: Path) -> None:
    """Keep a cell, whole or not at all."""
    plain = {
        **asdict(answered.cell),
        "fingerprint": answered.fingerprint,
        "seconds": round(answered.seconds, 1),
        "notes": dict(answered.notes),
        "questions": dict(answered.questions),
        "calibration": answered.calibration.model_dump(mode="json"),
        "logits": {name: np.round(logits, DIGITS).tolist() for name, logits in answered.logits.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".partial-{answered.cell.name}.json"
    partial.write_text(json.dumps(plain) + "\n", encoding="utf-8")
    partial.replace(folder / f"{answered.cell.name}.json")


def read_cells(folder: Path, questions: Mapping[str, Questions]) -> dict[Cell, Answered]:
    """The cells that are kept and answer the questions as they are now; others are passed over."""
    found = {}
    for path in sorted(folder.glob("[!.]*.json")):
        plain = json.loads(path.read_text(encoding="utf-8"))
        if plain["questions"] == {name: one.sha256 for name, one in questions.items()}:
            answered = Answered(
                Cell(plain["model"], plain["trained_on"], plain["seed"]),
                plain["fingerprint"],
                plain["seconds"],
                {name: np.array(logits) for name, logits in plain["logits"].items()},
                plain["questions"],
                Calibration.model_validate(plain["calibration"]),
                plain["notes"],
            )
            found[answered.cell] = answered
    return found
