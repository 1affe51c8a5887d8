"""Bootstrap means of the stories of many edges at once.

Values are whole numbers, so that a sum is the same in whatever order it is taken: the same stories give the same
interval to the last bit, whichever edges are computed beside it.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

DRAWS = 1000
ENOUGH = 5
"""An interval needs so many stories: the percentile interval of 3 or fewer is just their range, that of 4 hardly less.
It would look like knowledge."""
DRAWN = 200
"""Samples up to this size are resampled; the means of larger ones come from the expansion of their distribution."""
_SEED = 20240317

Whole = NDArray[np.int64]
Floats = NDArray[np.float64]


def bootstrap_means(values: Whole, counts: Whole) -> Floats:
    """The means of DRAWS resamples of each of many samples (Efron 1979).

    Above DRAWN values, the means are quantiles of their distribution to second order: normal, with the skewness of the
    sample (Cornish and Fisher 1938; Hall 1992, chapter 3). That differs from drawing by less than the chance in DRAWS
    draws.

    Args:
        values: All samples, one behind the other, each in ascending order.
        counts: The size of each sample, 1 or more.

    Returns:
        Shape (samples, DRAWS), NaN for samples of less than ENOUGH. The draws of two samples of one size are the same,
        row by row: for a difference, take `apart`.
    """
    ends = np.cumsum(counts)
    means = np.full((len(counts), DRAWS), np.nan)
    for size in np.unique(counts[counts >= ENOUGH]):
        which = np.flatnonzero(counts == size)
        if size > DRAWN:
            for one in which:
                means[one] = _expanded(values[ends[one] - size : ends[one]])
            continue
        samples = values[ends[which, None] - size + np.arange(size)]
        means[which] = samples.astype(np.float64) @ _weights(int(size)).T.astype(np.float64) / size
    return means


def apart(means: Floats) -> Floats:
    """The same draws in another order, in which they are independent of the draws of other samples as they stand."""
    return np.roll(means, 1, axis=-1)


def intervals(means: Floats) -> Floats:
    """The 95% percentile interval of each row of draws: shape (rows, 2), NaN where a row has none."""
    known = ~np.isnan(means[:, 0])
    found = np.full((len(means), 2), np.nan)
    if known.any():
        found[known] = np.percentile(means[known], [2.5, 97.5], axis=1).T
    return found


@lru_cache(maxsize=DRAWN)
def _weights(size: int) -> NDArray[np.uint8]:
    """How often each of `size` values is drawn, of shape (DRAWS, size)."""
    drawn = np.random.default_rng([_SEED, size]).integers(size, size=(DRAWS, size))
    flat = (drawn + size * np.arange(DRAWS)[:, None]).ravel()
    return np.bincount(flat, minlength=DRAWS * size).reshape(DRAWS, size).astype(np.uint8)


@lru_cache(maxsize=1)
def _normal_draws() -> Floats:
    """The quantiles of the normal distribution at the middles of DRAWS equal shares, shuffled."""
    quantiles = np.asarray(ndtri((np.arange(DRAWS) + 0.5) / DRAWS))
    return np.random.default_rng(_SEED).permutation(quantiles)


def _expanded(sample: Whole) -> Floats:
    size, mean = len(sample), float(sample.sum()) / len(sample)
    centred = sample - mean
    deviation = float(np.sqrt(np.mean(centred**2)))
    if deviation == 0:
        return np.full(DRAWS, mean)
    skewness = float(np.mean(centred**3)) / deviation**3 / size**0.5
    normal = _normal_draws()
    return np.asarray(mean + deviation / size**0.5 * (normal + skewness * (normal**2 - 1) / 6))
