"""The way from articles to questions, top to bottom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detente.data.extraction.actors import resolve_actors
from detente.data.extraction.mentions import find_mentions
from detente.data.extraction.pairs import candidate_pairs
from detente.data.extraction.parsing import ParsedArticle, parse_articles
from detente.data.records import Article, Example, Resolution


@dataclass(frozen=True)
class Extraction:
    """What an article gives."""

    parsed: ParsedArticle
    resolutions: tuple[Resolution, ...]
    examples: tuple[Example, ...]


def extract(articles: Iterable[Article]) -> Iterator[Extraction]:
    """Yield the actors and the candidate examples of each article, in order."""
    for parsed in parse_articles(articles):
        resolutions = resolve_actors(parsed, find_mentions(parsed))
        yield Extraction(parsed, resolutions, tuple(candidate_pairs(parsed, resolutions)))
