"""Sets of stances: the thresholds by their formula, and the coverage on new examples of each stance."""

import math

import numpy as np
import pytest

from detente.data.records import STANCES, Stance
from detente.models.calibration import Floats, just_below, stance_indices
from detente.models.conformal import ConformalSets, fit_sets

SUPPORT, NEUTRAL, OPPOSE = STANCES


def drawn(count: int, seed: int) -> tuple[Floats, list[Stance]]:
    """Calibrated probabilities of mostly neutral examples, and stances drawn by them."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([0.3, 1.5, 0.3], count)
    gold = (random.random((count, 1)) > probabilities.cumsum(axis=1)).sum(axis=1).clip(max=2)
    return probabilities, [STANCES[place] for place in gold]


@pytest.mark.parametrize("coverage", [0.7, 0.8, 0.9, 0.95])
def test_a_threshold_is_the_quantile_of_the_formula(coverage: float):
    # Angelopoulos and Bates 2021, section 1.1, for the examples of each stance: the ceil((n+1) coverage) / n quantile
    probabilities, gold = drawn(300, seed=0)
    truth, sets = stance_indices(gold), fit_sets(probabilities, gold, coverage)
    for place, threshold in enumerate(sets.thresholds):
        own = np.sort(probabilities[truth == place, place])[::-1]
        rank = math.ceil(round((len(own) + 1) * coverage, 9))
        assert threshold == pytest.approx(own[rank - 1] if rank <= len(own) else 0.0, abs=2e-5)
        assert sets.examples[place] == len(own)


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_so_many_sets_hold_the_stance_for_new_examples_of_each_stance(coverage: float):
    probabilities, gold = drawn(4000, seed=1)
    truth = stance_indices(gold)
    found = []
    for seed in range(15):
        kept = fit_sets(*drawn(400, seed=100 + seed), coverage).sets(probabilities)
        holds = np.array([stance in one for stance, one in zip(gold, kept, strict=True)])
        found.append([holds[truth == place].mean() for place in range(3)])
    assert np.mean(found, axis=0).min() > coverage - 0.03
    assert np.mean(found, axis=0)[0] < coverage + 0.05  # and no more than wanted, where no other rule adds any


def test_the_likeliest_stance_is_always_in_the_set():
    sets = ConformalSets(coverage=0.5, thresholds=(0.9, 0.9, 0.3), examples=(50, 50, 50))
    probabilities = np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.0, 0.1, 0.9]])
    assert sets.sets(probabilities) == [(SUPPORT,), (NEUTRAL, OPPOSE), (OPPOSE,)]
    assert sets.sets(np.zeros((0, 3))) == []


def test_the_threshold_itself_is_in():
    sets = ConformalSets(coverage=0.9, thresholds=(0.25, 0.3, 0.25), examples=(50, 50, 50))
    assert sets.sets(np.array([[0.25, 0.5, 0.25]])) == [STANCES]


def test_a_stance_of_which_too_little_is_known_is_in_every_set():
    gold = [SUPPORT] * 50 + [NEUTRAL] * 8
    probabilities = np.array([[0.8, 0.15, 0.05]] * 50 + [[0.1, 0.85, 0.05]] * 8)
    sets = fit_sets(probabilities, gold, 0.9)
    assert sets.thresholds == (just_below(0.8), 0.0, 0.0)
    assert sets.examples == (50, 8, 0)
    assert sets.sets(np.array([[1.0, 0.0, 0.0]])) == [STANCES]
    assert fit_sets(probabilities, gold, 0.8).thresholds == (just_below(0.8), just_below(0.85), 0.0)


def test_it_survives_json():
    sets = fit_sets(*drawn(100, seed=2), 0.9)
    assert ConformalSets.model_validate_json(sets.model_dump_json()) == sets
