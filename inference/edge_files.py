"""Edges as files: JSON Lines and Parquet with their evidence, CSV without, GraphML and GEXF as networks.

The suffix names the format. The same edges give the same bytes.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

import pyarrow as pa
import pyarrow.parquet as pq

from detente.configs.errors import InputError
from detente.data.formats import make_folder, write_rows
from detente.data.labelling.sheets import guarded
from detente.data.records import Edge, Record, Stance
from detente.inference.edges import Edges
from detente.inference.graphs import moving_network, network, write_gexf, write_graphml

NETWORKS = (".graphml", ".gexf")
TABLES = (".csv", ".jsonl", ".parquet")
WITHOUT_EVIDENCE = (".csv", *NETWORKS)
_COLUMNS = [name for name in Edge.model_fields if name != "evidence"]
_TYPES = {str: pa.string(), Stance: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_ROWS = 4096
STRONGEST = 15


def edge_format(path: Path) -> str:
    """The suffix of a file of edges.

    Raises:
        InputError: It is none that we write.
    """
    suffix = path.suffix.lower()
    if suffix not in TABLES + NETWORKS:
        raise InputError(f"{path}: expected a name that ends in {', '.join(TABLES + NETWORKS)}; found '{path.name}'")
    return suffix


def check_period(path: Path, period: str) -> None:
    """Stop before anything is counted where a file can't hold edges of several periods.

    Raises:
        InputError: It can't.
    """
    if edge_format(path) == ".graphml" and period != "all":
        raise InputError(
            f"{path}: expected period all, since GraphML has no time; found {period}. For a part of the time take "
            "since and until, for a network over time .gexf"
        )


@dataclass(frozen=True)
class Written:
    """What was written."""

    edges: int
    strongest: list[Edge]
    """Those with most support or opposition, in stories, the strongest first."""


def write_edges(path: str | Path, edges: Edges) -> Written:
    """Write edges; the file appears only when the last one is written.

    In CSV, text that a spreadsheet would take for a formula has an apostrophe before it. GEXF holds periods as spells,
    without the edges that have no date.

    Raises:
        InputError: The format is unknown, or can't hold the periods of these edges.
    """
    path = Path(path)
    check_period(path, edges.period)
    make_folder(path.parent)
    passing = _Passing(edges)
    partial = path.with_name(f".partial-{path.name}")
    try:
        _WRITERS[edge_format(path)](partial, edges, passing)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return Written(passing.number, passing.strongest)


class _Passing:
    """Counts the edges that pass, and remembers the strongest."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.number = 0
        self.strongest: list[Edge] = []
        self._edges = edges

    def __iter__(self) -> Iterator[Edge]:
        strongest: list[tuple[float, int, Edge]] = []
        for edge in self._edges:
            self.number += 1
            # of equals the first stays
            heapq.heappush(strongest, (abs(edge.support - edge.oppose), -self.number, edge))
            if len(strongest) > STRONGEST:
                heapq.heappop(strongest)
            yield edge
        self.strongest = [edge for *_, edge in sorted(strongest, reverse=True)]


def _write_csv(path: Path, _: Edges, edges: Iterable[Edge]) -> None:
    rows = (edge.model_dump(mode="json", exclude={"evidence"}) for edge in edges)
    write_rows(path, _COLUMNS, ({name: _cell(value) for name, value in row.items()} for row in rows))


def _cell(value: Any) -> Any:
    return guarded(value) if isinstance(value, str) else value


def _write_jsonl(path: Path, _: Edges, edges: Iterable[Edge]) -> None:
    write_rows(path, _COLUMNS, (edge.model_dump(mode="json") for edge in edges))


def _write_parquet(path: Path, _: Edges, edges: Iterable[Edge]) -> None:
    schema = pa.schema([(name, _arrow_type(field.annotation)) for name, field in Edge.model_fields.items()])
    rows = (edge.model_dump(mode="json") for edge in edges)
    with pq.ParquetWriter(path, schema) as writer:
        while chunk := list(islice(rows, _ROWS)):
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))


def _arrow_type(annotation: Any) -> Any:
    """The Parquet type of a field of an edge: evidence is a list of structs, a span a list of two numbers."""
    annotation = next((one for one in get_args(annotation) if NoneType in get_args(annotation)), annotation)
    if get_origin(annotation) is not tuple:
        return _TYPES[annotation]
    item = get_args(annotation)[0]
    if isinstance(item, type) and issubclass(item, Record):
        return pa.list_(pa.struct([(name, _arrow_type(field.annotation)) for name, field in item.model_fields.items()]))
    return pa.list_(pa.int32())


def _write_graphml(path: Path, found: Edges, edges: Iterable[Edge]) -> None:
    write_graphml(path, network(edges, found.nodes()))


def _write_gexf(path: Path, found: Edges, edges: Iterable[Edge]) -> None:
    over_time = moving_network if found.period != "all" else network
    write_gexf(path, over_time(edges, found.nodes()))


_WRITERS: dict[str, Callable[[Path, Edges, Iterable[Edge]], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
    ".graphml": _write_graphml,
    ".gexf": _write_gexf,
}
