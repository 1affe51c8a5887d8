"""What a user points at, files and folders of articles or of examples, as a stream of records."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from detente.configs.errors import InputError
from detente.data.formats import FORMATS, file_format, read_rows, stem
from detente.data.reading import to_record
from detente.data.records import Article, Example

TEXT_SUFFIX = ".txt"
_WESTERN = ("cp1252", "cp1250", "mac_roman")


@dataclass(frozen=True)
class Problem:
    """An input that gives no record, or no question: where it is, and why."""

    place: str
    reason: str


def find_files(inputs: Iterable[str | Path]) -> list[Path]:
    """The files of the inputs, folders searched through, in sorted order; files of other kinds in folders are left out.

    Raises:
        InputError: An input is missing or of an unknown kind, or a folder holds no file that we read.
    """
    files: list[Path] = []
    for path in map(Path, inputs):
        if path.is_dir():
            inside = [file for file in sorted(path.rglob("*")) if file.is_file() and _is_input(file)]
            if not inside:
                kinds = ", ".join((TEXT_SUFFIX, *FORMATS))
                raise InputError(f"{path}: expected files that end in {kinds}; the folder has none")
            files += inside
        elif not path.is_file():
            raise InputError(f"{path}: expected a file or a folder; found nothing there")
        elif not _is_readable(path):
            kinds = ", ".join((TEXT_SUFFIX, *FORMATS))
            raise InputError(f"{path}: expected a file that ends in {kinds}; found '{path.name}'")
        else:
            files.append(path)
    return files


def count_records(files: Iterable[Path]) -> int:
    """How many records the files hold, bad ones included."""
    return sum(1 if _is_text(file) else sum(1 for _ in read_rows(file)) for file in files)


def read_inputs(files: Iterable[Path]) -> Iterator[Article | Example | Problem]:
    """Yield each record of the files: an example where it has an actor and a target, an article otherwise.

    An article whose id was given to another one before gets a number behind it: a.txt of two folders is a and a-2.
    """
    taken: Counter[str] = Counter()
    for file in files:
        for record in [read_text(file)] if _is_text(file) else _read_records(file):
            yield _with_own_id(record, taken) if isinstance(record, Article) else record


def read_text(path: Path) -> Article | Problem:
    """A text file as an article; its first line is the title if an empty line follows it."""
    content = path.read_bytes()
    text = _decode(content)
    if text is None:
        return Problem(str(path), "expected text; the bytes are of no encoding that we know. Save it as UTF-8.")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return Problem(str(path), "the file is empty")
    if "\0" in text:
        return Problem(str(path), "expected text; the file is binary")
    first, _, rest = text.partition("\n")
    title, body = (first.strip(), rest.strip()) if rest.startswith("\n") else (None, text)
    return Article(id=path.stem, title=title, text=body)


def _read_records(path: Path) -> Iterator[Article | Example | Problem]:
    for number, found in read_rows(path):
        if isinstance(found, str):
            yield Problem(f"{path}:{number}", found)
            continue
        row = {name: value for name, value in found.items() if value is not None}
        kind: type[Article | Example] = Example if row.get("actor") and row.get("target") else Article
        record: Article | Example | list[str] = to_record(row, kind, default_id=f"{stem(path)}-{number}")
        yield Problem(f"{path}:{number}", "; ".join(record)) if isinstance(record, list) else record


def _decode(content: bytes) -> str | None:
    """UTF-8, or what English news comes in when it isn't: a guess that asks whether the characters look like text."""
    with contextlib.suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    if b"\0" in content:
        return None
    for encoding in _WESTERN:
        if best := from_bytes(content, cp_isolation=[encoding]).best():
            return str(best)
    return None


def _with_own_id(article: Article, taken: Counter[str]) -> Article:
    taken[article.id] += 1
    if taken[article.id] == 1:
        return article
    return _with_own_id(article.model_copy(update={"id": f"{article.id}-{taken[article.id]}"}), taken)


def _is_input(path: Path) -> bool:
    return _is_readable(path) and not path.name.startswith(".")


def _is_text(path: Path) -> bool:
    return path.suffix.lower() == TEXT_SUFFIX


def _is_readable(path: Path) -> bool:
    if _is_text(path):
        return True
    try:
        file_format(path)
    except InputError:
        return False
    return True
