"""What a user points at, files and folders of articles or of examples, as a stream of records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from detente.configs.errors import InputError
from detente.data.formats import FORMATS, file_format, read_rows, stem
from detente.data.reading import to_record
from detente.data.records import Article, Example

TEXT_SUFFIX = ".txt"


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
            inside = [file for file in sorted(path.rglob("*")) if file.is_file() and _is_readable(file)]
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
    return sum(1 if file.suffix == TEXT_SUFFIX else sum(1 for _ in read_rows(file)) for file in files)


def read_inputs(files: Iterable[Path]) -> Iterator[Article | Example | Problem]:
    """Yield each record of the files: an example where it has an actor and a target, an article otherwise."""
    for file in files:
        if file.suffix == TEXT_SUFFIX:
            yield read_text(file)
        else:
            yield from _read_records(file)


def read_text(path: Path) -> Article | Problem:
    """A text file as an article; its first line is the title if an empty line follows it."""
    content = path.read_bytes()
    if not content.strip():
        return Problem(str(path), "the file is empty")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        best = None if b"\0" in content else from_bytes(content).best()
        if best is None:
            return Problem(str(path), "expected text; the bytes are of no encoding that we know. Save it as UTF-8.")
        text = str(best)
    text = text.replace("\r\n", "\n").strip()
    first, _, rest = text.partition("\n")
    title, body = (first.strip(), rest.strip()) if rest.startswith("\n") else (None, text)
    if "\0" in text or not body:
        return Problem(str(path), "expected text; the file is binary")
    return Article(id=path.stem, title=title, text=body)


def _read_records(path: Path) -> Iterator[Article | Example | Problem]:
    for number, row in read_rows(path):
        if isinstance(row, str):
            yield Problem(f"{path}:{number}", row)
            continue
        kind: type[Article | Example] = Example if "actor" in row and "target" in row else Article
        record: Article | Example | list[str] = to_record(row, kind, default_id=f"{stem(path)}-{number}")
        yield Problem(f"{path}:{number}", "; ".join(record)) if isinstance(record, list) else record


def _is_readable(path: Path) -> bool:
    if path.suffix == TEXT_SUFFIX:
        return True
    try:
        file_format(path)
    except InputError:
        return False
    return True
