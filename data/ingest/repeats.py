"""Lines that an outlet repeats from story to story: appeals, biographies, notices that no list of patterns knows.

A line counts once for each story, so that copies of one report don't make its text boilerplate.
"""

from array import array

import numpy as np

from detente.data.ingest.boilerplate import Cleaned, tidy
from detente.data.ingest.fingerprint import fingerprint
from detente.data.records import Article

STORIES = 10
SHARE = 0.01
"""A line is boilerplate if it stands in so many stories of an outlet, and in this share of them."""


class Repeats:
    """Counts the lines of articles, as fingerprints: 16 bytes a line. Articles without an outlet are of one outlet."""

    def __init__(self) -> None:
        self._lines = array("Q")
        self._stories = array("I")
        self._outlets = array("I")
        self._numbers: dict[str, int] = {}
        self._every: set[int] = set()

    def add(self, article: Article, story: str) -> None:
        """Count the lines of an article."""
        outlet = self._number(f"outlet {article.outlet or ''}")
        self._every.add(_key(article.outlet, ""))
        for line in {*_lines(article.text), ""}:  # the empty line counts the stories of the outlet
            self._lines.append(_key(article.outlet, line))
            self._stories.append(self._number(f"story {story}"))
            self._outlets.append(outlet)

    def find(self) -> frozenset[int]:
        """The keys of the lines that are boilerplate."""
        lines, stories, outlets = (np.asarray(column) for column in (self._lines, self._stories, self._outlets))
        order = np.lexsort((stories, lines))
        lines, stories = lines[order], stories[order]
        first = np.ones(len(lines), dtype=bool)
        first[1:] = (lines[1:] != lines[:-1]) | (stories[1:] != stories[:-1])
        keys, at, counts = np.unique(lines[first], return_index=True, return_counts=True)
        outlet_of = outlets[order][first][at]
        stories_of_outlet = np.zeros(int(outlet_of.max(initial=0)) + 1, dtype=np.int64)
        np.maximum.at(stories_of_outlet, outlet_of, counts)  # the empty line stands in every story
        often = (counts >= STORIES) & (counts >= SHARE * stories_of_outlet[outlet_of])
        return frozenset(keys[often].tolist()) - self._every

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))


def drop_repeats(article: Article, repeated: frozenset[int]) -> Cleaned:
    """Take the lines that the outlet repeats out of an article's text."""
    kept: list[str] = []
    dropped: list[str] = []
    for line in article.text.split("\n"):
        is_repeat = _key(article.outlet, line.strip()) in repeated
        (dropped if is_repeat else kept).append(line)
    return Cleaned(tidy("\n".join(kept)), [line.strip() for line in dropped])


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text.split("\n")}


def _key(outlet: str | None, line: str) -> int:
    return fingerprint(f"{outlet or ''}\n{line}")
