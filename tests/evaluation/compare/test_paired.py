"""The paired tests, against results by hand and by scipy."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from detente.evaluation.compare.paired import holm, mcnemar, randomisation_test


def accuracy(sums: np.ndarray) -> np.ndarray:
    """Of sums (..., parts, 1) with eight answers each."""
    return sums[..., 0] / 8


def column(*right: int) -> np.ndarray:
    return np.array(right, dtype=float).reshape(-1, 1, 1)


def test_the_p_value_is_the_share_of_all_swaps_that_reach_the_difference() -> None:
    first, second = column(1, 0, 1, 1, 0, 2), column(2, 2, 0, 2, 1, 2)
    moves = (second - first)[:, 0, 0]
    swaps = [abs(np.dot(signs, moves)) for signs in product((-1, 1), repeat=6)]
    exact = np.mean(np.array(swaps) >= abs(moves.sum()))
    (p,) = randomisation_test(first, second, accuracy, shuffles=20_000, seed=1)
    assert p == pytest.approx(exact, abs=0.01)


def test_runs_with_the_same_answers_do_not_differ() -> None:
    same = column(1, 0, 1)
    assert randomisation_test(same, same, accuracy, shuffles=50, seed=1) == pytest.approx([1.0])


def test_a_difference_that_no_swap_reaches_has_the_least_p_value() -> None:
    (p,) = randomisation_test(column(*[0] * 40), column(*[1] * 40), accuracy, shuffles=999, seed=1)
    assert p == pytest.approx(1 / 1000)


def test_examples_of_a_group_are_swapped_together() -> None:
    """Twenty examples that all change sides are much evidence one by one, and little as two groups."""
    alone = randomisation_test(column(*[0] * 20), column(*[1] * 20), accuracy, shuffles=999, seed=1)
    grouped = randomisation_test(column(0, 0), column(10, 10), accuracy, shuffles=999, seed=1)
    assert alone[0] < 0.01
    assert grouped[0] > 0.4


def test_each_part_of_the_file_has_its_own_p_value() -> None:
    first = np.zeros((30, 2, 1))
    second = first.copy()
    second[:, 1] = 1
    same, other = randomisation_test(first, second, accuracy, shuffles=500, seed=1)
    assert same == 1.0
    assert other < 0.01


def test_mcnemar_counts_the_examples_that_one_alone_gets_right() -> None:
    first = np.array([True] * 9 + [False] * 1 + [True, False] * 5)
    second = np.array([False] * 9 + [True] * 1 + [True, False] * 5)
    test = mcnemar(first, second, np.arange(20))
    assert (test.first_only, test.second_only) == (9, 1)
    assert test.p == pytest.approx(22 / 1024)  # ten tosses, nine or more on one side
    assert test.p_groups == pytest.approx(0.0114, abs=1e-4)  # chi square of 8 ** 2 / 10


def test_mcnemar_for_groups_takes_a_group_for_one_witness() -> None:
    first, second = np.array([True] * 9), np.array([False] * 9)
    assert mcnemar(first, second, np.zeros(9, dtype=int)).p_groups == pytest.approx(0.317, abs=1e-3)
    assert mcnemar(first, second, np.arange(9)).p_groups == pytest.approx(0.0027, abs=1e-4)


def test_mcnemar_without_a_difference() -> None:
    right = np.array([True, False, True])
    test = mcnemar(right, right, np.arange(3))
    assert (test.p, test.p_groups) == (1.0, 1.0)


def test_holm_raises_p_values_step_by_step_and_keeps_their_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]


def test_holm_is_stricter_than_the_false_discovery_rate() -> None:
    values = [0.001, 0.01, 0.02, 0.03]
    assert all(one >= two for one, two in zip(holm(values), false_discovery_control(values), strict=True))
