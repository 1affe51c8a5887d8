"""Bootstrap means: against plain resampling, and the same whatever is computed beside them."""

import numpy as np
import pytest
from numpy.random import default_rng

from detente.inference.bootstrap import DRAWN, DRAWS, ENOUGH, apart, bootstrap_means, intervals


def sample(size: int, seed: int = 0) -> np.ndarray:
    """Stances in millionths, in order; skewed, as most news is neutral and the rest mostly opposition."""
    rng = default_rng(seed)
    shares = rng.dirichlet((0.2, 1.0, 0.6), size)
    return np.sort(np.round((shares[:, 0] - shares[:, 2]) * 1_000_000).astype(np.int64))


def means_of(*samples: np.ndarray) -> np.ndarray:
    return bootstrap_means(np.concatenate(samples), np.array([len(one) for one in samples]))


def plain(values: np.ndarray, draws: int = 40_000) -> np.ndarray:
    rng = default_rng(1)
    return np.array([values[rng.integers(len(values), size=len(values))].mean() for _ in range(draws)])


@pytest.mark.parametrize("size", [ENOUGH, 12, 60, DRAWN, DRAWN + 1, 600])
def test_intervals_are_those_of_plain_resampling(size: int) -> None:
    values = sample(size)
    exact = np.percentile(plain(values, 40_000 if size < 100 else 8_000), [2.5, 97.5])
    width = exact[1] - exact[0]
    assert intervals(means_of(values))[0] == pytest.approx(exact, abs=0.05 * width)


def test_an_interval_of_a_large_sample_is_skewed_as_its_values_are() -> None:
    values = np.sort(np.where(np.arange(240) < 6, -1_000_000, 0))
    low, high = intervals(means_of(values))[0] - values.mean()
    exact_low, exact_high = np.percentile(plain(values), [2.5, 97.5]) - values.mean()
    assert -low > 1.1 * high
    assert low / high == pytest.approx(exact_low / exact_high, rel=0.12)


def test_few_values_give_no_interval() -> None:
    found = intervals(means_of(sample(ENOUGH - 1), sample(ENOUGH), sample(1)))
    assert np.isnan(found).all(axis=1).tolist() == [True, False, True]


def test_equal_values_give_their_own_mean() -> None:
    for size in (ENOUGH, DRAWN + 50):
        assert intervals(means_of(np.full(size, 250_000)))[0].tolist() == [250_000, 250_000]


def test_a_sample_gives_the_same_bits_whatever_stands_beside_it() -> None:
    alone = [means_of(sample(size))[0] for size in (7, 40, 300)]
    others = [sample(size, seed) for seed, size in enumerate([40, 7, 7, 250, 3, 40])]
    beside = means_of(*others, sample(7), sample(40), sample(300), *others)[6:9]
    assert all(np.array_equal(one, other) for one, other in zip(alone, beside, strict=True))


@pytest.mark.parametrize(("here", "there"), [(30, 30), (30, 400), (400, 400), (8, 20)])
def test_a_difference_varies_as_that_of_independent_draws(here: int, there: int) -> None:
    means = means_of(sample(here), sample(there, seed=5))
    difference = means[0] - apart(means[1])
    assert np.var(difference) == pytest.approx(np.var(means, axis=1).sum(), rel=0.15)
    assert difference.shape == (DRAWS,)
