"""What a set of examples holds, counted in one pass."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np

from detente.data.records import STANCES, Example

UNLABELLED = "unlabelled"
COLUMNS = (*(stance.value for stance in STANCES), UNLABELLED)
NOT_GIVEN = "(not given)"
PROVENANCE = ("corpus", "licence", "license", "citation", "url", "homepage", "language")
"""Keys of `meta` in which importers say where all examples of a corpus come from."""
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")


class Tally:
    """How often each value of one kind occurs, by stance."""

    def __init__(self) -> None:
        self._values: dict[str, Counter[str]] = {}

    def add(self, value: object, stance: str) -> None:
        """Count an example; a missing value counts as NOT_GIVEN."""
        self._values.setdefault(NOT_GIVEN if value in (None, "") else str(value), Counter())[stance] += 1

    @property
    def distinct(self) -> int:
        """How many values occur."""
        return len(self._values) - (NOT_GIVEN in self._values)

    @property
    def missing(self) -> int:
        """Examples without a value."""
        return self._values.get(NOT_GIVEN, Counter[str]()).total()

    def top(self, n: int) -> list[tuple[str, Counter[str]]]:
        """The most frequent values, the commonest first, then by name."""
        return sorted(self._values.items(), key=lambda item: (-item[1].total(), item[0]))[:n]

    def in_order(self) -> list[tuple[str, Counter[str]]]:
        """All values, sorted."""
        return sorted(self._values.items())


@dataclass
class Part:
    """One file."""

    name: str
    sha256: str
    stances: Counter[str] = field(default_factory=Counter)
    groups: set[str] = field(default_factory=set)


@dataclass
class Repeats:
    """Questions and texts that occur again, letter for letter."""

    questions: int = 0
    """Examples with the actor, target and text of an earlier one."""
    contradictions: int = 0
    """Those of them with another label than the first."""
    texts: int = 0
    """Different texts."""
    across: int = 0
    """Texts that stand in two files or more."""


@dataclass
class Summary:
    """The counts."""

    parts: list[Part] = field(default_factory=list)
    actors: Tally = field(default_factory=Tally)
    targets: Tally = field(default_factory=Tally)
    pairs: Tally = field(default_factory=Tally)
    outlets: Tally = field(default_factory=Tally)
    sources: Tally = field(default_factory=Tally)
    holders: Tally = field(default_factory=Tally)
    years: Tally = field(default_factory=Tally)
    spans: Tally = field(default_factory=Tally)
    chosen_by: Tally = field(default_factory=Tally)
    defects: Tally = field(default_factory=Tally)
    provenance: dict[str, Tally] = field(default_factory=dict)
    clusters: dict[str, Tally] = field(default_factory=dict)
    """Groups, articles and stories."""
    words: "array[int]" = field(default_factory=lambda: array("l"))
    coders: set[str] = field(default_factory=set)
    coded_twice: int = 0
    """Examples with the votes of two coders or more."""
    repeats: Repeats = field(default_factory=Repeats)

    @property
    def stances(self) -> Counter[str]:
        """Examples by stance, over all parts."""
        return sum((part.stances for part in self.parts), Counter())

    def files(self) -> list[tuple[str, Counter[str]]]:
        """The files and, where there are several, all of them together."""
        rows = [(part.name, part.stances) for part in self.parts]
        return rows if len(rows) == 1 else [*rows, ("all", self.stances)]

    def share(self, rows: Iterable[tuple[str, Counter[str]]]) -> str:
        """What rows of a tally make up of all examples."""
        return f"{sum(counts.total() for _, counts in rows) / len(self.words):.1%}"

    def lengths(self) -> list[tuple[str, int]]:
        """Words a text."""
        names = ("shortest", "first quartile", "median", "third quartile", "longest")
        return list(zip(names, np.percentile(self.words, [0, 25, 50, 75, 100]).round().astype(int), strict=True))


def summarise(files: Iterable[tuple[Path, Iterable[Example]]]) -> Summary:
    """Count the examples of some files."""
    summary, repeats = Summary(), _RepeatFinder()
    for number, (path, examples) in enumerate(files):
        part = Part(path.name, sha256(path.read_bytes()).hexdigest())
        summary.parts.append(part)
        for example in examples:
            _count(summary, part, example)
            repeats.add(example, number)
    summary.repeats = repeats.found()
    return summary


def _count(summary: Summary, part: Part, example: Example) -> None:
    stance = example.label.value if example.label else UNLABELLED
    part.stances[stance] += 1
    part.groups.add(example.group_key)
    summary.actors.add(example.actor, stance)
    summary.targets.add(example.target, stance)
    summary.pairs.add(f"{example.actor} → {example.target}", stance)
    summary.sources.add(example.source, stance)
    summary.holders.add(example.holder, stance)
    summary.spans.add(_spans(example), stance)
    summary.words.append(len(example.text.split()))
    _count_clusters(summary, example, stance)
    _count_meta(summary, example.meta, stance)


def _count_clusters(summary: Summary, example: Example, stance: str) -> None:
    clusters = {"group": example.group, "article": example.meta.get("article_id"), "story": example.meta.get("story")}
    for name, value in clusters.items():
        summary.clusters.setdefault(name, Tally()).add(value, stance)


def _count_meta(summary: Summary, meta: dict[str, Any], stance: str) -> None:
    summary.outlets.add(meta.get("outlet"), stance)
    summary.years.add(_year(meta.get("published")), stance)
    summary.chosen_by.add(meta.get("chosen_by"), stance)
    for key in PROVENANCE:
        if meta.get(key):
            summary.provenance.setdefault(key, Tally()).add(meta[key], stance)
    defects = meta.get("defects") or []
    for defect in [defects] if isinstance(defects, str) else defects:
        summary.defects.add(defect, stance)
    votes = meta.get("votes")
    if isinstance(votes, dict):
        summary.coders.update(votes)
        summary.coded_twice += len(votes) > 1


def _year(published: object) -> str | None:
    """The year of a date; corpora use the name for other things, too."""
    found = _YEAR.search(published) if isinstance(published, str) else None
    return found[0] if found else None


def _spans(example: Example) -> str:
    present = [name for name in ("actor", "target") if getattr(example, f"{name}_span") is not None]
    return " and ".join(present) or "neither"


class _RepeatFinder:
    """Remembers questions and texts as hashes."""

    def __init__(self) -> None:
        self._labels: dict[bytes, str | None] = {}
        self._files: dict[bytes, int] = {}
        self._across: set[bytes] = set()
        self._repeats = Repeats()

    def add(self, example: Example, file: int) -> None:
        question, text = _digest(example.actor, example.target, example.text), _digest(example.text)
        if question in self._labels:
            self._repeats.questions += 1
            self._repeats.contradictions += self._labels[question] != example.label
        self._labels.setdefault(question, example.label)
        if self._files.setdefault(text, file) != file:
            self._across.add(text)

    def found(self) -> Repeats:
        self._repeats.texts, self._repeats.across = len(self._files), len(self._across)
        return self._repeats


def _digest(*parts: str) -> bytes:
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).digest()
