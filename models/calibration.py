"""Probabilities that mean what they say, and a threshold below which the model says that it isn't sure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from detente.data.records import STANCES, Stance

Floats = NDArray[np.float64]


def stance_indices(stances: Sequence[Stance]) -> NDArray[np.int64]:
    """Positions of the stances in the label order, of shape (n,)."""
    return np.array([STANCES.index(stance) for stance in stances], dtype=np.int64)


def fit_temperature(logits: Floats, gold: Sequence[Stance]) -> float:
    """The temperature that minimises the negative log-likelihood (Guo et al. 2017, section 4.2).

    Args:
        logits: Shape (n, 3), of examples that the model was not trained on.
        gold: Their stances.

    Raises:
        ValueError: There are no examples, or the lengths differ.
    """
    if len(logits) == 0 or len(logits) != len(gold):
        raise ValueError(f"expected as many logits as stances, at least one; found {len(logits)} and {len(gold)}")
    rows, columns = np.arange(len(logits)), stance_indices(gold)

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, columns].mean())

    best = minimize_scalar(loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(best.x))


def abstention_threshold(probabilities: Floats, gold: Sequence[Stance], precision: float) -> float:
    """The lowest confidence from which on at least `precision` of the answers are right.

    Args:
        probabilities: Shape (n, 3), calibrated, of examples that the model was not trained on.
        gold: Their stances.
        precision: The wanted share of right answers.

    Returns:
        A probability of the likeliest stance; 1.0 (never sure) if no threshold reaches the precision.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == stance_indices(gold)
    order = np.argsort(-confidence, kind="stable")
    share_right = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last_of_ties = np.append(np.diff(confidence[order]) != 0, True)
    reached = np.flatnonzero((share_right >= precision) & last_of_ties)
    return float(confidence[order][reached[-1]]) if len(reached) else 1.0
