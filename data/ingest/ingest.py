"""Raw news in, clean articles out: read, checked, cleaned, grouped into stories.

Three passes, so that memory holds fingerprints and no texts. The first reads the inputs, spools the English articles to
a temporary file and groups the copies; the second finds what an outlet repeats from story to story; the third takes
that out and writes.
"""

import codecs
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from detente.configs.errors import InputError
from detente.data.formats import file_format, make_folder, read_rows, stem
from detente.data.ingest.aside import Aside, IngestResult
from detente.data.ingest.boilerplate import Cleaned, drop_boilerplate
from detente.data.ingest.files import find_files, passed_over, read_file, with_own_id
from detente.data.ingest.fingerprint import fingerprint
from detente.data.ingest.languages import judge_language
from detente.data.ingest.repeats import Repeats, drop_repeats
from detente.data.ingest.stories import Stories
from detente.data.outputs import check_outputs
from detente.data.problems import PassedOver, Problem
from detente.data.progress import progress_bar
from detente.data.reading import write_records
from detente.data.records import Article, Example

STDIN = "-"
DROPPED = "dropped"
"""Where an article's `meta` keeps its boilerplate."""
_STDIN_FILE = "stdin.jsonl"


def ingest_files(
    inputs: Iterable[str | Path], output: str | Path, *, rejects: str | Path | None = None, progress: bool = True
) -> IngestResult:
    """Read articles of every kind and write the clean ones to a `.jsonl`, `.csv` or `.parquet` file.

    Args:
        inputs: Files, or folders of files: `.txt`, `.html`, `.warc`, `.rss`, `.atom`, `.xml` (feeds), `.jsonl`, `.csv`,
            `.parquet`; `-` is JSON Lines on standard input.
        output: The file of articles; it appears when all of them are written.
        rejects: Write what is set aside to this JSON Lines file, each with its reason.
        progress: Show a progress bar on standard error.

    Returns:
        Counts, and every input that could not be read.

    Raises:
        InputError: An input is missing or unknown, the output is one of them, or its format is unknown.
    """
    output = Path(output)
    file_format(output)
    given = list(inputs)
    check_outputs([output, rejects], given)
    found = _find(given, [output, *([Path(rejects)] if rejects else [])])
    make_folder(output.parent)
    result = IngestResult()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".ingest-", dir=output.parent)))
        aside = stack.enter_context(Aside(rejects, result))
        bar = stack.enter_context(progress_bar(desc="ingest", unit="article", disable=not progress))
        for problem in passed_over(path for path in given if str(path) != STDIN):
            aside.passed_over(problem)
        files = [_save_stdin(folder) if str(file) == STDIN else file for file in found]
        stories, spool = Stories(), folder / "articles.jsonl"
        write_records(spool, _accept(_read(files, folder, aside, bar), stories, aside), Article)
        story_of = stories.of_articles()
        repeated = _find_repeats(spool, story_of)
        result.articles = write_records(output, _finish(spool, story_of, repeated, aside), Article)
    return result


def _find(inputs: Sequence[str | Path], outputs: Sequence[Path]) -> list[Path]:
    """All files to read; what an earlier run wrote into a folder of inputs is none."""
    written = {path.resolve() for path in outputs}
    found: dict[Path, Path] = {}
    for path in inputs:
        for file in [Path(path)] if str(path) == STDIN else find_files([path]):
            found.setdefault(file.resolve(), file)
    return [file for place, file in found.items() if place not in written]


def _save_stdin(folder: Path) -> Path:
    """Standard input as a file, so that it is read as any other.

    Raises:
        InputError: It is something else than JSON Lines.
    """
    path = folder / _STDIN_FILE
    with path.open("wb") as file:
        for line in sys.stdin.buffer:
            file.write(line)
            if start := line.removeprefix(codecs.BOM_UTF8).strip():
                _check_json(start)
                break
        shutil.copyfileobj(sys.stdin.buffer, file)
    return path


def _check_json(start: bytes) -> None:
    if not start.startswith(b"{"):
        found = start[:40].decode("utf-8", "replace")
        raise InputError(f"-: expected JSON Lines on standard input; found '{found}'. Give text and pages as files.")


def _read(files: Iterable[Path], folder: Path, aside: Aside, bar: Any) -> Iterator[tuple[Article, Path]]:
    """The articles of the files, each with an id of its own; what can't be read doesn't stop the others."""
    taken: Counter[str] = Counter()
    for file in files:
        shown = stem(file) if file.parent == folder else str(file)
        try:
            for record in _records(file):
                bar.update()
                if isinstance(record, PassedOver):
                    aside.passed_over(record)
                elif isinstance(record, Problem):
                    aside.problem(replace(record, place=record.place.replace(str(file), shown)))
                elif isinstance(record, Example):
                    aside.problem(Problem(f"{shown}: {record.id}", "expected an article; found an actor and a target"))
                else:
                    yield with_own_id(record, taken), file
        except InputError as error:
            aside.problem(_as_problem(str(error), file, shown))


def _records(file: Path) -> Iterator[Article | Example | Problem]:
    """The records of a file, or that it has none."""
    record = None
    if file.stat().st_size:
        for record in read_file(file):
            yield record
    if record is None:
        yield Problem(str(file), "the file is empty", empty=True)


def _as_problem(message: str, file: Path, shown: str) -> Problem:
    """What is wrong with a file as a whole; where the message names a line, the place does."""
    found = re.match(rf"{re.escape(str(file))}(:\d+)?: ", message)
    return Problem(f"{shown}{found[1] or ''}", message[found.end() :]) if found else Problem(shown, message)


def _accept(articles: Iterable[tuple[Article, Path]], stories: Stories, aside: Aside) -> Iterator[Article]:
    """The English ones, without known boilerplate; they are added to the stories."""
    seen: set[int] = set()
    for article, file in articles:
        language = judge_language(article.text, article.language)
        if language.against:
            aside.foreign(article, language)
            continue
        cleaned = _without(article.model_copy(update={"language": language.code}), drop_boilerplate(article.text))
        if not cleaned.text:
            aside.empty(article)
            continue
        stories.add(cleaned, str(file))
        aside.result.same_text += (key := fingerprint(cleaned.text)) in seen
        seen.add(key)
        yield cleaned


def _find_repeats(spool: Path, story_of: Mapping[str, str]) -> frozenset[int]:
    repeats = Repeats()
    for article in _spooled(spool):
        repeats.add(article, story_of[article.id])
    return repeats.find()


def _finish(spool: Path, story_of: Mapping[str, str], repeated: frozenset[int], aside: Aside) -> Iterator[Article]:
    written: set[str] = set()
    for article in _spooled(spool):
        cleaned = _without(article, drop_repeats(article, repeated))
        if not cleaned.text:
            aside.empty(article)
            continue
        aside.result.lines_dropped += len(cleaned.meta.get(DROPPED, []))
        written.add(story_of[article.id])
        yield cleaned.model_copy(update={"story": story_of[article.id]})
    aside.result.stories = len(written)


def _spooled(spool: Path) -> Iterator[Article]:
    return (Article.model_validate(row) for _, row in read_rows(spool))


def _without(article: Article, cleaned: Cleaned) -> Article:
    """The article with its cleaned text; what was dropped is kept in its meta."""
    meta = article.meta
    if cleaned.dropped:
        before = meta.get(DROPPED, [])
        meta = {**meta, DROPPED: [*(before if isinstance(before, list) else [before]), *cleaned.dropped]}
    return article.model_copy(update={"text": cleaned.text, "meta": meta})
