"""Risk against coverage: by hand, against the published formula, and whatever the order of the examples."""

import math

import numpy as np
import pytest

from detente.evaluation.selective import (
    CurvePoint,
    area_under_risk_coverage,
    kept_at_precision,
    risk_coverage,
    thinned,
)


def ones(size: int) -> np.ndarray:
    return np.ones((1, size))


def test_the_curve_is_what_one_works_out_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1, 0], [0.6, 0.3, 0.1], [0.8, 0.1, 0.1], [0.6, 0.2, 0.2]])
    truth = np.array([0, 1, 1, 0])
    assert risk_coverage(truth, probabilities) == [
        CurvePoint(confidence=0.9, coverage=0.25, risk=0.0),
        CurvePoint(confidence=0.8, coverage=0.5, risk=0.5),
        CurvePoint(confidence=0.6, coverage=1.0, risk=0.5),
    ]


def test_the_area_is_the_mean_of_the_risks() -> None:
    confidence, wrong = np.array([0.9, 0.8, 0.7, 0.6]), np.array([False, True, False, True])
    # the risks at 1, 2, 3, 4 answers: 0, 1/2, 1/3, 2/4
    area = area_under_risk_coverage(confidence, wrong, ones(4))
    assert area.tolist() == pytest.approx([(0 + 1 / 2 + 1 / 3 + 1 / 2) / 4])


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
def test_the_area_of_a_perfect_order_is_the_published_formula(rate: float) -> None:
    # Geifman, Uziel and El-Yaniv 2019, section 4: with error rate r the least AURC is about r + (1 - r) ln(1 - r)
    size = 20_000
    wrong = np.arange(size) >= size * (1 - rate)
    area = area_under_risk_coverage(-np.arange(size, dtype=float), wrong, ones(size)).item()
    assert area == pytest.approx(rate + (1 - rate) * math.log(1 - rate), abs=1e-4)


def test_equal_confidences_give_the_mean_over_their_orders() -> None:
    confidence, wrong = np.array([0.9, 0.5, 0.5, 0.5]), np.array([True, False, True, False])
    orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]
    by_hand = [(wrong[[0, *order]].cumsum() / np.arange(1, 5)).mean() for order in orders]
    assert area_under_risk_coverage(confidence, wrong, ones(4)).item() == pytest.approx(np.mean(by_hand))


def test_the_area_of_equal_confidences_is_the_error_rate() -> None:
    wrong = np.arange(50) % 5 == 0
    assert area_under_risk_coverage(np.full(50, 0.4), wrong, ones(50)).item() == pytest.approx(0.2)


def test_a_weight_counts_an_answer_so_many_times() -> None:
    random = np.random.default_rng(3)
    confidence, wrong = random.random(12).round(1), random.random(12) < 0.4
    weights = random.multinomial(12, np.full(12, 1 / 12), size=5).astype(float)
    areas = area_under_risk_coverage(confidence, wrong, weights)
    for row, area in zip(weights.astype(int), areas, strict=True):
        repeated = confidence.repeat(row), wrong.repeat(row), ones(12)
        assert area == pytest.approx(area_under_risk_coverage(*repeated).item())


def test_answers_are_kept_down_to_the_last_confidence_at_which_enough_are_right() -> None:
    confidence = np.array([0.99, 0.9, 0.8, 0.7, 0.6])
    right = np.array([True, False, True, True, False])
    # right among the first 1 to 5: 1, 1/2, 2/3, 3/4, 3/5
    kept = {precision: kept_at_precision(confidence, right, ones(5), precision) for precision in (0.9, 0.75, 0.5)}
    assert {precision: (k.item(), h.item()) for precision, (k, h) in kept.items()} == {
        0.9: (1, 1),
        0.75: (4, 3),
        0.5: (5, 3),
    }


def test_answers_of_one_confidence_are_kept_together_or_not_at_all() -> None:
    kept, hits = kept_at_precision(np.full(4, 0.8), np.array([True, True, True, False]), ones(4))
    assert (kept.item(), hits.item()) == (0, 0)


def test_nine_right_of_ten_are_kept() -> None:
    right = np.arange(10) > 0
    assert kept_at_precision(np.full(10, 0.8), right, ones(10))[0].item() == 10


def test_without_answers_none_are_kept() -> None:
    kept, hits = kept_at_precision(np.zeros(0), np.zeros(0, dtype=bool), np.ones((3, 0)))
    assert (kept.tolist(), hits.tolist()) == ([0, 0, 0], [0, 0, 0])


def test_a_thinned_curve_keeps_the_last_point_of_each_step_and_the_end() -> None:
    probabilities = np.linspace(0.4, 1, 1000)[:, None] * [1, 0, 0] + [0, 0.001, 0]
    curve = risk_coverage(np.zeros(1000, dtype=int), probabilities)
    few = thinned(curve, steps=10)
    assert [point.coverage for point in few] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert few[-1] == curve[-1]
