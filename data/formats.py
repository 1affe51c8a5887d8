"""Raw rows in and out of JSON Lines, CSV and Parquet files, one at a time.

The suffix names the format: `.jsonl`, `.csv` (either may end in `.gz`), `.parquet`. CSV has a header, and is read with
commas, semicolons or tabs; its spans, stances and meta are JSON, as is meta in Parquet, and an empty cell is a
missing value.
"""

import csv
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq

from detente.configs.errors import InputError

FORMATS = (".jsonl", ".csv", ".parquet")
PARTS = "part-*.parquet"
"""The files of a folder of predictions, in the order of their names."""
MANIFEST = "manifest.json"
"""What such a folder says of itself."""
REJECTS = "rejects.jsonl"
"""Where it lists what gave no predictions; beside a file of predictions, behind its name."""
_JSON_COLUMNS = ("actor_span", "target_span", "stances", "meta")
_PARQUET_TYPES = {
    "actor_span": pa.list_(pa.int32()),
    "target_span": pa.list_(pa.int32()),
    "p_support": pa.float64(),
    "p_neutral": pa.float64(),
    "p_oppose": pa.float64(),
    "confident": pa.bool_(),
    "stances": pa.list_(pa.string()),
}
_PARQUET_ROWS = 4096
_SEPARATORS = ",;\t"
csv.field_size_limit(2**31 - 1)  # whole articles stand in a cell

