"""Interventions on names: others of the same kind in their place, or none at all. The answer should stay."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from detente.data.extraction.actors.names import actor_name, name_words
from detente.data.records import Example, Span
from detente.evaluation.behaviour.cases import Case, choose, same_answer
from detente.evaluation.behaviour.names import (
    TAKES_ARTICLE,
    Occurrence,
    State,
    code_of,
    kind_of,
    occurrences,
    places_of,
    plain_states,
    pool,
)
from detente.evaluation.behaviour.rewriting import Edit, edited, overlap, rewrite

ROLES = ("actor", "target")
MASKS = {"actor": "Actor A", "target": "Actor B"}
_NAMED_KINDS = ("state", "person", "organisation", "group")
_POSSESSIVE = re.compile(r"['’]s?$")
_ARTICLE_BEFORE = re.compile(r"(?<!\w)the $", re.IGNORECASE)
_INDEFINITE_BEFORE = re.compile(r"(?<!\w)([Aa])n? $")
_PEOPLE = ("demonym", "plural")


@dataclass
class _Renaming:
    """What takes the names' places: in the text, and as actor and target."""

    edits: list[Edit] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def replace_states(example: Example, seed: int) -> Case | None:
    """States by states, wherever the text names them, each by another one in the same form."""
    return _replace_states(example, seed, people=False)


def replace_nationalities(example: Example, seed: int) -> Case | None:
    """The same where a mention names the people of a state: "Kenyan officials"."""
    return _replace_states(example, seed, people=True)


def replace_persons(example: Example, seed: int) -> Case | None:
    """Persons by invented ones: full names by full names, surnames by surnames."""
    renaming = _Renaming()
    taken: set[str] = set()
    for role in _roles_of(example, "person"):
        words = name_words(name_of(example, role))
        new = _unused(pool("person"), renaming, seed, example.id, role)
        edits = list(_person_edits(example.text, words, new.split()))
        if len(words) < 2 or taken & set(words) or not _touched(edits, span_of(example, role)):
            return None
        taken |= set(words)
        renaming.edits += edits
        renaming.names[role] = new
    return _renamed(example, renaming, "persons")


def replace_organisations(example: Example, seed: int) -> Case | None:
    """Organisations that the text names in full, and never in part, by invented ones."""
    renaming = _Renaming()
    for role in _roles_of(example, "organisation"):
        name = actor_name(name_of(example, role))
        places = places_of(example.text, name)
        article = any(_ARTICLE_BEFORE.search(example.text[:start]) for start, _ in places)
        new = _unused(pool("organisation" if article else "bare_organisation"), renaming, seed, example.id, role)
        edits = [Edit(start, end, new) for start, end in places]
        if not _touched(edits, span_of(example, role)) or len(places) < len(places_of(example.text, name.split()[0])):
            return None
        renaming.edits += edits
        renaming.names[role] = new
    return _renamed(example, renaming, "organisations")


def mask_names(example: Example, seed: int) -> Case | None:  # noqa: ARG001  (there is nothing to choose)
    """The mentions that are names become "Actor A" and "Actor B", and so do the names elsewhere in the text."""
    renaming = _Renaming()
    mentions = [span for role in ROLES if (span := span_of(example, role))]
    for role in ROLES:
        span = span_of(example, role)
        if span is None or kind_of(example, role) not in _NAMED_KINDS or not _is_name(example, role, span):
            continue
        end = span[0] + len(_POSSESSIVE.sub("", example.text[slice(*span)]))
        elsewhere = [place for place in _name_places(example, role) if not any(overlap(place, one) for one in mentions)]
        places = [_with_article(example.text, (span[0], end)), *elsewhere]
        renaming.edits += [Edit(*place, MASKS[role]) for place in places]
        renaming.names[role] = MASKS[role]
    return _renamed(example, renaming, "masked")


def name_of(example: Example, role: str) -> str:
    """The name of the actor or target."""
    return example.actor if role == "actor" else example.target


def span_of(example: Example, role: str) -> Span | None:
    """The mention of the actor or target."""
    return example.actor_span if role == "actor" else example.target_span


def _replace_states(example: Example, seed: int, *, people: bool) -> Case | None:
    renaming = _Renaming()
    codes = {role: code for role in _roles_of(example, "state") if (code := code_of(name_of(example, role)))}
    if len(set(codes.values())) < len(codes) or people is not _names_people(example, codes):
        return None
    known = {one.code for one in occurrences(example.text)} | set(codes.values())
    free = [state for state in plain_states() if state.code not in known]
    for role, code in codes.items():
        new = choose([state for state in free if state.name not in renaming.names.values()], seed, example.id, role)
        own = [one for one in occurrences(example.text) if one.code == code]
        if _abbreviated(own) or not _touched([Edit(*one.span, "") for one in own], span_of(example, role)):
            return None
        renaming.edits += [edit for one in own for edit in _state_edits(example, one, new)]
        renaming.names[role] = new.name
        for other in set(ROLES) - set(codes):  # "the Kenyan plan" as target
            before = renaming.names.get(other, name_of(example, other))
            parts = [one for one in occurrences(before) if one.code == code]
            renaming.names[other] = edited(before, [Edit(*one.span, _form_of(new, one.form)) for one in parts])
    return _renamed(example, renaming, "nationalities" if people else "states")


