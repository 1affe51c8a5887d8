"""What is won by leaving the unsure answers out: risk against coverage.

Answers of the same confidence stay or go together. Where a figure needs an order among them, it is the mean over all
orders, so that nothing depends on the order of the examples. All functions take weights of shape (draws, n), which say
how often each example counts: ones for the file itself, the counts of a bootstrap for its intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.models.calibration import Floats

PRECISION = 0.9


@dataclass(frozen=True)
class CurvePoint:
    """The surest answers down to a confidence: their share of all, and the share of them that is wrong."""

    confidence: float
    coverage: float
    risk: float


def risk_coverage(truth: NDArray[np.int64], probabilities: Floats) -> list[CurvePoint]:
    """The risk-coverage curve (El-Yaniv and Wiener 2010), a point for each confidence there is, the highest first."""
    confidence, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != truth
    order, starts = _blocks(confidence)
    kept, errors = (np.add.reduceat(values[order], starts).cumsum() for values in (np.ones(len(wrong)), wrong))
    return [
        CurvePoint(float(confidence[order][start]), float(count / len(wrong)), float(error / count))
        for start, count, error in zip(starts, kept, errors, strict=True)
    ]


def thinned(curve: Sequence[CurvePoint], steps: int = 100) -> list[CurvePoint]:
    """At most so many points of a curve: for each step of coverage the last one in it."""
    last = {int(np.ceil(point.coverage * steps)): point for point in curve}
    return list(last.values())


def area_under_risk_coverage(confidence: Floats, wrong: NDArray[np.bool_], weights: Floats) -> Floats:
    """AURC: the mean of the risks at the coverages 1/n, 2/n ... 1 (Geifman and El-Yaniv 2017; Geifman et al. 2019).

    Returns:
        Shape (draws,); 0 is perfect, and the error rate is what an order by chance gives.
    """
    order, starts = _blocks(confidence)
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    errors = np.add.reduceat(weights[:, order] * wrong[order], starts, axis=1)
    last, errors_before = counts.cumsum(axis=1), errors.cumsum(axis=1) - errors
    before = last - counts
    rate = np.divide(errors, counts, out=np.zeros_like(errors), where=counts > 0)
    # the risk at k answers within a block is rate + (errors_before - before * rate) / k; summed over k
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, int(last.max()) + 1))])
    steps = harmonic[last.astype(int)] - harmonic[before.astype(int)]
    return np.asarray((errors + (errors_before - before * rate) * steps).sum(axis=1) / last[:, -1])


def kept_at_precision(
    confidence: Floats, right: NDArray[np.bool_], weights: Floats, precision: float = PRECISION
) -> tuple[Floats, Floats]:
    """How many answers can be kept, the surest first, so that at least so many of them are right.

    The threshold is chosen on the answers that are measured, so a little luck is in the figure.

    Returns:
        The answers kept and those of them that are right, both of shape (draws,).
    """
    if len(confidence) == 0:
        return np.zeros(len(weights)), np.zeros(len(weights))
    order, starts = _blocks(confidence)
    kept = np.add.reduceat(weights[:, order], starts, axis=1).cumsum(axis=1)
    hits = np.add.reduceat(weights[:, order] * right[order], starts, axis=1).cumsum(axis=1)
    good = hits >= precision * kept - 1e-9
    return (kept * good).max(axis=1), (hits * good).max(axis=1)


def _blocks(confidence: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """An order by falling confidence, and where in it each confidence starts."""
    order = np.argsort(-confidence, kind="stable")
    return order, np.flatnonzero(np.append(True, np.diff(confidence[order]) != 0))
