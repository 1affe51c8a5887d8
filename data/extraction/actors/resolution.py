"""Which actor each mention of an article stands for, and why."""

from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.actors.antecedents import actor_of_nominal
from detente.data.extraction.actors.naming import Found, actor_of_name
from detente.data.extraction.actors.scene import Scene
from detente.data.extraction.parsing import ParsedArticle
from detente.data.records import Form, Mention, Resolution


def resolve_actors(
    parsed: ParsedArticle, mentions: tuple[Mention, ...], aliases: Aliases | None = None
) -> tuple[Resolution, ...]:
    """The actor of each mention, in order.

    The user's aliases win. A name is resolved by all names of the article, a common noun phrase by what stands before
    it. Left out are places that are no actors where they stand ("talks in Ankara"), a person who is only one of many
    ("a Kenyan"), and officials, parts of a government, "critics", "the panel" and the like when nothing tells whose or
    which they are. Two who might be one stay two.
    """
    scene = Scene(parsed, mentions)
    resolved: list[Resolution] = []
    found: Found | None
    for mention in mentions:
        if aliases and (own := aliases.find(mention.surface)):
            found = (own, f"your alias: {mention.surface}")
        elif mention.form is Form.NAME:
            found = actor_of_name(mention, scene)
        else:
            found = actor_of_nominal(mention, scene, resolved)
        if found:
            resolved.append(Resolution(mention=mention, actor=found[0], why=found[1]))
    return tuple(resolved)
