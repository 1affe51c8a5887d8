"""The temperature and the threshold, against cases worked out by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import log_softmax

from detente.data.records import STANCES, Stance
from detente.models.calibration import Floats, abstention_threshold, fit_temperature, stance_indices

SUPPORT, NEUTRAL, OPPOSE = STANCES


def nll(logits: Floats, gold: Sequence[Stance]) -> float:
    return -float(log_softmax(logits, axis=1)[np.arange(len(gold)), stance_indices(gold)].mean())


def answers(*confidence_and_right: tuple[float, bool]) -> tuple[Floats, list[Stance]]:
    """Answers of "support" with these confidences, and gold stances that make them right or wrong."""
    rows = [[confidence, 1 - confidence, 0.0] for confidence, _ in confidence_and_right]
    return np.array(rows), [SUPPORT if right else OPPOSE for _, right in confidence_and_right]


def test_indices_follow_the_label_order():
    assert stance_indices([OPPOSE, SUPPORT, NEUTRAL, OPPOSE]).tolist() == [2, 0, 1, 2]
    assert stance_indices([]).shape == (0,)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0, 2.5, 15.0])
def test_the_temperature_is_the_one_that_the_logits_were_multiplied_by(temperature: float):
    shares = np.array([0.5, 0.3, 0.2])  # of ten examples that look alike, five support, three are neutral, two oppose
    logits = np.tile(temperature * np.log(shares), (10, 1))
    assert fit_temperature(logits, [SUPPORT] * 5 + [NEUTRAL] * 3 + [OPPOSE] * 2) == pytest.approx(temperature, rel=1e-3)


def test_the_temperature_is_recovered_from_stances_drawn_at_random():
    random = np.random.default_rng(0)
    logits = random.normal(size=(5000, 3)) * 2
    gold = [STANCES[i] for i in (logits + random.gumbel(size=logits.shape)).argmax(axis=1)]
    assert fit_temperature(3 * logits, gold) == pytest.approx(3, rel=0.05)


def test_the_temperature_grows_with_the_logits():
    logits = np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 0.5], [1.0, 0.2, 0.0]])
    gold = [SUPPORT, NEUTRAL, NEUTRAL]
    assert fit_temperature(4 * logits, gold) == pytest.approx(4 * fit_temperature(logits, gold), rel=1e-3)


def test_the_temperature_never_makes_the_likelihood_worse():
    random = np.random.default_rng(1)
    for scale in (0.3, 1.0, 8.0):
        logits, gold = random.normal(size=(30, 3)) * scale, [STANCES[i] for i in random.integers(0, 3, 30)]
        assert nll(logits / fit_temperature(logits, gold), gold) <= nll(logits, gold) + 1e-9


@pytest.mark.parametrize(("gold", "bound"), [(SUPPORT, 0.05), (OPPOSE, 20.0)])
def test_answers_that_are_all_right_or_all_wrong_stop_at_the_bounds(gold: Stance, bound: float):
    logits = np.array([[0.3, 0.1, 0.0], [0.2, 0.1, 0.0]])
    assert fit_temperature(logits, [gold, gold]) == pytest.approx(bound, rel=1e-3)


def test_very_large_logits_give_a_finite_temperature():
    assert 0 < fit_temperature(np.array([[1e4, 0.0, -1e4]] * 2), [SUPPORT, OPPOSE]) <= 20


@pytest.mark.parametrize(("rows", "stances"), [(0, 0), (2, 1), (1, 2), (0, 1)])
def test_a_temperature_wants_as_many_logits_as_stances(rows: int, stances: int):
    message = f"expected as many logits as stances, at least one; found {rows} and {stances}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        fit_temperature(np.zeros((rows, 3)), [SUPPORT] * stances)


@pytest.mark.parametrize(
    ("found", "precision", "threshold"),
    [
        ([(0.9, True), (0.8, True), (0.7, True)], 0.95, 0.7),
        ([(0.9, True), (0.8, True), (0.7, False)], 0.95, 0.8),
        ([(0.9, True), (0.8, True), (0.7, False)], 2 / 3, 0.7),
        ([(0.9, True), (0.8, False), (0.7, True), (0.6, True)], 0.75, 0.6),
        ([(0.9, False), (0.8, True), (0.7, True)], 0.6, 0.7),
        ([(0.6, False), (0.9, True), (0.7, True)], 0.9, 0.7),
        ([(0.8, True)], 0.5, 0.8),
    ],
    ids=["all right", "the last wrong", "exactly the share", "recovers", "the surest wrong", "unsorted", "one"],
)
def test_the_threshold_is_the_lowest_confidence_with_the_precision(
    found: list[tuple[float, bool]], precision: float, threshold: float
):
    assert abstention_threshold(*answers(*found), precision) == threshold


@pytest.mark.parametrize(
    ("precision", "threshold"),
    [(0.9, 0.9), (2 / 3, 0.8), (0.7, 0.9), (0.5, 0.6)],
)
def test_equal_confidences_stand_on_one_side_of_the_threshold(precision: float, threshold: float):
    found = [(0.6, False), (0.8, True), (0.8, False), (0.9, True)]
    assert abstention_threshold(*answers(*found), precision) == threshold
    assert abstention_threshold(*answers(*reversed(found)), precision) == threshold


@pytest.mark.parametrize("found", [[(0.9, False)], [(0.9, False), (0.8, True)], [(0.8, True), (0.8, False)]])
def test_a_precision_out_of_reach_means_never_sure(found: list[tuple[float, bool]]):
    assert abstention_threshold(*answers(*found), 0.9) == 1.0


def test_no_answers_mean_never_sure():
    assert abstention_threshold(np.zeros((0, 3)), [], 0.9) == 1.0


def test_the_answers_from_the_threshold_on_have_the_precision():
    random = np.random.default_rng(2)
    probabilities = random.dirichlet([0.5] * 3, size=300)
    gold = [STANCES[random.choice(3, p=row)] for row in probabilities]
    threshold = abstention_threshold(probabilities, gold, 0.8)
    sure = probabilities.max(axis=1) >= threshold
    right = probabilities.argmax(axis=1) == stance_indices(gold)
    assert right[sure].mean() >= 0.8
    assert 0 < sure.sum() < 300
