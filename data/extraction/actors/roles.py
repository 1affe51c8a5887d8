"""Whether a place's name is used for the place or for those who govern it, told by its part in the sentence."""

from typing import Any, Literal

from detente.data.extraction.actors.vocabulary import vocabulary

Use = Literal["place", "actor"]

_OF_PLACE = vocabulary("of_place")
_OF_MOTION = vocabulary("of_motion")
_OF_TOWN = vocabulary("of_town")
_VISITED = vocabulary("visited")


def use_of_place(span: Any) -> Use:
    """How the name of a place (a spaCy span) is used.

    A subject, an agent, an owner and most objects act or are acted on: "Ankara said", "Ankara's view", "ties with
    Ankara". A place is where things are, or what one goes to: "in Ankara", "flew to Ankara", "Ankara residents".
    """
    token = _first_of_a_row(span.root)
    if any(child.dep_ == "relcl" and child.i > token.i and _has_which(child) for child in token.rights):
        return "actor"
    match token.dep_:
        case "nsubj" | "nsubjpass" | "agent" | "dative" | "csubj" | "attr":
            return "actor"
        case "poss":
            return "place" if token.head.lower_ in _OF_TOWN else "actor"
        case "dobj":
            return "place" if token.head.lemma_ in _VISITED else "actor"
        case "pobj":
            return _use_behind(token.head)
        case _:
            return "place"


def _has_which(clause: Any) -> bool:
    """Whether it says what the place does: "which vetoed it"."""
    return any(child.lower_ == "which" and child.dep_ in ("nsubj", "nsubjpass") for child in clause.lefts)


def _first_of_a_row(token: Any) -> Any:
    while token.dep_ == "conj" and token.head.pos_ in ("PROPN", "NOUN") and token.head.i < token.i:
        token = token.head
    return token


def _use_behind(preposition: Any) -> Use:
    word, governor = preposition.lower_, preposition.head
    if word in ("to", "from"):
        return "place" if governor.lemma_ in _OF_MOTION else "actor"
    if word in ("of", "for", "against"):
        return "place" if governor.lower_ in _OF_TOWN or governor.lemma_ in _OF_MOTION else "actor"
    return "place" if word in _OF_PLACE else "actor"
