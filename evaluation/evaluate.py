"""A model measured on labelled examples, beside the baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from detente.data.audit.shared import find_shared
from detente.data.dataset import fingerprint
from detente.data.records import STANCES, Example, Prediction, Stance
from detente.evaluation.apart import Apart, measure_apart
from detente.evaluation.behaviour.results import BehaviourReport
from detente.evaluation.dimensions import SEEN, UNSEEN, Values, dimensions
from detente.evaluation.directions import Directions, FiveClass, both_directions, five_class, measure_directions
from detente.evaluation.evaluated import Evaluated
from detente.evaluation.findings import Figures
from detente.evaluation.folds import FoldFigures
from detente.evaluation.intervals import Draws
from detente.evaluation.learning_curve import LearningCurve
from detente.evaluation.margins import Margin, least
from detente.evaluation.measured import Measured, measure_baselines, measure_model
from detente.evaluation.reliability import reliability
from detente.evaluation.selective import risk_coverage, thinned
from detente.evaluation.slices import Slice, slices, weakest
from detente.evaluation.stopwatch import Stopwatch
from detente.evaluation.sureness import Sureness, measure_sureness
from detente.evaluation.suspects import LabelErrors, suspected_labels
from detente.evaluation.verdict import Verdict, judge
from detente.models.baselines import BLIND, CONTROLS, Classifier
from detente.models.calibration import stance_indices
from detente.models.confidence import Confidence


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
    sureness: Sureness | None
    """None for a model that doesn't know its own sureness, and on the examples that it has it from."""
    apart: Sequence[Apart]
    label_errors: LabelErrors
    behaviour: BehaviourReport | None
    """None if it wasn't asked."""
    sections: Mapping[str, float]
    """How many seconds each part took."""
    folds: FoldFigures | None = None
    """Of a cross-validation."""
    learning_curve: LearningCurve | None = None
    """Of the model trained on parts of its training file, if that was done."""

    @property
    def groups(self) -> int:
        """How many groups (articles, stories, sentences) the examples come from."""
        return len({example.group_key for example in self.examples})

    @property
    def seconds(self) -> float | None:
        """How long the model took for its answers, where that was measured."""
        return self.sections.get("answers")

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
            "apart": [one.as_dict() for one in self.apart],
            "sureness": self.sureness.as_dict() if self.sureness else None,
            "label_errors": self.label_errors.as_dict(),
            "behaviour": self.behaviour.figures() if self.behaviour else None,
            "folds": self.folds.as_dict() if self.folds else None,
            "learning_curve": self.learning_curve.as_dict() if self.learning_curve else None,
            "slices": [one.as_dict() for one in self.slices],
            "reliability": [asdict(part) for part in reliability(truth, probabilities)],
            "risk_coverage": [asdict(point) for point in thinned(risk_coverage(truth, probabilities))],
            "seconds": dict(self.sections),
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
    seen: Mapping[str, Values] | None = None,
    confidence: Confidence | None = None,
    tuned_on: bool = False,
    behaviour: BehaviourReport | None = None,
    watch: Stopwatch | None = None,
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
        seen: Those slices themselves, where no one training file says them, see `dimensions`.
        confidence: What the model promised of its confident answers and its sets, to be held against the truth.
        tuned_on: Whether the examples chose the model's checkpoint, its calibration and its thresholds: then they can't
            tell whether it keeps its promises, and the verdict says so.
        behaviour: What interventions and templates have shown.
        watch: Has counted the seconds so far, in its section "answers" those of the model; goes on counting.

    Raises:
        ValueError: An example has no label, or there are more of one than of the other.
    """
    gold = _checked_gold(examples, predictions)
    watch = watch or Stopwatch()
    draws = Draws.of([example.group_key for example in examples], resamples=resamples, seed=seed)
    probabilities = np.array([[answer.p_support, answer.p_neutral, answer.p_oppose] for answer in predictions])
    with watch.section("figures"):
        model = measure_model(gold, probabilities, draws)
        sureness = measure_sureness(gold, predictions, confidence, draws) if confidence and not tuned_on else None
    with watch.section("baselines"):
        others, margins = measure_baselines(gold, model, baselines, examples, draws)
    with watch.section("who towards whom"):
        pairs = both_directions(examples)
        directions = measure_directions(examples, probabilities, pairs, draws)
        five, apart = five_class(examples, probabilities, pairs, draws), measure_apart(examples, probabilities, draws)
    with watch.section("slices"):
        by = dimensions(examples, train, seen=seen)
        sliced = slices(gold, probabilities, by, draws)
    with watch.section("leaks"):
        known = _known_texts(train, examples)
    with watch.section("label errors"):
        errors = suspected_labels(examples, predictions)
    figures = _figures(model, draws, margins, directions, sliced, sureness)
    return Evaluation(
        split=split,
        examples=examples,
        predictions=predictions,
        model=model,
        baselines=others,
        margins=margins,
        slices=sliced,
        directions=directions,
        five_class=five,
        verdict=judge(replace(figures, tuned_on=tuned_on, known_texts=known, apart=tuple(apart), behaviour=behaviour)),
        by=by,
        sureness=sureness,
        apart=apart,
        label_errors=errors,
        behaviour=behaviour,
        sections=watch.seconds,
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


def _checked_gold(examples: Sequence[Example], predictions: Sequence[Prediction]) -> list[Stance]:
    gold = [example.label for example in examples if example.label is not None]
    if len(gold) != len(examples):
        raise ValueError(f"expected labelled examples; {len(examples) - len(gold)} have no label")
    if len(predictions) != len(examples):
        raise ValueError(f"expected as many predictions as examples; found {len(predictions)}, {len(examples)}")
    return gold


def _known_texts(train: Sequence[Example] | None, examples: Sequence[Example]) -> float | None:
    """Share of the examples whose text, or nearly the same, the model has learnt from."""
    if not train:
        return None
    known = {*find_shared("texts", train, examples), *find_shared("near_duplicates", train, examples)}
    return len(known) / len(examples)


def _figures(
    model: Measured,
    draws: Draws,
    margins: Sequence[Margin],
    directions: Directions | None,
    sliced: Sequence[Slice],
    sureness: Sureness | None,
) -> Figures:
    """What the verdict rests on, but for what is measured outside."""
    pairs: dict[str, Any] = {}
    if directions and directions.differing_right is not None:
        pairs = {"differing_pairs": directions.differing, "both_right": directions.differing_right}
        pairs["alike"] = directions.alike
    return Figures(
        n=model.scores.n,
        groups=draws.weights.shape[1],
        scores=model.scores,
        margins=tuple(margin for margin in margins if margin.over in CONTROLS),
        unseen=tuple(one for one in sliced if one.value == UNSEEN),
        weakest=next(iter(weakest([one for one in sliced if one.value not in (SEEN, UNSEEN)], 1)), None),
        sureness=sureness,
        **pairs,
    )
