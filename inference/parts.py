"""A part of the predictions as a Parquet file that also says what became of the other records of its window.

One file holds both, so nothing of a window is on the disk twice, or half.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from detente.data.formats import parquet_schema
from detente.data.problems import Problem
from detente.data.records import Prediction, Stance
from detente.inference.window import Facts, Part

COLUMNS = list(Prediction.model_fields)
_FACTS = b"detente.facts"
_BATCH = 4096

Pair = tuple[str, str, Stance]
"""Actor, target, stance."""


@contextmanager
def appears_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to; the file is at `path` when all of it is on the disk, or not at all."""
    partial = path.with_name(f".partial-{path.name}")
    try:
        yield partial
        sync(partial)
        partial.replace(path)
        sync(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Return when the file, or the names in the folder, are on the disk."""
    if path.is_dir() and os.name != "posix":  # elsewhere a folder can't be opened
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class PackedPart:
    """A part as the bytes of its file, as worker processes send it."""

    content: bytes
    records: int
    predictions: int


def write_part(path: Path, part: PackedPart) -> None:
    """Write a part."""
    with appears_whole(path) as partial:
        partial.write_bytes(part.content)


def packed(part: Part) -> PackedPart:
    """A part as a file; the same part always gives the same bytes."""
    schema = parquet_schema(COLUMNS).with_metadata({_FACTS: json.dumps(asdict(part.facts)).encode()})
    rows = [prediction.model_dump(mode="json") for prediction in part.predictions]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), sink)
    return PackedPart(bytes(sink.getvalue()), part.facts.records, len(part.predictions))


def read_facts(path: Path) -> Facts:
    """What became of the records of a part's window."""
    facts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[_FACTS])
    facts |= {name: [Problem(**one) for one in facts[name]] for name in ("rejected", "silent")}
    return Facts(**facts)


def count_predictions(path: Path) -> int:
    """How many predictions a part holds."""
    return int(pq.read_metadata(path).num_rows)


def read_prediction_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The predictions of a part, as `write_rows` takes them."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH):
            yield from batch.to_pylist()


def count_pairs(path: Path) -> Counter[Pair]:
    """How often each (actor, target, stance) stands in a part with confidence; neutral ones are not counted."""
    table = pq.read_table(path, columns=["actor", "target", "stance", "confident"])
    kept = table.filter(pc.and_(table["confident"], pc.not_equal(table["stance"], Stance.NEUTRAL.value)))
    rows = zip(*(kept[name].to_pylist() for name in ("actor", "target", "stance")), strict=True)
    return Counter((actor, target, Stance(stance)) for actor, target, stance in rows)


def article_ids(path: Path) -> set[str]:
    """The articles of a part that can be told from it: those with predictions, and those that gave no question."""
    named = pq.read_table(path, columns=["article_id"])["article_id"].unique().to_pylist()
    return {id_ for id_ in named if id_ is not None} | {problem.place for problem in read_facts(path).silent}
