"""Questions about one text that differ in the target alone, or in the actor alone: whether they are told apart."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.data.audit.labels import actor_key, row_key, text_key
from detente.data.audit.texts import same
from detente.data.records import STANCES, Example
from detente.evaluation.intervals import Draws, Interval, percentiles, share
from detente.models.calibration import Floats


@dataclass(frozen=True)
class Apart:
    """Sets of questions about one text with different labels, all else the same.

    Who ignores what they differ in gives all questions of a set one answer.
    """

    differ_in: str
    """target or actor."""
    sets: int
    right: float
    """Share of the sets with all answers right."""
    right_interval: Interval
    alike: float
    """Share of the sets with one and the same answer to all questions."""
    alike_interval: Interval

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


def measure_apart(examples: Sequence[Example], probabilities: Floats, draws: Draws) -> list[Apart]:
    """How the model does on sets that differ in the target, and on those that differ in the actor; without sets, none.

    Args:
        examples: Labelled.
        probabilities: Shape (n, 3).
        draws: Of the examples' groups.
    """
    first: dict[Hashable, int] = {}  # of repeated questions the first counts
    for place, example in enumerate(examples):
        first.setdefault(row_key(example), place)
    keys: dict[str, dict[int, Hashable]] = {
        "target": {place: (actor_key(examples[place]), text_key(examples[place])) for place in first.values()},
        "actor": {place: (same(examples[place].target), text_key(examples[place])) for place in first.values()},
    }
    found = {name: _differing_sets(examples, of_places) for name, of_places in keys.items()}
    return [_measure(name, sets, examples, probabilities, draws) for name, sets in found.items() if sets]


def _differing_sets(examples: Sequence[Example], keys: Mapping[int, Hashable]) -> list[list[int]]:
    """Places of the questions that share a key and are not all labelled alike."""
    sets: dict[Hashable, list[int]] = {}
    for place, key in keys.items():
        sets.setdefault(key, []).append(place)
    return [places for places in sets.values() if len({examples[place].label for place in places}) > 1]


def _measure(
    differ_in: str, sets: Sequence[list[int]], examples: Sequence[Example], probabilities: Floats, draws: Draws
) -> Apart:
    answers = [STANCES[place] for place in probabilities.argmax(axis=1)]
    right = [all(answers[place] is examples[place].label for place in places) for places in sets]
    alike = [len({answers[place] for place in places}) == 1 for places in sets]
    counts = np.stack([np.ones(len(sets)), right, alike], axis=1).astype(np.float64)
    drawn = Draws(draws.index[[places[0] for places in sets]], draws.weights).sums(counts)
    return Apart(
        differ_in,
        sets=len(sets),
        right=float(np.mean(right)),
        right_interval=percentiles(share(drawn[:, 1], drawn[:, 0])),
        alike=float(np.mean(alike)),
        alike_interval=percentiles(share(drawn[:, 2], drawn[:, 0])),
    )
