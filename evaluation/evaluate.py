"""A model measured on labelled examples, beside the baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from detente.data.dataset import fingerprint
from detente.data.records import STANCES, Example, Prediction, Stance
from detente.evaluation.dimensions import SEEN, UNSEEN, Values, dimensions
from detente.evaluation.directions import Directions, FiveClass, both_directions, five_class, measure_directions
from detente.evaluation.evaluated import Evaluated
from detente.evaluation.intervals import Draws, Interval, percentiles, resampled_figures, resampled_macro_f1
from detente.evaluation.margins import Margin, least
from detente.evaluation.metrics import Scores, score
from detente.evaluation.reliability import reliability
from detente.evaluation.rules import Figures
from detente.evaluation.selective import risk_coverage, thinned
from detente.evaluation.slices import Slice, slices, weakest
from detente.evaluation.sureness import Sureness, measure_sureness
from detente.evaluation.verdict import Verdict, judge
from detente.models.baselines import BLIND, CONTROLS, Classifier
from detente.models.calibration import Floats, stance_indices
from detente.models.confidence import Confidence


@dataclass(frozen=True)
class Measured:
    """The figures of one model on one file."""

    scores: Scores
    intervals: Mapping[str, Interval]
    """95%, by the names of `Scores.flat`: all of them for the model, macro-F1 for a baseline."""
    probabilities: Floats

    @property
    def interval(self) -> Interval:
        """That of macro-F1."""
        return self.intervals["macro_f1"]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        intervals = {name: list(interval) for name, interval in self.intervals.items()}
        return {**self.scores.as_dict(), "interval": list(self.interval), "intervals": intervals}


@dataclass(frozen=True)
class Evaluation:
    """Everything that a report shows."""

    split: str
    examples: Sequence[Example]
    predictions: Sequence[Prediction]
    model: Measured
    baselines: Mapping[str, Measured]
    margins: Sequence[Margin]
    slices: Sequence[Slice]
    directions: Directions | None
    five_class: FiveClass | None
    verdict: Verdict
    by: Mapping[str, Values]
    """The slice of each example in each dimension."""
    seconds: float | None
    """How long the model took for its answers, where that was measured."""
    sureness: Sureness | None
    """None for a model that doesn't know its own sureness."""

    @property
    def groups(self) -> int:
        """How many groups (articles, stories, sentences) the examples come from."""
        return len({example.group_key for example in self.examples})

    @property
    def gold(self) -> list[Stance]:
        """The labels."""
        return [example.label for example in self.examples if example.label is not None]

    @property
    def coverage(self) -> float:
        """Share of the answers that the model is confident of."""
        return float(np.mean([prediction.confident for prediction in self.predictions]))

    @property
    def evaluated(self) -> Evaluated:
        """The table that comparisons read."""
        about: dict[str, Any] = {"split": self.split, "seconds": self.seconds, "sha256": fingerprint(self.examples)}
        return Evaluated.of(self.examples, self.predictions, self.by, **about)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for `metrics.json`."""
        blind, control = best_blind(self), best_control(self)
        truth, probabilities = stance_indices(self.gold), self.model.probabilities
        return {
            "split": self.split,
            "n": len(self.examples),
            "groups": self.groups,
            "coverage": self.coverage,
            "verdict": self.verdict.as_dict(),
            "margin_over_control": control.as_dict() if control else None,
            "margin_over_blind": blind.as_dict() if blind else None,
            "models": {name: one.as_dict() for name, one in {"model": self.model, **self.baselines}.items()},
            "margins": [margin.as_dict() for margin in self.margins],
            "directions": self.directions.as_dict() if self.directions else None,
            "five_class": self.five_class.as_dict() if self.five_class else None,
            "sureness": self.sureness.as_dict() if self.sureness else None,
            "slices": [one.as_dict() for one in self.slices],
            "reliability": [asdict(part) for part in reliability(truth, probabilities)],
            "risk_coverage": [asdict(point) for point in thinned(risk_coverage(truth, probabilities))],
        }

    def summary(self) -> dict[str, Any]:
        """The headline figures, for a model card."""
        full = self.as_dict()
        models = {
            name: {key: row[key] for key in ("macro_f1", "f_avg", "accuracy", "ece", "interval")}
            for name, row in full["models"].items()
        }
        return {key: full[key] for key in ("split", "n", "groups", "coverage", "verdict", "margins")} | {
            "models": models
        }


def evaluate(
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    baselines: Mapping[str, Classifier],
    *,
    split: str,
    resamples: int,
    seed: int,
    train: Sequence[Example] | None = None,
    confidence: Confidence | None = None,
    seconds: float | None = None,
) -> Evaluation:
    """Measure the answers of a model, and those of fitted baselines to the same questions.

    Args:
        examples: Labelled examples.
        predictions: The model's answers, in the same order.
        baselines: By name.
        split: What the examples are called.
        resamples: Draws of a bootstrap interval.
        seed: Of the draws.
        train: What the model learnt from, to tell seen from unseen names; without it there are no such slices.
        confidence: What the model promised of its confident answers and its sets, to be held against the truth.
        seconds: How long the model took for its answers.

    Raises:
        ValueError: An example has no label, or there are more of one than of the other.
    """
    gold = [example.label for example in examples if example.label is not None]
    if len(gold) != len(examples):
        raise ValueError(f"expected labelled examples; {len(examples) - len(gold)} have no label")
    if len(predictions) != len(examples):
        raise ValueError(f"expected as many predictions as examples; found {len(predictions)}, {len(examples)}")
    draws = Draws.of([example.group_key for example in examples], resamples=resamples, seed=seed)
    probabilities = np.array([[answer.p_support, answer.p_neutral, answer.p_oppose] for answer in predictions])
    model = _measure_model(gold, probabilities, draws)
    others, margins = _measure_baselines(gold, model, baselines, examples, draws)
    pairs = both_directions(examples)
    directions = measure_directions(examples, probabilities, pairs, draws)
    by = dimensions(examples, train)
    sliced = slices(gold, probabilities, by, draws)
    sureness = measure_sureness(gold, predictions, confidence, draws) if confidence else None
    return Evaluation(
        split=split,
        examples=examples,
        predictions=predictions,
        model=model,
        baselines=others,
        margins=margins,
        slices=sliced,
        directions=directions,
        five_class=five_class(examples, probabilities, pairs, draws),
        verdict=judge(_figures(model, draws.weights.shape[1], margins, directions, sliced, sureness)),
        by=by,
        seconds=seconds,
        sureness=sureness,
    )


def best_blind(evaluation: Evaluation) -> Margin | None:
    """The margin over the best of the baselines that don't see the text."""
    return least(evaluation.margins, BLIND)


