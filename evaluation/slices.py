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
    at_equal_shares: float | None
    """The difference if the stances were as common here as in the others: what rare stances aren't to blame for; see
    `as_common_as`."""
    at_equal_shares_interval: Interval | None

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
        words = f"{self.difference or 0.0:+.3f} ({low:+.3f} to {high:+.3f}) macro-F1 against the rest"
        if self.at_equal_shares is None:
            return words
        return f"{words}; {self.at_equal_shares:+.3f} if stances were as common there"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
        return plain | {"small": self.small}


def slices(gold: Sequence[Stance], probabilities: Floats, by: Mapping[str, Values], draws: Draws) -> list[Slice]:
    """Measure each value of each dimension; bins in their order, names in that of the alphabet."""
    truth = stance_indices(gold)
    return [
        one for dimension, values in by.items() for one in _of_dimension(dimension, values, truth, probabilities, draws)
    ]


def weakest(measured: Sequence[Slice], most: int) -> list[Slice]:
    """The slices that are worse than the rest of their dimension beyond chance, the worst first; small ones never."""
    worse = [one for one in measured if one.worse]
    return sorted(worse, key=lambda one: one.difference or 0.0)[:most]


def as_common_as(
    truth: NDArray[np.int64], probabilities: Floats, inside: NDArray[np.bool_], others: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.int64]]:
    """What examples would weigh, and be answered, if their stances were as common as in other examples.

    A model is right to be slow to see a stance where stances are rare; there F1 is low however well it ranks. So the
    examples of each stance weigh as much as makes its share equal, and the probabilities are multiplied by the same
    ratio (Saerens, Latinne and Decaestecker 2002, doi:10.1162/089976602753284446, with the shares known). That
    takes probabilities to be calibrated among the examples asked about: those of a model that answers alike everywhere
    aren't, and are shifted too far.

    Args:
        truth: Shape (n,), indices of `STANCES`.
        probabilities: Shape (n, 3).
        inside: Shape (n,): the examples that are asked about.
        others: Shape (n,): those whose shares are taken on.

    Returns:
        Weights of shape (n,), 0 outside and where only one side holds the stance, and answers of shape (n,).
    """
    here, there = (np.bincount(truth[among], minlength=len(STANCES)) for among in (inside, others))
    shared = (here > 0) & (there > 0)
    ratio = np.divide(there * here[shared].sum(), here * max(there[shared].sum(), 1), out=np.zeros(3), where=shared)
    return np.where(inside, ratio[truth], 0.0), (probabilities * ratio).argmax(axis=1)


def _of_dimension(
    dimension: str, values: Values, truth: NDArray[np.int64], probabilities: Floats, draws: Draws
) -> list[Slice]:
    names = sorted({value for value in values if value is not None}, key=_rank)
    inside = np.array([[value == name for name in names] for value in values])
    each = inside[:, :, None, None] * confusions(truth, probabilities.argmax(axis=1))[:, None]
    adjusted = _at_the_others_shares(truth, probabilities, inside)
    totals, drawn = each.sum(axis=0), draws.sums(each)
    equal, drawn_equal = adjusted.sum(axis=0), draws.sums(adjusted)
    measured = []
    for place, name in enumerate(names):
        one, drawn_one = totals[place], drawn[:, place]
        rest = (totals.sum(axis=0) - one, drawn.sum(axis=1) - drawn_one)
        difference, interval = _against(rest, one, drawn_one)
        at_equal_shares, interval_there = _against(rest, equal[place], drawn_equal[:, place])
        measured.append(
            Slice(
                dimension,
                name,
                n=int(one.sum()),
                groups=len(set(draws.index[inside[:, place]])),
                stances={stance.value: int(count) for stance, count in zip(STANCES, one.sum(axis=1), strict=True)},
                macro_f1=float(_macro_f1(one)),
                macro_f1_interval=percentiles(_macro_f1(drawn_one)),
                accuracy=float(accuracy(one)),
                accuracy_interval=percentiles(_where_any(drawn_one, accuracy(drawn_one))),
                difference=difference,
                difference_interval=interval,
                at_equal_shares=at_equal_shares,
                at_equal_shares_interval=interval_there,
            )
        )
    return measured


def _at_the_others_shares(truth: NDArray[np.int64], probabilities: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Each example's confusion in each slice, as `as_common_as` weighs and answers it, of shape (n, slices, 3, 3)."""
    each = np.zeros((*inside.shape, len(STANCES), len(STANCES)))
    for place, one in enumerate(inside.T):
        weights, answers = as_common_as(truth, probabilities, one, inside.any(axis=1) & ~one)
        each[:, place] = weights[:, None, None] * confusions(truth, answers)
    return each


def _rank(value: str) -> tuple[bool, float, str]:
    """Bins by their numbers, names by the alphabet, the rare ones last."""
    number = _NUMBER.search(value)
    return value == OTHERS, float(number[0]) if number else 0.0, value


def _against(rest: tuple[Floats, Floats], one: Floats, drawn: Floats) -> tuple[float | None, Interval | None]:
    """The difference in macro-F1 from the rest of the dimension, and its interval over the draws, the same for both."""
    others, drawn_others = rest
    shared = (one.sum(axis=1) > 0) & (others.sum(axis=1) > 0)
    if not shared.any() or others.sum() < FEW_EXAMPLES:
        return None, None
    difference = _macro_f1(one, shared) - _macro_f1(others, shared)
    return float(difference), percentiles(_macro_f1(drawn, shared) - _macro_f1(drawn_others, shared))


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
