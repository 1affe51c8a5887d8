"""Sentences reported by a clause within or behind them: "The ban, Kenya said, is over", "The ban is over, Kenya said".

Read from the order of words: the small model's parse of such sentences is often wrong.
"""

from collections.abc import Sequence

from detente.data.extraction.lexicon import SPEECH_VERBS
from detente.data.extraction.syntax import NOMINAL, Token, child, left_end, sentence_of
from detente.data.records import Span

_FINITE = frozenset({"VBD", "VBZ", "VBP", "MD"})
_SUBORDINATE = frozenset({"advcl", "relcl", "acl", "pcomp"})
_HEARERS = frozenset({"tell", "inform", "assure", "remind", "warn", "notify"})
_OTHER_CLAUSE_TAGS = frozenset({"VBG", "WP", "WP$", "WDT", "WRB"})
_OTHER_CLAUSE_WORDS = frozenset({"while", "as", "after", "before", "although", "though", "whereas", "but"})
"""What opens a clause about the speaker or the events, behind "X said,"."""
_FEWEST = 3


def parenthetical_report(verb: Token, speaker: Token) -> Span | None:
    """Token indices of the reported sentence, or None where the verb and its speaker aren't put into or behind one."""
    start, stop = sentence_of(verb)
    first, last = _phrase_start(verb, speaker), _phrase_end(verb, speaker, stop)
    doc = verb.doc
    if last is None or first - 1 <= start or doc[first - 1].text != ",":
        return None
    start = next((place + 1 for place in range(first - 2, start, -1) if doc[place].text in {":", ";"}), start)
    is_described = speaker.i > verb.i and child(speaker, "appos", "relcl") is not None
    is_split = not is_described and goes_on(doc[last:stop])
    if not is_split and not any(_is_main_verb(token) for token in doc[start:first]):
        return None
    return start, stop if is_split else first - 1


def _phrase_start(verb: Token, speaker: Token) -> int:
    """Where the clause of saying begins, articles and an "as" included."""
    first: int = min(left_end(speaker), verb.i)
    while first > 0 and (verb.doc[first - 1].pos_ == "DET" or verb.doc[first - 1].tag_ == "PRP$"):
        first -= 1
    return first - 1 if first > 0 and verb.doc[first - 1].lower_ == "as" else first


def _phrase_end(verb: Token, speaker: Token, stop: int) -> int | None:
    """The comma behind the clause of saying, or the sentence's end; None where the verb has a clause or object."""
    doc, place = verb.doc, max(verb.i, speaker.i) + 1
    told = child(verb, "dobj")
    if told is not None and told.i > verb.i and verb.lemma_ not in _HEARERS and told.lower_ != "it":
        return None
    for token in doc[place:stop]:
        if token.text in {",", ".", ";", "!", "?"}:
            return int(token.i)
        if token.tag_ in _FINITE or token.lower_ == "that" or token.text == ":":
            return None
    return stop


def goes_on(rest: Sequence[Token]) -> bool:
    """Whether the reported words go on behind a comma: "They had no intention, X said, of leaving"."""
    words = [token for token in rest if not token.is_punct]
    if len(words) < _FEWEST or rest[0].text != ",":
        return False
    if words[0].tag_ in _OTHER_CLAUSE_TAGS or words[0].lower_ in _OTHER_CLAUSE_WORDS:
        return False
    return words[0].lower_ != "and" or not any(token.lemma_ in SPEECH_VERBS for token in words)


def _is_main_verb(token: Token) -> bool:
    if token.tag_ not in _FINITE or token.dep_ in _SUBORDINATE:
        return False
    owner = token.head if token.dep_ in {"aux", "auxpass"} else token
    return owner.dep_ not in _SUBORDINATE and child(owner, "mark") is None


def is_speaker(token: Token | None) -> bool:
    """Whether it can be who speaks in such a clause."""
    return token is not None and token.pos_ in NOMINAL and token.tag_ not in {"WP", "WDT", "EX"}
