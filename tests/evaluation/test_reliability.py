"""Bins of confidence, and the gap between confidence and truth in them."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from detente.evaluation.reliability import ReliabilityBin, adaptive_error, binned, calibration_error, reliability


def error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    return calibration_error(binned(confidence, right, bins).sum(axis=0)).item()


def adaptive(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    return adaptive_error(confidence, right, np.ones((1, len(right))), bins).item()


def test_the_error_takes_the_number_of_bins_that_is_asked_for() -> None:
    confidence, right = np.array([0.9, 0.5]), np.array([True, False])
    for measure in (error, adaptive):
        assert measure(confidence, right, 1) == pytest.approx(0.7 - 0.5)
        assert measure(confidence, right, 10) == pytest.approx((0.1 + 0.5) / 2)


@pytest.mark.parametrize("seed", range(3))
def test_the_adaptive_error_is_that_of_the_quantiles_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.4, 1, 200)
    right = random.random(200) < confidence**2
    shares, means = calibration_curve(right, confidence, n_bins=10, strategy="quantile")  # 20 answers in each bin
    assert adaptive(confidence, right) == pytest.approx(np.abs(shares - means).mean())


@pytest.mark.parametrize("seed", range(3))
def test_the_error_is_that_of_the_equally_wide_bins_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.4, 1, 200)
    right = random.random(200) < confidence**2
    shares, means = calibration_curve(right, confidence, n_bins=10, strategy="uniform")
    counts, _ = np.histogram(confidence, bins=10, range=(0, 1))
    assert error(confidence, right) == pytest.approx(np.abs(shares - means) @ counts[counts > 0] / 200)


def test_gaps_that_cancel_out_in_a_wide_bin_show_in_bins_of_equal_mass() -> None:
    # the surer half of the bin from 0.8 to 0.9 is never right, the other half always
    confidence, right = np.array([0.88, 0.81, 0.82, 0.89]), np.array([False, True, True, False])
    assert error(confidence, right) == pytest.approx(0.85 - 0.5)
    assert adaptive(confidence, right, 2) == pytest.approx((0.185 + 0.885) / 2)


def test_equal_answers_stay_in_one_bin_of_equal_mass_whatever_their_order() -> None:
    confidence, right = np.array([0.5, 0.9, 0.9, 0.9]), np.array([True, True, False, False])
    turned = adaptive(confidence[::-1], right[::-1], 4)
    assert adaptive(confidence, right, 4) == turned == pytest.approx((0.5 + (3 * 0.9 - 1)) / 4)


def test_a_weight_counts_an_answer_so_many_times() -> None:
    random = np.random.default_rng(5)
    confidence, right = random.random(15).round(1), random.random(15) < 0.5
    weights = random.multinomial(15, np.full(15, 1 / 15), size=8).astype(float)
    for row, one in zip(weights.astype(int), adaptive_error(confidence, right, weights, 4), strict=True):
        assert one == pytest.approx(adaptive(confidence.repeat(row), right.repeat(row), 4))


def test_reliability_leaves_empty_bins_out_and_puts_certainty_into_the_last() -> None:
    probabilities = np.array([[1.0, 0, 0], [0.96, 0.04, 0], [0.4, 0.35, 0.25]])
    assert reliability(np.array([0, 1, 0]), probabilities) == [
        ReliabilityBin(confidence=0.4, accuracy=1.0, count=1),
        ReliabilityBin(confidence=0.98, accuracy=0.5, count=2),
    ]


def test_a_bin_holds_the_count_the_confidence_and_the_hits() -> None:
    rows = binned(np.array([0.25, 0.99]), np.array([True, False]), bins=2)
    assert rows.tolist() == [[[1, 0.25, 1], [0, 0, 0]], [[0, 0, 0], [1, 0.99, 0]]]


def test_the_error_of_many_draws_is_that_of_each() -> None:
    rows = np.random.default_rng(0).random((4, 10, 3))
    together = calibration_error(rows)
    assert together.shape == (4,)
    assert together[2] == pytest.approx(calibration_error(rows[2]))
    assert together[2] == pytest.approx(abs(rows[2, :, 1] - rows[2, :, 2]).sum() / rows[2, :, 0].sum())


def test_the_error_is_zero_where_confidence_is_the_share_that_is_right() -> None:
    # ten answers of confidence 0.7, seven right: the worked example of a perfectly calibrated bin
    confidence, right = np.full(10, 0.7), np.arange(10) < 7
    assert error(confidence, right) == pytest.approx(0)
    assert adaptive(confidence, right) == pytest.approx(0)
