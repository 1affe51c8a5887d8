"""Raw rows in and out of JSON Lines, CSV and Parquet files, one at a time.

The suffix names the format: `.jsonl`, `.csv` (either may end in `.gz`), `.parquet`. CSV has a header; its spans and
meta are JSON, as is meta in Parquet, and an empty cell is a missing value.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from detente.configs.errors import InputError

FORMATS = (".jsonl", ".csv", ".parquet")
_JSON_COLUMNS = ("actor_span", "target_span", "meta")
_PARQUET_TYPES = {
    "actor_span": pa.list_(pa.int32()),
    "target_span": pa.list_(pa.int32()),
    "p_support": pa.float64(),
    "p_neutral": pa.float64(),
    "p_oppose": pa.float64(),
    "confident": pa.bool_(),
}
_PARQUET_ROWS = 4096

Row = tuple[int, dict[str, Any] | str]
"""A line (or row) number, counted from 1, and the raw record, or what is wrong with the line."""


def file_format(path: Path) -> str:
    """The format that a file's suffix names.

    Raises:
        InputError: It is none that we read or write.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    packed = suffixes[-1:] == [".gz"]
    suffix = "".join(suffixes[:-1][-1:] if packed else suffixes[-1:])
    if suffix not in FORMATS or (packed and suffix == ".parquet"):
        raise InputError(f"{path}: expected a file name that ends in {', '.join(FORMATS)}; found '{path.name}'")
    return suffix


def stem(path: Path) -> str:
    """The file's name without its format."""
    return path.name.removesuffix(".gz").rpartition(".")[0]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file with their numbers.

    Raises:
        InputError: The file is missing, or is not of the format that its suffix names.
    """
    if not path.is_file():
        raise InputError(f"{path}: expected a file; found {'a folder' if path.is_dir() else 'nothing'} there")
    readers = {".jsonl": _read_jsonl, ".csv": _read_csv, ".parquet": _read_parquet}
    return readers[file_format(path)](path)


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows and return how many; the file appears only when the last one is written.

    Raises:
        InputError: The format is unknown.
    """
    writers = {".jsonl": _write_jsonl, ".csv": _write_csv, ".parquet": _write_parquet}
    write = writers[file_format(path)]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{path.name}")
    try:
        count = write(partial, columns, rows)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _open(path: Path, mode: str) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, mode) if path.suffix == ".gz" else path.open(mode))


def _read_jsonl(path: Path) -> Iterator[Row]:
    with _open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, _parse_json_line(line)


def _parse_json_line(line: bytes) -> dict[str, Any] | str:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return f"expected UTF-8; found the byte {line[error.start : error.start + 1]!r} at column {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"expected a JSON object on the line; {error.msg} at column {error.colno}"
    return row if isinstance(row, dict) else f"expected a JSON object; found {type(row).__name__}"


def _read_csv(path: Path) -> Iterator[Row]:
    with _open(path, "rb") as file:
        lines = (line.decode("utf-8-sig") for line in file)
        reader = csv.DictReader(lines, strict=True)
        try:
            if not reader.fieldnames:
                raise InputError(f"{path}:1: expected a header with column names; found nothing")
            for row in reader:
                yield reader.line_num, _parse_csv_row(row)
        except UnicodeDecodeError as error:
            line = reader.line_num + 1
            raise InputError(f"{path}:{line}: expected UTF-8; found {error.reason}. Save the file as UTF-8.") from error
        except csv.Error as error:
            raise InputError(f"{path}:{reader.line_num}: not CSV: {error}") from error


def _parse_csv_row(row: Mapping[str | None, Any]) -> dict[str, Any] | str:
    if None in row:
        return f"expected {len(row) - 1} cells, as in the header; found {len(row) - 1 + len(row[None])}"
    cells = {str(name): cell for name, cell in row.items() if cell not in (None, "")}
    return _parse_json_columns(cells)


def _read_parquet(path: Path) -> Iterator[Row]:
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowException as error:
        raise InputError(f"{path}: not a Parquet file: {error}") from error
    with file:
        number = 0
        for batch in file.iter_batches(_PARQUET_ROWS):
            for row in batch.to_pylist():
                number += 1
                yield number, _parse_json_columns({name: cell for name, cell in row.items() if cell is not None})


def _parse_json_columns(row: dict[str, Any]) -> dict[str, Any] | str:
    for name in _JSON_COLUMNS:
        if isinstance(row.get(name), str):
            try:
                row[name] = json.loads(row[name])
            except json.JSONDecodeError:
                return f"{name}: expected JSON, such as [0, 6] for a span; found '{row[name]}'"
    return row


def _write_jsonl(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:  # noqa: ARG001
    count = 0
    with _open_for_writing(path) as file:
        for count, row in enumerate(rows, start=1):  # noqa: B007
            file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    return count


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with _open_for_writing(path) as file:
        writer = csv.DictWriter(_Encoded(file), columns, lineterminator="\n")
        writer.writeheader()
        for count, row in enumerate(rows, start=1):  # noqa: B007
            writer.writerow({**row, **_json_cells(row, _JSON_COLUMNS)})
    return count


def _write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    schema = pa.schema([(name, _PARQUET_TYPES.get(name, pa.string())) for name in columns])
    count, rest = 0, iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while chunk := list(islice(rest, _PARQUET_ROWS)):
            full = [{name: row.get(name) for name in columns} | _json_cells(row, ["meta"]) for row in chunk]
            writer.write_table(pa.Table.from_pylist(full, schema=schema))
            count += len(chunk)
    return count


def _json_cells(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    return {name: json.dumps(row[name], ensure_ascii=False) for name in names if row.get(name) is not None}


def _open_for_writing(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":  # no time stamp, so that the same records give the same bytes
        return cast("IO[bytes]", gzip.GzipFile(path, "wb", mtime=0))
    return path.open("wb")


class _Encoded:
    """A text sink for csv over a binary file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())
