"""Files of articles in, a file of unlabelled examples out, a chunk at a time."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from detente.configs.errors import InputError
from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.extract import Extraction, extract
from detente.data.extraction.pairs import DEFAULT_PAIRS, PairSettings
from detente.data.extraction.parsing import too_long
from detente.data.formats import file_format, make_folder
from detente.data.ingest.files import count_records, find_files, passed_over, read_inputs
from detente.data.outputs import check_outputs
from detente.data.problems import Problem
from detente.data.progress import progress_bar
from detente.data.reading import write_records
from detente.data.records import Article, Example

NO_ACTORS = "no actors found"
NO_PAIRS = "no two actors in one sentence or in neighbouring ones, and no policy beside one"


@dataclass
class ExtractionResult:
    """What extraction gave, and what it left out."""

    articles: int = 0
    sentences: int = 0
    examples: int = 0
    failed: int = 0
    """Inputs that could not be read; one with nothing in it is only left out."""
    left_out: Counter[str] = field(default_factory=Counter)
    """How many inputs, articles or pairs were left out, by reason."""


def extract_files(
    inputs: Iterable[str | Path],
    output: str | Path,
    *,
    settings: PairSettings = DEFAULT_PAIRS,
    aliases: Aliases | None = None,
    workers: int = 1,
    rejects: str | Path | None = None,
    progress: bool = True,
) -> ExtractionResult:
    """Write the candidate examples of articles, unlabelled, to a `.jsonl`, `.csv` or `.parquet` file.

    Args:
        inputs: Files of articles, or folders of them.
        output: The file of examples; it appears when all of them are written.
        settings: Which pairs are proposed, and with how much text.
        aliases: The user's own names for actors.
        workers: Processes that share the work.
        rejects: A JSON Lines file for all that is left out, with place and reason: inputs that could not be read,
            articles without a pair, pairs over the cap.
        progress: Show a progress bar on standard error.

    Raises:
        InputError: An input is missing or unknown or holds an example, the output is one of them, or its format is
            unknown.
    """
    output = Path(output)
    file_format(output)
    given = list(inputs)
    check_outputs([output, rejects], given)
    written = [Path(path).resolve() for path in (output, rejects) if path]
    files = [file for file in find_files(given) if file.resolve() not in written]
    result = ExtractionResult()
    with (
        _Rejects(rejects, result) as aside,
        progress_bar(total=count_records(files), desc="extract", unit="article", disable=not progress) as bar,
    ):
        for left in passed_over(given):
            aside.add(left)
        articles = _articles(files, result, aside, bar)
        found = extract(articles, settings=settings, aliases=aliases, workers=workers)
        write_records(output, _examples(found, result, aside), Example)
    return result


def _articles(files: list[Path], result: ExtractionResult, aside: "_Rejects", bar: Any) -> Iterator[Article]:
    for record in read_inputs(files):
        bar.update()
        if isinstance(record, Problem):
            result.failed += not record.empty
            aside.add(record)
        elif isinstance(record, Example):
            raise InputError(f"expected articles; found an example with an actor and a target, '{record.id}'")
        elif long := too_long(record):
            aside.add(long)
        else:
            yield record


def _examples(extractions: Iterable[Extraction], result: ExtractionResult, aside: "_Rejects") -> Iterator[Example]:
    for found in extractions:
        result.articles += 1
        result.sentences += len(found.sentences)
        result.examples += len(found.examples)
        if not found.examples:
            aside.add(Problem(found.article.id, NO_PAIRS if found.resolutions else NO_ACTORS))
        for cut in found.cut:
            aside.add(cut)
        yield from found.examples


class _Rejects:
    """Counts what is left out, and writes it down where the user wants that."""

    def __init__(self, path: str | Path | None, result: ExtractionResult) -> None:
        self._path = Path(path) if path else None
        self._result = result
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self._path:
            make_folder(self._path.parent)
            self._file = self._path.open("w", encoding="utf-8", errors="backslashreplace")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def add(self, problem: Problem) -> None:
        self._result.left_out[problem.reason] += 1
        if self._file:
            self._file.write(json.dumps({"place": problem.place, "reason": problem.reason}, ensure_ascii=False) + "\n")
