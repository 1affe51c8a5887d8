"""When an answer counts as confident: for each stance, from a probability on from which enough answers are right."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.stats import norm

from detente.configs.errors import InputError
from detente.data.records import STANCES, Stance
from detente.models.calibration import Floats, just_below, stance_indices
from detente.models.conformal import ConformalSets

SURENESS = 0.8
"""Of the lower bound of a share of right answers, which keeps luck with a few of them out."""
FEWEST = 10
"""Answers on which a threshold may rest."""
NEVER = math.inf


@dataclass(frozen=True)
class Threshold:
    """From which probability on the answers of a stance are confident, and what that meant for the calibration."""

    probability: float
    kept: int
    right: int
    answers: int

    @property
    def coverage(self) -> float:
        """Share of the answers of the stance that are confident; 0 without answers."""
        return self.kept / self.answers if self.answers else 0.0


class PrecisionCurve(BaseModel):
    """Answers of one stance to the calibration examples: how many a threshold keeps, how many of them are right.

    Only the thresholds that are the lowest ones for a precision in whole percents.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answers: int
    thresholds: tuple[float, ...]
    """Rising."""
    kept: tuple[int, ...]
    right: tuple[int, ...]

    @classmethod
    def measured(cls, probabilities: Floats, right: Sequence[bool]) -> Self:
        """The curve of n answers of one stance, of which some are right."""
        order = np.argsort(-probabilities, kind="stable")
        last_of_ties = np.append(np.diff(probabilities[order]) != 0, True)[: len(order)]
        kept, hits = np.arange(1, len(order) + 1), np.cumsum(np.asarray(right, dtype=bool)[order])
        percents = np.floor(100 * lower_bound(hits, kept) + 1e-9)
        reached = np.maximum.accumulate(np.where(last_of_ties & (kept >= FEWEST), percents, -1.0)[::-1])
        useful = np.flatnonzero(np.diff(reached, prepend=-1.0) > 0)
        rows = len(order) - 1 - useful
        return cls(
            answers=len(order),
            thresholds=tuple(just_below(one) for one in probabilities[order][rows].tolist()),
            kept=tuple(kept[rows].tolist()),
            right=tuple(hits[rows].tolist()),
        )

    def lowest(self, precision: float) -> Threshold:
        """The lowest threshold from which on that share of the answers is right; `NEVER` if none is known to be."""
        for row in zip(self.thresholds, self.kept, self.right, strict=True):
            if lower_bound(np.array(row[2]), np.array(row[1])) >= precision:
                return Threshold(*row, answers=self.answers)
        return Threshold(NEVER, 0, 0, self.answers)


class Confidence(BaseModel):
    """What a model knows of its own sureness, measured on examples that it was not trained on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wanted_precision: float
    curves: dict[Stance, PrecisionCurve]
    conformal: ConformalSets | None = None

    @property
    def thresholds(self) -> Mapping[Stance, Threshold]:
        """The thresholds of the wanted precision, in the label order."""
        return {stance: self.curves[stance].lowest(self.wanted_precision) for stance in STANCES}

    def at(self, precision: float | None) -> Self:
        """The same for another wanted precision, if there is one.

        Raises:
            InputError: It is no share.
        """
        if precision is None:
            return self
        return self.model_copy(update={"wanted_precision": check_share("wanted precision", precision)})

    def in_words(self) -> str:
        """What the wanted precision cost on the calibration examples."""
        found = {stance: one for stance, one in self.thresholds.items() if one.kept}
        costs = [f"{one.coverage:.0%} of {stance} (from {one.probability:.2f} on)" for stance, one in found.items()]
        costs += [f"none of {stance}" for stance in STANCES if stance not in found]
        wanted = f"confident answers, {100 * self.wanted_precision:.4g}% of them right"
        return f"{wanted}: on the calibration examples {', '.join(costs)}"


def measure_confidence(
    probabilities: Floats, gold: Sequence[Stance], wanted_precision: float, conformal: ConformalSets | None = None
) -> Confidence:
    """Measure the answers of a model to examples that it was not trained on.

    Args:
        probabilities: Calibrated, of shape (n, 3).
        gold: The stances of the examples.
        wanted_precision: The share of right answers that is wanted among the confident ones of each stance.
        conformal: The sets, if there are to be any.
    """
    truth, said = stance_indices(gold), probabilities.argmax(axis=1)
    curves = {
        stance: PrecisionCurve.measured(probabilities[said == place, place], truth[said == place] == place)
        for place, stance in enumerate(STANCES)
    }
    return Confidence(wanted_precision=wanted_precision, curves=curves, conformal=conformal)


def check_share(what: str, value: float) -> float:
    """The value, if it is one that a share may be wanted to have.

    Raises:
        InputError: It isn't.
    """
    if not 0 < value < 1:
        raise InputError(f"{what}: expected a share above 0 and below 1, such as 0.95; found {value:g}")
    return value


def lower_bound(right: NDArray[Any], kept: NDArray[Any]) -> Floats:
    """The least share of right answers that so many right ones speak for: one-sided, 80% sure (Wilson 1927)."""
    z = float(norm.ppf(SURENESS))
    share = right / kept
    spread = z * np.sqrt(share * (1 - share) / kept + z**2 / (4 * kept**2))
    return np.asarray((share + z**2 / (2 * kept) - spread) / (1 + z**2 / kept))
