"""The actor that a name stands for."""

from detente.data.extraction.actors.gazetteer import gazetteer
from detente.data.extraction.actors.names import actor_name, name_words
from detente.data.extraction.actors.roles import use_of_place
from detente.data.extraction.actors.scene import Scene
from detente.data.records import Actor, Mention

Found = tuple[Actor, str]
"""An actor, and why it is the one."""


def actor_of_name(mention: Mention, scene: Scene, *, acts: bool = False) -> Found | None:
    """The actor of a name; None for a place that is no actor where it stands.

    With `acts`, a place's name is known to stand for those who govern it, as in "the government of Kenya".
    """
    return (
        _by_person(mention, scene)
        or _by_abbreviation(mention, scene)
        or _by_table(mention, scene, acts=acts)
        or _by_organisation(mention, scene)
        or _by_itself(mention, scene, acts=acts)
    )


def is_silent_place(mention: Mention, scene: Scene) -> bool:
    """Whether a name is that of a place, not of an actor, where it stands."""
    span = scene.span(mention)
    return span is not None and use_of_place(span) == "place"


def _by_person(mention: Mention, scene: Scene) -> Found | None:
    """By a full name of the article; a sole word only where no table knows it, or spaCy takes it for a person."""
    person = scene.people.find(mention.surface, scene.title(mention))
    if person is None:
        return None
    words = name_words(mention.surface)
    entry = gazetteer().find(mention.surface)
    if entry and not entry.doubtful and (mention.kind != "person" or len(words) > 1):
        return None
    if entry and mention.kind != "person" and entry.actor.country in scene.countries:
        return None
    if len(words) > 1:
        why = "full name" if " ".join(words) == person.name else f"form of {person.name}"
        return Actor(name=person.name, kind="person"), why
    part = "surname" if person.name.split()[-1] == words[0] else "given name"
    is_place = mention.kind == "country" and scene.kind(mention) == "country" and not scene.title(mention)
    if is_place and (part == "given name" or is_silent_place(mention, scene)):
        return None
    return Actor(name=person.name, kind="person"), f"{part} of {person.name}"


def _by_abbreviation(mention: Mention, scene: Scene) -> Found | None:
    expanded = scene.organisations.explained(mention.surface)
    return (_of_long_name(expanded), f"abbreviation of {expanded}") if expanded else None


def _by_table(mention: Mention, scene: Scene, *, acts: bool) -> Found | None:
    entry = scene.entry(mention)
    if entry is None:
        return None
    if entry.how == "seat":
        if not acts and is_silent_place(mention, scene):
            return None
        return entry.actor, f"seat of government: {actor_name(mention.surface)}"
    if _is_one_of_many(mention, scene):
        return None
    why = {"name": "name", "demonym": "demonym"}[entry.how]
    return entry.actor, f"{why}: {actor_name(mention.surface)}"


def _is_one_of_many(mention: Mention, scene: Scene) -> bool:
    """Whether it names one unnamed person: "a Kenyan", "a Republican"."""
    span = scene.span(mention)
    if span is None or span.root.tag_ not in ("NN", "NNP") or span.root.dep_ in ("amod", "compound", "nmod", "poss"):
        return False
    return any(child.lower_ in ("a", "an", "another", "one") for child in span.root.lefts)


def _by_organisation(mention: Mention, scene: Scene) -> Found | None:
    if scene.kind(mention) != "organisation":
        return None
    expanded = scene.organisations.expand(mention.surface)
    return (_of_long_name(expanded[0]), f"{expanded[1]} of {expanded[0]}") if expanded else None


def _of_long_name(name: str) -> Actor:
    entry = gazetteer().find(name)
    return entry.actor if entry else Actor(name=name, kind="organisation", country=country_in(name))


def _by_itself(mention: Mention, scene: Scene, *, acts: bool) -> Found | None:
    name = actor_name(mention.surface)
    kind = mention.kind if acts else scene.kind(mention)
    entry = gazetteer().find(mention.surface)
    if entry and kind != "person" and (entry.how == "seat" or _is_one_of_many(mention, scene)):
        return None
    if entry and entry.how == "seat" and not entry.doubtful and not scene.title(mention):
        return None  # a capital that spaCy takes for a person
    if kind == "country":
        if not acts and is_silent_place(mention, scene):
            return None
        return Actor(name=name, kind="organisation"), "a place that is no state, for those who govern it"
    if kind == "person":
        name = " ".join(name_words(name)) or name
        why = "several people share the surname" if scene.people.is_shared(name) else "its own name"
        return Actor(name=name, kind=kind), why
    return Actor(name=name, kind=kind, country=country_in(name)), "its own name"


def country_in(name: str) -> str | None:
    """The code of the state whose name or demonym a longer name begins with: "Iraqi Defense Ministry"."""
    words = name.split()
    for count in (2, 1):
        entry = gazetteer().find(" ".join(words[:count])) if len(words) > count else None
        if entry and entry.actor.kind == "country" and entry.how != "seat":
            return entry.actor.country
    return None
