"""From predictions to edges: what the stories of a period say about the stance of an actor towards a target.

    with edges("predictions/", period="month") as found:
        for edge in found:
            print(edge.actor, edge.target, edge.period, edge.mean_stance)

Works from the files of predictions alone, out of core.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from detente.configs.errors import InputError
from detente.data.records import Edge, Evidence
from detente.inference.evidence import WeightiestEvidence
from detente.inference.mean_stances import PLACES, measured_counts
from detente.inference.periods import PERIODS, Period, label
from detente.inference.prediction_store import BILLION, Paths, PredictionStore
from detente.inference.story_counts import Choice, Coverage, StoryCounts

_SUMS = ("support", "neutral", "oppose")
_AS_THEY_ARE = tuple(name for name in Edge.model_fields if name not in (*_SUMS, "period", "evidence"))


def edges(
    predictions: Paths | PredictionStore,
    *,
    period: Period = "month",
    evidence: int = 5,
    min_stories: int = 1,
    confident_only: bool = False,
    since: str | None = None,
    until: str | None = None,
    memory: str = "2GB",
    threads: int | None = None,
) -> "Edges":
    """Count the stories of predictions by actor, target and period.

    Args:
        predictions: Files (`.parquet`, `.jsonl`, `.csv`), folders of them, or an open store of such; for several views
            of the same predictions, open it once.
        period: day, week (ISO 8601), month, year, or all time.
        evidence: How many predictions are shown for an edge.
        min_stories: Leave out edges of fewer stories; the change of others is still measured against them.
        confident_only: Count confident predictions alone. They are a selection: the clear cases.
        since: The first day, week, month or year; earlier stories, and those without a date, are left out.
        until: The last one, included.
        memory: What the database may hold in memory before it goes to disk. Not used for an open store.
        threads: How many it may use. Not used for an open store.

    Returns:
        The edges, to be read any number of times; a context manager that gives back disk and memory.

    Raises:
        InputError: A file, a column or an option isn't as expected.
        RecordError: Predictions are faulty.
    """
    if period not in PERIODS:
        raise InputError(f"period: expected {', '.join(PERIODS)}; found '{period}'")
    if evidence < 0 or min_stories < 1:
        raise InputError(f"expected evidence from 0 and min_stories from 1; found {evidence} and {min_stories}")
    choice = Choice(period, since, until, confident_only)
    _ = choice.inside  # a wrong bound is told before the files are read
    if isinstance(predictions, PredictionStore):
        return Edges(predictions, choice, evidence=evidence, min_stories=min_stories)
    with ExitStack() as if_it_fails:
        store = if_it_fails.enter_context(PredictionStore(predictions, memory=memory, threads=threads))
        counted = Edges(store, choice, evidence=evidence, min_stories=min_stories, owns_store=True)
        if_it_fails.pop_all()
    return counted


@dataclass(frozen=True)
class Node:
    """An actor or target of the counted stories."""

    name: str
    kind: str | None
    stories: int
    """In which something is said about its stance, or about somebody's towards it."""


class Edges:
    """Edges by actor, target and period, those without a date last; and what they rest on."""

    def __init__(
        self, store: PredictionStore, choice: Choice, *, evidence: int, min_stories: int, owns_store: bool = False
    ) -> None:
        self.period = choice.period
        self._store = store if owns_store else None
        self._min_stories = min_stories
        self._counts = StoryCounts(store, choice)
        self._evidence = WeightiestEvidence(self._counts, most=evidence, min_stories=min_stories)
        self.coverage: Coverage = self._counts.coverage()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._store:
            self._store.close()

    def __iter__(self) -> Iterator[Edge]:
        found = self._evidence.of_edges()
        for row in measured_counts(self._counts):
            if row["stories"] >= self._min_stories:
                yield _to_edge(row, self.period, next(found))

    def nodes(self) -> list[Node]:
        """All actors and targets by name, with the stories in which they are either."""
        return [Node(*row) for row in self._counts.execute(_NODES_SQL).fetchall()]


def _to_edge(row: dict[str, Any], period: Period, evidence: tuple[Evidence, ...]) -> Edge:
    shares = {name: round(row[name] / BILLION, PLACES) for name in _SUMS}
    named = {name: row[name] for name in _AS_THEY_ARE}
    return Edge(**named, **shares, period=label(period, row["period"]), evidence=evidence)


_NODES_SQL = """
SELECT name, kind, stories
FROM (
    SELECT id, count(*) AS stories
    FROM (SELECT actor AS id, story FROM stories_{n} UNION SELECT target, story FROM stories_{n})
    GROUP BY id
)
JOIN names USING (id) ORDER BY id
"""
