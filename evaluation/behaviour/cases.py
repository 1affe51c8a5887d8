"""What a model is asked, and which answers are right: cases of questions, and probes of cases."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from detente.data.records import Example, Stance

T = TypeVar("T")


class Expectation(StrEnum):
    """When a case passes."""

    STANCES = "stances"
    """Each answer is among those that its question allows."""
    SAME = "same"
    """All answers are the same."""
    NOT_ALIKE = "not alike"
    """The answers are not one and the same stance, neutral aside."""


@dataclass(frozen=True)
class Case:
    """Questions that are judged together."""

    id: str
    group: str
    """What is drawn together in an interval: an article or story of the user's, a template."""
    kind: str
    """What the cases of a probe are balanced by: the label of the example that it was made from."""
    expects: Expectation
    asked: tuple[Example, ...]
    allowed: tuple[frozenset[Stance], ...] = ()
    """The right answers of each question, for `Expectation.STANCES`."""

    def passes(self, answers: Sequence[Stance]) -> bool:
        """Whether these are right answers to its questions."""
        if self.expects is Expectation.STANCES:
            return all(answer in right for answer, right in zip(answers, self.allowed, strict=True))
        alike = len(set(answers)) == 1
        return alike if self.expects is Expectation.SAME else not alike or answers[0] is Stance.NEUTRAL

    def wanted(self, place: int) -> str:
        """What was expected of one of its questions, in words."""
        if self.expects is Expectation.STANCES:
            return " or ".join(stance for stance in Stance if stance in self.allowed[place])
        if self.expects is Expectation.SAME:
            return "before" if place == 0 else "the same as before"
        return "a stance or neutral" if place == 0 else "not that stance the other way round"


@dataclass(frozen=True)
class Probe:
    """Cases that test one capability."""

    name: str
    expects: str
    """What is expected, for a reader."""
    can: str
    """What a model that passes does: "reads negation"."""
    cases: tuple[Case, ...]
    possible: int
    """How many cases could be made; of these `cases` were chosen."""
    judged: bool = True
    """Whether the outcome is known; else the share is reported only."""


def same_answer(before: Example, after: Example) -> Case:
    """A change that must not move the answer."""
    return Case(after.id, before.group_key, str(before.label), Expectation.SAME, (before, after))


def right_answers(case_id: str, source: Example, *asked: tuple[Example, Sequence[Stance]]) -> Case:
    """Questions made from an example, each with the answers that are right."""
    questions = tuple(example for example, _ in asked)
    allowed = tuple(frozenset(stances) for _, stances in asked)
    return Case(case_id, source.group_key, str(source.label), Expectation.STANCES, questions, allowed)


def draw(*key: object) -> int:
    """A large number that depends on the key alone: not on the order of examples, nor on Python's hash seed."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, key)).encode("utf-8", "replace")).digest()[:8])


def choose(options: Sequence[T], *key: object) -> T:
    """One of the options, by the key."""
    return options[draw(*key) % len(options)]


def choose_cases(cases: Sequence[Case], most: int, *key: object) -> list[Case]:
    """At most so many cases, by the key; as many of each kind as can be had."""
    kinds: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda case: (draw(*key, case.id), case.id)):
        kinds.setdefault(case.kind, []).append(case)
    ranked = [(place, kind, case) for kind, of_kind in kinds.items() for place, case in enumerate(of_kind)]
    ranked.sort(key=lambda one: one[:2])
    return [case for _, _, case in ranked[:most]]


def pieces(example: Example) -> list[tuple[str, str]]:
    """The text in pieces, each with its role: actor, target or none; of nested mentions the inner one counts."""
    marks = [(example.actor_span, "actor"), (example.target_span, "target")]
    spans = [(span, role) for span, role in marks if span]
    borders = sorted({0, len(example.text), *(place for span, _ in spans for place in span)})
    found = []
    for start, end in pairwise(borders):
        around = [(stop - begin, role) for (begin, stop), role in spans if begin <= start and end <= stop]
        found.append((example.text[start:end], min(around)[1] if around else ""))
    return found
