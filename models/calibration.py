"""Probabilities that mean what they say: logits scaled and shifted by what examples outside the training file show."""

from collections.abc import Callable, Sequence
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

from detente.data.records import STANCES, Stance

Floats = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]

BOUND = float(np.log(20.0))  # of a log scale: where all answers are right, the likelihood has no maximum
RIDGE = 1.0
"""Of the vector method, in examples: the penalty weighs as much as the loss of so many examples times its square."""


class Calibration(BaseModel):
    """A positive scale and a shift for the logit of each stance, in the label order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: tuple[Positive, Positive, Positive] = (1.0, 1.0, 1.0)
    bias: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def apply(self, logits: Floats) -> Floats:
        """Calibrated logits from raw ones, of shape (..., 3)."""
        return np.asarray(logits * np.array(self.scale) + np.array(self.bias))

    def undo(self, logits: Floats) -> Floats:
        """Raw logits from calibrated ones, of shape (..., 3)."""
        return np.asarray((logits - np.array(self.bias)) / np.array(self.scale))

    @classmethod
    def of_temperature(cls, temperature: float) -> Self:
        """All logits divided by one number."""
        return cls(scale=(1 / temperature,) * 3)


def just_below(probability: float) -> float:
    """A threshold that this probability still clears when it is computed again in fp32, in another batch."""
    return max(0.0, round(probability - 1e-5, 6))


def stance_indices(stances: Sequence[Stance]) -> NDArray[np.int64]:
    """Positions of the stances in the label order, of shape (n,)."""
    return np.array([STANCES.index(stance) for stance in stances], dtype=np.int64)


def fit_calibration(logits: Floats, gold: Sequence[Stance], method: str) -> Calibration:
    """The calibration that minimises the negative log-likelihood.

    Args:
        logits: Raw, of shape (n, 3), of examples that the model was not trained on.
        gold: Their stances.
        method: A name of `METHODS`.

    Raises:
        ValueError: There are no examples, or the lengths differ.
    """
    if len(logits) == 0 or len(logits) != len(gold):
        raise ValueError(f"expected as many logits as stances, at least one; found {len(logits)} and {len(gold)}")
    return METHODS[method](logits, stance_indices(gold))


def fit_temperature(logits: Floats, truth: NDArray[np.int64]) -> Calibration:
    """One temperature for all stances (Guo et al. 2017, section 4.2): the likeliest stance stays the likeliest."""
    rows = np.arange(len(logits))

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, truth].mean())

    best = minimize_scalar(loss, bounds=(-BOUND, BOUND), method="bounded")
    return Calibration.of_temperature(float(np.exp(best.x)))


def fit_vector(logits: Floats, truth: NDArray[np.int64]) -> Calibration:
    """A scale and a bias for each stance (vector scaling, Guo et al. 2017, section 4.2), with a ridge.

    The ridge pulls the biases to zero and the scales, on the log scale, to their common mean: with few examples it is
    a temperature. Kull et al. 2019 penalise the same parameters for the same reason.
    """
    n, gold = len(logits), np.eye(len(STANCES))[truth]

    def loss_and_gradient(parameters: Floats) -> tuple[float, Floats]:
        log_scale, bias = parameters[:3], parameters[3:]
        scaled = logits * np.exp(log_scale)
        spread = log_scale - log_scale.mean()
        log_likelihood = (gold * log_softmax(scaled + bias, axis=1)).sum()
        error = softmax(scaled + bias, axis=1) - gold
        gradient = np.concatenate([(error * scaled).sum(axis=0), error.sum(axis=0)])
        gradient += 2 * RIDGE * np.concatenate([spread, bias])
        return (RIDGE * (spread @ spread + bias @ bias) - log_likelihood) / n, gradient / n

    bounds = [(-BOUND, BOUND)] * 3 + [(None, None)] * 3
    start = np.concatenate([np.log(fit_temperature(logits, truth).scale), np.zeros(3)])
    best = minimize(loss_and_gradient, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"gtol": 1e-9})
    scale, bias = np.exp(best.x[:3]), best.x[3:]
    return Calibration(scale=tuple(scale.tolist()), bias=tuple(bias.tolist()))


METHODS: dict[str, Callable[[Floats, NDArray[np.int64]], Calibration]] = {
    "temperature": fit_temperature,
    "vector": fit_vector,
}
