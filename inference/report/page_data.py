"""Edges as the columns that the page reads: names, periods and texts are written once, and pointed at by number."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from detente.data.records import AUTHOR, STANCES, Edge, Evidence
from detente.inference.edges import Node
from detente.inference.periods import days_of
from detente.inference.report.camps import Camps, find_camps
from detente.inference.report.layout import place
from detente.inference.report.signed_graph import Floats, SignedGraph
from detente.inference.ties import ties

ALL: Literal["all"] = "all"
UNDATED = "undated"

Columns = dict[str, list[Any]]

_FIGURES: dict[str, Callable[[Edge], float | int | None]] = {
    "stories": lambda edge: edge.stories,
    "sentences": lambda edge: edge.sentences,
    "support": lambda edge: edge.support,
    "neutral": lambda edge: edge.neutral,
    "oppose": lambda edge: edge.oppose,
    "confident": lambda edge: edge.confident,
    "mean": lambda edge: edge.mean_stance,
    "low": lambda edge: edge.low,
    "high": lambda edge: edge.high,
    "change": lambda edge: edge.change,
    "change_low": lambda edge: edge.change_low,
    "change_high": lambda edge: edge.change_high,
    "outlets": lambda edge: edge.outlets,
}


@dataclass
class _Numbers:
    """Values in the order in which they came, each with its number."""

    places: dict[Hashable, int] = field(default_factory=dict)

    def of(self, value: Hashable) -> int | None:
        """The number of a value; None for None."""
        return None if value is None else self.places.setdefault(value, len(self.places))


@dataclass
class EvidenceColumns:
    """The sentences that edges rest on, each once however many periods show it."""

    texts: _Numbers = field(default_factory=_Numbers)
    sources: _Numbers = field(default_factory=_Numbers)
    seen: _Numbers = field(default_factory=_Numbers)

    def add(self, evidence: Iterable[Evidence]) -> list[int]:
        """The rows of the evidence of an edge."""
        return [row for one in evidence if (row := self.seen.of(self._row(one))) is not None]

    def _row(self, one: Evidence) -> tuple[Any, ...]:
        source = (one.outlet, one.published, one.speaker, web_address(one.url))
        return (
            self.texts.of(one.text),
            one.actor_span,
            one.target_span,
            STANCES.index(one.stance),
            round(one.p_support, 2),
            round(one.p_oppose, 2),
            int(one.confident),
            self.sources.of(source),
        )

    def as_dict(self) -> dict[str, list[Any]]:
        """Rows of text, spans, stance, probabilities, confident and source; and what they point at."""
        return {name: list(numbers.places) for name, numbers in (("texts", self.texts), ("sources", self.sources))} | {
            "rows": list(self.seen.places)
        }


@dataclass(frozen=True)
class PageData:
    """What the page shows: `network` is read at once, `evidence` when it is asked for."""

    network: dict[str, Any]
    evidence: dict[str, Any]
    camps: Camps
    nodes: Sequence[Node]


def page_data(nodes: Sequence[Node], whole: Iterable[Edge], periods: Iterable[Edge]) -> PageData:
    """Columns of nodes and edges.

    Args:
        nodes: All actors and targets.
        whole: Their edges over all time.
        periods: Those of each period; empty if the page has none.
    """
    whole = list(whole)
    numbers = {node.name: number for number, node in enumerate(nodes)}
    parts = [*whole, *periods]
    graph = _graph(whole, numbers)
    camps, places = find_camps(graph), place(graph)
    names = _period_names(parts)
    evidence = EvidenceColumns()
    shown = [evidence.add(edge.evidence) for edge in parts]
    network = {
        "actors": _actor_columns(nodes, camps, places),
        "periods": [_period(name) for name in names],
        "edges": _edge_columns(parts, numbers, names),
        "author": numbers.get(AUTHOR),
    }
    return PageData(network, {**evidence.as_dict(), "edges": shown}, camps, nodes)


def web_address(url: str | None) -> str | None:
    """The address if it is one of the web; what else a link can do (javascript:, file:) has no place on a page."""
    try:
        return url if url and urlsplit(url).scheme in ("http", "https") and urlsplit(url).netloc else None
    except ValueError:
        return None


def _graph(edges: Iterable[Edge], numbers: dict[str, int]) -> SignedGraph:
    """Who with whom; "(author)" is many people, so it is left out."""
    named = [tie for tie in ties(edges) if AUTHOR not in (tie.first, tie.second)]
    return SignedGraph.of(len(numbers), [(numbers[tie.first], numbers[tie.second], tie.weight) for tie in named])


def _actor_columns(nodes: Sequence[Node], camps: Camps, places: Floats) -> Columns:
    return {
        "name": [node.name for node in nodes],
        "kind": [node.kind for node in nodes],
        "stories": [node.stories for node in nodes],
        "camp": list(camps.members),
        "x": [round(float(x), 4) for x, _ in places],
        "y": [round(float(y), 4) for _, y in places],
    }


def _period_names(edges: Iterable[Edge]) -> list[str]:
    named = {edge.period or UNDATED for edge in edges}
    dated = sorted(named - {ALL, UNDATED})
    return [ALL, *dated, *([UNDATED] if UNDATED in named else [])]


def _period(name: str) -> dict[str, str | None]:
    if name in (ALL, UNDATED):
        return {"name": name, "first": None, "last": None}
    first, last, _ = days_of("period", name)
    return {"name": name, "first": first.isoformat(), "last": last.isoformat()}


def _edge_columns(edges: Sequence[Edge], numbers: dict[str, int], names: Sequence[str]) -> Columns:
    columns: Columns = {
        "actor": [numbers[edge.actor] for edge in edges],
        "target": [numbers[edge.target] for edge in edges],
        "period": [names.index(edge.period or UNDATED) for edge in edges],
    }
    for name, figure in _FIGURES.items():
        columns[name] = [_rounded(figure(edge)) for edge in edges]
    return columns


def _rounded(value: float | int | None) -> float | int | None:
    return round(value, 3) if isinstance(value, float) else value
