"""Bins of confidence, and the gap between confidence and truth in them."""

import numpy as np
import pytest

from detente.evaluation.reliability import (
    ReliabilityBin,
    binned,
    calibration_error,
    expected_calibration_error,
    reliability,
)


def test_ece_takes_the_number_of_bins_that_is_asked_for() -> None:
    probabilities = np.array([[0.9, 0.1, 0], [0.5, 0.3, 0.2]])
    truth = np.array([0, 1])
    assert expected_calibration_error(truth, probabilities, bins=1) == pytest.approx(0.7 - 0.5)
    assert expected_calibration_error(truth, probabilities, bins=10) == pytest.approx((0.1 + 0.5) / 2)


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
    probabilities = np.tile([0.7, 0.2, 0.1], (10, 1))
    truth = np.array([0] * 7 + [1] * 3)
    assert expected_calibration_error(truth, probabilities) == pytest.approx(0)
