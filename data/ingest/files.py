"""What a user points at, files and folders of articles or of examples, as a stream of records."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.formats import FORMATS, count_rows, file_format, read_rows, stem
from detente.data.ingest.columns import name_columns
from detente.data.ingest.decoding import decode
from detente.data.ingest.feeds import FEED_SUFFIXES, XML_SUFFIX, is_feed, read_feed
from detente.data.ingest.pages import PAGE_SUFFIXES, read_page, readable_name
from detente.data.ingest.taken_ids import TakenIds
from detente.data.ingest.warc import WARC_SUFFIXES, count_pages, is_warc, read_warc
from detente.data.problems import PassedOver, Problem
from detente.data.reading import to_record
from detente.data.records import Article, Example

TEXT_SUFFIX = ".txt"
KINDS = (TEXT_SUFFIX, *PAGE_SUFFIXES, *WARC_SUFFIXES, *FEED_SUFFIXES, *FORMATS)


def find_files(inputs: Iterable[str | Path]) -> list[Path]:
    """The files of the inputs, folders searched through, in sorted order; a file that is found twice is taken once.

    Files of other kinds in folders are left out: `passed_over` tells which.

    Raises:
        InputError: An input is missing or of an unknown kind, or a folder holds no file that we read.
    """
    found: list[Path] = []
    for path in map(Path, inputs):
        if path.is_dir():
            inside = files_in(path)
            if not inside:
                raise InputError(f"{path}: expected files that end in {', '.join(KINDS)}; the folder has none")
            found += inside
        elif not path.is_file():
            raise InputError(f"{path}: expected a file or a folder; found nothing there")
        elif not _is_readable(path):
            raise InputError(f"{path}: {_what_else(path)}")
        else:
            found.append(path)
    first: dict[Path, Path] = {}
    for file in found:
        first.setdefault(file.resolve(), file)
    return list(first.values())


def files_in(folder: Path) -> list[Path]:
    """The files of a folder and those below it that we read, in sorted order."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and _is_input(file)]


def passed_over(inputs: Iterable[str | Path]) -> Iterator[Problem]:
    """What `find_files` leaves out of the folders among the inputs, hidden files aside."""
    for folder in filter(Path.is_dir, map(Path, inputs)):
        for path in sorted(folder.rglob("*")):
            if path.is_dir() and path.is_symlink():
                yield Problem(str(path), "a link to a folder is not followed; give the folder itself")
            elif path.is_symlink() and not path.exists():
                yield Problem(str(path), "a link that leads nowhere")
            elif path.is_file() and not path.name.startswith(".") and not _is_readable(path):
                yield Problem(str(path), f"{_kind(path)} are not read")


def count_records(files: Iterable[Path]) -> int:
    """How many records the files hold, bad ones included."""
    return sum(1 if _is_document(file) else _count_inside(file) for file in files)


def _count_inside(file: Path) -> int:
    try:
        if is_warc(file):
            return count_pages(file)
        return sum(1 for _ in read_feed(file)) if is_feed(file) else count_rows(file)
    except InputError:
        return 1


def read_inputs(files: Iterable[Path], taken: TakenIds | None = None) -> Iterator[Article | Example | Problem]:
    """Yield each record of the files: an example where it has an actor and a target, an article otherwise.

    A file that can't be read as a whole is a problem too, and doesn't stop the others. An article whose id was given to
    another one before gets a number behind it: a.txt of two folders is a and a-2. `taken` are the ids that were given
    before; those given here are added.
    """
    taken = TakenIds() if taken is None else taken
    for file in files:
        try:
            for record in read_file(file):
                if not isinstance(record, PassedOver):
                    yield with_own_id(record, taken) if isinstance(record, Article) else record
        except InputError as error:
            yield Problem(str(file), str(error).removeprefix(f"{file}:").strip())


def read_file(path: Path) -> Iterator[Article | Example | Problem]:
    """Yield each record of one file, and what was passed over in it; its articles may share ids with those of others.

    Raises:
        InputError: The file as a whole can't be read.
    """
    if _is_document(path):
        yield _read_document(path)
    elif is_warc(path):
        yield from read_warc(path)
    elif is_feed(path):
        yield from read_feed(path)
    else:
        yield from _read_records(path)


def with_own_id(article: Article, taken: TakenIds | Counter[str]) -> Article:
    """The article, with a number behind its id if that is taken; the id is then taken too."""
    taken[article.id] += 1
    if taken[article.id] == 1:
        return article
    return with_own_id(article.model_copy(update={"id": f"{article.id}-{taken[article.id]}"}), taken)


def _read_document(path: Path) -> Article | Problem:
    try:
        return read_page(path) if path.suffix.lower() in PAGE_SUFFIXES else read_text(path)
    except OSError as error:
        return Problem(str(path), f"expected a file that can be read; {error.strerror}")


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
    return Article(id=readable_name(path.stem), title=title, text=body)


def _read_records(path: Path) -> Iterator[Article | Example | Problem]:
    for number, found in read_rows(path):
        if isinstance(found, str):
            yield Problem(f"{path}:{number}", found)
            continue
        row = {name: value for name, value in found.items() if value is not None}
        kind: type[Article | Example] = Example if row.get("actor") and row.get("target") else Article
        row = row if kind is Example else name_columns(row)
        record: Article | Example | list[str] = to_record(row, kind, default_id=f"{readable_name(stem(path))}-{number}")
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


def _what_else(path: Path) -> str:
    if path.suffix.lower() == XML_SUFFIX:
        return "expected an RSS or Atom feed in a file that ends in .xml; found something else"
    return f"expected a file that ends in {', '.join(KINDS)}; found '{path.name}'"


def _kind(path: Path) -> str:
    if path.suffix.lower() == XML_SUFFIX:
        return "files that end in .xml and hold no feed"
    return f"files that end in {path.suffix}" if path.suffix else "files without an ending"


def _is_readable(path: Path) -> bool:
    if _is_document(path) or is_warc(path) or is_feed(path):
        return True
    try:
        file_format(path)
    except InputError:
        return False
    return True
