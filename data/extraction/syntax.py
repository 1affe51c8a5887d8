"""Subjects and noun phrases, read off the dependency parse (spaCy's English labels, which follow ClearNLP's)."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from detente.data.extraction.parsing import ParsedArticle
from detente.data.records import Span

Token = Any
"""A spaCy Token: the library's types are not seen by the type checker."""

SUBJECTS = frozenset({"nsubj", "csubj", "expl"})
PASSIVE_SUBJECTS = frozenset({"nsubjpass", "csubjpass"})
NOMINAL = frozenset({"NOUN", "PROPN", "PRON"})
INNER = frozenset({"compound", "det", "amod", "poss", "nmod", "nummod", "quantmod", "case", "predet"})
"""Dependencies of the words before a noun within its phrase."""
_LENDS_SUBJECT = frozenset({"conj", "xcomp", "advcl", "pcomp", "acl", "ccomp", "dep", "prep"})
_DATELINE = 9
"""Most tokens of a dateline."""
_RELATIVES = frozenset({"who", "which", "that", "whom"})


def span_at(parsed: ParsedArticle, span: Span) -> Any:
    """The tokens (a spaCy span) of a stretch of an article's text; None where it has no parse."""
    at = bisect_right(parsed.paragraphs, span[0], key=lambda paragraph: paragraph.offset) - 1
    if at < 0:
        return None
    paragraph = parsed.paragraphs[at]
    start, end = (place - paragraph.offset for place in span)
    return paragraph.doc.char_span(start, end, alignment_mode="expand")


def child(token: Token, *dependencies: str) -> Token | None:
    """The first dependent with one of these labels."""
    return next((one for one in token.children if one.dep_ in dependencies), None)


def is_passive(verb: Token) -> bool:
    """Whether the one who acts isn't the subject."""
    if any(one.dep_ in {"auxpass", *PASSIVE_SUBJECTS} for one in verb.children):
        return True
    return bool(verb.tag_ == "VBN" and verb.dep_ == "acl")


def agent(verb: Token) -> Token | None:
    """Who acts in a passive clause: "was rejected by X"."""
    by = child(verb, "agent")
    return child(by, "pobj") if by is not None else None


def subject_of(verb: Token) -> Token | None:
    """Who does what the verb says; for a verb without a subject of its own, the one whose it shares."""
    token = verb
    for _ in range(5):
        if is_passive(token):
            return agent(token) if token is verb or token.dep_ == "conj" else child(token, *PASSIVE_SUBJECTS)
        subject = child(token, *SUBJECTS)
        if subject is not None:
            return _antecedent(subject, token)
        if token.dep_ in {"acl", "relcl"} and token.head.pos_ in NOMINAL:
            return token.head
        if token.dep_ not in _LENDS_SUBJECT or token.head is token:
            return None
        token = token.head
    return None


def _antecedent(subject: Token, verb: Token) -> Token:
    """What a relative pronoun stands for."""
    clause = verb.head if verb.dep_ == "conj" else verb
    if subject.lower_ in _RELATIVES and clause.dep_ == "relcl" and clause.head.pos_ in NOMINAL:
        return clause.head
    return subject


def sentence_of(token: Token) -> tuple[int, int]:
    """Indices of the first token of its sentence and behind the last; `Token.sent` reads the whole Doc each time."""
    doc, start, end = token.doc, token.i, token.i + 1
    while start > 0 and not doc[start].is_sent_start:
        start -= 1
    while end < len(doc) and not doc[end].is_sent_start:
        end += 1
    return start, end


def dateline_end(doc: Any) -> int:
    """Index of the first token behind a place and a date at a paragraph's start: "GENEVA, Aug 10: ..."; 0 without."""
    if len(doc) < _DATELINE or not doc[0].is_upper or len(doc[0]) < 3:
        return 0
    return next((place + 1 for place in range(1, _DATELINE) if doc[place].text in {":", "—", "--"}), 0)


def phrase_head(token: Token) -> Token:
    """The noun that a word of a noun phrase belongs to."""
    for _ in range(6):
        if token.dep_ not in INNER or token.head.pos_ not in NOMINAL or token.head.i < token.i:
            break
        token = token.head
    return token


def left_end(head: Token) -> int:
    """Index of the first word of a noun phrase, without articles, demonstratives and possessive pronouns."""
    first: int = head.i
    for one in sorted(head.lefts, key=lambda one: one.i, reverse=True):
        is_hyphen = one.text == "-" and one.i == first - 1
        if one.dep_ not in INNER - {"det", "predet"} and not is_hyphen:
            break
        if one.right_edge.i != first - 1 or one.tag_ == "PRP$":
            break
        first = _left_edge(one)
    return first


def _left_edge(token: Token) -> int:
    edge: int = token.left_edge.i
    while edge < token.i and (token.doc[edge].pos_ == "DET" or token.doc[edge].tag_ == "PRP$"):
        edge += 1
    return edge


def right_end(head: Token, allowed: Iterable[Token], longest: int) -> int:
    """Index behind the last word of a phrase of at most `longest` words, which these dependents may lengthen."""
    end: int = head.i + 1
    for one in allowed:
        if one.left_edge.i != end or one.right_edge.i + 1 - left_end(head) > longest:
            break
        end = one.right_edge.i + 1
    return end