T = TypeVar("T")
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
    name = path.name[:-3] if _is_packed(path) else path.name
    return name.rpartition(".")[0]


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file with their numbers.

    Raises:
        InputError: The file is missing, or is not of the format that its suffix names.
    """
    if (path / MANIFEST).is_file():
        return _read_parts(path)
    if not path.is_file():
        raise InputError(f"{path}: expected a file; found {'a folder' if path.is_dir() else 'nothing'} there")
    return _read_whole(path, {".jsonl": _read_jsonl, ".csv": _read_csv, ".parquet": _read_parquet}[file_format(path)])


def column_names(path: Path) -> frozenset[str]:
    """The columns that a readable file has by its own account, empty cells or not; JSON Lines and folders give none."""
    if path.is_dir() or file_format(path) == ".jsonl":
        return frozenset()
    if file_format(path) == ".parquet":
        return frozenset(pq.read_schema(path).names)
    with _open(path) as file:
        return frozenset(_csv_reader(line.decode("utf-8-sig") for line in file).fieldnames or [])


def count_rows(path: Path) -> int:
    """How many rows a file has, bad ones included; only CSV has to be parsed for that.

    Raises:
        InputError: The file is missing, or is not of the format that its suffix names.
    """
    if file_format(path) == ".jsonl":
        return sum(1 for _ in _read_whole(path, _lines))
    if file_format(path) == ".parquet":
        return sum(_read_whole(path, _count_parquet))
    return sum(1 for _ in read_rows(path))


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows and return how many; the file appears only when the last one is written.

    Raises:
        InputError: The format is unknown.
    """
    writers = {".jsonl": _write_jsonl, ".csv": _write_csv, ".parquet": _write_parquet}
    write = writers[file_format(path)]
    if path.is_dir():
        raise InputError(f"{path}: expected a file to write; found a folder of that name. Give another name")
    make_folder(path.parent)
    partial = path.with_name(f".partial-{path.name}")
    try:
        count = write(partial, columns, rows)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def make_folder(path: Path) -> None:
    """Make a folder for output, and those above it.

    Raises:
        InputError: A file is in the way, or the place can't be written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: expected a folder to write to; {error.strerror}") from error


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _read_parts(folder: Path) -> Iterator[Row]:
    """The rows of a folder of predictions, numbered through."""
    try:
        finished = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["finished"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise InputError(f"{folder / MANIFEST}: expected the manifest of a run of predictions; {error}") from error
    if not finished:
        raise InputError(f"{folder}: expected all predictions; the run that writes them has not finished: use --resume")
    rows = chain.from_iterable(read_rows(part) for part in sorted(folder.glob(PARTS)))
    yield from ((number, row) for number, (_, row) in enumerate(rows, start=1))


def _read_whole(path: Path, reader: Callable[[Path], Iterator[T]]) -> Iterator[T]:
    try:
        yield from reader(path)
    except (EOFError, zlib.error, pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: the file is damaged, or not what its name says: {error}") from error


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb") if _is_packed(path) else path.open("rb"))


def _read_jsonl(path: Path) -> Iterator[Row]:
    return ((number, _parse_json_line(line)) for number, line in _lines(path))


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def _parse_json_line(line: bytes) -> dict[str, Any] | str:
    try:
        row = json.loads(line.decode("utf-8-sig").rstrip("\r\n"))
    except UnicodeDecodeError as error:
        return f"expected UTF-8; found the byte {line[error.start : error.start + 1]!r} at column {error.start + 1}"
    except json.JSONDecodeError as error:
        return f"expected a JSON object on the line; {error.msg} at column {error.colno}"
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets thousands deep
        return f"expected a JSON object on the line; {error}"
    return row if isinstance(row, dict) else f"expected a JSON object; found {type(row).__name__}"


def _read_csv(path: Path) -> Iterator[Row]:
    with _open(path) as file:
        line = 0

        def decoded() -> Iterator[str]:
            nonlocal line
            for line, content in enumerate(file, start=1):
                yield content.decode("utf-8-sig" if line == 1 else "utf-8")

        try:
            reader = _csv_reader(decoded())
            _check_header(path, reader.fieldnames or [])
            for row in reader:
                yield reader.line_num, _parse_csv_row(row)
        except UnicodeDecodeError as error:
            raise InputError(f"{path}:{line}: expected UTF-8; found {error.reason}. Save the file as UTF-8.") from error
        except csv.Error as error:
            raise InputError(f"{path}:{line}: not CSV: {error}") from error


def _csv_reader(lines: Iterator[str]) -> "csv.DictReader[str]":
    header = next(lines, "")
    separator = max(_SEPARATORS, key=header.count)  # spreadsheets of many countries save with semicolons
    return csv.DictReader(chain([header], lines), delimiter=separator, strict=True)


def _check_header(path: Path, names: Sequence[str]) -> None:
    if not names:
        raise InputError(f"{path}:1: expected a header with column names; found nothing")
    if len(names) == 1 and "|" in names[0]:
        raise InputError(f"{path}:1: expected columns separated by comma, semicolon or tab; found '{names[0]}'")
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise InputError(f"{path}:1: expected each column once; found {', '.join(twice)} again")


def _parse_csv_row(row: Mapping[str | None, Any]) -> dict[str, Any] | str:
    if None in row:
        return f"expected {len(row) - 1} cells, as in the header; found {len(row) - 1 + len(row[None])}"
    if row.get(""):
        return f"expected a name for each column that holds something; found '{row['']}' under none"
    cells = {str(name): cell for name, cell in row.items() if cell not in (None, "")}
    return _parse_json_columns(cells)


def _count_parquet(path: Path) -> Iterator[int]:
    yield pq.read_metadata(path).num_rows


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
            file.write(_to_bytes(json.dumps(row, ensure_ascii=False)) + b"\n")
    return count


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with _open_for_writing(path) as file:
        writer = csv.DictWriter(_Encoded(file), columns, lineterminator="\r\n")
        writer.writeheader()
        for count, row in enumerate(rows, start=1):  # noqa: B007
            writer.writerow({**row, **_json_cells(row, _JSON_COLUMNS)})
    return count


def _write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> int:
    schema = parquet_schema(columns)
    count, rest = 0, iter(rows)
    with pq.ParquetWriter(path, schema) as writer:
        while chunk := list(islice(rest, _PARQUET_ROWS)):
            full = [{name: row.get(name) for name in columns} | _json_cells(row, ["meta"]) for row in chunk]
            writer.write_table(pa.Table.from_pylist(full, schema=schema))
            count += len(chunk)
    return count


def parquet_schema(columns: Sequence[str]) -> Any:
    """The type of each column."""
    return pa.schema([(name, _PARQUET_TYPES.get(name, pa.string())) for name in columns])


def _json_cells(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """Cells that hold JSON; meta may be anything, so half a surrogate pair is written as its escape."""
    present = [name for name in names if row.get(name) is not None]
    return {name: _to_bytes(json.dumps(row[name], ensure_ascii=False)).decode() for name in present}


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _open_for_writing(path: Path) -> IO[bytes]:
    if _is_packed(path):  # no time stamp, so that the same records give the same bytes
        return cast("IO[bytes]", gzip.GzipFile(path, "wb", mtime=0))
    return path.open("wb")


class _Encoded:
    """A text sink for csv over a binary file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode())
