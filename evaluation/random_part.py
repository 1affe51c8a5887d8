"""How good a model is on everything it predicted, from labels of the part that was drawn at random."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from detente.configs.errors import InputError
from detente.data.labelling.matching import match_predictions, stance_probabilities
from detente.data.labelling.selection import CHOSEN_BY, RANDOM
from detente.data.records import STANCES, Example, Prediction
from detente.evaluation.intervals import Interval, macro_f1_interval
from detente.evaluation.metrics import score

RESAMPLES = 2000


@dataclass(frozen=True)
class RandomPartEstimate:
    """What the labels of the random part say about all predictions that it was drawn from."""

    labels: int
    per_stance: dict[str, int]
    accuracy: float
    accuracy_interval: Interval
    """95%, Wilson."""
    macro_f1: float
    macro_f1_interval: Interval
    """95%, percentile bootstrap; too narrow where a stance has few labels."""
    open: int
    """Drawn at random, not labelled yet."""
    without: int
    """Drawn at random and labelled; no prediction answers them, or one about another actor, target or text."""
    chosen: int
    """Left out because they were not drawn at random."""


def estimate_accuracy(labelled: Iterable[Example], predictions: Iterable[Prediction]) -> RandomPartEstimate:
    """Estimate accuracy and macro-F1 on the pool from the labels with `meta.chosen_by` = random.

    The part is a simple random sample of the pool's questions, so they count one by one, whatever articles they are of.
    The model must not have been trained on these labels.

    Raises:
        InputError: Nothing was drawn at random, or none of it is labelled and predicted.
    """
    given = list(labelled)
    drawn = [example for example in given if example.meta.get(CHOSEN_BY) == RANDOM]
    done = [example for example in drawn if example.label is not None]
    matches = match_predictions(done, predictions)
    if not matches.pairs:
        raise InputError(_explain_lack(len(given), len(drawn), len(done)))
    gold = [example.label for example, _ in matches.pairs if example.label is not None]
    probabilities = np.array([stance_probabilities(prediction) for _, prediction in matches.pairs])
    scores = score(gold, probabilities)
    right = binomtest(round(scores.accuracy * scores.n), scores.n).proportion_ci(method="wilson")
    ids = [example.id for example, _ in matches.pairs]
    return RandomPartEstimate(
        labels=scores.n,
        per_stance={stance.value: gold.count(stance) for stance in STANCES},
        accuracy=scores.accuracy,
        accuracy_interval=(float(right.low), float(right.high)),
        macro_f1=scores.macro_f1,
        macro_f1_interval=macro_f1_interval(gold, probabilities, ids, resamples=RESAMPLES, seed=0),
        open=len(drawn) - len(done),
        without=len(done) - len(gold),
        chosen=len(given) - len(drawn),
    )


def _explain_lack(given: int, drawn: int, done: int) -> str:
    if not drawn:
        return (
            f"expected labels of a random part (meta.{CHOSEN_BY} = {RANDOM}); found none among {given} examples. "
            "Others are no sample of what was predicted: choose with detente label next --random-share 0.2"
        )
    if not done:
        return f"expected labels of the random part; found none for its {drawn} examples. Label them first."
    return f"expected predictions for the {done} labelled examples of the random part, by their ids; found none"
