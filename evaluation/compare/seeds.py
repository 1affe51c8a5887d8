"""Differences of two settings that were trained with several seeds: other seeds and other texts would give others."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from detente.models.calibration import Floats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Sampled:
    """The figures of the runs of one contender, and what they are on resampled groups."""

    actual: Floats
    """Shape (runs, parts)."""
    drawn: Floats
    """Shape (draws, runs, parts); all contenders have the same draws."""

    @property
    def runs(self) -> int:
        """How many there are, one for each seed."""
        return len(self.actual)


@dataclass(frozen=True)
class Estimate:
    """A figure or a difference with its 95% interval and the p-value of its being zero, each of shape (parts,)."""

    value: Floats
    low: Floats
    high: Floats
    p: Floats


@dataclass(frozen=True)
class _SeedShare:
    """What seeds that vary as those of one contender do add to the variance, each of shape (parts,)."""

    variance: Floats
    """By the spread that is seen, which holds both what seeds are worth and their luck with these examples."""
    examples: Floats
    """By that luck alone."""
    freedom: int


def crossed_estimate(first: Sampled, second: Sampled | None, groups: int) -> Estimate:
    """The mean over seeds, or the difference of two such means, where both seeds and groups of examples are samples.

    Seeds are crossed with examples as readers are with cases in diagnostic studies (Obuchowski and Rockette 1995). The
    bootstrap over groups, which holds the seeds fixed, gives the variance from examples; the spread of the seeds gives
    theirs, less what the bootstrap has counted already. Degrees of freedom are Satterthwaite's, as in Hillis (2007), so
    two or three seeds don't pass for many. A contender with one run is taken to spread as much as the other one does.

    Args:
        first: One contender. If second is None, it has several runs.
        second: The contender that is subtracted, if any; one of them has several runs.
        groups: Of examples.
    """
    value = first.actual.mean(axis=0) - (0 if second is None else second.actual.mean(axis=0))
    drawn = first.drawn.mean(axis=1) - (0 if second is None else second.drawn.mean(axis=1))
    examples = np.nanvar(drawn, axis=0, ddof=1)
    shares = _seed_shares([one for one in (first, second) if one is not None])
    seen = sum((share.variance for share in shares), np.zeros_like(value))
    counted_twice = sum((share.examples for share in shares), np.zeros_like(value))
    variance = np.maximum(np.maximum(examples + seen - counted_twice, examples), seen)
    terms = [(share.variance, share.freedom) for share in shares] + [(examples, max(groups - 1, 1))]
    return _by_t(value, variance, terms)


def _seed_shares(contenders: list[Sampled]) -> list[_SeedShare]:
    """One for each contender with several runs; what it says of one with a single run is no second witness."""
    several = [one for one in contenders if one.runs > 1]
    alone = len(contenders) - len(several)
    return [_seed_share(one, 1 / one.runs + alone) for one in several]


def _seed_share(contender: Sampled, weight: float) -> _SeedShare:
    centred = contender.drawn - contender.drawn.mean(axis=1, keepdims=True)
    own_luck = np.nanvar(centred, axis=0, ddof=1).sum(axis=0) / (contender.runs - 1)
    return _SeedShare(contender.actual.var(axis=0, ddof=1) * weight, own_luck * weight, contender.runs - 1)


def _by_t(value: Floats, variance: Floats, terms: list[tuple[Floats, int]]) -> Estimate:
    """By the t distribution, with the degrees of freedom of a sum of variances (Satterthwaite 1946)."""
    uncertainty = sum((term**2 / freedom for term, freedom in terms), np.zeros_like(value))
    error = np.sqrt(variance)
    freedom = np.divide(variance**2, uncertainty, out=np.ones_like(value), where=uncertainty > 0)
    reach = t.ppf((1 + CONFIDENCE) / 2, freedom) * error
    distance = np.divide(np.abs(value), error, out=np.where(value == 0, 0.0, np.inf), where=error > 0)
    return Estimate(value, value - reach, value + reach, 2 * t.sf(distance, freedom))
