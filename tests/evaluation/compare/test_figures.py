"""The figures that decide are those of the metrics."""

import numpy as np
import pytest

from detente.data.records import STANCES
from detente.evaluation.compare.figures import FIGURES
from detente.evaluation.metrics import score

RANDOM = np.random.default_rng(3)
GOLD = RANDOM.integers(0, 3, 60)
PROBABILITIES = RANDOM.dirichlet((1, 1, 1), 60)


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_a_figure_is_that_of_the_metrics(name: str) -> None:
    figure = FIGURES[name]
    sums = figure.cells(GOLD, PROBABILITIES).sum(axis=0)
    expected = score([STANCES[place] for place in GOLD], PROBABILITIES).flat()[name]
    assert float(figure.of(sums)) == pytest.approx(expected)
    assert float(figure.of_part(sums)) == pytest.approx(expected)


def test_a_slice_counts_only_the_stances_that_it_is_labelled_with() -> None:
    gold, right = np.array([0, 0, 1]), np.eye(3)[[0, 2, 1]]
    sums = FIGURES["macro_f1"].cells(gold, right).sum(axis=0)
    assert float(FIGURES["macro_f1"].of_part(sums)) == pytest.approx((2 / 3 + 1) / 2)
    assert float(FIGURES["macro_f1"].of(sums)) == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert float(FIGURES["f_avg"].of_part(sums)) == pytest.approx(2 / 3)
    neutral = FIGURES["f_avg"].cells(np.array([1]), np.eye(3)[[1]]).sum(axis=0)
    assert np.isnan(FIGURES["f_avg"].of_part(neutral))


def test_a_lower_loss_is_a_gain() -> None:
    assert FIGURES["nll"].gain(-0.1) == pytest.approx(0.1)
    assert FIGURES["accuracy"].gain(-0.1) == pytest.approx(-0.1)
