"""How far the stance moves with a name alone: the same sentences with each of some thirty states in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detente.data.records import STANCES, Example, Stance
from detente.evaluation.behaviour.names import compared_people, compared_regions, pool, tables
from detente.evaluation.behaviour.templates import Filler, question
from detente.evaluation.intervals import Draws, Interval, percentiles
from detente.models.calibration import Floats

STEADY = 0.2
"""A spread that is still called small: a tenth of the way from oppose to support."""


@dataclass(frozen=True)
class NameTexts:
    """Sentences that are asked about with each name."""

    name: str
    names: tuple[str, ...]
    groups: tuple[str, ...]
    """The region or origin of each name."""
    asked: tuple[tuple[Example, ...], ...]
    """For each sentence, the question with each name."""


@dataclass(frozen=True)
class NamedStance:
    """How far a name draws the stance away from the mean of all names, from -2 to 2."""

    name: str
    shift: float
    interval: Interval


@dataclass(frozen=True)
class NameEffect:
    """What a name alone does to the stance, which is the probability of support less that of oppose."""

    name: str
    texts: int
    lowest: NamedStance
    highest: NamedStance
    spread: float
    """Mean stance with the highest name less that with the lowest; from 0 to 2."""
    interval: Interval
    """95%, over the sentences, of the difference between these two names. The two were chosen as the ends of many, so
    on other sentences expect a little less."""
    steady: float
    """Share of the answers that are the commonest answer to their sentence."""
    steady_interval: Interval
    shifts: tuple[NamedStance, ...]
    """Of all names."""
    groups: tuple[NamedStance, ...]
    """Of the regions or origins: means over their names."""

    @property
    def level(self) -> str:
        """How grave it is: good, caution or stop."""
        if self.spread <= STEADY:
            return "good"
        return "caution" if self.spread <= 2 * STEADY else "stop"

    @property
    def reading(self) -> str:
        """The result in a sentence."""
        ends = f"from {self.lowest.name} to {self.highest.name} the mean stance moves by {self.spread:.2f}"
        size = {"good": "The name hardly matters", "caution": "The name matters", "stop": "The name matters much"}
        return f"{size[self.level]}: {ends}."

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
        named = {name: _plain(value) for name, value in (("lowest", self.lowest), ("highest", self.highest))}
        shifts, groups = ([_plain(one) for one in several] for several in (self.shifts, self.groups))
        return plain | named | {"shifts": shifts, "groups": groups, "level": self.level, "reading": self.reading}


def name_texts() -> list[NameTexts]:
    """States, their officials and persons, as actors and as targets."""
    return [
        NameTexts(
            f"{who} {role.replace('_', ' ')}",
            tuple(one.name for one in fillers),
            tuple(groups),
            _asked(role, fillers),
        )
        for who, (groups, fillers) in _compared().items()
        for role in ("as_actor", "as_target")
    ]


def measure_names(texts: NameTexts, probabilities: Floats, *, resamples: int, seed: int) -> NameEffect:
    """The effect of the names.

    Args:
        texts: The questions.
        probabilities: Of the answers, shape (sentences, names, 3).
        resamples: Draws of an interval.
        seed: Of the draws.
    """
    stance = probabilities[:, :, STANCES.index(Stance.SUPPORT)] - probabilities[:, :, STANCES.index(Stance.OPPOSE)]
    shifts = stance - stance.mean(axis=1, keepdims=True)
    agree = _commonest(probabilities.argmax(axis=2))
    draws = Draws.of([str(number) for number in range(len(shifts))], resamples=resamples, seed=seed)
    drawn = draws.sums(shifts) / len(shifts)
    means = shifts.mean(axis=0)
    low, high = int(means.argmin()), int(means.argmax())
    named = tuple(
        NamedStance(name, float(means[place]), percentiles(drawn[:, place])) for place, name in enumerate(texts.names)
    )
    members = {group: [one == group for one in texts.groups] for group in dict.fromkeys(texts.groups)}
    return NameEffect(
        name=texts.name,
        texts=len(shifts),
        lowest=named[low],
        highest=named[high],
        spread=float(means[high] - means[low]),
        interval=percentiles(drawn[:, high] - drawn[:, low]),
        steady=float(agree.mean()),
        steady_interval=percentiles(draws.sums(agree.mean(axis=1)) / len(shifts)),
        shifts=named,
        groups=tuple(
            NamedStance(group, float(means[of_group].mean()), percentiles(drawn[:, of_group].mean(axis=1)))
            for group, of_group in members.items()
        ),
    )


def _compared() -> dict[str, tuple[list[str], list[Filler]]]:
    """What is put into the sentences: for each kind the group of each filler, and the fillers."""
    states = [(region, state) for region, members in compared_regions().items() for state in members]
    people = [(origin, name) for origin, names in compared_people().items() for name in names]
    regions = [region for region, _ in states]
    return {
        "states": (regions, [Filler(one.name, one.in_text, "state") for _, one in states]),
        "nationalities": (regions, [Filler(one.name, f"{one.demonym} officials", "state") for _, one in states]),
        "persons": ([origin for origin, _ in people], [Filler(name, name, "person") for _, name in people]),
    }


def _asked(role: str, fillers: Sequence[Filler]) -> tuple[tuple[Example, ...], ...]:
    texts = tables()["name_texts"]
    other = texts["other"]
    if other not in pool("organisation"):
        raise ValueError(f"templates.yaml: name_texts.other: expected one of the organisations; found {other!r}")
    fixed = Filler(other, f"the {other}", "organisation")
    ask = "N > O" if role == "as_actor" else "O > N"
    return tuple(
        tuple(question(f"names-{role}-{number}", text, ask, {"N": one, "O": fixed}) for one in fillers)
        for number, text in enumerate(texts[role], start=1)
    )


def _commonest(answers: NDArray[np.int64]) -> Floats:
    """Whether each answer, of shape (sentences, names), is the commonest one to its sentence."""
    counts = np.stack([(answers == stance).sum(axis=1) for stance in range(len(STANCES))], axis=1)
    return np.asarray(answers == counts.argmax(axis=1)[:, None], dtype=np.float64)


def _plain(one: NamedStance) -> dict[str, Any]:
    return {"name": one.name, "shift": one.shift, "interval": list(one.interval)}
