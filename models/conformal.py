"""Conformal sets: for each answer the stances that can't be ruled out, right so often as is asked for."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from detente.data.records import STANCES, Stance
from detente.models.calibration import Floats, just_below, stance_indices


class ConformalSets(BaseModel):
    """For each stance, in the label order, the probability from which on it is in the set.

    Sets of least ambiguity with a coverage for each class (Sadinle, Lei and Wasserman 2019): of the examples of each
    stance, the wanted share have it in their set, as long as they are exchangeable with those of the calibration.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    coverage: float
    thresholds: tuple[float, float, float]
    examples: tuple[int, int, int]
    """Of each stance in the calibration. A stance with no more than coverage / (1 - coverage) is in every set."""

    def sets(self, probabilities: Floats) -> list[tuple[Stance, ...]]:
        """The sets of n answers with probabilities of shape (n, 3); the likeliest stance is in each."""
        inside = probabilities >= np.array(self.thresholds)
        inside[np.arange(len(probabilities)), probabilities.argmax(axis=1)] = True
        return [tuple(stance for stance, kept in zip(STANCES, row, strict=True) if kept) for row in inside]


def fit_sets(probabilities: Floats, gold: Sequence[Stance], coverage: float) -> ConformalSets:
    """Find the thresholds with crepes: p-values of a Mondrian conformal classifier, the gold stances its categories.

    Args:
        probabilities: Calibrated, of shape (n, 3), of examples that the model was not trained on.
        gold: Their stances.
        coverage: The wanted share of the examples of each stance whose set holds it.
    """
    from crepes import ConformalClassifier  # noqa: PLC0415  (slow to import, and needed only here)

    truth = stance_indices(gold)
    scores = -probabilities[np.arange(len(truth)), truth]
    classifier = ConformalClassifier().fit(scores, bins=truth)
    thresholds = []
    for place in range(len(STANCES)):
        tried = np.append(scores[truth == place], 0.0)  # the sets change at these scores only
        category = np.full(len(tried), place)
        inside = classifier.predict_set(tried, bins=category, confidence=coverage, smoothing=False)
        thresholds.append(just_below(-float(tried[inside == 1].max())))
    return ConformalSets(
        coverage=coverage,
        thresholds=tuple(thresholds),
        examples=tuple(np.bincount(truth, minlength=len(STANCES)).tolist()),
    )
