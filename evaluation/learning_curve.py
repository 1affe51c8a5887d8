"""What more labels would bring: scores of a model trained on parts of its training file, and their curve."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from detente.data.records import STANCES, Example, Stance
from detente.evaluation.intervals import Draws, Interval, percentiles, resampled_macro_f1
from detente.evaluation.power_law import fit_power_law
from detente.models.calibration import Floats

RESAMPLES = 1000
LITTLE = 0.01
"""A gain in macro-F1 that is called little."""
RISEN = 0.05
"""So far above the commonest stance a curve must end to be called one: before that, all curves are flat."""
TELLING = 0.002
"""A gain whose interval begins below is not told from none."""


@dataclass(frozen=True)
class CurveAnswers:
    """The answers of a model that was trained on a part of the training file."""

    labels: int
    seed: int
    probabilities: Floats
    """Shape (n, 3)."""


@dataclass(frozen=True)
class CurvePoint:
    """Macro-F1 with so many labels."""

    labels: int
    seed: int
    macro_f1: float


@dataclass(frozen=True)
class FittedPoint:
    """What the curve says of a number of labels."""

    labels: int
    macro_f1: float
    interval: Interval


@dataclass(frozen=True)
class Curve:
    """The scores of one kind of model, and what doubling its labels would likely bring."""

    name: str
    points: tuple[CurvePoint, ...]
    fitted: tuple[FittedPoint, ...]
    """The curve at the measured sizes, and at twice the largest."""
    gain: float
    """Of doubling the labels, in macro-F1."""
    gain_interval: Interval
    """95%, over groups of the test examples and over seeds."""
    off: Interval
    """The largest size's score less what the smaller sizes foretell of it, 95%; with three sizes or fewer the whole
    range, since nothing can be foretold."""

    over_majority: Interval
    """Macro-F1 with all labels, less that of always giving the commonest stance, 95%."""

    @property
    def has_risen(self) -> bool:
        """Whether it is beyond chance above what needs no reading."""
        return self.over_majority[0] > RISEN

    @property
    def follows(self) -> bool:
        """Whether the smaller sizes foretell the largest one, as far as chance lets us tell."""
        return self.off[0] <= 0 <= self.off[1]

    @property
    def words(self) -> str:
        """What more labels would bring, or that it can't be told."""
        low, high = self.gain_interval
        most = self.fitted[-1]
        gain = f"{self.gain:+.3f} ({low:+.3f} to {high:+.3f}) macro-F1"
        if not self.has_risen:
            return "Can't tell: even with all labels it hardly does better than always giving the commonest stance."
        if not self.follows:
            way = "better" if self.off[0] > 0 else "worse"
            return f"Can't tell: with all labels it is {way} than the curve of the smaller parts foretells."
        if high < LITTLE:
            return f"Doubling the labels to {most.labels:,} would bring little: {gain}."
        if low < TELLING:
            return f"Can't tell: doubling the labels to {most.labels:,} may bring nothing or something, {gain}."
        return f"Doubling the labels to {most.labels:,} would likely bring {gain}."

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {
            "gain_interval": list(self.gain_interval),
            "off": list(self.off),
            "over_majority": list(self.over_majority),
            "follows": self.follows,
            "words": self.words,
            "points": [asdict(point) for point in self.points],
            "fitted": [asdict(one) | {"interval": list(one.interval)} for one in self.fitted],
        }


@dataclass(frozen=True)
class LearningCurve:
    """The model's curve, and that of a cheap baseline on the same parts."""

    curves: tuple[Curve, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"curves": [curve.as_dict() for curve in self.curves]}


def measure_learning_curve(
    answers: Mapping[str, Sequence[CurveAnswers]], examples: Sequence[Example], *, seed: int
) -> LearningCurve:
    """The curves of models, from their answers to the same labelled examples.

    Args:
        answers: By the name of the kind of model; each seed has the same sizes.
        examples: Labelled.
        seed: Of the draws.
    """
    draws = Draws.of([example.group_key for example in examples], resamples=RESAMPLES, seed=seed)
    return LearningCurve(tuple(_measure(name, runs, examples, draws, seed) for name, runs in answers.items()))


def _measure(name: str, runs: Sequence[CurveAnswers], examples: Sequence[Example], draws: Draws, seed: int) -> Curve:
    gold = [example.label for example in examples if example.label is not None]
    itself = Draws(draws.index, np.ones((1, draws.weights.shape[1])))
    seeds = sorted({run.seed for run in runs})
    by_seed = {one: sorted((run for run in runs if run.seed == one), key=lambda run: run.labels) for one in seeds}
    sizes = np.mean([[run.labels for run in by_seed[one]] for one in seeds], axis=0)
    found, drawn = (
        np.array([[resampled_macro_f1(gold, run.probabilities, which) for run in by_seed[one]] for one in seeds])
        for which in (itself, draws)
    )  # (seeds, sizes, draws)
    curve, curves = found.mean(axis=0).T, _with_seeds_drawn(drawn, seed)
    targets = [*sizes, 2 * sizes[-1]]
    fit, fits = fit_power_law(sizes, curve), fit_power_law(sizes, curves)
    return Curve(
        name,
        points=tuple(
            CurvePoint(run.labels, run.seed, float(found[row, column, 0]))
            for row, one in enumerate(seeds)
            for column, run in enumerate(by_seed[one])
        ),
        fitted=tuple(FittedPoint(round(size), float(fit.at(size)[0]), percentiles(fits.at(size))) for size in targets),
        gain=float((fit.at(targets[-1]) - fit.at(sizes[-1]))[0]),
        gain_interval=percentiles(fits.at(targets[-1]) - fits.at(sizes[-1])),
        off=percentiles(curves[:, -1] - fit_power_law(sizes[:-1], curves[:, :-1]).at(sizes[-1]))
        if len(sizes) > 3
        else (-1.0, 1.0),
        over_majority=percentiles(curves[:, -1] - resampled_macro_f1(gold, _commonest(gold), draws)),
    )


def _commonest(gold: Sequence[Stance]) -> Floats:
    """The answers of always giving the commonest stance, of shape (n, 3)."""
    counts = [gold.count(stance) for stance in STANCES]
    return np.tile(np.eye(len(STANCES))[counts.index(max(counts))], (len(gold), 1))


def _with_seeds_drawn(drawn: Floats, seed: int) -> Floats:
    """A curve for each draw, of shape (draws, sizes): the mean over seeds that are drawn with replacement, whole."""
    seeds, _, count = drawn.shape
    weights = np.random.default_rng(seed).multinomial(seeds, np.full(seeds, 1 / seeds), size=count) / seeds
    return np.asarray(np.einsum("ds,szd->dz", weights, drawn))
