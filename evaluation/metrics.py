"""Figures of a model on labelled examples. Pure: stances and probabilities in, a frozen record out."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.data.records import STANCES, Stance
from detente.evaluation.reliability import adaptive_error, binned, calibration_error, chance_error
from detente.evaluation.selective import area_under_risk_coverage, kept_at_precision
from detente.models.calibration import Floats, stance_indices

Sums = Callable[[Floats], Floats]
"""Adds up values of shape (n, ...) over the examples: the n of them, or those of many draws, giving (draws, ...)."""


@dataclass(frozen=True)
class StanceScore:
    """How well one stance is found. All but `support` lie in [0, 1]."""

    precision: float
    recall: float
    f1: float
    coverage_at_90: float
    """Share of the answers with this stance that can be kept, the surest first, with 90% of them right."""
    recall_at_90: float
    """Share of the examples with this stance that are found then."""
    ece: float
    """Gap between the stance's probability and its frequency, in ten equally wide bins."""
    support: int
    """Examples with this stance."""


@dataclass(frozen=True)
class Scores:
    """Everything measured on one file. Shares lie in [0, 1]."""

    n: int
    macro_f1: float
    accuracy: float
    """The same as micro-F1 over all three stances."""
    f_avg: float
    """Mean F1 of support and oppose (the F_avg of SemEval-2016 task 6)."""
    f_micro: float
    """Micro-F1 of support and oppose: neutral counts as nothing found."""
    mcc: float
    """Matthews correlation, in [-1, 1], for more than two classes (Gorodkin 2004)."""
    nll: float
    """Mean negative log-likelihood of the gold stance, in nats."""
    brier: float
    """Mean squared distance between the probabilities and truth, summed over the stances: in [0, 2] (Brier 1950)."""
    balanced_brier: float
    """Mean of the Brier scores of the examples of each stance, so that rare stances weigh as much as common ones."""
    ece: float
    """Gap between confidence and accuracy, in ten equally wide bins (Naeini et al. 2015)."""
    chance_ece: float
    """What of it chance alone gives a perfectly calibrated model on so many examples, on average; independent ones."""
    adaptive_ece: float
    """The same in ten bins of as many answers each (Nguyen and O'Connor 2015)."""
    classwise_ece: float
    """Gap between a stance's probability and its frequency, mean of the three stances (Kull et al. 2019)."""
    overconfidence: float
    """Mean confidence minus accuracy, in [-1, 1]."""
    aurc: float
    """Area under the risk-coverage curve; lower is better."""
    per_stance: dict[str, StanceScore]
    confusion: list[list[int]]
    """Rows are gold stances, columns are predicted ones, both in the label order."""

    def flat(self) -> dict[str, float]:
        """The single figures by name: `macro_f1`, `support_precision` and so on."""
        figures = {name: value for name, value in vars(self).items() if isinstance(value, float)}
        for stance, score in self.per_stance.items():
            figures |= {f"{stance}_{name}": value for name, value in vars(score).items() if name != "support"}
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
    truth = stance_indices(gold)
    confusion = confusions(truth, probabilities.argmax(axis=1)).sum(axis=0)
    figures = summed_figures(truth, probabilities, lambda values: values.sum(axis=0))
    figures |= ranked_figures(truth, probabilities, np.ones((1, len(gold))))
    single = {name: float(value.item()) for name, value in figures.items()}
    return Scores(
        n=len(gold),
        **{name: single.pop(name) for name in list(single) if not name.startswith(STANCES)},
        per_stance={
            stance.value: StanceScore(
                **{name.removeprefix(f"{stance}_"): value for name, value in single.items() if name.startswith(stance)},
                support=int(support),
            )
            for stance, support in zip(STANCES, confusion.sum(axis=1), strict=True)
        },
        confusion=confusion.astype(int).tolist(),
    )


def summed_figures(truth: NDArray[np.int64], probabilities: Floats, sums: Sums) -> dict[str, Floats]:
    """The figures that need only sums over the examples, by their names in `Scores.flat`."""
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    confusion = sums(confusions(truth, predicted))
    happened, right = np.eye(len(STANCES))[truth], predicted == truth
    distances = ((probabilities - happened) ** 2).sum(axis=1)
    log_losses = -np.log(np.clip(probabilities[np.arange(len(truth)), truth], 1e-12, 1.0))
    losses = np.stack([log_losses, distances, confidence - right], axis=1)
    nll, brier, overconfidence = np.moveaxis(sums(losses) / confusion.sum(axis=(-2, -1))[..., None], -1, 0)
    by_stance = calibration_error(sums(binned(probabilities, happened)))
    return {
        **_counted_figures(confusion),
        "nll": nll,
        "brier": brier,
        "balanced_brier": _mean_over_stances(sums(distances[:, None] * happened), confusion.sum(axis=-1)),
        "ece": calibration_error(sums(binned(confidence, right))),
        "chance_ece": chance_error(sums(binned(confidence, confidence * (1 - confidence)))),
        "classwise_ece": np.asarray(by_stance.mean(axis=-1)),
        "overconfidence": overconfidence,
        **{f"{stance}_ece": by_stance[..., place] for place, stance in enumerate(STANCES)},
    }


