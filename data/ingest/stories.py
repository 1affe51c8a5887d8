"""One story for all copies of a text: the agency report, the papers that print it, those that print only its start.

Copies with changed words are near-duplicates. A shortened copy resembles the whole too little for that, but most of its
sentences stand in the whole, and it keeps the start: articles that share two sentences in a row among their first ones
are compared sentence by sentence.
"""

import re
from array import array
from itertools import pairwise

from detente.data.ingest.fingerprint import fingerprint
from detente.data.near_duplicates import Groups, NearDuplicates
from detente.data.records import Article

RESEMBLANCE = 0.5
SHINGLE = 5
LEAD_SENTENCES = 6
CONTAINED = 0.6
"""A shortened copy has this share of its sentences from the whole."""
SENTENCE_WORDS = 8
"""Shorter sentences ("He declined to comment.") stand in many stories."""
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\n+")
_WORD = re.compile(r"\w+")


class Stories:
    """Groups articles as they come; it keeps their ids, signatures and the fingerprints of their sentences."""

    def __init__(self) -> None:
        self._near = NearDuplicates(resemblance=RESEMBLANCE, shingle=SHINGLE)
        self._groups = Groups()
        self._shortened = _Shortened()
        self._stated: dict[tuple[str, str], str] = {}

    def add(self, article: Article, source: str = "") -> None:
        """Add an article with an id of its own; in one source, articles that state the same story are one."""
        self._groups.add(article.id)
        for other, _ in self._near.add(article.id, article.text):
            self._groups.join(other, article.id)
        for other in self._shortened.add(article.id, article.text):
            self._groups.join(other, article.id)
        if article.story:
            self._groups.join(self._stated.setdefault((source, article.story), article.id), article.id)

    def of_articles(self) -> dict[str, str]:
        """The story of each article: the id of the first one in it."""
        return {key: self._groups.first(key) for key in self._groups}


class _Shortened:
    """Finds the texts that are the start of another one, or have another one as their start."""

    def __init__(self) -> None:
        self._sentences: dict[str, array[int]] = {}
        self._leads: dict[int, list[str]] = {}

    def add(self, key: str, text: str) -> list[str]:
        sentences = sentence_fingerprints(text)
        found: list[str] = []
        for lead in {fingerprint(f"{one} {other}") for one, other in pairwise(sentences[:LEAD_SENTENCES])}:
            holders = self._leads.setdefault(lead, [])
            alike = [holder for holder in holders if _contained(sentences, self._sentences[holder]) >= CONTAINED]
            found += alike
            if not alike:  # a holder stands for those like it
                holders.append(key)
        self._sentences[key] = sentences
        return found


def sentence_fingerprints(text: str) -> "array[int]":
    """A fingerprint of each sentence, case and punctuation left out; short sentences are left out."""
    sentences = (_WORD.findall(sentence.casefold()) for sentence in _SENTENCE_END.split(text))
    return array("Q", (fingerprint(" ".join(words)) for words in sentences if len(words) >= SENTENCE_WORDS))


def _contained(one: "array[int]", other: "array[int]") -> float:
    """Share of the sentences of the shorter text that stand in the other."""
    first, second = set(one), set(other)
    return len(first & second) / max(1, min(len(first), len(second)))
