"""The way from articles to questions, top to bottom."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.actors.mentions import find_mentions
from detente.data.extraction.actors.resolution import resolve_actors
from detente.data.extraction.pairs import DEFAULT_PAIRS, PairSettings, candidate_pairs
from detente.data.extraction.parsing import parse_articles, parsing
from detente.data.extraction.speech.speakers import find_speech
from detente.data.extraction.speech.speech import Speech
from detente.data.extraction.targets import find_targets
from detente.data.problems import Problem
from detente.data.processes import in_order
from detente.data.records import Article, Example, Mention, Resolution, Span

CHUNK = 32
"""Articles that a worker takes at once."""


@dataclass(frozen=True)
class Extraction:
    """What an article gives."""

    article: Article
    sentences: tuple[Span, ...]
    resolutions: tuple[Resolution, ...]
    """Its mentions of actors, in order, each with the actor and why."""
    targets: tuple[Mention, ...]
    """Its policies, plans and acts."""
    speeches: tuple[Speech, ...]
    examples: tuple[Example, ...]
    """The questions to ask of a model."""
    cut: tuple[Problem, ...]
    """The questions that the cap left out."""


def extract(
    articles: Iterable[Article],
    *,
    settings: PairSettings = DEFAULT_PAIRS,
    aliases: Aliases | None = None,
    workers: int = 1,
) -> Iterator[Extraction]:
    """Yield what each article gives, in order.

    Args:
        articles: English articles.
        settings: Which pairs are proposed.
        aliases: The user's own names for actors, which win over all rules.
        workers: Processes to share the work; 1 does it here. The result is the same.
    """
    for found in in_order(partial(_extract_chunk, settings, aliases), _chunks(articles), workers=workers):
        yield from found


def _extract(articles: Iterable[Article], settings: PairSettings, aliases: Aliases | None) -> Iterator[Extraction]:
    for parsed in parse_articles(articles):
        resolutions = resolve_actors(parsed, find_mentions(parsed, aliases), aliases)
        targets = find_targets(parsed)
        speeches = find_speech(parsed)
        pairs = candidate_pairs(parsed, resolutions, targets, speeches, settings)
        yield Extraction(parsed.article, parsed.sentences, resolutions, targets, speeches, pairs.examples, pairs.cut)


def _extract_chunk(settings: PairSettings, aliases: Aliases | None, chunk: list[Article]) -> list[Extraction]:
    with parsing():
        return list(_extract(chunk, settings, aliases))


def _chunks(articles: Iterable[Article]) -> Iterator[list[Article]]:
    rest = iter(articles)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
