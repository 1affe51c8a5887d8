"""What the model says of its own sureness, held against the truth: confident answers, and sets of stances."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.data.records import STANCES, Prediction, Stance
from detente.evaluation.intervals import Draws, Interval, percentiles, share
from detente.models.calibration import Floats, stance_indices
from detente.models.confidence import Confidence


@dataclass(frozen=True)
class ConfidentAnswers:
    """The answers of one stance, and the confident ones among them."""

    answers: int
    confident: int
    coverage: float | None
    """Share of the answers that are confident; None without answers."""
    coverage_interval: Interval | None
    precision: float | None
    """Share of the confident answers that are right; None if there are none."""
    precision_interval: Interval | None
    expected_coverage: float | None
    """The coverage on the calibration examples."""


@dataclass(frozen=True)
class SetsOfStance:
    """The sets of the examples that are labelled with one stance."""

    examples: int
    coverage: float
    """Share of them whose set holds the stance."""
    coverage_interval: Interval
    size: float
    """Mean number of stances in a set."""


@dataclass(frozen=True)
class SetFigures:
    """Conformal sets: how often they hold the truth, and how many stances they take for it."""

    wanted_coverage: float
    coverage: float
    coverage_interval: Interval
    size: float
    size_interval: Interval
    per_stance: dict[str, SetsOfStance]
    """Of the stances that the file holds."""


@dataclass(frozen=True)
class Sureness:
    """Confident answers by stance, and sets where the model gives any. All intervals are 95%, over groups."""

    wanted_precision: float
    per_stance: dict[str, ConfidentAnswers]
    sets: SetFigures | None

    def flat(self) -> dict[str, float]:
        """The single figures by name, those that exist: `support_confident_precision` and so on."""
        figures: dict[str, float | None] = {}
        for stance, one in self.per_stance.items():
            figures |= {f"{stance}_confident_coverage": one.coverage, f"{stance}_confident_precision": one.precision}
        if self.sets:
            figures |= {"set_coverage": self.sets.coverage, "set_size": self.sets.size}
            figures |= {f"{stance}_set_coverage": one.coverage for stance, one in self.sets.per_stance.items()}
        return {name: value for name, value in figures.items() if value is not None}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self, dict_factory=_plain)

    def in_words(self) -> list[str]:
        """A line for the confident answers of each stance, and one for the sets."""
        lines = [f"confident answers, {100 * self.wanted_precision:.4g}% right wanted"]
        for stance, one in self.per_stance.items():
            line = f"  {stance}: {one.confident} of {one.answers}"
            if one.precision is not None and one.precision_interval:
                low, high = one.precision_interval
                line += f", right among them {one.precision:.3f} ({low:.3f} to {high:.3f})"
            lines.append(line)
        if self.sets:
            low, high = self.sets.coverage_interval
            held = f"{self.sets.coverage:.3f} ({low:.3f} to {high:.3f}) of the examples"
            lines.append(f"sets of {self.sets.size:.2f} stances hold the right one for {held}")
        return lines


def measure_sureness(
    gold: Sequence[Stance], predictions: Sequence[Prediction], confidence: Confidence, draws: Draws
) -> Sureness:
    """Hold the confident answers and the sets against the gold stances."""
    truth = stance_indices(gold)
    said = stance_indices([answer.stance for answer in predictions])
    sure = np.array([answer.confident for answer in predictions])
    return Sureness(
        confidence.wanted_precision,
        {
            stance.value: _confident_answers(said == place, sure, truth == place, draws, known.coverage)
            for place, (stance, known) in enumerate(confidence.thresholds.items())
        },
        _measure_sets(truth, predictions, confidence.conformal.coverage, draws) if confidence.conformal else None,
    )


def _confident_answers(
    said: NDArray[np.bool_], sure: NDArray[np.bool_], right: NDArray[np.bool_], draws: Draws, expected: float
) -> ConfidentAnswers:
    counts = np.stack([said, said & sure, said & sure & right], axis=1).astype(np.float64)
    answers, confident, hits = counts.sum(axis=0).astype(int).tolist()
    drawn = draws.sums(counts)
    return ConfidentAnswers(
        answers,
        confident,
        coverage=confident / answers if answers else None,
        coverage_interval=percentiles(share(drawn[:, 1], drawn[:, 0])) if answers else None,
        precision=hits / confident if confident else None,
        precision_interval=percentiles(share(drawn[:, 2], drawn[:, 1])) if confident else None,
        expected_coverage=expected,
    )


def _measure_sets(
    truth: NDArray[np.int64], predictions: Sequence[Prediction], wanted: float, draws: Draws
) -> SetFigures:
    sets = [answer.stances or () for answer in predictions]
    holds = np.array([STANCES[place] in one for place, one in zip(truth, sets, strict=True)], dtype=np.float64)
    sizes = np.array([len(one) for one in sets], dtype=np.float64)
    everywhere = draws.sums(np.stack([np.ones(len(sets)), holds, sizes], axis=1))
    return SetFigures(
        wanted,
        coverage=float(holds.mean()),
        coverage_interval=percentiles(share(everywhere[:, 1], everywhere[:, 0])),
        size=float(sizes.mean()),
        size_interval=percentiles(share(everywhere[:, 2], everywhere[:, 0])),
        per_stance={
            stance.value: _sets_of(truth == place, holds, sizes, draws)
            for place, stance in enumerate(STANCES)
            if (truth == place).any()
        },
    )


def _plain(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in fields}


def _sets_of(labelled: NDArray[np.bool_], holds: Floats, sizes: Floats, draws: Draws) -> SetsOfStance:
    drawn = draws.sums(np.stack([labelled, labelled * holds], axis=1).astype(np.float64))
    return SetsOfStance(
        examples=int(labelled.sum()),
        coverage=float(holds[labelled].mean()),
        coverage_interval=percentiles(share(drawn[:, 1], drawn[:, 0])),
        size=float(sizes[labelled].mean()),
    )
