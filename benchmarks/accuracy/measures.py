"""From answers to figures: each one an array over the draws of the bootstrap, of which the first is the file itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from benchmarks.accuracy.corpora import Questions
from detente.data.records import STANCES, Stance
from detente.evaluation.intervals import Draws, Interval, percentiles, share
from detente.evaluation.metrics import accuracy, class_f1, confusions, macro_f1, score
from detente.evaluation.selective import PRECISION
from detente.evaluation.slices import FEW_EXAMPLES, as_common_as
from detente.models.calibration import Calibration, Floats, fit_calibration
from detente.models.confidence import measure_confidence

ENDS = [STANCES.index(Stance.SUPPORT), STANCES.index(Stance.OPPOSE)]
METHOD = "temperature"
"""Of the calibration that is fitted here, for all models alike: it changes no answer."""
_NEVER = -1e3
"""Logit of what can't be the answer."""


@dataclass(frozen=True)
class Trust:
    """How far the probabilities can be trusted, each half of the groups calibrated on the other one."""

    nll: float
    ece: float
    chance_ece: float
    """What of it chance alone would give a perfectly calibrated model."""
    coverage: dict[Stance, float]
    """Share of the answers with a stance that is confident, by the threshold for 90% precision of the other half."""
    precision: dict[Stance, float | None]
    """Share of the confident answers that is right; None if there are none."""


def drawn_figures(questions: Questions, logits: Floats, calibration: Calibration) -> dict[str, Floats]:
    """The figures that a file has, by name, each of shape (1 + draws,).

    Args:
        questions: The n examples.
        logits: Shape (n, 3), before calibration.
        calibration: What the model does to them.
    """
    raw = _within_task(questions, logits).argmax(axis=1)
    answers = _within_task(questions, calibration.apply(logits)).argmax(axis=1)
    matrices = confusions(questions.truth, answers)
    confusion = questions.draws.sums(matrices)
    f1 = class_f1(confusion)
    figures = {
        "micro_f1" if questions.file.two_class else "accuracy": accuracy(confusion),
        "f_avg": np.asarray(f1[:, ENDS].mean(axis=1)),
        "support_f1": np.asarray(f1[:, ENDS[0]]),
        "oppose_f1": np.asarray(f1[:, ENDS[1]]),
    }
    if not questions.file.two_class:
        figures["macro_f1"] = macro_f1(confusion)
        figures |= _by_order(questions, softmax(calibration.apply(logits), axis=1))
    uncalibrated = questions.draws.sums(confusions(questions.truth, raw))
    figures["uncalibrated"] = accuracy(uncalibrated) if questions.file.two_class else macro_f1(uncalibrated)
    return figures | _both_right(questions, answers == questions.truth)


def mean_over(seeds: Sequence[dict[str, Floats]]) -> dict[str, Floats]:
    """The mean of the figures over the seeds of a model, in each draw."""
    return {name: np.asarray(np.mean([one[name] for one in seeds], axis=0)) for name in seeds[0]}


def interval(drawn: Floats) -> Interval:
    """The 95% interval of a figure."""
    return percentiles(drawn[1:])


def trust(questions: Questions, logits: Floats) -> Trust:
    """Fit calibration and thresholds on one half of the groups, measure on the other, and the other way round.

    Args:
        questions: The n examples.
        logits: Shape (n, 3), before calibration.
    """
    logits = _within_task(questions, logits)
    probabilities, confident = np.zeros(logits.shape), np.zeros(len(logits), dtype=bool)
    for half in (questions.first_half, ~questions.first_half):
        gold = [stance for stance, inside in zip(questions.gold, half, strict=True) if inside]
        fitted = softmax(fit_calibration(logits[half], gold, METHOD).apply(logits), axis=1)
        thresholds = measure_confidence(fitted[half], gold, PRECISION).thresholds
        least = np.array([thresholds[stance].probability for stance in STANCES])
        probabilities[~half] = fitted[~half]
        confident[~half] = (fitted.max(axis=1) >= least[fitted.argmax(axis=1)])[~half]
    answers = probabilities.argmax(axis=1)
    right = answers == questions.truth
    said = {STANCES[place]: answers == place for place in ENDS}
    scores = score(questions.gold, probabilities)
    return Trust(
        nll=scores.nll,
        ece=scores.ece,
        chance_ece=scores.chance_ece,
        coverage={stance: float(confident[one].mean()) if one.any() else 0.0 for stance, one in said.items()},
        precision={
            stance: float(right[one & confident].mean()) if (one & confident).any() else None
            for stance, one in said.items()
        },
    )


def _within_task(questions: Questions, logits: Floats) -> Floats:
    """The logits, with none for what can't be the answer."""
    if not questions.file.two_class:
        return logits
    within = np.full(logits.shape, _NEVER)
    within[:, ENDS] = logits[:, ENDS]
    return within


def _by_order(questions: Questions, probabilities: Floats) -> dict[str, Floats]:
    """Macro-F1 where the target stands before the actor, and how far it is from where it stands after.

    Both as the file is and, since stances are rarer there, as if they were as common.
    """
    turned, straight = (questions.order == value for value in ("target first", "actor first"))
    if not turned.any() or not straight.any():
        return {}
    truth = questions.truth
    matrices = confusions(truth, probabilities.argmax(axis=1))
    weights, answers = as_common_as(truth, probabilities, turned, straight)
    among = (
        matrices * turned[:, None, None],
        confusions(truth, answers) * weights[:, None, None],
        matrices * straight[:, None, None],
    )
    one, equal, other = (macro_f1(questions.draws.sums(each)) for each in among)
    return {"target_first": one, "order_gap": np.asarray(one - other), "order_gap_equal": np.asarray(equal - other)}


def _both_right(questions: Questions, right: NDArray[np.bool_]) -> dict[str, Floats]:
    """The share of pairs asked both ways that are right both ways: of all, and of those whose two stances differ."""
    if len(questions.pairs) < FEW_EXAMPLES:
        return {}
    there, back = np.array(questions.pairs).T
    differ = questions.truth[there] != questions.truth[back]
    both = right[there] & right[back]
    counts = np.stack([np.ones(len(there)), both, differ, both & differ], axis=1).astype(np.float64)
    drawn = Draws(questions.draws.index[there], questions.draws.weights).sums(counts)
    figures = {"both_right": share(drawn[:, 1], drawn[:, 0])}
    return figures | ({"differing_right": share(drawn[:, 3], drawn[:, 2])} if differ.any() else {})
