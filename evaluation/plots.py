"""The pictures of an evaluation."""

import numpy as np
from matplotlib.figure import Figure

from detente.data.records import STANCES, Stance
from detente.evaluation.learning_curve import LearningCurve
from detente.evaluation.metrics import Scores
from detente.evaluation.reliability import reliability
from detente.evaluation.selective import risk_coverage
from detente.models.calibration import Floats, stance_indices


def confusion_figure(scores: Scores) -> Figure:
    """The confusion matrix: counts, coloured by their share of the row."""
    counts = np.array(scores.confusion)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(4.4, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(STANCES)), [stance.value for stance in STANCES])
    axes.set_yticks(range(len(STANCES)), [stance.value for stance in STANCES])
    axes.set_xlabel("predicted")
    axes.set_ylabel("gold")
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        axes.text(
            column, row, f"{count}\n{share:.0%}", ha="center", va="center", color="white" if share > 0.5 else "black"
        )
    return figure


def reliability_figure(gold: list[Stance], probabilities: Floats) -> Figure:
    """How often answers of a confidence are right; the diagonal is perfect calibration."""
    bins = reliability(stance_indices(gold), probabilities)
    figure = Figure(figsize=(4.4, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.plot([1 / 3, 1], [1 / 3, 1], linestyle="--", color="grey", linewidth=1)
    axes.plot([part.confidence for part in bins], [part.accuracy for part in bins], marker="o", color="tab:blue")
    for part in bins:
        axes.annotate(
            str(part.count), (part.confidence, part.accuracy), xytext=(4, -12), textcoords="offset points", fontsize=8
        )
    axes.set(xlim=(0.3, 1.02), ylim=(0, 1.05), xlabel="confidence", ylabel="share right (number of answers)")
    return figure


def risk_coverage_figure(gold: list[Stance], probabilities: Floats) -> Figure:
    """What share of the answers is wrong if only the surest are kept; the dashed line is an order by chance."""
    curve = risk_coverage(stance_indices(gold), probabilities)
    figure = Figure(figsize=(4.4, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.axhline(curve[-1].risk, linestyle="--", color="grey", linewidth=1)
    axes.step(
        [0.0, *(point.coverage for point in curve)], [curve[0].risk, *(point.risk for point in curve)], color="tab:blue"
    )
    top = max(point.risk for point in curve)
    axes.set(xlim=(0, 1), ylim=(0, max(0.05, 1.1 * top)), xlabel="coverage: share kept, the surest first")
    axes.set_ylabel("risk: share of them that is wrong")
    return figure


def learning_curve_figure(learning_curve: LearningCurve) -> Figure:
    """Macro-F1 against labels: a dot for each training, and the fitted curve, dashed beyond the labels."""
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for curve, colour in zip(learning_curve.curves, ("tab:blue", "tab:grey"), strict=False):
        axes.plot([one.labels for one in curve.points], [one.macro_f1 for one in curve.points], "o", color=colour, ms=4)
        labels, fitted = ([getattr(one, name) for one in curve.fitted] for name in ("labels", "macro_f1"))
        axes.plot(labels[:-1], fitted[:-1], color=colour, label=curve.name)
        axes.plot(labels[-2:], fitted[-2:], color=colour, linestyle="--")
        low, high = zip(*(one.interval for one in curve.fitted), strict=True)
        axes.fill_between(labels, low, high, color=colour, alpha=0.15)
    ticks = [one.labels for one in learning_curve.curves[0].fitted]
    axes.set_xscale("log", base=2)
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.set(xlabel="labels to learn from", ylabel="macro-F1")
    axes.legend()
    return figure
