"""Bootstrap intervals over groups: sentences of one article are not independent witnesses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.data.records import Stance
from detente.evaluation.metrics import confusions, macro_f1, ranked_figures, summed_figures
from detente.models.calibration import Floats, stance_indices

Interval = tuple[float, float]

_CELLS = 4_000_000  # of the draws by examples that are held at once


@dataclass(frozen=True)
class Draws:
    """How often each group was drawn: whole groups, as many as there are, with replacement (Field and Welsh 2007)."""

    index: NDArray[np.int64]
    """The group of each example; the groups are sorted by name, so the order of the examples doesn't matter."""
    weights: Floats
    """Shape (draws, groups)."""

    @classmethod
    def of(cls, groups: Sequence[str], *, resamples: int, seed: int) -> "Draws":
        """Draw `resamples` times from the groups of examples."""
        places = {name: place for place, name in enumerate(sorted(set(groups)))}
        n = len(places)
        drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
        return cls(np.array([places[name] for name in groups], dtype=np.int64), drawn.astype(np.float64))

    def sums(self, values: Floats) -> Floats:
        """Add up values of the examples, of shape (n, ...), in each draw: shape (draws, ...)."""
        by_group = np.zeros((self.weights.shape[1], *values.shape[1:]))
        np.add.at(by_group, self.index, values)
        return np.tensordot(self.weights, by_group, axes=1)

    def of_examples(self) -> Iterator[Floats]:
        """How often each example was drawn, of shape (draws, n), in pieces that fit into memory."""
        step = max(1, _CELLS // len(self.index))
        for start in range(0, len(self.weights), step):
            yield self.weights[start : start + step][:, self.index]


def resampled_figures(gold: Sequence[Stance], probabilities: Floats, draws: Draws) -> dict[str, Floats]:
    """All figures of `Scores.flat` in each draw, each of shape (draws,)."""
    truth = stance_indices(gold)
    pieces = [ranked_figures(truth, probabilities, weights) for weights in draws.of_examples()]
    ranked = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    return summed_figures(truth, probabilities, draws.sums) | ranked


def resampled_macro_f1(gold: Sequence[Stance], probabilities: Floats, draws: Draws) -> Floats:
    """Macro-F1 alone in each draw, of shape (draws,)."""
    return macro_f1(draws.sums(confusions(stance_indices(gold), probabilities.argmax(axis=1))))


def macro_f1_interval(
    gold: Sequence[Stance], probabilities: Floats, groups: Sequence[str], *, resamples: int, seed: int
) -> Interval:
    """The 95% percentile interval of macro-F1."""
    return percentiles(resampled_macro_f1(gold, probabilities, Draws.of(groups, resamples=resamples, seed=seed)))


def share(part: Floats, whole: Floats) -> Floats:
    """The part of the whole in each draw; NaN in those without any."""
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0))


def percentiles(values: Floats) -> Interval:
    """The 95% percentile interval of shares or their differences.

    Draws without a value (NaN) are left out; if none has one, nothing is known, and the interval is the whole range.
    """
    if np.isnan(values).all():
        return -1.0, 1.0
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
