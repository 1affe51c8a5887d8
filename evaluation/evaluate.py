"""A model measured on labelled examples, beside the baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.data.records import STANCES, Example, Prediction, Stance
from detente.evaluation.intervals import Interval, macro_f1_interval, margin_interval
from detente.evaluation.metrics import Scores, score
from detente.models.baselines import BLIND, Classifier
from detente.models.calibration import Floats


@dataclass(frozen=True)
class Measured:
    """The figures of one model on one file, with the 95% interval of its macro-F1."""

    scores: Scores
    interval: Interval
    probabilities: Floats


@dataclass(frozen=True)
class Margin:
    """How much macro-F1 the model is above a baseline, with a 95% interval on the same examples."""

    over: str
    difference: float
    interval: Interval


@dataclass(frozen=True)
class Evaluation:
    """Everything that a report shows."""

    split: str
    examples: Sequence[Example]
    predictions: Sequence[Prediction]
    model: Measured
    baselines: Mapping[str, Measured]
    margins: Sequence[Margin]

    @property
    def groups(self) -> int:
        """How many groups (articles, stories, sentences) the examples come from."""
        return len({example.group_key for example in self.examples})

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for `metrics.json`."""
        models = {"model": self.model, **self.baselines}
        return {
            "split": self.split,
            "n": len(self.examples),
            "groups": self.groups,
            "coverage": float(np.mean([prediction.confident for prediction in self.predictions])),
            "models": {
                name: {**measured.scores.as_dict(), "interval": list(measured.interval)}
                for name, measured in models.items()
            },
            "margins": [
                {"over": margin.over, "difference": margin.difference, "interval": list(margin.interval)}
                for margin in self.margins
            ],
        }

    def summary(self) -> dict[str, Any]:
        """The headline figures, for a model card."""
        full = self.as_dict()
        models = {
            name: {key: row[key] for key in ("macro_f1", "f_avg", "accuracy", "ece", "interval")}
            for name, row in full["models"].items()
        }
        return {**{key: full[key] for key in ("split", "n", "groups", "coverage", "margins")}, "models": models}


def evaluate(
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    baselines: Mapping[str, Classifier],
    *,
    split: str,
    resamples: int,
    seed: int,
) -> Evaluation:
    """Measure the answers of a model, and those of fitted baselines to the same questions.

    Args:
        examples: Labelled examples.
        predictions: The model's answers, in the same order.
        baselines: By name.
        split: What the examples are called.
        resamples: Draws of a bootstrap interval.
        seed: Of the draws.

    Raises:
        ValueError: An example has no label, or there are more of one than of the other.
    """
    gold = [example.label for example in examples if example.label is not None]
    if len(gold) != len(examples):
        raise ValueError(f"expected labelled examples; {len(examples) - len(gold)} have no label")
    groups = [example.group_key for example in examples]
    if len(predictions) != len(examples):
        raise ValueError(f"expected as many predictions as examples; found {len(predictions)}, {len(examples)}")

    def measure(probabilities: Floats) -> Measured:
        interval = macro_f1_interval(gold, probabilities, groups, resamples=resamples, seed=seed)
        return Measured(score(gold, probabilities), interval, probabilities)

    model = measure(np.array([[answer.p_support, answer.p_neutral, answer.p_oppose] for answer in predictions]))
    others = {name: measure(baseline.predict_proba(examples)) for name, baseline in baselines.items()}
    margins = [
        Margin(
            over=name,
            difference=model.scores.macro_f1 - other.scores.macro_f1,
            interval=margin_interval(
                gold, model.probabilities, other.probabilities, groups, resamples=resamples, seed=seed
            ),
        )
        for name, other in others.items()
    ]
    return Evaluation(split, examples, predictions, model, others, margins)


def best_blind(evaluation: Evaluation) -> Margin | None:
    """The margin over the best of the baselines that don't see the text."""
    blind = [margin for margin in evaluation.margins if margin.over in BLIND]
    return min(blind, key=lambda margin: margin.difference, default=None)


def confident_mistakes(evaluation: Evaluation, most: int) -> list[tuple[Example, Prediction]]:
    """The wrong answers that the model was surest of."""
    wrong = [
        (example, answer)
        for example, answer in zip(evaluation.examples, evaluation.predictions, strict=True)
        if example.label != answer.stance
    ]
    return sorted(wrong, key=lambda pair: -probability(pair[1], pair[1].stance))[:most]


def probability(prediction: Prediction, stance: Stance) -> float:
    """The probability that a prediction gives to a stance."""
    return (prediction.p_support, prediction.p_neutral, prediction.p_oppose)[STANCES.index(stance)]
