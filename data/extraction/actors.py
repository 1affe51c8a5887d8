"""Which actor each mention of an article stands for, and why."""

from detente.data.extraction.mentions import actor_name
from detente.data.extraction.parsing import ParsedArticle
from detente.data.records import Actor, Mention, Resolution


def resolve_actors(parsed: ParsedArticle, mentions: tuple[Mention, ...]) -> tuple[Resolution, ...]:
    """The actor of each mention, in order."""
    return tuple(
        Resolution(mention=mention, actor=Actor(name=actor_name(mention.surface), kind=mention.kind), why="its surface")
        for mention in mentions
    )