def _names_people(example: Example, codes: dict[str, str]) -> bool:
    spans = {role: span for role in codes if (span := span_of(example, role))}
    return any(
        one.form in _PEOPLE and one.code == codes[role] and overlap(one.span, span)
        for role, span in spans.items()
        for one in occurrences(example.text)
    )


def _abbreviated(own: Sequence[Occurrence]) -> bool:
    """Whether a state is named by its initials: they may stand for the name or for the adjective."""
    return any(one.surface.isupper() for one in own)


def _state_edits(example: Example, one: Occurrence, new: State) -> Iterator[Edit]:
    """The new name in the form of the old one; "the" goes with a name that takes it, "a" becomes "an" where it must."""
    start, end = one.span
    text = example.text
    form = "plural" if _is_a_people(example, one) else one.form
    if one.form == "name" and (one.surface.startswith("United ") or one.surface in TAKES_ARTICLE):
        start -= 4 if _ARTICLE_BEFORE.search(text[:start]) else 0
    yield Edit(start, end, _form_of(new, form))
    if indefinite := _INDEFINITE_BEFORE.search(text[:start]):
        letter = indefinite[1]
        yield Edit(indefinite.start(), start - 1, f"{letter}n" if _form_of(new, form)[0] in "AEIO" else letter)


def _is_a_people(example: Example, one: Occurrence) -> bool:
    """Whether an adjective stands for a people, as in "the British": where it ends a mention, and is no noun itself."""
    article = _ARTICLE_BEFORE.search(example.text[: one.span[0]])
    if one.form != "demonym" or one.surface.endswith(("n", "i")) or not article:
        return False
    return any(one.span[1] == span[1] for role in ROLES if (span := span_of(example, role)))


def _form_of(state: State, form: str) -> str:
    return {"name": state.name, "demonym": state.demonym, "plural": f"{state.demonym}s", "seat": state.seat}[form]


def _person_edits(text: str, words: Sequence[str], new: Sequence[str]) -> Iterator[Edit]:
    parts = {" ".join(words): " ".join(new), words[0]: new[0], words[-1]: new[-1]} if words else {}
    longest = sorted(parts, key=len, reverse=True)
    for match in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)", text) if longest else ():
        yield Edit(*match.span(), parts[match[0]])


def _is_name(example: Example, role: str, span: Span) -> bool:
    """Whether a mention holds a name, and is more than the adjective of a state."""
    mention = actor_name(example.text[slice(*span)])
    if kind_of(example, role) == "state":
        within = [one for one in occurrences(example.text) if overlap(one.span, span)]
        return bool(within) and not any(one.form == "demonym" and mention == one.surface for one in within)
    return bool(set(mention.split()) & {word for word in name_of(example, role).split() if word[0].isupper()})


def _name_places(example: Example, role: str) -> Iterator[Span]:
    """Where the text has the full name, the surname, or the name or seat of a state; with the article."""
    name = actor_name(name_of(example, role))
    if kind_of(example, role) == "state":
        code = code_of(name)
        spans = [one.span for one in occurrences(example.text) if one.code == code and one.form not in _PEOPLE]
    elif kind_of(example, role) == "person" and (words := name_words(name)):
        spans = [(edit.start, edit.end) for edit in _person_edits(example.text, words, words)]
    else:
        spans = places_of(example.text, name)
    yield from (_with_article(example.text, span) for span in spans)


def _with_article(text: str, span: Span) -> Span:
    return span[0] - 4 if _ARTICLE_BEFORE.search(text[: span[0]]) else span[0], span[1]


def _roles_of(example: Example, kind: str) -> list[str]:
    return [role for role in ROLES if span_of(example, role) and kind_of(example, role) == kind]


def _unused(names: Sequence[str], renaming: _Renaming, *key: object) -> str:
    return choose([name for name in names if name not in renaming.names.values()], *key)


def _touched(edits: Sequence[Edit], span: Span | None) -> bool:
    return span is not None and any(overlap((edit.start, edit.end), span) for edit in edits)


def _renamed(example: Example, renaming: _Renaming, note: str) -> Case | None:
    """The case, where there was something to rename; mentions within each other are left alone."""
    edits = sorted(set(renaming.edits))
    if not edits or any(one.end > other.start for one, other in pairwise(edits)):
        return None
    return same_answer(example, rewrite(example, edits, note, **renaming.names))
