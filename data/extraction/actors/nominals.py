"""Common noun phrases that name an actor: "the ministry", "Turkish officials", "its allies"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from detente.data.extraction.actors.names import TITLES
from detente.data.extraction.actors.nouns import NounClass, actor_nouns
from detente.data.extraction.actors.vocabulary import vocabulary
from detente.data.extraction.syntax import sentence_of

_MODIFIERS = vocabulary("modifiers")
_SAID_OF_OTHERS = vocabulary("said_of_others")
_NOBODY = vocabulary("nobody")
_INDEFINITE = frozenset(["a", "an", "some", "one"])
_NAMES = frozenset(["PERSON", "ORG", "GPE", "NORP", "LOC", "FAC"])
_SPEAK_FROM_A_PLACE = vocabulary("speak_from_a_place")
_APART = re.compile(
    r"(?:.*-)?(?:backed|led|allied|funded|based|trained|occupied|aligned|sponsored|controlled|held|supported|born|opposition|"
    r"rebel|rebels|separatist|militant|insurgent|paramilitary|militia|dissident|exiled|former|ethnic|regional|local|provincial|"
    r"municipal|city|anti|pro|ex)(?:-.*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Nominal:
    """A noun phrase with an actor noun as its head; `start` and `end` count tokens of the paragraph."""

    start: int
    end: int
    head: Any
    noun: str
    noun_class: NounClass
    owner: Any
    """The entity (a spaCy span) that it belongs to: Turkish officials, Turkey's allies, the ministry in Ankara."""
    pronoun: Any
    """The possessive pronoun (a token) that stands for its owner: its allies."""
    apart: bool
    """Whether a word says that it doesn't act for its owner: Turkish opposition leaders, Iranian-backed rebels."""
    definite: bool
    name: str
    """The phrase without determiners, numbers and pronouns, in lower case where it is no name: "Turkish opposition"."""
    bare: str
    """The name without the owner: "opposition"."""


def find_nominals(doc: Any) -> Iterator[Nominal]:
    """Yield the noun phrases of a paragraph that name an actor, in order."""
    nouns = actor_nouns()
    for token in doc:
        if token.lower_ in nouns and (found := nominal_at(token)):
            yield found


def nominal_at(head: Any) -> Nominal | None:
    """The nominal with a token as its head; None where the phrase names nobody, or a name beside it says who it is."""
    if head.dep_ in _SAID_OF_OTHERS or head.pos_ not in ("NOUN", "PROPN", "ADJ") or _stands_by_a_name(head):
        return None
    noun, noun_class = _noun(head)
    first = _first_token(head)
    before = _owner_before(head, first)
    owner = before or _owner_behind(head, noun, noun_class)
    first = min(first, before.start) if before else first
    possessive = _possessive_end(head, first)
    if possessive and (before is None or noun_class not in ("executive", "voice")):
        first = possessive
    left = [token for token in head.doc[first : head.i] if not token.is_quote]
    found = Nominal(
        first,
        max(head.i + 1, owner.end) if owner else head.i + 1,
        head,
        noun,
        noun_class,
        owner,
        pronoun=next((token for token in left if token.tag_ == "PRP$"), None),
        apart=any(_APART.fullmatch(token.lower_) for token in left),
        definite=bool(left) and left[0].lower_ in ("the", "this", "that", "these", "those", "both"),
        name=_text([*left, head]),
        bare=_text([token for token in (*left, head) if owner is None or not owner.start <= token.i < owner.end]),
    )
    return found if _names_somebody(found, left) else None


def _stands_by_a_name(head: Any) -> bool:
    if head.ent_type_ in _NAMES and not head.is_lower:
        return True
    return any(child.dep_ == "appos" and child.ent_type_ in _NAMES for child in head.rights)


def _noun(head: Any) -> tuple[str, NounClass]:
    """The noun of the list: that of two words where it has them ("prime minister")."""
    nouns = actor_nouns()
    both = f"{head.nbor(-1).lower_} {head.lower_}" if not head.is_sent_start else ""
    noun = both if both in nouns else head.lower_
    return noun, nouns[noun]


def _first_token(head: Any) -> int:
    """Where the phrase begins: at the leftmost word that modifies the head, or a word that does."""
    first = int(head.i)
    for token in reversed(head.doc[max(sentence_of(head)[0], head.i - 12) : head.i]):
        inside = token.tag_ == "POS" or (first <= token.head.i <= head.i and token.dep_ in _MODIFIERS)
        if not inside or token.text in (",", ";", ":", "–", "—") or token.is_quote or token.is_bracket:
            break
        first = int(token.i)
    return first


def _owner_before(head: Any, first: int) -> Any:
    """The nearest name within the phrase."""
    tokens = reversed(head.doc[first : head.i])
    names = (name_at(token) for token in tokens if token.ent_type_ in _NAMES)
    name = next((name for name in names if name.end <= head.i), None)
    while name is not None and name.start > first and head.doc[name.start - 1].lower_.strip(".") in TITLES:
        name = head.doc[name.start - 1 : name.end]
    return name


def _possessive_end(head: Any, first: int) -> int:
    """Where the phrase goes on behind a possessive: "its [allies]" of "Turkey's allies"; 0 without one."""
    tokens = reversed(head.doc[first : head.i])
    return next((token.i + 1 for token in tokens if token.tag_ == "POS" or token.text in ("'s", "’s")), 0)


def _owner_behind(head: Any, noun: str, noun_class: NounClass) -> Any:
    """The name in "the ministry in Ankara", "the government of Kenya"; troops in a place are not of the place."""
    at, end = head.i + 1, len(head.doc)
    if noun_class not in ("executive", "voice", "office") or at >= end or head.doc[at].dep_ != "prep":
        return None
    preposition = head.doc[at].lower_
    if preposition != "of" and (preposition != "in" or noun not in _SPEAK_FROM_A_PLACE):
        return None
    at += 2 if preposition == "of" and at + 1 < end and head.doc[at + 1].lower_ == "the" else 1
    return name_at(head.doc[at]) if at < end and head.doc[at].ent_type_ in ("GPE", "ORG") else None


def name_at(token: Any) -> Any:
    """The entity (a span) that a token is part of."""
    start, end = token.i, token.i + 1
    while token.doc[start].ent_iob_ == "I":
        start -= 1
    while end < len(token.doc) and token.doc[end].ent_iob_ == "I":
        end += 1
    return token.doc[start:end]


def _text(tokens: list[Any]) -> str:
    parts = (_word(token) + token.whitespace_ for token in tokens)
    return " ".join("".join(parts).split()).strip(" -")


def _word(token: Any) -> str:
    if (
        token.lower_ in ("own", "same", "first", "very")
        or token.dep_ in ("det", "predet", "nummod", "case")
        or token.tag_ in ("PRP$", "POS")
    ):
        return ""
    return str(token.lower_ if token.is_sent_start and not token.ent_type_ else token.text)


def _names_somebody(nominal: Nominal, left: list[Any]) -> bool:
    if any(token.lower_ in _NOBODY for token in left):
        return False
    known = nominal.owner is not None or nominal.pronoun is not None
    indefinite = any(token.lower_ in _INDEFINITE for token in left)
    match nominal.noun_class:
        case "group":
            return not indefinite
        case "generic":
            return nominal.name != nominal.noun and not indefinite
        case "organisation":
            return known or nominal.definite
        case "voice" if nominal.owner is None:
            return nominal.definite and nominal.head.morph.get("Number") != ["Plur"]
        case _:
            return known or nominal.definite
