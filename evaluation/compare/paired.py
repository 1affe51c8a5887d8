"""Paired tests of two models on the same examples. Groups, not examples, are taken for independent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest, chi2

from detente.models.calibration import Floats

_SHUFFLES_AT_ONCE = 1000
_TIE = 1e-9
"""Figures that differ by less differ by rounding."""


def randomisation_test(
    first: Floats, second: Floats, figure: Callable[[Floats], Floats], *, shuffles: int, seed: int
) -> Floats:
    """Tell how often the difference is as large when two models swap their answers by the toss of a coin.

    This is approximate randomisation (Noreen 1989; Yeh 2000, "More accurate tests for the statistical significance of
    result differences"), with one toss for all answers of a group.

    Args:
        first: What the figure needs, summed by group: shape (groups, parts, cells).
        second: The same of the other model.
        figure: From sums (..., parts, cells) to figures (..., parts).
        shuffles: How many tosses; the least p-value is 1 / (shuffles + 1).
        seed: Of the coin.

    Returns:
        Two-sided p-values, of shape (parts,).
    """
    totals = first.sum(axis=0), second.sum(axis=0)
    observed = np.abs(figure(totals[1]) - figure(totals[0]))
    moves = second - first
    moves = moves[np.any(moves != 0, axis=(1, 2))]  # swapping equal answers changes nothing
    coin = np.random.default_rng(seed)
    reached = np.zeros(first.shape[1])
    for start in range(0, shuffles, _SHUFFLES_AT_ONCE):
        size = min(_SHUFFLES_AT_ONCE, shuffles - start)
        tosses = coin.integers(0, 2, (size, len(moves))).astype(np.float64)
        moved = np.tensordot(tosses, moves, axes=1)
        differences = figure(totals[1] - moved) - figure(totals[0] + moved)
        reached += (np.abs(differences) >= observed - _TIE).sum(axis=0)
    return np.asarray((reached + 1) / (shuffles + 1))


@dataclass(frozen=True)
class McNemar:
    """The test of McNemar (1947): examples that one model alone gets right, against those of the other."""

    first_only: int
    second_only: int
    p: float
    """Exact (binomial); takes examples for independent, which those of one group are not."""
    p_groups: float
    """For groups (Yang, Sun and Hardin 2010, "A note on the tests for clustered matched-pair binary data")."""


def mcnemar(first: NDArray[np.bool_], second: NDArray[np.bool_], index: NDArray[np.int64]) -> McNemar:
    """Compare which examples two models get right.

    Args:
        first: Whether the first model is right, of shape (n,).
        second: The same of the second one.
        index: The group of each example.
    """
    first_only, second_only = int((first & ~second).sum()), int((second & ~first).sum())
    differing = first_only + second_only
    by_group = np.bincount(index, first.astype(np.float64) - second.astype(np.float64))
    spread = (by_group**2).sum()
    return McNemar(
        first_only,
        second_only,
        p=float(binomtest(first_only, differing).pvalue) if differing else 1.0,
        p_groups=float(chi2.sf(by_group.sum() ** 2 / spread, 1)) if spread else 1.0,
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values that hold for all tests together (Holm 1979), in the order given."""
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(raised, 1.0)
    return [float(value) for value in adjusted]
