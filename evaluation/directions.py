"""Both directions of a pair in one text: whether they are told apart, and the five classes that DSE counts in."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.data.audit.labels import row_key
from detente.data.records import STANCES, Example, Stance
from detente.evaluation.intervals import Draws, Interval, percentiles, share
from detente.evaluation.metrics import accuracy, class_f1, confusions, macro_f1
from detente.models.calibration import Floats
from detente.models.encoding import with_spans

Pair = tuple[int, int]
"""Places of the example from p to q, and of the one from q to p."""

FIVE = {
    "neutral": (Stance.NEUTRAL, Stance.NEUTRAL),
    "p supports q": (Stance.SUPPORT, Stance.NEUTRAL),
    "q supports p": (Stance.NEUTRAL, Stance.SUPPORT),
    "p opposes q": (Stance.OPPOSE, Stance.NEUTRAL),
    "q opposes p": (Stance.NEUTRAL, Stance.OPPOSE),
}
"""The classes of DSE (Park, Pan and Joo 2021), in its order: the stance of p towards q, and that of q towards p."""


@dataclass(frozen=True)
class FiveClass:
    """The figures that papers on DSE give: one class for a pair in a text, its direction included."""

    pairs: int
    micro_f1: float
    """The same as accuracy."""
    macro_f1: float
    """Over all five classes, neutral among them."""
    intervals: dict[str, Interval]
    per_class: dict[str, float]
    """F1."""
    confusion: list[list[int]]
    """Rows are gold classes, in the order of `per_class`."""
    mutual: int
    """Pairs left out since both directions hold a stance: no class says so."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"intervals": {name: list(interval) for name, interval in self.intervals.items()}}


@dataclass(frozen=True)
class Directions:
    """Pairs of which both directions were asked."""

    pairs: int
    right: float
    """Share with both directions right at once."""
    right_interval: Interval
    differing: int
    """Pairs whose two directions have different gold stances."""
    differing_right: float | None
    """Share of the differing pairs with both right; None if there are none."""
    differing_right_interval: Interval | None
    alike: float | None
    """Share of the differing pairs that got one and the same stance both ways."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


def both_directions(examples: Sequence[Example]) -> list[Pair]:
    """The pairs of which both directions were asked of the same text, each once; p is the one mentioned first.

    Where a mention has no span and can't be found, p is the actor of the earlier example. Of repeated questions the
    first one counts.
    """
    places: dict[tuple[str, str, str], int] = {}
    for place, example in enumerate(examples):
        places.setdefault(row_key(example), place)
    pairs = []
    for (actor, target, text), place in places.items():
        back = places.get((target, actor, text), -1)
        if back > place:
            pairs.append((place, back) if _actor_stands_first(examples[place]) else (back, place))
    return pairs


def measure_directions(
    examples: Sequence[Example], probabilities: Floats, pairs: Sequence[Pair], draws: Draws
) -> Directions | None:
    """Whether the two directions of a pair are told apart; None without pairs."""
    if not pairs:
        return None
    answers, right = probabilities.argmax(axis=1), _right(examples, probabilities)
    there, back = np.array(pairs).T
    differ = np.array([examples[one].label is not examples[other].label for one, other in pairs])
    alike, both = answers[there] == answers[back], right[there] & right[back]
    drawn = _sums(draws, there, np.stack([np.ones(len(pairs)), both, differ, both & differ], axis=1))
    return Directions(
        pairs=len(pairs),
        right=float(both.mean()),
        right_interval=percentiles(share(drawn[:, 1], drawn[:, 0])),
        differing=int(differ.sum()),
        differing_right=float(both[differ].mean()) if differ.any() else None,
        differing_right_interval=percentiles(share(drawn[:, 3], drawn[:, 2])) if differ.any() else None,
        alike=float(alike[differ].mean()) if differ.any() else None,
    )


def five_class(
    examples: Sequence[Example], probabilities: Floats, pairs: Sequence[Pair], draws: Draws
) -> FiveClass | None:
    """The figures of DSE; None if no pair can be put into its classes.

    The answer is the class with the greatest product of the probabilities of its two directions.
    """
    labels = [(examples[there].label, examples[back].label) for there, back in pairs]
    classes = list(FIVE.values())
    kept = [place for place, label in enumerate(labels) if label in classes]
    if not kept:
        return None
    there, back = np.array(pairs)[kept].T
    columns = np.array([[STANCES.index(stance) for stance in both] for both in classes])
    answers = (probabilities[there][:, columns[:, 0]] * probabilities[back][:, columns[:, 1]]).argmax(axis=1)
    gold = np.array([classes.index(labels[place]) for place in kept])  # type: ignore[arg-type]
    matrices = confusions(gold, answers, len(FIVE))
    confusion, drawn = matrices.sum(axis=0), _sums(draws, there, matrices)
    return FiveClass(
        pairs=len(kept),
        micro_f1=float(accuracy(confusion)),
        macro_f1=float(macro_f1(confusion)),
        intervals={
            "micro_f1": percentiles(share(np.trace(drawn, axis1=1, axis2=2), drawn.sum(axis=(1, 2)))),
            "macro_f1": percentiles(macro_f1(drawn)),
        },
        per_class=dict(zip(FIVE, class_f1(confusion).tolist(), strict=True)),
        confusion=confusion.astype(int).tolist(),
        mutual=len(pairs) - len(kept),
    )


def _right(examples: Sequence[Example], probabilities: Floats) -> NDArray[np.bool_]:
    answers = probabilities.argmax(axis=1)
    return np.array([STANCES[answer] is example.label for answer, example in zip(answers, examples, strict=True)])


def _actor_stands_first(example: Example) -> bool:
    located = with_spans(example)
    if located.actor_span is None or located.target_span is None:
        return True
    return located.actor_span < located.target_span


def _sums(draws: Draws, places: NDArray[np.int64], values: Floats) -> Floats:
    """The sums of values of pairs, which belong to the groups of their first examples."""
    return Draws(draws.index[places], draws.weights).sums(values.astype(np.float64))
