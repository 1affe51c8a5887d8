"""Whether an export answers as its model: what is measured, and what admits it."""

import numpy as np
import pytest
from scipy.special import softmax

from detente.data.records import Example, Stance
from detente.evaluation.parity import EXACT, ROUNDED, faults, in_words, limits_of, measure_parity
from detente.models.export.record import Limits, Parity
from tests.conftest import make_example

EXAMPLES = [make_example(number, list(Stance)[number % 3]) for number in range(300)]
RIGHT = softmax(4 * np.eye(3)[[number % 3 for number in range(300)]], axis=1)
FREE = Limits(difference=None, agreement=0, macro_f1_loss=None, ece_difference=None)


def measured(export: np.ndarray, limits: Limits, examples: list[Example] = EXAMPLES) -> Parity:
    return measure_parity(examples, RIGHT, export, file="valid.jsonl", limits=limits)


def with_wrong(count: int) -> np.ndarray:
    """The right answers, but for so many."""
    changed = RIGHT.copy()
    changed[:count] = np.roll(changed[:count], 1, axis=1)
    return changed


def test_the_same_answers_differ_in_nothing():
    parity = measured(RIGHT, EXACT)
    assert (parity.difference, parity.agreement, parity.macro_f1_difference, parity.ece_difference) == (0, 1, 0, 0)
    assert (parity.examples, parity.file, len(parity.sha256)) == (300, "valid.jsonl", 64)
    assert faults(parity) == []


def test_differences_are_those_of_the_figures():
    parity = measured(with_wrong(30), FREE)
    assert parity.agreement == 0.9
    assert parity.difference == pytest.approx(RIGHT.max() - RIGHT.min())
    assert (parity.macro_f1_torch, parity.macro_f1_difference) == (1, pytest.approx(-0.1))
    assert parity.ece == pytest.approx(RIGHT.max() - 0.9)
    assert parity.ece_difference == pytest.approx(parity.ece - parity.ece_torch)


@pytest.mark.parametrize(
    ("export", "limits", "fault"),
    [
        (RIGHT + 2e-3, EXACT, "probabilities differ by at most 0.001 expected; found 0.002"),
        (with_wrong(1), EXACT, "the same stance for at least 0.999 expected"),
        (with_wrong(7), ROUNDED, "the same stance for at least 0.98 expected; found 0.9767"),
        (with_wrong(3), ROUNDED, "a loss of macro-F1 of at most 0.005 expected; found 0.0100"),
        (RIGHT**2 / (RIGHT**2).sum(axis=1, keepdims=True), ROUNDED, "an ECE within 0.01 expected; found -0.03"),
        (RIGHT * np.nan, EXACT, "probabilities differ by at most 0.001 expected; found 0.96"),
    ],
)
def test_what_exceeds_a_limit_is_a_fault(export: np.ndarray, limits: Limits, fault: str):
    assert fault in "\n".join(faults(measured(export, limits)))


def test_small_differences_are_admitted():
    assert faults(measured(RIGHT + 9e-4, EXACT)) == []
    assert faults(measured(with_wrong(1), ROUNDED)) == []


def test_a_gain_of_macro_f1_is_no_fault():
    parity = measure_parity(EXAMPLES, with_wrong(3), RIGHT, file="", limits=ROUNDED)
    assert parity.macro_f1_difference == pytest.approx(0.01)
    assert not any("macro-F1" in fault for fault in faults(parity))


def test_tolerance_widens_the_limits_of_rounded_models_alone():
    assert limits_of("fp32", 3) == limits_of("fp32") == EXACT
    assert limits_of("bf16") == limits_of("int8") == ROUNDED
    wide = limits_of("int8", 2)
    assert (wide.agreement, wide.macro_f1_loss, wide.ece_difference) == (pytest.approx(0.96), 0.01, 0.02)


def test_figures_are_told_in_words():
    assert in_words(measured(with_wrong(3), ROUNDED)) == [
        "examples    300 of valid.jsonl",
        "agreement   99.00% the same stance; probabilities differ by 0.95 at most",
        "macro-F1    0.9900, in torch and fp32 1.0000 (-0.0100)",
        "ECE         0.0253, in torch and fp32 0.0353 (-0.0100)",
    ]
