"""Figures of a model on labelled examples. Pure: stances and probabilities in, a frozen record out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support

from detente.data.records import STANCES, Stance
from detente.models.calibration import Floats, stance_indices


@dataclass(frozen=True)
class StanceScore:
    """Precision, recall and F1 of one stance, and how many examples have it."""

    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Scores:
    """Everything measured on one file. All shares lie in [0, 1]."""

    n: int
    accuracy: float
    macro_f1: float
    f_avg: float
    """Mean F1 of support and oppose (the F_avg of SemEval-2016 task 6)."""
    nll: float
    """Mean negative log-likelihood of the gold stance, in nats."""
    ece: float
    per_stance: dict[str, StanceScore]
    confusion: list[list[int]]
    """Rows are gold stances, columns are predicted ones, both in the label order."""

    def flat(self) -> dict[str, float]:
        """The single figures by name: `macro_f1`, `support_precision` and so on."""
        figures = {name: getattr(self, name) for name in ("macro_f1", "f_avg", "accuracy", "nll", "ece")}
        for stance, score in self.per_stance.items():
            figures |= {f"{stance}_{name}": getattr(score, name) for name in ("precision", "recall", "f1")}
        return figures

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def score(gold: Sequence[Stance], probabilities: Floats) -> Scores:
    """Measure probabilities against gold stances.

    Args:
        gold: The n stances.
        probabilities: Shape (n, 3), in the label order.

    Raises:
        ValueError: There is nothing to measure, or the lengths differ.
    """
    if len(gold) == 0 or len(gold) != len(probabilities):
        raise ValueError(
            f"expected as many probabilities as stances, at least one; found {len(probabilities)}, {len(gold)}"
        )
    truth, predicted = stance_indices(gold), probabilities.argmax(axis=1)
    labels = range(len(STANCES))
    rows = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0.0)
    per_stance = {
        stance.value: StanceScore(float(precision), float(recall), float(f1), int(support))
        for stance, precision, recall, f1, support in zip(STANCES, *rows, strict=True)
    }
    matrix = confusion_matrix(truth, predicted, labels=labels)
    return Scores(
        n=len(gold),
        accuracy=float((truth == predicted).mean()),
        macro_f1=float(macro_f1(matrix)),
        f_avg=(per_stance[Stance.SUPPORT].f1 + per_stance[Stance.OPPOSE].f1) / 2,
        nll=float(log_loss(truth, np.clip(probabilities, 1e-12, 1.0), labels=labels)),
        ece=expected_calibration_error(truth, probabilities),
        per_stance=per_stance,
        confusion=matrix.tolist(),
    )


def macro_f1(confusion: NDArray[Any]) -> Floats:
    """Mean of the per-stance F1 scores; a stance absent from both gold and predictions counts as zero.

    Args:
        confusion: Shape (..., 3, 3), rows gold and columns predicted.

    Returns:
        Shape (...).
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    total = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    per_stance: Floats = np.divide(2 * hits, total, out=np.zeros(hits.shape), where=total > 0)
    return np.asarray(per_stance.mean(axis=-1))


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of about one confidence: how sure they were, and how often right."""

    confidence: float
    accuracy: float
    count: int


def reliability(truth: NDArray[np.int64], probabilities: Floats, bins: int = 10) -> list[ReliabilityBin]:
    """The reliability diagram: answers in equally wide bins of confidence, empty bins left out."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        ReliabilityBin(float(confidence[inside].mean()), float(right[inside].mean()), int(inside.sum()))
        for inside in (index == i for i in range(bins))
        if inside.any()
    ]


def expected_calibration_error(truth: NDArray[np.int64], probabilities: Floats, bins: int = 10) -> float:
    """Mean gap between confidence and accuracy, weighted by the size of the bins (Naeini et al. 2015)."""
    parts = reliability(truth, probabilities, bins)
    return sum(part.count * abs(part.confidence - part.accuracy) for part in parts) / len(truth)
