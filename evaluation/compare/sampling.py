"""The figures of contenders on the shared examples, and their differences, with what chance makes of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from detente.data.records import STANCES
from detente.evaluation.compare.figures import Figure
from detente.evaluation.compare.paired import randomisation_test
from detente.evaluation.compare.seeds import CONFIDENCE, Estimate, Sampled, crossed_estimate
from detente.evaluation.compare.shared import Shared
from detente.evaluation.intervals import Draws
from detente.evaluation.metrics import summed_figures
from detente.models.calibration import Floats

RESAMPLES = 2000
SHUFFLES = 10_000
SEED = 13
SHOWN = (
    "macro_f1",
    "f_avg",
    "accuracy",
    "mcc",
    *(f"{stance}_f1" for stance in STANCES),
    "nll",
    "brier",
    "ece",
)
"""Figures that are shown beside the one that decides, by their names in `Scores.flat`."""

Places = Sequence[int]
"""Which of the shared models are runs of a contender."""


@dataclass(frozen=True)
class Sampling:
    """The shared examples, and the draws of their groups that all intervals rest on."""

    shared: Shared
    draws: Draws

    @classmethod
    def of(cls, shared: Shared) -> "Sampling":
        """Draw the groups."""
        return cls(shared, Draws.of(shared.groups, resamples=RESAMPLES, seed=SEED))

    @property
    def groups(self) -> int:
        """How many there are."""
        return int(self.draws.weights.shape[1])

    def sums(self, figure: Figure, parts: Floats) -> Floats:
        """What a figure needs, added up in each group.

        Args:
            figure: The figure.
            parts: Which examples each part of the file holds, as ones and zeros of shape (n, parts).

        Returns:
            Shape (models, groups, parts, cells).
        """
        n = len(parts)
        members = csr_array((np.ones(n), (self.draws.index, np.arange(n))), shape=(self.groups, n))
        cells = [figure.cells(self.shared.gold, probabilities) for probabilities in self.shared.probabilities]
        flat = [members @ (parts[:, :, None] * one[:, None, :]).reshape(n, -1) for one in cells]
        return np.stack(flat).reshape(len(cells), self.groups, parts.shape[1], -1)

    def sampled(self, sums: Floats, of: Callable[[Floats], Floats]) -> Sampled:
        """The figures of runs from their sums, of shape (runs, groups, parts, cells)."""
        drawn = np.tensordot(self.draws.weights, sums, axes=(1, 1))
        return Sampled(of(sums.sum(axis=1)), of(drawn))

    def compare_parts(self, sums: Floats, figure: Figure, first: Places, second: Places, *, whole: bool) -> Estimate:
        """The figure of the second contender minus that of the first, in each part of the file.

        Args:
            sums: From `sums`.
            figure: The same.
            first: The runs of one contender.
            second: Those of the other.
            whole: Whether the parts are the whole file.
        """
        of = figure.of if whole else figure.of_part
        one, other = (self.sampled(sums[list(places)], of) for places in (first, second))
        estimate = difference(other, one, self.groups)
        if len(first) > 1 or len(second) > 1:
            return estimate
        p = randomisation_test(sums[first[0]], sums[second[0]], of, shuffles=SHUFFLES, seed=SEED)
        return Estimate(estimate.value, estimate.low, estimate.high, p)

    def shown_figures(self, places: Places) -> Sampled:
        """The figures in `SHOWN` of a contender's runs."""
        actual, drawn = [], []
        for place in places:
            probabilities = self.shared.probabilities[place]
            once = summed_figures(self.shared.gold, probabilities, lambda values: values.sum(axis=0))
            often = summed_figures(self.shared.gold, probabilities, self.draws.sums)
            actual.append([float(once[name]) for name in SHOWN])
            drawn.append(np.stack([often[name] for name in SHOWN], axis=1))
        return Sampled(np.array(actual), np.stack(drawn, axis=1))


def mean(one: Sampled, groups: int) -> Estimate:
    """The mean over a contender's runs with its interval."""
    return crossed_estimate(one, None, groups) if one.runs > 1 else _percentiles(one.actual[0], one.drawn[:, 0])


def difference(first: Sampled, second: Sampled, groups: int) -> Estimate:
    """The first minus the second; between two single runs there is an interval, but no p-value (NaN)."""
    if first.runs > 1 or second.runs > 1:
        return crossed_estimate(first, second, groups)
    return _percentiles(first.actual[0] - second.actual[0], first.drawn[:, 0] - second.drawn[:, 0])


def _percentiles(value: Floats, drawn: Floats) -> Estimate:
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.nanpercentile(drawn, [tail, 100 - tail], axis=0)
    return Estimate(value, low, high, np.full_like(value, np.nan))
