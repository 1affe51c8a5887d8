"""Whom a common noun phrase stands for: the one that it speaks for, or somebody named before it."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile

from detente.data.extraction.actors.gazetteer import gazetteer
from detente.data.extraction.actors.names import actor_name
from detente.data.extraction.actors.naming import Found, actor_of_name
from detente.data.extraction.actors.nominals import Nominal, nominal_at
from detente.data.extraction.actors.nouns import actor_nouns
from detente.data.extraction.actors.scene import Scene
from detente.data.extraction.actors.vocabulary import vocabulary
from detente.data.records import Actor, Mention, Resolution

_MEMBERS = vocabulary("members")
_SERVANTS = vocabulary("servants")
_ARMED = vocabulary("armed")
_SORTS = vocabulary("sorts")
_SPEAKERS = vocabulary("speakers")
_RELATIONS = vocabulary("relations")
_FACELESS = vocabulary("faceless")
_SUBJECT = ("nsubj", "nsubjpass")


def actor_of_nominal(mention: Mention, scene: Scene, before: Sequence[Resolution]) -> Found | None:
    """The actor of a common noun phrase; None for officials or a part of a government that nobody is known to own.

    An organisation or a group without antecedent ("police", "conservative groups") stands for itself under its
    phrase. That is an actor within the article; the same phrase in another need not be the same people.
    """
    span = scene.span(mention)
    heads = [token for token in span if token.lower_ in actor_nouns()] if span is not None else []
    nominal = next((one for head in heads if (one := nominal_at(head)) and one.start == span.start), None)
    if nominal is None:
        return Actor(name=actor_name(mention.surface), kind=mention.kind), "stands for itself"
    if nominal.noun_class == "office" and (held := _holder(nominal, scene)):
        return held
    if owner := _owner(mention, nominal, scene, before):
        return _of_owner(nominal, owner)
    if nominal.pronoun is not None:
        return None
    if nominal.owner is not None:
        return _itself(nominal)
    return (
        _named_before(nominal, before)
        or _known_by_noun(nominal, before)
        or _only_state(nominal, before)
        or _itself(nominal)
    )


def _holder(nominal: Nominal, scene: Scene) -> Found | None:
    """Who holds an office: the one person whom the article names with that title."""
    person = scene.people.holder(nominal.noun.split()[-1]) if not nominal.apart else None
    return (
        (Actor(name=person.name, kind="person"), f"'{nominal.noun}' is the title of {person.name}") if person else None
    )


def _owner(mention: Mention, nominal: Nominal, scene: Scene, before: Sequence[Resolution]) -> Actor | None:
    if nominal.owner is not None:
        found = actor_of_name(scene.mention_of(nominal.owner, mention), scene, acts=True)
        return found[0] if found else None
    if nominal.pronoun is not None:
        return _possessor(mention, nominal, scene, before)
    return before[-1].actor if before and _is_possessed_by(before[-1].mention, mention, scene) else None


def _is_possessed_by(owner: Mention, mention: Mention, scene: Scene) -> bool:
    """Whether nothing but a possessive stands between: "the coalition's lawyers"."""
    between = scene.parsed.article.text[owner.span[1] : mention.span[0]]
    return owner.span[1] <= mention.span[0] and between.strip() in ("'s", "’s", "'", "’")


def _possessor(mention: Mention, nominal: Nominal, scene: Scene, before: Sequence[Resolution]) -> Actor | None:
    """Whom "its", "their", "his" or "her" means: the subject of the clause, or of the sentence before."""
    fits = {
        "his": ("person",),
        "her": ("person",),
        "its": ("country", "organisation"),
        "their": ("country", "organisation", "group"),
    }
    kinds = fits.get(nominal.pronoun.lower_, ())
    recent = takewhile(lambda one: mention.sentence - one.mention.sentence <= 1, reversed(before))
    near = [one for one in recent if one.actor.kind in kinds]
    for sentence in (mention.sentence, mention.sentence - 1):
        subjects = [one for one in near if one.mention.sentence == sentence and _is_subject(one.mention, scene)]
        if subjects:
            actors = {one.actor for one in subjects}
            return subjects[0].actor if len(actors) == 1 else None
    return None


def _is_subject(mention: Mention, scene: Scene) -> bool:
    span = scene.span(mention)
    return span is not None and span.root.dep_ in _SUBJECT


def _of_owner(nominal: Nominal, owner: Actor) -> Found | None:
    """The owner where the phrase acts for it, as officials for their state; or else an actor that belongs to it."""
    how = f"'{nominal.noun}' of {owner.name}"
    speaks = nominal.noun_class in ("executive", "voice", "office") and not nominal.apart
    if owner.kind == "person":
        return (owner, f"speaker: {how}") if nominal.noun in _SPEAKERS else _of_person(nominal, owner)
    if speaks:
        return owner, f"speaks for it: {how}"
    is_another_word = nominal.noun in _ARMED or (nominal.noun in _SORTS and not _has_possessive(nominal))
    if owner.kind == "organisation" and is_another_word:
        return owner, f"another word for it: {how}"
    if nominal.noun in (_MEMBERS if owner.name.endswith("Party") else _SERVANTS if owner.kind == "country" else ()):
        return owner, f"its members: {how}"
    if nominal.noun_class == "office":
        return None
    return _belonging(nominal, owner), f"stands for itself: {how}"


def _has_possessive(nominal: Nominal) -> bool:
    return nominal.owner is None or nominal.owner.end <= nominal.start


def _of_person(nominal: Nominal, owner: Actor) -> Found | None:
    if nominal.noun_class == "office" or (nominal.noun_class == "executive" and nominal.pronoun is not None):
        return None  # the government of which she is a member, or that she lives under
    if nominal.noun_class == "executive":
        return Actor(
            name=f"{owner.name.split()[-1]} {nominal.bare}", kind="organisation"
        ), f"stands for itself: of {owner.name}"
    kind = "organisation" if nominal.noun_class == "organisation" else "group"
    return Actor(name=f"{nominal.bare} of {owner.name}", kind=kind), f"stands for itself: of {owner.name}"


def _belonging(nominal: Nominal, owner: Actor) -> Actor:
    """An actor in its own right: "Turkish opposition". One whom a state only backs is not of its country."""
    kind = "organisation" if nominal.noun_class in ("organisation", "executive") else "group"
    if "-" in nominal.name and nominal.apart:
        return Actor(name=nominal.name, kind=kind)
    entry = gazetteer().find(nominal.owner.text) if nominal.owner is not None else None
    if entry and entry.how == "seat":
        return Actor(name=nominal.name, kind=kind, country=owner.country)  # "Oslo court" is of the town
    adjective = gazetteer().adjectives.get(owner.country or "") if owner.kind == "country" else None
    relation = nominal.noun in _RELATIONS
    name = f"{adjective} {nominal.bare}" if adjective and not relation else f"{nominal.bare} of {owner.name}"
    return Actor(name=name, kind=kind, country=None if relation else owner.country)


def _named_before(nominal: Nominal, before: Sequence[Resolution]) -> Found | None:
    """The one actor so far whose name holds all words of the phrase: "the bureau" after "the Audit Bureau"."""
    words = _stems(nominal.name)
    if not (nominal.definite or len(words) > 1):
        return None
    actors = {
        one.actor: None
        for one in before
        if one.actor.kind in ("organisation", "group")
        and words < (_stems(one.actor.name) | _stems(actor_name(one.mention.surface)))
    }
    if len(actors) != 1:
        return None
    (actor,) = actors
    return actor, f"named before: {actor.name}"


@lru_cache(maxsize=4096)
def _stems(name: str) -> frozenset[str]:
    return frozenset(word.lower().removesuffix("s") for word in name.replace("-", " ").split())


def _known_by_noun(nominal: Nominal, before: Sequence[Resolution]) -> Found | None:
    """The one organisation so far that a noun is known to stand for: "the bloc" for the European Union."""
    names = gazetteer().nouns.get(nominal.name, ()) if nominal.definite else ()
    actors = {one.actor: None for one in before if one.actor.name in names}
    if len(actors) != 1:
        return None
    (actor,) = actors
    return actor, f"'{nominal.noun}' is said of {actor.name}"


def _only_state(nominal: Nominal, before: Sequence[Resolution]) -> Found | None:
    """A part of the government, in an article that has named one state so far."""
    states = {one.actor: None for one in before if one.actor.kind == "country"}
    if nominal.noun_class != "executive" or nominal.apart or not nominal.definite or len(states) != 1:
        return None
    (state,) = states
    return state, f"'{nominal.noun}' of the only state so far, {state.name}"


def _itself(nominal: Nominal) -> Found | None:
    if nominal.noun_class in ("executive", "voice", "office") and not nominal.apart:
        return None
    if nominal.name == nominal.noun and nominal.noun in _FACELESS:
        return None
    kind = "organisation" if nominal.noun_class == "organisation" else "group"
    return Actor(name=nominal.name, kind=kind), "stands for itself"
