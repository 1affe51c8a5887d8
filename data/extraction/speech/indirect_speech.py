"""Reported speech without quotation marks: clauses of speech verbs and nouns, and "according to"."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from detente.data.extraction.lexicon import CLAUSE_VERBS, NOT_SPEAKERS, SPEECH_NOUNS, SPEECH_VERBS
from detente.data.extraction.speech.parenthetical import goes_on, is_speaker, parenthetical_report
from detente.data.extraction.syntax import (
    NOMINAL,
    Token,
    agent,
    child,
    dateline_end,
    is_passive,
    phrase_head,
    sentence_of,
    subject_of,
)
from detente.data.records import Span

_EDGE = frozenset("\"'“”‘’,;:.-–— ()[]") | {"``", "''"}
_OPENERS = frozenset({"that", "as"})
_WITH = {"put": "it", "go": "on"}
"""Verbs of saying only together with a word: "as X put it", "X went on"."""
_ALONE = frozenset({"ask", "begin", "cry", "relate", "wonder", "protest", "object", "agree", "deny", "tweet"})
"""Verbs that, behind a comma and without a clause, more often tell what somebody did."""
_MADE = frozenset({"clear", "plain", "known"})
_IN_WORDS = frozenset({"words", "telling"})
_REACH = 10
"""Tokens behind a word of saying within which its clause begins."""
_WORDY = 3
"""Fewest words of a reported clause."""


@dataclass(frozen=True)
class Report:
    """A reported clause, as token indices of its paragraph's Doc, with the word that reports it and who speaks."""

    start: int
    end: int
    cue: tuple[int, int]
    speaker: Token | None


def find_reports(doc: Any) -> Iterator[Report]:
    """Yield the reported clauses of a paragraph, in the order of the words that report them."""
    for token in doc:
        if token.pos_ == "VERB" and (token.lemma_ in SPEECH_VERBS or token.lemma_ in _WITH):
            report = _of_verb(token)
        elif token.lower_ == "according":
            report = _according_to(token, token.i)
        elif token.lower_ in _IN_WORDS and token.i > 1 and token.nbor(-2).lower_ == "in":
            report = _according_to(token, token.i - 2)
        elif token.lemma_ in SPEECH_NOUNS and token.pos_ == "NOUN":
            report = _of_noun(token)
        elif token.lower_ in _MADE and token.head.lemma_ in {"make", "let"}:
            report = _made_known(token)
        else:
            continue
        if report is not None and report.end - report.start >= _WORDY:
            yield report


def _of_verb(verb: Token) -> Report | None:
    if _is_unsaid(verb):
        return None
    clause, speaker = child(verb, "ccomp"), speaker_of_verb(verb)
    span = None
    if clause is not None and clause.i > verb.i and verb.lemma_ in CLAUSE_VERBS:
        span = clause.left_edge.i, clause.right_edge.i + 1
    span = span or _that_clause(verb)
    if span is None and speaker is not None and is_speaker(speaker) and _may_stand_apart(verb):
        span = parenthetical_report(verb, speaker)
    if span is None and clause is not None and speaker is not None and verb.lemma_ in CLAUSE_VERBS:
        span = clause.left_edge.i, clause.right_edge.i + 1
    return _report(verb, span, (verb.i, verb.i + 1), speaker) if span is not None else None


def _is_unsaid(verb: Token) -> bool:
    """Whether nobody is told to have said it: "did not say", "without saying", "wants someone to say"."""
    if child(verb, "neg") is not None or verb.head.lower_ == "without":
        return True
    return bool(verb.tag_ == "VB" and not any(one.lemma_ == "do" for one in verb.children))


def _that_clause(word: Token) -> Span | None:
    """A clause that the parse hangs elsewhere: "noted in a long order that ..."."""
    for token in word.doc[word.i + 1 : min(word.i + _REACH, sentence_of(word)[1])]:
        if token.lower_ == "that" and token.tag_ == "IN":
            return token.i + 1, token.head.right_edge.i + 1
        if token.pos_ in {"VERB", "AUX", "SCONJ", "CCONJ"}:
            return None
    return None


