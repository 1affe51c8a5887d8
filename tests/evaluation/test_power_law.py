"""The inverse power law: found again where it was put in, within its bounds, and against scipy's curve_fit."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from detente.evaluation.power_law import RATES, fit_power_law

SIZES = np.array([100.0, 200.0, 400.0, 800.0])


def law(ceiling: float, drop: float, rate: float) -> np.ndarray:
    return ceiling - drop * SIZES**-rate


def test_a_law_is_found_again_for_each_curve() -> None:
    fit = fit_power_law(SIZES, np.array([law(0.8, 2.0, RATES[9]), law(0.6, 5.0, RATES[19])]))
    assert fit.ceiling == pytest.approx([0.8, 0.6])
    assert fit.drop == pytest.approx([2.0, 5.0])
    assert fit.rate == pytest.approx([RATES[9], RATES[19]])
    assert fit.at(1600)[0] == pytest.approx(0.8 - 2.0 * 1600 ** -RATES[9])


def test_it_fits_as_well_as_the_least_squares_of_scipy() -> None:
    scores = law(0.75, 3.0, 0.62) + np.array([0.004, -0.006, 0.005, -0.002])
    fit = fit_power_law(SIZES, scores[None])
    found, _ = curve_fit(
        lambda n, c, a, b: c - a * n**-b, SIZES, scores, p0=(0.8, 2.0, 0.5), bounds=([0, 0, 0.05], [1, 100, 2])
    )
    ours = sum((fit.at(size)[0] - score) ** 2 for size, score in zip(SIZES, scores, strict=True))
    theirs = sum(
        (found[0] - found[1] * size ** -found[2] - score) ** 2 for size, score in zip(SIZES, scores, strict=True)
    )
    assert ours == pytest.approx(theirs, rel=0.02)
    assert fit.at(1600)[0] == pytest.approx(found[0] - found[1] * 1600 ** -found[2], abs=0.002)


def test_scores_that_fall_give_a_flat_curve() -> None:
    fit = fit_power_law(SIZES, np.array([[0.7, 0.68, 0.66, 0.64]]))
    assert fit.drop[0] == 0
    assert fit.at(1600)[0] == fit.at(100)[0] == pytest.approx(0.67)


def test_no_curve_passes_one() -> None:
    fit = fit_power_law(SIZES, np.array([[0.2, 0.5, 0.8, 0.99]]))
    assert fit.ceiling[0] == 1
    assert fit.at(1e9)[0] <= 1


def test_two_sizes_are_too_few() -> None:
    with pytest.raises(ValueError, match="expected scores at three sizes or more; found 2"):
        fit_power_law(SIZES[:2], np.zeros((1, 2)))
