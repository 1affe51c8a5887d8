"""The figures of parts of a file: where a model is worse than elsewhere."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.data.records import STANCES, Stance
from detente.evaluation.dimensions import OTHERS, Values
from detente.evaluation.intervals import Draws, Interval, percentiles
from detente.evaluation.metrics import accuracy, class_f1, confusions
from detente.models.calibration import Floats, stance_indices

FEW_EXAMPLES = 30
FEW_GROUPS = 5
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Slice:
    """The examples that have one value in a dimension.

    Its macro-F1 is the mean over the stances that these examples are labelled with. All intervals are from draws of the
    whole file's groups; draws without such an example are left out.
    """

    dimension: str
    value: str
    n: int
    groups: int
    stances: dict[str, int]
    """Examples of each stance."""
    macro_f1: float
    macro_f1_interval: Interval
    accuracy: float
    accuracy_interval: Interval
    difference: float | None
    """Macro-F1 minus that of the dimension's other examples, over the stances that both are labelled with; None if they
    share no stance, or if the others are too few."""
    difference_interval: Interval | None

    @property
    def small(self) -> bool:
        """Too small to say anything: never ranked, never judged by."""
        return self.n < FEW_EXAMPLES or self.groups < FEW_GROUPS

    @property
    def worse(self) -> bool:
        """Worse than the rest beyond chance, and not small."""
        return not self.small and self.difference_interval is not None and self.difference_interval[1] < 0

    @property
    def name(self) -> str:
        """The dimension and the value."""
        return f"{self.dimension}: {self.value}"

    @property
    def against_rest(self) -> str:
        """The difference in words."""
        low, high = self.difference_interval or (0.0, 0.0)
        return f"{self.difference or 0.0:+.3f} ({low:+.3f} to {high:+.3f}) macro-F1 against the rest"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
        return plain | {"small": self.small}


def slices(gold: Sequence[Stance], probabilities: Floats, by: Mapping[str, Values], draws: Draws) -> list[Slice]:
    """Measure each value of each dimension; bins in their order, names in that of the alphabet."""
    matrices = confusions(stance_indices(gold), probabilities.argmax(axis=1))
    return [one for dimension, values in by.items() for one in _of_dimension(dimension, values, matrices, draws)]


def weakest(measured: Sequence[Slice], most: int) -> list[Slice]:
    """The slices that are worse than the rest of their dimension beyond chance, the worst first; small ones never."""
    worse = [one for one in measured if one.worse]
    return sorted(worse, key=lambda one: one.difference or 0.0)[:most]


def _of_dimension(dimension: str, values: Values, matrices: Floats, draws: Draws) -> list[Slice]:
    names = sorted({value for value in values if value is not None}, key=_rank)
    inside = np.array([[value == name for name in names] for value in values], dtype=np.float64)
    each = inside[:, :, None, None] * matrices[:, None]
    totals, drawn = each.sum(axis=0), draws.sums(each)
    return [
        Slice(
            dimension,
            name,
            n=int(totals[place].sum()),
            groups=len(set(draws.index[inside[:, place] > 0])),
            stances={
                stance.value: int(count) for stance, count in zip(STANCES, totals[place].sum(axis=1), strict=True)
            },
            macro_f1=float(_macro_f1(totals[place])),
            macro_f1_interval=percentiles(_macro_f1(drawn[:, place])),
            accuracy=float(accuracy(totals[place])),
            accuracy_interval=percentiles(_where_any(drawn[:, place], accuracy(drawn[:, place]))),
            **_against_rest(totals, drawn, place),
        )
        for place, name in enumerate(names)
    ]


def _rank(value: str) -> tuple[bool, float, str]:
    """Bins by their numbers, names by the alphabet, the rare ones last."""
    number = _NUMBER.search(value)
    return value == OTHERS, float(number[0]) if number else 0.0, value


def _against_rest(totals: Floats, drawn: Floats, place: int) -> dict[str, Any]:
    """The difference from the other slices of the dimension together, on the same draws."""
    one, rest = totals[place], totals.sum(axis=0) - totals[place]
    shared = (one.sum(axis=1) > 0) & (rest.sum(axis=1) > 0)
    if not shared.any() or rest.sum() < FEW_EXAMPLES:
        return {"difference": None, "difference_interval": None}
    drawn_one, drawn_rest = drawn[:, place], drawn.sum(axis=1) - drawn[:, place]
    return {
        "difference": float(_macro_f1(one, shared) - _macro_f1(rest, shared)),
        "difference_interval": percentiles(_macro_f1(drawn_one, shared) - _macro_f1(drawn_rest, shared)),
    }


def _macro_f1(confusion: Floats, among: NDArray[np.bool_] | None = None) -> Floats:
    """Mean F1 of the stances with gold examples, or of those `among` them; NaN if there are none."""
    counted = confusion.sum(axis=-1) > 0
    if among is not None:
        counted &= among
    total = (class_f1(confusion) * counted).sum(axis=-1)
    count = counted.sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(count), np.nan), where=count > 0))


def _where_any(confusion: Floats, figures: Floats) -> Floats:
    return np.asarray(np.where(confusion.sum(axis=(-2, -1)) > 0, figures, np.nan))
