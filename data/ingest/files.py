"""What a user points at, files and folders of articles or of examples, as a stream of records."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.formats import FORMATS, file_format, read_rows, stem
from detente.data.ingest.columns import name_columns
from detente.data.ingest.decoding import decode
from detente.data.ingest.pages import PAGE_SUFFIXES, read_page
from detente.data.problems import Problem
from detente.data.reading import to_record
from detente.data.records import Article, Example

TEXT_SUFFIX = ".txt"
KINDS = (TEXT_SUFFIX, *PAGE_SUFFIXES, *FORMATS)


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
                raise InputError(f"{path}: expected files that end in {', '.join(KINDS)}; the folder has none")
            files += inside
        elif not path.is_file():
            raise InputError(f"{path}: expected a file or a folder; found nothing there")
        elif not _is_readable(path):
            raise InputError(f"{path}: expected a file that ends in {', '.join(KINDS)}; found '{path.name}'")
        else:
            files.append(path)
    return files


def count_records(files: Iterable[Path]) -> int:
    """How many records the files hold, bad ones included."""
    return sum(1 if _is_document(file) else sum(1 for _ in read_rows(file)) for file in files)


def read_inputs(files: Iterable[Path]) -> Iterator[Article | Example | Problem]:
    """Yield each record of the files: an example where it has an actor and a target, an article otherwise.

    An article whose id was given to another one before gets a number behind it: a.txt of two folders is a and a-2.
    """
    taken: Counter[str] = Counter()
    for file in files:
        for record in read_file(file):
            yield with_own_id(record, taken) if isinstance(record, Article) else record


def read_file(path: Path) -> Iterator[Article | Example | Problem]:
    """Yield each record of one file; its articles may share ids with those of other files.

    Raises:
        InputError: The file as a whole can't be read.
    """
    if path.suffix.lower() == TEXT_SUFFIX:
        yield read_text(path)
    elif path.suffix.lower() in PAGE_SUFFIXES:
        yield read_page(path)
    else:
        yield from _read_records(path)


def with_own_id(article: Article, taken: Counter[str]) -> Article:
    """The article, with a number behind its id if that is taken; the id is then taken too."""
    taken[article.id] += 1
    if taken[article.id] == 1:
        return article
    return with_own_id(article.model_copy(update={"id": f"{article.id}-{taken[article.id]}"}), taken)


def read_text(path: Path) -> Article | Problem:
    """A text file as an article; its first line is the title if an empty line follows it."""
    content = path.read_bytes()
    text = decode(content)
    if text is None:
        return Problem(str(path), "expected text; the bytes are of no encoding that we know. Save it as UTF-8.")
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return Problem(str(path), "the file is empty", empty=True)
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
        row = row if kind is Example else name_columns(row)
        record: Article | Example | list[str] = to_record(row, kind, default_id=f"{stem(path)}-{number}")
        if isinstance(record, list):
            without_text = kind is Article and not str(row.get("text") or "").strip()
            yield Problem(f"{path}:{number}", "; ".join(record), empty=without_text)
        else:
            yield record


def _is_input(path: Path) -> bool:
    return _is_readable(path) and not path.name.startswith(".")


def _is_document(path: Path) -> bool:
    """Whether a file is one article."""
    return path.suffix.lower() in (TEXT_SUFFIX, *PAGE_SUFFIXES)


def _is_readable(path: Path) -> bool:
    if _is_document(path):
        return True
    try:
        file_format(path)
    except InputError:
        return False
    return True
