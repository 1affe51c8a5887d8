"""Parts for training, validation and test that share no text or near-duplicate, article, story or group."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detente.configs.errors import InputError
from detente.configs.schema import LeakKind
from detente.data.audit.labels import text_key
from detente.data.audit.shared import KEYS
from detente.data.audit.texts import TextIndex, same
from detente.data.near_duplicates import Groups
from detente.data.records import STANCES, Example

Cluster = list[int]
"""Places of examples that must stay together."""
_ORIGINS: tuple[LeakKind, ...] = ("articles", "stories", "groups")
_NAMED = 3


class Shares(NamedTuple):
    """Wanted shares of the examples; they add up to 1, and `valid` may be 0."""

    train: float = 0.8
    valid: float = 0.1
    test: float = 0.1

    @property
    def wanted(self) -> list[str]:
        """The parts that are to be made."""
        return [name for name, share in self._asdict().items() if share]


@dataclass(frozen=True)
class Parts:
    """The split examples, each part in the order of the input."""

    train: list[Example]
    valid: list[Example]
    test: list[Example]
    set_aside: list[Example]
    """What fits no part: of a cluster with test examples, but not fit for the test part itself."""


def split_examples(examples: Sequence[Example], shares: Shares, *, by: str, seed: int) -> Parts:
    """Split examples by group, time, unseen actors or unseen pairs: a name in `SPLITTERS`.

    Raises:
        InputError: They can't be split in this way, or a part would be empty.
    """
    if by not in SPLITTERS:
        raise InputError(f"expected to split by one of {', '.join(SPLITTERS)}; found {by}")
    if not examples:
        raise InputError("expected examples to split; found none")
    parts = SPLITTERS[by](examples, shares, seed=seed)
    if empty := [name for name in shares.wanted if not getattr(parts, name)]:
        raise InputError(
            f"expected enough examples that share no text, article, story or group for each of "
            f"{', '.join(shares.wanted)}; found none for {' and '.join(empty)} among {len(examples)} examples"
        )
    return parts


def split_by_group(examples: Sequence[Example], shares: Shares, *, seed: int) -> Parts:
    """Split whole clusters, each stance about as frequent in the parts as in all examples.

    The largest clusters are dealt first, each to the part that it brings nearest to its wanted counts: the greedy
    search of scikit-learn's StratifiedGroupKFold, with the chi-square distance, for parts of different sizes.
    """
    return _parts(examples, _deal(examples, clusters(examples), shares, seed=seed))


def split_by_time(examples: Sequence[Example], shares: Shares, *, seed: int) -> Parts:  # noqa: ARG001  (no chance in it)
    """Split at two dates: the newest examples are the test part, the oldest the training part.

    A cluster counts as old as its newest example, and the clusters of a day stay in one part.

    Raises:
        InputError: An example has no date in `meta.published`, or there are fewer days than parts.
    """
    dates = _dates(examples)
    newest = sorted((max(dates[place] for place in cluster), cluster) for cluster in clusters(examples))
    days = [[place for _, cluster in day for place in cluster] for _, day in groupby(newest, key=lambda one: one[0])]
    if len(days) < len(shares.wanted):
        raise InputError(
            f"meta.published: expected a day at least for each of {', '.join(shares.wanted)}; found {len(days)}"
        )
    done = np.cumsum([len(day) for day in days]) / len(examples)
    first = _border(done, shares.train, 1, len(days) - len(shares.wanted) + 1)
    second = _border(done, shares.train + shares.valid, first + 1, len(days) - 1) if shares.valid else first
    bounds = {"train": days[:first], "valid": days[first:second], "test": days[second:]}
    assigned = {place: name for name, part in bounds.items() for day in part for place in day}
    return _parts(examples, assigned)


def split_by_unseen_actors(examples: Sequence[Example], shares: Shares, *, seed: int) -> Parts:
    """Split so that no actor of a test example occurs in the other parts, neither as actor nor as target.

    See `_split_by_unseen` for what is set aside.

    Raises:
        InputError: No actor can be held out.
    """
    asked = [same(example.actor) for example in examples]
    return _split_by_unseen(
        examples, shares, asked, [{actor, same(one.target)} for actor, one in zip(asked, examples, strict=True)], seed
    )


def split_by_unseen_pairs(examples: Sequence[Example], shares: Shares, *, seed: int) -> Parts:
    """Split so that actor and target of a test example don't occur together in the other parts, in either direction.

    See `_split_by_unseen` for what is set aside.

    Raises:
        InputError: No pair can be held out.
    """
    pairs = ["\n".join(sorted((same(example.actor), same(example.target)))) for example in examples]
    return _split_by_unseen(examples, shares, pairs, [{pair} for pair in pairs], seed)


SPLITTERS = {
    "group": split_by_group,
    "time": split_by_time,
    "unseen-actors": split_by_unseen_actors,
    "unseen-pairs": split_by_unseen_pairs,
}


def clusters(examples: Sequence[Example]) -> list[Cluster]:
    """Put together what shares an article, a story, a group, a text or a near-duplicate, directly or through others."""
    groups, index, indexed = Groups(), TextIndex(), set()
    for example in examples:
        text = text_key(example)
        keys = [f"texts {text}"]
        keys += [f"{kind} {value}" for kind in _ORIGINS if (value := KEYS[kind](example)) is not None]
        if text not in indexed:
            keys += [f"texts {other}" for other in index.add(text)]
            indexed.add(text)
        for key in keys:
            groups.add(key)
            groups.join(keys[0], key)
    found: dict[str, Cluster] = {}
    for place, example in enumerate(examples):
        found.setdefault(groups.first(f"texts {text_key(example)}"), []).append(place)
    return list(found.values())


def _deal(examples: Sequence[Example], dealt: Sequence[Cluster], shares: Shares, *, seed: int) -> dict[int, str]:
    """The part of each place, by `split_by_group`'s search."""
    if not dealt:
        return {}
    labels = [None, *STANCES]
    sizes = np.array([[sum(examples[place].label is label for place in one) for label in labels] for one in dealt])
    sizes = sizes[:, sizes.any(axis=0)]
    names = shares.wanted
    weights = np.array([share for share in shares if share])
    wanted = np.outer(weights / weights.sum(), sizes.sum(axis=0))
    order = list(range(len(dealt)))
    random.Random(seed).shuffle(order)  # noqa: S311  (no secret)
    have = np.zeros_like(wanted)
    assigned: dict[int, str] = {}
    for number in sorted(order, key=lambda number: -len(dealt[number])):
        nearer = ((have + sizes[number] - wanted) ** 2 - (have - wanted) ** 2) / wanted
        best = int(nearer.sum(axis=1).argmin())
        have[best] += sizes[number]
        assigned |= dict.fromkeys(dealt[number], names[best])
    return assigned


