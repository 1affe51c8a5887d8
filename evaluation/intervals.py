"""Bootstrap intervals over groups: sentences of one article are not independent witnesses."""

from collections.abc import Sequence

import numpy as np

from detente.data.records import STANCES, Stance
from detente.evaluation.metrics import macro_f1
from detente.models.calibration import Floats, stance_indices

Interval = tuple[float, float]


def group_confusions(gold: Sequence[Stance], probabilities: Floats, groups: Sequence[str]) -> Floats:
    """A confusion matrix for each group, of shape (groups, 3, 3), the groups sorted."""
    names, index = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    counts = np.zeros((len(names), len(STANCES), len(STANCES)))
    np.add.at(counts, (index, stance_indices(gold), probabilities.argmax(axis=1)), 1)
    return counts


def macro_f1_interval(
    gold: Sequence[Stance], probabilities: Floats, groups: Sequence[str], *, resamples: int, seed: int
) -> Interval:
    """The 95% percentile interval of macro-F1, whole groups being drawn (Field and Welsh 2007, cluster bootstrap)."""
    return _percentiles(macro_f1(_resampled(group_confusions(gold, probabilities, groups), resamples, seed)))


def margin_interval(
    gold: Sequence[Stance],
    probabilities: Floats,
    others: Floats,
    groups: Sequence[str],
    *,
    resamples: int,
    seed: int,
) -> Interval:
    """The 95% interval of the macro-F1 of one model minus that of another, on the same draws of groups."""
    one, other = (
        macro_f1(_resampled(group_confusions(gold, each, groups), resamples, seed)) for each in (probabilities, others)
    )
    return _percentiles(one - other)


def _resampled(confusions: Floats, resamples: int, seed: int) -> Floats:
    """Confusion matrices of `resamples` draws of as many groups, with replacement: shape (resamples, 3, 3)."""
    n = len(confusions)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    return np.tensordot(draws, confusions, axes=1)


def _percentiles(values: Floats) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
