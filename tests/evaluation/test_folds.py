"""The figures of folds, their mean and their spread."""

import json

import numpy as np
import pytest

from detente.data.records import STANCES
from detente.evaluation.folds import FIGURES, Fold, FoldFigures
from detente.evaluation.metrics import score


def fold(right: int) -> Fold:
    gold = [STANCES[number % 3] for number in range(12)]
    said = [number % 3 if number < right else (number + 1) % 3 for number in range(12)]
    return Fold.of({"train": 40, "valid": 8, "test": 12}, score(gold, np.eye(3)[said]))


def test_mean_and_standard_deviation_are_those_of_the_folds() -> None:
    folds = FoldFigures((fold(12), fold(9), fold(6)))
    assert folds.values["accuracy"] == [1.0, 0.75, 0.5]
    assert folds.mean["accuracy"] == pytest.approx(0.75)
    assert folds.spread["accuracy"] == pytest.approx(0.25)
    assert tuple(folds.mean) == tuple(folds.spread) == FIGURES
    assert folds.mean["macro_f1"] == pytest.approx(np.mean(folds.values["macro_f1"]))


def test_the_record_is_plain_for_json() -> None:
    plain = FoldFigures((fold(12), fold(6))).as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["folds"][1]["test"] == 12
