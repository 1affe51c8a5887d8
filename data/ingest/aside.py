"""What an ingest sets aside: counted by reason, and written to a file where one is given."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from detente.data.formats import make_folder
from detente.data.ingest.languages import Judgement, language_name
from detente.data.problems import PassedOver, Problem
from detente.data.records import Article

NO_TEXT = "nothing but boilerplate"


@dataclass
class IngestResult:
    """What an ingest did, and what it left out."""

    articles: int = 0
    stories: int = 0
    same_text: int = 0
    """Articles with the very text of an earlier one; they are kept, in its story."""
    lines_dropped: int = 0
    """Lines of boilerplate; each is kept in its article's `meta.dropped`."""
    foreign: Counter[str] = field(default_factory=Counter)
    """Articles in another language, by that language."""
    empty: int = 0
    """Inputs with no article in them: no text, a list of headlines, nothing but boilerplate."""
    failed: list[Problem] = field(default_factory=list)
    """Inputs that could not be read."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """What stands beside the articles and was not read, by reason: other kinds of files, links, records of archives."""


class Aside:
    """Counts what is set aside in a result, and writes it to the file of rejects as it comes."""

    def __init__(self, rejects: str | Path | None, result: IngestResult) -> None:
        self._path = Path(rejects) if rejects else None
        self._file: IO[str] | None = None
        self.result = result

    def __enter__(self) -> Self:
        if self._path:
            make_folder(self._path.parent)
            self._path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def problem(self, problem: Problem) -> None:
        """Set an input aside that gave no article."""
        if problem.empty:
            self.result.empty += 1
        else:
            self.result.failed.append(problem)
        self._write(problem.place, problem.reason, None)

    def passed_over(self, problem: Problem) -> None:
        """Set aside what stands beside the articles: files of other kinds in a folder, other records in an archive."""
        count = problem.count if isinstance(problem, PassedOver) else 1
        self.result.passed_over[problem.reason] += count
        self._write(problem.place, f"{problem.reason} ({count})" if count > 1 else problem.reason, None)

    def foreign(self, article: Article, language: Judgement) -> None:
        """Set an article aside for its language."""
        self.result.foreign[language_name(str(language.code))] += 1
        self._write(article.id, f"language: {language.against}", article)

    def empty(self, article: Article) -> None:
        """Set an article aside that has nothing left to read."""
        self.result.empty += 1
        self._write(article.id, NO_TEXT, article)

    def _write(self, place: str, reason: str, article: Article | None) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8")
        record: dict[str, Any] | None = article.model_dump(mode="json") if article else None
        self._file.write(json.dumps({"place": place, "reason": reason, "record": record}) + "\n")