def best_control(evaluation: Evaluation) -> Margin | None:
    """The margin over the best of the baselines that lack something the task needs."""
    return least(evaluation.margins, CONTROLS)


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


def _measure_model(gold: Sequence[Stance], probabilities: Floats, draws: Draws) -> Measured:
    drawn = resampled_figures(gold, probabilities, draws)
    scores = score(gold, probabilities)
    return Measured(scores, {name: percentiles(drawn[name]) for name in scores.flat()}, probabilities)


def _measure_baselines(
    gold: Sequence[Stance],
    model: Measured,
    baselines: Mapping[str, Classifier],
    examples: Sequence[Example],
    draws: Draws,
) -> tuple[dict[str, Measured], list[Margin]]:
    drawn = resampled_macro_f1(gold, model.probabilities, draws)
    measured, margins = {}, []
    for name, baseline in baselines.items():
        probabilities = baseline.predict_proba(examples)
        own = resampled_macro_f1(gold, probabilities, draws)
        scores = score(gold, probabilities)
        measured[name] = Measured(scores, {"macro_f1": percentiles(own)}, probabilities)
        margins.append(Margin(name, model.scores.macro_f1 - scores.macro_f1, percentiles(drawn - own)))
    return measured, margins


def _figures(
    model: Measured,
    groups: int,
    margins: Sequence[Margin],
    directions: Directions | None,
    sliced: Sequence[Slice],
    sureness: Sureness | None,
) -> Figures:
    """What the verdict rests on."""
    texts = [one for one in sliced if one.dimension == "text"]
    known = sum(one.n for one in texts if one.value == SEEN) / model.scores.n if texts else None
    pairs: dict[str, Any] = {}
    if directions and directions.differing_right is not None:
        pairs = {"differing_pairs": directions.differing, "both_right": directions.differing_right}
        pairs["alike"] = directions.alike
    return Figures(
        n=model.scores.n,
        groups=groups,
        scores=model.scores,
        margins=tuple(margin for margin in margins if margin.over in CONTROLS),
        known_texts=known,
        unseen=tuple(one for one in sliced if one.value == UNSEEN),
        weakest=next(iter(weakest([one for one in sliced if one.value not in (SEEN, UNSEEN)], 1)), None),
        sureness=sureness,
        **pairs,
    )
