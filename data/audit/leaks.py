"""What of a test part stands in the training part already, and what can be guessed without reading."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from detente.configs.schema import LeakKind
from detente.data.audit.cues import Cue, cues
from detente.data.audit.labels import (
    Agreement,
    Guess,
    SingleLabelActor,
    agreement,
    count,
    look_ups,
    pair_key,
    row_key,
    single_label_actors,
    text_key,
)
from detente.data.audit.shared import KEYS, Shared, find_shared
from detente.data.records import STANCES, Example

CASES_SHOWN = 10


@dataclass(frozen=True)
class Case:
    """A test example, and a training example that it shares something with."""

    test: Example
    train: Example


@dataclass(frozen=True)
class Leak:
    """Test examples that share one kind of thing with the training part."""

    kind: LeakKind
    given: bool
    """Whether both parts say what is compared; without articles' ids, nothing is known about shared articles."""
    examples: int
    share: float
    """Of all test examples."""
    cases: tuple[Case, ...]
    """The first few, each of another text."""


@dataclass(frozen=True)
class Part:
    """What stands in one of the two parts."""

    examples: int
    texts: int
    stances: dict[str, int]
    repeated: int
    """Examples with the actor, target and text of an earlier one."""
    contradictory: int
    """Those of them with another label than the first such example has."""


@dataclass(frozen=True)
class Labels:
    """What can be guessed, from the labelled examples of both parts."""

    rows: Agreement
    """Test examples whose actor, target and text stand in the training part."""
    pairs: Agreement
    """Test examples whose actor and target do."""
    look_ups: dict[str, Guess]
    cues: dict[str, Cue]
    single_label_actors: tuple[SingleLabelActor, ...]

    @property
    def majority(self) -> Guess:
        """What the commonest stance scores."""
        return self.look_ups["majority"]


@dataclass(frozen=True)
class Audit:
    """What a test part shares with a training part."""

    train: Part
    test: Part
    leaks: dict[LeakKind, Leak]
    leaking: float
    """Share of the test examples that are in any of the leaks."""
    labels: Labels | None
    """None where one of the parts has no labels."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; examples by their ids and texts."""
        leaks = {
            kind: {
                "given": leak.given,
                "examples": leak.examples,
                "share": leak.share,
                "cases": [_plain(case) for case in leak.cases],
            }
            for kind, leak in self.leaks.items()
        }
        parts = {"train": asdict(self.train), "test": asdict(self.test)}
        return parts | {"leaks": leaks, "leaking": self.leaking, "labels": asdict(self.labels) if self.labels else None}


def audit(train: Sequence[Example], test: Sequence[Example]) -> Audit:
    """Look for all that a test part shares with a training part.

    Texts and names are compared without case and white space.

    Raises:
        ValueError: A part is empty.
    """
    if not train or not test:
        raise ValueError(f"expected examples in both parts; found {len(train)} and {len(test)}")
    shared = {kind: find_shared(kind, train, test) for kind in KEYS}
    known, asked = ([example for example in part if example.label] for part in (train, test))
    return Audit(
        train=_part(train),
        test=_part(test),
        leaks={kind: _leak(kind, fellows, train, test) for kind, fellows in shared.items()},
        leaking=len(set().union(*shared.values())) / len(test),
        labels=_labels(known, asked) if known and asked else None,
    )


def _leak(kind: LeakKind, fellows: Shared, train: Sequence[Example], test: Sequence[Example]) -> Leak:
    given = all(any(KEYS[kind](example) is not None for example in part) for part in (train, test))
    cases = {text_key(test[place]): Case(test[place], fellow) for place, fellow in reversed(fellows.items())}
    shown = tuple(reversed(cases.values()))[:CASES_SHOWN]
    return Leak(kind, given, len(fellows), len(fellows) / len(test), shown)


def _part(examples: Sequence[Example]) -> Part:
    first: dict[object, Example] = {}
    repeated = [(one, before) for one in examples if (before := first.setdefault(row_key(one), one)) is not one]
    return Part(
        examples=len(examples),
        texts=len({text_key(example) for example in examples}),
        stances={stance.value: count(examples)[stance] for stance in STANCES},
        repeated=len(repeated),
        contradictory=sum(one.label != before.label for one, before in repeated),
    )


def _labels(train: Sequence[Example], test: Sequence[Example]) -> Labels:
    return Labels(
        rows=agreement(train, test, row_key),
        pairs=agreement(train, test, pair_key),
        look_ups=look_ups(train, test),
        cues=cues(train, test),
        single_label_actors=tuple(single_label_actors(train, test)),
    )


def _plain(case: Case) -> dict[str, str]:
    return {"test": case.test.id, "train": case.train.id, "test_text": case.test.text, "train_text": case.train.text}