def _made_known(word: Token) -> Report | None:
    """The clause of "made it clear that ...", "let it be known that ..."."""
    span = _that_clause(word)
    return _report(word, span, (word.i, word.i + 1), subject_of(word.head)) if span is not None else None


def _may_stand_apart(verb: Token) -> bool:
    following = verb.nbor(1).lower_ if verb.i + 1 < len(verb.doc) else ""
    if verb.lemma_ in _WITH:
        return bool(following == _WITH[verb.lemma_])
    return verb.lemma_ not in _ALONE and verb.tag_ in {"VBD", "VBZ", "VBP", "VBN"}


def speaker_of_verb(verb: Token) -> Token | None:
    """The subject, which what is spoken or heard is not: "a ban was announced by X"."""
    if is_passive(verb) and child(verb, "agent") is not None:
        return agent(verb)
    subject = _beside(verb) or subject_of(verb)
    if subject is not None and subject.i < dateline_end(verb.doc):
        subject = next((token for token in verb.doc[dateline_end(verb.doc) : verb.i] if token.pos_ in NOMINAL), None)
        return phrase_head(subject) if subject is not None else None
    return None if subject is None or subject.dep_ == "expl" else subject


def _beside(verb: Token) -> Token | None:
    """The noun right before a finite verb, which the parse may miss: "Kenya, its envoy told the council, ..."."""
    if verb.i == 0 or verb.tag_ not in {"VBD", "VBZ", "VBP"}:
        return None
    noun = verb.nbor(-1)
    is_free = noun.dep_ in {"appos", "dobj", "conj", "ROOT", "nsubj", "attr"} and noun.pos_ in NOMINAL
    return noun if is_free and noun.tag_ not in {"WP", "WDT"} and noun.ent_type_ not in {"DATE", "TIME"} else None


def _of_noun(noun: Token) -> Report | None:
    span = _that_clause(noun)
    if span is None:
        return None
    speaker = child(noun, "poss") or _by(noun) or _giver(noun)
    return _report(noun, span, (noun.i, noun.i + 1), speaker)


def _by(noun: Token) -> Token | None:
    """Who speaks in "a warning by X", "a word from X"."""
    lead = noun.nbor(1) if noun.i + 1 < len(noun.doc) else noun
    return child(lead, "pobj") if lead.lower_ in {"by", "from"} else None


def _giver(noun: Token) -> Token | None:
    """Who speaks in "X issued a warning"."""
    return subject_of(noun.head) if noun.dep_ == "dobj" and noun.head.pos_ == "VERB" else None


def _according_to(token: Token, first: int) -> Report | None:
    """The sentence around "according to X" or "in the words of X"; `first` is where that phrase begins."""
    doc, place = token.doc, token.i
    if first < 0 or place + 2 >= len(doc) or doc[place + 1].lower_ != ("to" if first == place else "of"):
        return None
    lead = doc[place + 1]
    speaker = child(lead, "pobj") or child(token, "pobj") or phrase_head(doc[place + 2])
    if speaker.pos_ not in NOMINAL or speaker.lemma_ in NOT_SPEAKERS:
        return None
    (start, stop), cue = sentence_of(token), (first, place + 2)
    commas = (one.i for one in doc[speaker.i + 1 : stop] if one.text == ",")
    end = next(commas, max(speaker.right_edge.i, lead.i) + 1)
    if first == start:
        return _report(token, (end, stop), cue, speaker)
    return _report(token, (start, stop if goes_on(doc[end:stop]) else first), cue, speaker)


def _report(word: Token, span: Span, cue: Span, speaker: Token | None) -> Report:
    """The report without dateline, "that", marks and stops at its ends."""
    doc, (start, end) = word.doc, span
    start = dateline_end(doc) if start == 0 else start
    while start < end and (doc[start].text in _EDGE or doc[start].is_space or doc[start].lower_ in _OPENERS):
        start += 1
    while end > start and (doc[end - 1].text in _EDGE or doc[end - 1].is_space):
        end -= 1
    return Report(start, end, cue, speaker)
