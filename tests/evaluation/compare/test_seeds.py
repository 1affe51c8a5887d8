"""Means over seeds and their differences, with both seeds and examples as samples."""

import numpy as np
import pytest
from scipy.stats import t, ttest_ind

from detente.evaluation.compare.seeds import Sampled, crossed_estimate

DRAWS = 4000


def sampled(values: list[float], examples: float = 0.0, own: float = 0.0, seed: int = 0, shared: int = 9) -> Sampled:
    """Runs with these figures, which move with the examples together by one spread and each by another."""
    together = np.random.default_rng(shared).normal(0, examples, (DRAWS, 1))
    alone = np.random.default_rng(seed).normal(0, own, (DRAWS, len(values)))
    return Sampled(np.array(values)[:, None], (np.array(values) + together + alone)[:, :, None])


def test_without_luck_in_the_examples_it_is_a_t_test_of_the_seeds() -> None:
    one, two = [0.70, 0.72, 0.74], [0.60, 0.65, 0.66]
    estimate = crossed_estimate(sampled(one), sampled(two), groups=100)
    expected = ttest_ind(one, two, equal_var=False)
    assert estimate.value[0] == pytest.approx(np.mean(one) - np.mean(two))
    assert estimate.p[0] == pytest.approx(expected.pvalue)
    assert (estimate.low[0], estimate.high[0]) == pytest.approx(tuple(expected.confidence_interval()))


def test_seeds_that_agree_leave_the_variance_of_the_examples() -> None:
    estimate = crossed_estimate(sampled([0.7, 0.7], 0.02), None, groups=200)
    assert (estimate.high[0] - estimate.low[0]) / 2 == pytest.approx(t.ppf(0.975, 199) * 0.02, rel=0.05)


def test_what_moves_both_contenders_alike_cancels() -> None:
    first, second = sampled([0.7, 0.71], 0.05), sampled([0.6, 0.61], 0.05)
    alike = crossed_estimate(first, second, groups=200)
    apart = crossed_estimate(first, sampled([0.6, 0.61], 0.05, shared=10), groups=200)
    assert alike.high[0] - alike.low[0] < (apart.high[0] - apart.low[0]) / 2


def test_the_luck_of_a_seed_with_the_examples_is_counted_once() -> None:
    """Seeds that differ by their luck with the examples alone: their spread and the bootstrap see the same thing."""
    own = 0.02
    estimates = []
    for trial in range(200):
        random = np.random.default_rng(trial)
        values = [list(0.7 + random.normal(0, own, 5)) for _ in range(2)]
        first, second = (sampled(one, 0, own, seed=trial + 7 * place) for place, one in enumerate(values))
        estimates.append(crossed_estimate(first, second, groups=200))
    errors = [(one.high[0] - one.low[0]) / 2 / 2 for one in estimates]
    assert np.mean(errors) < 1.3 * own * np.sqrt(2 / 5)
    assert np.mean([one.p[0] < 0.05 for one in estimates]) <= 0.08


def test_two_seeds_do_not_pass_for_many() -> None:
    two = crossed_estimate(sampled([0.70, 0.72]), sampled([0.66, 0.68]), groups=100)
    many = crossed_estimate(sampled([0.70, 0.72] * 4), sampled([0.66, 0.68] * 4), groups=100)
    assert two.p[0] > 0.05 > many.p[0]


def test_a_contender_with_one_run_is_taken_to_spread_as_the_other() -> None:
    single, several = sampled([0.75]), sampled([0.70, 0.72])
    one, other = crossed_estimate(single, several, 100), crossed_estimate(several, single, 100)
    assert one.value[0] == pytest.approx(-other.value[0])
    assert one.p[0] == pytest.approx(other.p[0])
    alone = crossed_estimate(several, None, 100)
    assert one.high[0] - one.low[0] > alone.high[0] - alone.low[0]


def test_runs_that_never_differ_have_no_interval_to_speak_of() -> None:
    same = crossed_estimate(sampled([0.7, 0.7]), sampled([0.7, 0.7]), 100)
    assert (same.low[0], same.high[0], same.p[0]) == pytest.approx((0, 0, 1))
    other = crossed_estimate(sampled([0.8, 0.8]), sampled([0.7, 0.7]), 100)
    assert other.p[0] == pytest.approx(0)
