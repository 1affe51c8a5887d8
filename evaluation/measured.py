"""The figures of one model, or baseline, on one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from detente.data.records import Example, Stance
from detente.evaluation.intervals import Draws, Interval, percentiles, resampled_figures, resampled_macro_f1
from detente.evaluation.margins import Margin
from detente.evaluation.metrics import Scores, score
from detente.models.baselines import Classifier
from detente.models.calibration import Floats


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


def measure_model(gold: Sequence[Stance], probabilities: Floats, draws: Draws) -> Measured:
    """All figures, each with its interval; probabilities of shape (n, 3)."""
    drawn = resampled_figures(gold, probabilities, draws)
    scores = score(gold, probabilities)
    return Measured(scores, {name: percentiles(drawn[name]) for name in scores.flat()}, probabilities)


def measure_baselines(
    gold: Sequence[Stance],
    model: Measured,
    baselines: Mapping[str, Classifier],
    examples: Sequence[Example],
    draws: Draws,
) -> tuple[dict[str, Measured], list[Margin]]:
    """The figures of fitted baselines, and how far the model is above each, on the same draws."""
    drawn = resampled_macro_f1(gold, model.probabilities, draws)
    measured, margins = {}, []
    for name, baseline in baselines.items():
        probabilities = baseline.predict_proba(examples)
        own = resampled_macro_f1(gold, probabilities, draws)
        scores = score(gold, probabilities)
        measured[name] = Measured(scores, {"macro_f1": percentiles(own)}, probabilities)
        margins.append(Margin(name, model.scores.macro_f1 - scores.macro_f1, percentiles(drawn - own)))
    return measured, margins
