"""Edges as a directed network in networkx, and as GraphML and GEXF, which Gephi, visone and igraph open.

`weight` of an edge is its number of stories, since layouts can't do with negative ones; `signed_weight` is support less
opposition in stories, `mean_stance` the same for one story.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import networkx as nx

from detente.configs.errors import InputError
from detente.data.records import Edge
from detente.inference.edges import Node
from detente.inference.periods import days_of

_FIGURES = tuple(
    name
    for name in Edge.model_fields
    if name not in {"actor", "target", "actor_kind", "target_kind", "period", "evidence"}
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold."""
_TODAY = re.compile(r' lastmodifieddate="[^"]*"')


def network(edges: Iterable[Edge], nodes: Iterable[Node] = ()) -> "nx.DiGraph":
    """The network of one period, or of all time.

    Args:
        edges: Of one period.
        nodes: What is known of the actors and targets; those without edges don't come in.

    Raises:
        InputError: Two edges have the same actor and target, so they are of several periods.
    """
    graph: nx.DiGraph = nx.DiGraph()
    for edge in edges:
        if graph.has_edge(edge.actor, edge.target):
            raise InputError(
                f"{edge.actor} and {edge.target}: expected one edge for a network of one period; found several. Take "
                "period all, with since and until for a part of it"
            )
        _add_nodes(graph, edge)
        graph.add_edge(edge.actor, edge.target, period=edge.period or "undated", **_figures(edge))
    return _described(graph, nodes)


def moving_network(edges: Iterable[Edge], nodes: Iterable[Node] = ()) -> "nx.DiGraph":
    """The network over time: an edge has a spell for each of its periods, and its figures change with them.

    Edges without a date have no place in it. `weight` is the number of stories of all periods together.
    """
    graph: nx.DiGraph = nx.DiGraph(mode="dynamic")
    for edge in (one for one in edges if one.period):
        start, end, _ = days_of("period", str(edge.period))
        _add_nodes(graph, edge)
        if not graph.has_edge(edge.actor, edge.target):
            graph.add_edge(edge.actor, edge.target, weight=0, spells=[])
        _add_spell(graph.edges[edge.actor, edge.target], _figures(edge), start, end)
    return _described(graph, nodes)


def write_graphml(path: Path, graph: "nx.DiGraph") -> None:
    """Write a network of one period."""
    _write(path, "\n".join(nx.generate_graphml(_printable(graph))))


def write_gexf(path: Path, graph: "nx.DiGraph") -> None:
    """Write a network, of one period or over time; the same network gives the same bytes on any day."""
    _write(path, _TODAY.sub("", "\n".join(nx.generate_gexf(_printable(graph))), count=1))


def _write(path: Path, xml: str) -> None:
    path.write_bytes(f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}\n'.encode())


def _figures(edge: Edge) -> dict[str, Any]:
    """The figures of an edge that are known; graph files have no word for the others."""
    known = {name: value for name in _FIGURES if (value := getattr(edge, name)) is not None}
    return {"weight": edge.stories, "signed_weight": round(edge.support - edge.oppose, 6), **known}


def _add_spell(sums: dict[str, Any], figures: Mapping[str, Any], start: date, end: date) -> None:
    days = (start.isoformat(), end.isoformat())
    sums["spells"].append(days)
    sums["weight"] += figures["weight"]
    for name, value in figures.items():
        if name != "weight":
            sums.setdefault(name, []).append((value, *days))


def _add_nodes(graph: "nx.DiGraph", edge: Edge) -> None:
    for name, kind in ((edge.actor, edge.actor_kind), (edge.target, edge.target_kind)):
        graph.add_node(name, **({"kind": kind} if kind else {}))


def _described(graph: "nx.DiGraph", nodes: Iterable[Node]) -> "nx.DiGraph":
    for node in nodes:
        if node.name in graph:
            graph.nodes[node.name]["stories"] = node.stories
    return graph


def _printable(graph: "nx.DiGraph") -> "nx.DiGraph":
    """The same with names that XML can hold, and a label for each; what it can't becomes a replacement character."""
    names: dict[str, str] = {}
    times: defaultdict[str, int] = defaultdict(int)
    for name in graph:
        printable = _NOT_XML.sub("\ufffd", name)
        times[printable] += 1
        names[name] = printable if times[printable] == 1 else f"{printable} ({times[printable]})"
    renamed: nx.DiGraph = nx.relabel_nodes(graph, names)
    for name, kind in renamed.nodes(data="kind"):
        renamed.nodes[name]["label"] = name
        if kind:
            renamed.nodes[name]["kind"] = _NOT_XML.sub("\ufffd", kind)
    return renamed