def ranked_figures(truth: NDArray[np.int64], probabilities: Floats, weights: Floats) -> dict[str, Floats]:
    """The figures that need the answers in the order of their confidence; weights of shape (draws, n)."""
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    right = predicted == truth
    figures = {
        "aurc": area_under_risk_coverage(confidence, ~right, weights),
        "adaptive_ece": adaptive_error(confidence, right, weights),
    }
    for place, stance in enumerate(STANCES):
        said = predicted == place
        kept, found = kept_at_precision(confidence[said], right[said], weights[:, said])
        figures[f"{stance}_coverage_at_90"] = _ratio(kept, weights[:, said].sum(axis=1))
        figures[f"{stance}_recall_at_90"] = _ratio(found, weights[:, truth == place].sum(axis=1))
    return figures


def confusions(truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int = len(STANCES)) -> Floats:
    """A matrix for each example, of shape (n, classes, classes), with a one at its gold class and its answer."""
    one_hot = np.eye(classes)
    return np.asarray(one_hot[truth][:, :, None] * one_hot[predicted][:, None, :])


def macro_f1(confusion: NDArray[Any]) -> Floats:
    """Mean of the F1 scores of the classes; a class absent from both gold and predictions counts as zero.

    Args:
        confusion: Shape (..., classes, classes), rows gold and columns predicted.

    Returns:
        Shape (...).
    """
    return np.asarray(class_f1(confusion).mean(axis=-1))


def class_f1(confusion: NDArray[Any]) -> Floats:
    """The F1 score of each class, of shape (..., classes); zero for one absent from both gold and predictions."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return _ratio(2 * hits, confusion.sum(axis=-1) + confusion.sum(axis=-2))


def accuracy(confusion: NDArray[Any]) -> Floats:
    """Share of right answers, of shape (...); zero without answers."""
    return _ratio(np.trace(confusion, axis1=-2, axis2=-1), confusion.sum(axis=(-2, -1)))


def matthews_correlation(confusion: NDArray[Any]) -> Floats:
    """Matthews correlation (Gorodkin 2004), of shape (...); zero where gold or answers are all of one class."""
    gold, said, n = confusion.sum(axis=-1), confusion.sum(axis=-2), confusion.sum(axis=(-2, -1))
    spread = (n**2 - (gold**2).sum(axis=-1)) * (n**2 - (said**2).sum(axis=-1))
    return _ratio(np.trace(confusion, axis1=-2, axis2=-1) * n - (gold * said).sum(axis=-1), np.sqrt(spread))


def _counted_figures(confusion: Floats) -> dict[str, Floats]:
    hits, f1 = np.diagonal(confusion, axis1=-2, axis2=-1), class_f1(confusion)
    gold, said = confusion.sum(axis=-1), confusion.sum(axis=-2)
    ends = [STANCES.index(Stance.SUPPORT), STANCES.index(Stance.OPPOSE)]
    figures = {
        "macro_f1": macro_f1(confusion),
        "accuracy": accuracy(confusion),
        "f_avg": np.asarray(f1[..., ends].mean(axis=-1)),
        "f_micro": _ratio(2 * hits[..., ends].sum(axis=-1), (gold + said)[..., ends].sum(axis=-1)),
        "mcc": matthews_correlation(confusion),
    }
    for name, shares in (("precision", _ratio(hits, said)), ("recall", _ratio(hits, gold)), ("f1", f1)):
        figures |= {f"{stance}_{name}": shares[..., place] for place, stance in enumerate(STANCES)}
    return figures


def _mean_over_stances(sums: Floats, counts: Floats) -> Floats:
    """The mean of the means of the stances that have examples; both of shape (..., 3)."""
    return _ratio(_ratio(sums, counts).sum(axis=-1), (counts > 0).sum(axis=-1))


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.zeros(np.shape(whole)), where=np.asarray(whole) > 0))
