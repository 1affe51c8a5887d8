"""Whether probabilities mean what they say: bins of confidence, and the gap between confidence and truth in them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.models.calibration import Floats

BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of about one confidence: how sure they were, and how often right."""

    confidence: float
    accuracy: float
    count: int


def reliability(truth: NDArray[np.int64], probabilities: Floats, bins: int = BINS) -> list[ReliabilityBin]:
    """The reliability diagram: answers in equally wide bins of confidence, empty bins left out."""
    rows = binned(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, bins).sum(axis=0)
    return [
        ReliabilityBin(float(confidence / count), float(right / count), int(count))
        for count, confidence, right in rows
        if count
    ]


def binned(shares: Floats, true: NDArray[Any], bins: int = BINS) -> Floats:
    """One row for each probability: in its bin 1, itself, and whether it came true; elsewhere 0.

    Args:
        shares: Probabilities, of any shape.
        true: Of the same shape; numbers are summed as they are.
        bins: How many, equally wide.

    Returns:
        The shape of `shares`, followed by (bins, 3).
    """
    index = np.minimum((shares * bins).astype(int), bins - 1)
    rows = np.stack([np.ones(shares.shape), shares, true.astype(float)], axis=-1)
    return np.asarray(np.eye(bins)[index][..., None] * rows[..., None, :])


def calibration_error(rows: Floats) -> Floats:
    """The gap between the probabilities and the truth, over the bins and weighted by their size.

    Args:
        rows: Sums of what `binned` returns, of shape (..., bins, 3).

    Returns:
        Shape (...).
    """
    return np.asarray(np.abs(rows[..., 1] - rows[..., 2]).sum(axis=-1) / rows[..., 0].sum(axis=-1))


def chance_error(rows: Floats) -> Floats:
    """The calibration error that chance alone is expected to give a perfectly calibrated model.

    Args:
        rows: Sums of `binned(p, p * (1 - p))` for its probabilities p, of shape (..., bins, 3).

    Returns:
        Shape (...). In each bin, the gap is the sum of Bernoulli errors, whose variances add up to V; as a normal
        distribution it is sqrt(2 V / pi) off on average (the mean of the half-normal distribution).
    """
    return np.asarray(np.sqrt(2 / np.pi * rows[..., 2]).sum(axis=-1) / rows[..., 0].sum(axis=-1))


def adaptive_error(confidence: Floats, right: NDArray[np.bool_], weights: Floats, bins: int = BINS) -> Floats:
    """The gap between confidence and accuracy in bins of as many answers each (Nguyen and O'Connor 2015).

    Answers of the same confidence stay in one bin, the one that the first of them falls into.

    Args:
        confidence: Shape (n,).
        right: Shape (n,).
        weights: How often each answer counts, of shape (draws, n).
        bins: How many.

    Returns:
        Shape (draws,).
    """
    order = np.argsort(confidence, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(confidence[order]) != 0))
    counts = np.add.reduceat(weights[:, order], starts, axis=1)
    gaps = np.add.reduceat((weights * (confidence - right))[:, order], starts, axis=1)
    total = counts.sum(axis=1)
    before = counts.cumsum(axis=1) - counts
    index = np.minimum(bins * before // total[:, None], bins - 1).astype(int)
    in_bins = np.zeros((len(weights), bins))
    np.add.at(in_bins, (np.arange(len(weights))[:, None], index), gaps)
    return np.asarray(np.abs(in_bins).sum(axis=1) / total)
