"""Names that only say something of another: the place in "Ada Quill of Ohio", the outlet in "told Reuters".

They stand for an actor all right, but for none that does anything in the sentence or has anything done to it.
"""

import re
from typing import Any

from detente.data.extraction.actors.names import actor_name
from detente.data.extraction.actors.vocabulary import vocabulary
from detente.data.extraction.lexicon import SPEECH_VERBS
from detente.data.extraction.syntax import INNER, Token, phrase_head

_BRACKET = re.compile(r"\((?:[A-Z]\w{0,2}\s?[-–—]\s?)?$")  # "(Ohio)", "(R-Ohio)", "(Lab - Fife)"
_PLACES = frozenset({"GPE", "LOC"})
_IN_A_ROW = frozenset({"appos", "npadvmod", "dep"})
_OUTLETS = vocabulary("outlets")


def is_aside(span: Any) -> bool:
    """Whether a name (a spaCy span) tells where somebody or a town named beside it is from, or who prints the words."""
    root = span.root
    if root.ent_type_ in _PLACES:
        return _is_in_brackets(span) or _is_of_person(root) or _is_in_address(span)
    return _is_source(span)


def _is_in_brackets(span: Any) -> bool:
    before = span.doc[max(0, span.start - 4) : span.start]
    return bool(_BRACKET.search(before.text_with_ws))


def _is_of_person(root: Token) -> bool:
    """Whether it is the place in "Ohio senator Ada Quill", "Ada Quill of Ohio" or "Ada Quill, Republican of Ohio"."""
    if root.dep_ == "pobj" and root.head.lower_ == "of":
        return bool(root.head.head.ent_type_ in {"PERSON", "NORP"})
    head = phrase_head(root)
    return bool(root.dep_ in INNER - {"poss"} and head.i > root.i and head.ent_type_ == "PERSON")


def _is_in_address(span: Any) -> bool:
    """Whether it is the place that another is in: "Dunmore, Ohio"."""
    if span.start < 2 or span.doc[span.start - 1].text != "," or span.root.dep_ not in _IN_A_ROW:
        return False
    return bool(span.doc[span.start - 2].ent_type_ in _PLACES)


def _is_source(span: Any) -> bool:
    """Whether it is an outlet that somebody speaks to or on: "told the Associated Press", "said on Fox News"."""
    if actor_name(span.text).lower() not in _OUTLETS:
        return False
    root = span.root
    spoken = root.dep_ in {"dobj", "dative"} and root.head.lemma_ in SPEECH_VERBS
    return spoken or bool(root.dep_ == "pobj" and root.head.lower_ in {"on", "to", "in", "for"} and _is_said(root.head))


def _is_said(preposition: Token) -> bool:
    return preposition.head.lemma_ in SPEECH_VERBS or preposition.head.lemma_ in {"speak", "interview", "appear"}
