"""Records in and out of files, validated: every fault with its file and line, nothing silently dropped."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, Self, TypeVar

from pydantic import ValidationError

from detente.configs.errors import InputError, RecordError
from detente.data.formats import column_names, make_folder, read_rows, stem, write_rows
from detente.data.records import STANCES, Article, Example, Prediction, Record

FAULTS_SHOWN = 20
_LABELS = ("stance", "sentiment", "polarity")
"""What others call the label."""
R = TypeVar("R", bound=Record)


def read_examples(path: str | Path, *, labelled: bool = False, rejects: str | Path | None = None) -> Iterator[Example]:
    """Yield the examples of a `.jsonl`, `.csv` or `.parquet` file, in order.

    A missing id becomes NAME-LINE; columns that an Example doesn't have go into `meta`.

    Args:
        path: The file.
        labelled: A record without a label is a fault.
        rejects: Set bad records aside in this JSON Lines file, with the reasons, instead of raising.

    Raises:
        RecordError: After the last record, or after 20 faults: all of them, with file and line.
        InputError: The file is missing, or its format is unknown.
    """
    for number, example, faults in _read(Path(path), Example, rejects):
        if labelled and example.label is None:
            faults.add(number, [f"label: expected {', '.join(STANCES)}; found none"], example.model_dump(mode="json"))
        else:
            yield example


def read_articles(path: str | Path, *, rejects: str | Path | None = None) -> Iterator[Article]:
    """Yield the articles of a file, in order; see `read_examples`."""
    return (article for _, article, _ in _read(Path(path), Article, rejects))


def read_predictions(path: str | Path) -> Iterator[Prediction]:
    """Yield the predictions of a file, in order; see `read_examples`."""
    return (prediction for _, prediction, _ in _read(Path(path), Prediction, None))


def write_records(path: str | Path, records: Iterable[R], kind: type[R]) -> int:
    """Write records of one kind to a `.jsonl`, `.csv` or `.parquet` file and return how many.

    The file appears only when the last record is written.

    Raises:
        InputError: The format is unknown.
    """
    rows = (record.model_dump(mode="json") for record in records)
    return write_rows(Path(path), list(kind.model_fields), rows)


class Faults:
    """Collects what is wrong with the rows of a file: raises it all at once, or sets the rows aside."""

    def __init__(self, path: Path, rejects: str | Path | None) -> None:
        self._path = path
        self._rejects = Path(rejects) if rejects else None
        if self._rejects and self._rejects.resolve() == path.resolve():
            raise InputError(f"{path}: expected another file for the bad records than the one that is read")
        self._found: list[str] = []
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self._rejects:
            self._rejects.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, number: int, reasons: Sequence[str], row: Any) -> None:
        """Note the faults of a row, or set it aside.

        Raises:
            RecordError: There are enough faults to stop.
        """
        if self._rejects:
            self._set_aside(self._rejects, {"file": str(self._path), "line": number, "reasons": reasons, "record": row})
            return
        self._found += [f"{self._path}:{number}: {reason}" for reason in reasons]
        if len(self._found) >= FAULTS_SHOWN:
            raise RecordError(self._found[:FAULTS_SHOWN], more=True)

    def finish(self) -> None:
        """Raise what was found.

        Raises:
            RecordError: There are faults, and they were not set aside.
        """
        if self._found:
            raise RecordError(self._found)

    def _set_aside(self, rejects: Path, entry: dict[str, Any]) -> None:
        if self._file is None:
            make_folder(rejects.parent)
            self._file = rejects.open("w", encoding="utf-8")
        self._file.write(json.dumps(entry, default=str) + "\n")


def to_record(
    row: dict[str, Any], kind: type[R], *, default_id: str | None = None, columns: Collection[str] = ()
) -> R | list[str]:
    """The validated record, or what is wrong with the row, one fault an item.

    Args:
        row: Fields by name.
        kind: The kind of record.
        default_id: For a row without one.
        columns: What the file has besides, empty in this row: an unknown column is no misspelling of these.
    """
    fields = kind.model_fields
    known = {name: value for name, value in row.items() if name in fields}
    unknown = {name: value for name, value in row.items() if name not in fields}
    reasons = [reason for name in unknown if (reason := _near_miss(name, {*row, *columns}, fields))]
    if "meta" in fields and unknown:
        meta = known.get("meta") or {}
        known["meta"] = {**unknown, **meta} if isinstance(meta, dict) else meta
    if "id" in fields and known.get("id") in (None, "") and default_id:
        known["id"] = default_id
    elif isinstance(known.get("id"), int):
        known["id"] = str(known["id"])
    try:
        record = kind.model_validate(known)
    except ValidationError as error:
        return reasons + [_explain(fault) for fault in error.errors()]
    return reasons or record


def _read(path: Path, kind: type[R], rejects: str | Path | None) -> Iterator[tuple[int, R, Faults]]:
    lines_of: dict[str, int] = {}
    with Faults(path, rejects) as faults:
        columns: frozenset[str] | None = None
        for number, row in read_rows(path):
            columns = column_names(path) if columns is None else columns
            default = f"{stem(path)}-{number}"
            record = [row] if isinstance(row, str) else to_record(row, kind, default_id=default, columns=columns)
            if isinstance(record, list):
                faults.add(number, record, row)
                continue
            id_ = getattr(record, "id", None)
            if id_ is not None and lines_of.setdefault(id_, number) != number:
                faults.add(number, [f"id: '{id_}' stands on line {lines_of[id_]} already; ids must be unique"], row)
                continue
            yield number, record, faults
        faults.finish()


def _near_miss(name: str, there: Collection[str], fields: Iterable[str]) -> str | None:
    """A column that is probably a misspelt field; any other unknown column is the user's own and goes into meta."""
    absent = [field for field in fields if field not in there]
    near = get_close_matches(name.lower(), absent, n=1, cutoff=0.8)
    if "label" in absent and name.lower() in _LABELS:
        near = ["label"]
    return f"{name}: unknown column; did you mean {near[0]}?" if near else None


def _explain(fault: Any) -> str:
    name = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{name}: expected a value; found none"
    if fault["type"] == "string_pattern_mismatch":
        return f"{name}: expected text; found only white space"
    message = fault["msg"].removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:]}; found {_shorten(fault['input'])}" if name else message


def _shorten(value: Any, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "..."
