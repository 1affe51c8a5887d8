"""The record of reported speech, and the phrase that names its speaker."""

from dataclasses import dataclass

from detente.data.extraction.lexicon import OPPOSED_BY_OF
from detente.data.extraction.syntax import NOMINAL, Token, child, left_end, right_end
from detente.data.records import Span

_TELLING = frozenset({"of", "in", "from", "for", "at", "on"})
_LONGEST = 12


@dataclass(frozen=True)
class Speech:
    """Words that somebody says in an article; spans count characters of its text."""

    content: Span
    """Without the quotation marks."""
    cue: Span | None
    """The word that says that they are said; None where a quotation goes on from the one before."""
    speaker: Span | None
    direct: bool


def phrase_span(head: Token, offset: int) -> Span:
    """The noun phrase of a speaker without article, apposition and clauses: "Kenyan Foreign Minister Wanjiru Oduya".

    An apposition stays where it is the name: "the president of Kenya, Wanjiru Oduya".
    """
    first, end = left_end(head), right_end(head, _telling(head), _LONGEST)
    name = child(head, "appos")
    if name is not None and name.ent_type_ == "PERSON" and head.ent_type_ != "PERSON" and name.i - end <= 4:
        end = name.i + 1
    last = head.doc[end - 1]
    return offset + head.doc[first].idx, offset + last.idx + len(last)


def _telling(head: Token) -> list[Token]:
    """The phrases behind a noun that say whose or of what: "head of the union", "official in Oslo"."""
    if head.pos_ == "PRON" or head.lemma_ in OPPOSED_BY_OF:
        return []
    return [
        one
        for one in head.rights
        if one.dep_ == "prep" and one.lower_ in _TELLING and not _tells_when(one) and _is_plain(one)
    ]


def _tells_when(preposition: Token) -> bool:
    noun = child(preposition, "pobj")
    return (
        noun is None or noun.ent_type_ in {"DATE", "TIME", "CARDINAL", "PERCENT", "MONEY"} or noun.pos_ not in NOMINAL
    )


def _is_plain(phrase: Token) -> bool:
    return all(one.dep_ not in {"relcl", "acl", "appos", "punct"} for one in phrase.subtree)
