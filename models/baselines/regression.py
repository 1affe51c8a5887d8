"""Multinomial logistic regression over features: fitted by scikit-learn, kept as two arrays."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from detente.data.records import STANCES
from detente.models.baselines.state import State
from detente.models.calibration import Floats


class StanceRegression:
    """Probabilities of the stances by a weighted sum of features; a stance that was never seen has none.

    Args:
        settings: Of scikit-learn's `LogisticRegression`; the stances weigh the same, however many examples each has.
    """

    def __init__(self, **settings: Any) -> None:
        self._settings = settings
        self._weights: Floats = np.zeros((len(STANCES), 0))
        self._bias: Floats = np.zeros(len(STANCES))

    def fit(self, features: Any, gold: NDArray[np.int64]) -> Self:
        """Learn from features of shape (n, m), dense or sparse, and the positions of the stances in the label order."""
        seen = np.unique(gold)
        self._weights = np.zeros((len(STANCES), features.shape[1]))
        self._bias = np.full(len(STANCES), -np.inf)
        self._bias[seen] = 0.0
        if len(seen) > 1:  # a regression needs two classes; of two, scikit-learn has weights for the second alone
            fitted = LogisticRegression(class_weight="balanced", **self._settings).fit(features, gold)
            told = seen[-len(fitted.coef_) :]
            self._weights[told], self._bias[told] = fitted.coef_, fitted.intercept_
        return self

    def predict_proba(self, features: Any) -> Floats:
        """Probabilities of shape (n, 3) for features of shape (n, m)."""
        return np.asarray(softmax(features @ self._weights.T + self._bias, axis=1))

    def standardise(self, mean: Floats, scale: Floats) -> None:
        """Take raw features from now on, after a fit on (features - mean) / scale; both of shape (m,)."""
        self._weights = self._weights / scale
        self._bias = self._bias - self._weights @ mean

    @property
    def arrays(self) -> dict[str, Floats]:
        """What was learnt."""
        return {"weights": self._weights, "bias": self._bias}

    def load(self, state: State, size: int) -> Self:
        """Take over the arrays of a saved regression over `size` features.

        Raises:
            ValueError: They are missing or of another shape.
        """
        self._weights = state.array("weights", (len(STANCES), size))
        self._bias = state.array("bias", (len(STANCES),))
        return self
