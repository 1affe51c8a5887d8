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


def expected_calibration_error(truth: NDArray[np.int64], probabilities: Floats, bins: int = BINS) -> float:
    """Mean gap between confidence and accuracy, weighted by the size of the bins (Naeini et al. 2015)."""
    rows = binned(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, bins)
    return float(calibration_error(rows.sum(axis=0)))


def binned(shares: Floats, true: NDArray[Any], bins: int = BINS) -> Floats:
    """One row for each probability: in its bin 1, itself, and whether it came true; elsewhere 0.

    Args:
        shares: Probabilities, of any shape.
        true: Of the same shape.
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
