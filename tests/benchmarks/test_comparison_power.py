"""The simulated runs, and that equal ones are called equal and different ones different, as far as a few show it."""

import numpy as np
import pytest

from benchmarks.comparison_power import LUCK, POINTS, SKILL, World, compare_seeds, compare_single, gap, share_shown
from detente.evaluation.metrics import confusions, macro_f1

MIDDLE = LUCK["86%"]


@pytest.mark.parametrize("agreement", sorted(LUCK))
def test_equal_runs_agree_as_often_as_said_and_are_right_three_times_in_four(agreement: str) -> None:
    world = World.of(np.random.default_rng(1), LUCK[agreement], 50_000)
    first, second = world.answers(SKILL), world.answers(SKILL)
    assert np.mean(first == second) == pytest.approx(float(agreement[:-1]) / 100, abs=0.01)
    assert np.mean(first == world.gold) == pytest.approx(0.75, abs=0.01)
    assert len(world.gold) / len(set(world.groups)) == pytest.approx(3, abs=0.05)


def test_the_gap_is_five_points() -> None:
    world = World.of(np.random.default_rng(2), MIDDLE, 100_000)
    figures = [
        float(macro_f1(confusions(world.gold, world.answers(skill)).sum(axis=0)))
        for skill in (SKILL, SKILL + gap(MIDDLE))
    ]
    assert figures[1] - figures[0] == pytest.approx(POINTS, abs=0.005)


@pytest.mark.slow
def test_of_equal_runs_few_are_called_different() -> None:
    random = np.random.default_rng(5)
    assert share_shown([compare_single(random, MIDDLE, 0.0) for _ in range(60)]) <= 0.07


@pytest.mark.slow
def test_of_runs_five_points_apart_most_are_found() -> None:
    random = np.random.default_rng(5)
    assert share_shown([compare_single(random, MIDDLE, gap(MIDDLE)) for _ in range(20)]) >= 0.7


@pytest.mark.slow
def test_seeds_that_scatter_do_not_make_a_difference() -> None:
    random = np.random.default_rng(5)
    comparisons = [compare_seeds(random, MIDDLE, 0.0, seeds=3, spread=0.2) for _ in range(30)]
    assert share_shown(comparisons) <= 0.1