def _dates(examples: Sequence[Example]) -> list[date]:
    found = [_date(example) for example in examples]
    missing = [example.id for example, day in zip(examples, found, strict=True) if day is None]
    if missing:
        raise InputError(
            f"meta.published: expected a date such as 2024-05-31 in each example, to split by time; {len(missing)} of "
            f"{len(examples)} have none, such as {', '.join(missing[:_NAMED])}. Add the dates, or split by group."
        )
    return [day for day in found if day]


def _date(example: Example) -> date | None:
    try:
        return date.fromisoformat(str(example.meta.get("published"))[:10])
    except ValueError:
        return None


def _border(done: NDArray[np.float64], share: float, low: int, high: int) -> int:
    """How many days, between `low` and `high`, hold most nearly a share of the examples; `done` adds them up."""
    return low + int(np.abs(done[low - 1 : high] - share).argmin())


def _split_by_unseen(
    examples: Sequence[Example], shares: Shares, asked: Sequence[str], present: Sequence[set[str]], seed: int
) -> Parts:
    """Hold out keys (actors, or pairs), in random order, until the test part is large enough.

    The clusters that hold a key leave the training side as a whole. Of their examples, those whose key is now on no
    training example are the test part; the others are set aside, since their key has been seen. A key whose clusters
    hold more than the wanted test part is not held out.

    Args:
        examples: All of them.
        shares: The wanted ones.
        asked: For each example, the key that must be unseen in training for it to be a test example.
        present: For each example, the keys that training on it would show.
        seed: Of the order.

    Raises:
        InputError: No key can be held out.
    """
    together = clusters(examples)
    held_out = _hold_out(together, asked, present, shares.test * len(examples), seed)
    rest = [cluster for number, cluster in enumerate(together) if number not in held_out]
    seen = {key for cluster in rest for place in cluster for key in present[place]}
    assigned = _deal(examples, rest, shares._replace(test=0.0), seed=seed)
    for number in held_out:
        assigned |= {place: "set_aside" if asked[place] in seen else "test" for place in together[number]}
    if "test" not in assigned.values():
        raise InputError(
            "expected actors or pairs that stand in few groups, so that they can be held out; found none. "
            "Ask for a larger test part, or split by group."
        )
    return _parts(examples, assigned)


def _hold_out(
    together: Sequence[Cluster], asked: Sequence[str], present: Sequence[set[str]], wanted: float, seed: int
) -> list[int]:
    """Numbers of the clusters that leave the training side."""
    shown = Counter(key for keys in present for key in keys)
    asking = Counter(asked)
    homes: dict[str, list[int]] = {}
    for number, cluster in enumerate(together):
        for key in sorted(set().union(*(present[place] for place in cluster))):
            homes.setdefault(key, []).append(number)
    held_out: dict[int, None] = {}
    unseen = 0
    order = sorted(asking)
    random.Random(seed).shuffle(order)  # noqa: S311  (no secret)
    for key in order:
        leaving = [number for number in homes[key] if number not in held_out]
        if unseen >= wanted or sum(len(together[number]) for number in leaving) > wanted:
            continue
        held_out |= dict.fromkeys(leaving)
        gone = Counter(name for number in leaving for place in together[number] for name in present[place])
        shown -= gone
        unseen += sum(asking[name] for name in gone if not shown[name])
    return list(held_out)


def _parts(examples: Sequence[Example], assigned: dict[int, str]) -> Parts:
    found: dict[str, list[Example]] = {"train": [], "valid": [], "test": [], "set_aside": []}
    for place, example in enumerate(examples):
        found[assigned[place]].append(example)
    return Parts(**found)
