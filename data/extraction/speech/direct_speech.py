"""Who speaks the words within quotation marks: rules tried in order, the surest first."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from detente.data.extraction.lexicon import JUDGEMENT_VERBS, SPEECH_NOUNS, SPEECH_VERBS
from detente.data.extraction.parsing import ParsedArticle
from detente.data.extraction.speech.indirect_speech import speaker_of_verb
from detente.data.extraction.speech.quotation import Quotation
from detente.data.extraction.speech.quotation_context import (
    SENTENCE_END,
    Place,
    Reader,
    place_of,
    tokens_between,
)
from detente.data.extraction.speech.speech import Speech, phrase_span
from detente.data.extraction.syntax import NOMINAL, Token, child, phrase_head
from detente.data.records import Span

_SOURCES = frozenset({"according", "words"})
"""What stands before the speaker without a verb: "according to X", "in the words of X"."""
_FAR = 20
"""Tokens behind a quotation among which its speech verb is looked for."""
_NEAR = 6
_FEW_WORDS = 3
"""Fewer words in marks are speech only where a word for speaking or judging governs them."""


@dataclass(frozen=True)
class _Cue:
    """The word that attributes, and who speaks; no speaker where the text hides him: "was called a farce"."""

    word: Token
    speaker: Token | None


def attribute(parsed: ParsedArticle, quotations: Sequence[Quotation], indirect: Sequence[Speech]) -> tuple[Speech, ...]:
    """Direct speech in the order of the text: the quotations that are speech, with their speakers."""
    reader = Reader(parsed, quotations, indirect)
    for number in range(len(quotations)):
        place = place_of(reader, number)
        speech = _attributed(reader, place)
        if speech is not None:
            reader.found.append(speech)
    return tuple(reader.found)


def _attributed(reader: Reader, place: Place) -> Speech | None:
    content = place.quotation.content
    cue = _leading(place) or _trailing(place)
    if cue is None and not place.opens_sentence:
        cue, reported = _governing(place), _reported(reader, content)
        if reported is not None and (cue is None or _is_surer(reported, cue, place)):
            return Speech(content, reported.cue, reported.speaker, direct=True)
    cue = cue or _loose(place)
    if cue is not None:
        is_behind = bool(place.behind) and cue.word.doc is place.behind[0].doc
        offset = place.offset_behind if is_behind else place.offset_before
        speaker = phrase_span(cue.speaker, offset) if cue.speaker is not None else None
        start = offset + cue.word.idx
        return Speech(content, (start, start + len(cue.word)), speaker, direct=True)
    if place.quotation.outer is not None or not _is_speech(place):
        return None
    return Speech(content, None, _continued(reader, place), direct=True)


def _is_surer(reported: Speech, cue: _Cue, place: Place) -> bool:
    """Whether the reported clause tells more about a quotation in it than the verb right above the quoted words."""
    same = reported.cue is not None and reported.cue[0] == place.offset_before + cue.word.idx
    return same or cue.speaker is None or cue.speaker.pos_ == "PRON"


def _is_verb(token: Token, *lemmas: frozenset[str]) -> bool:
    return token.pos_ in {"VERB", "AUX"} and any(token.lemma_ in group for group in lemmas)


def _leading(place: Place) -> _Cue | None:
    """A speech verb right before the marks: "X said: ...", "X told reporters that ..."."""
    if not place.before or not (place.before[-1].text in {":", ",", "that"} or _ends_with_verb(place.before)):
        return None
    for token in reversed(place.before):
        if _is_verb(token, SPEECH_VERBS) or token.lower_ in _SOURCES:
            return _cue(token, place.before, place)
    if place.before[-1].text == ":":
        return _clause_cue(place)
    return None


def _ends_with_verb(before: Sequence[Token]) -> bool:
    return any(_is_verb(token, SPEECH_VERBS) for token in before[-2:])


def _clause_cue(place: Place) -> _Cue | None:
    """Any verb before a colon: "X was blunt: ...", "X's answer was short: ..."."""
    for token in reversed(place.before):
        if token.pos_ in {"VERB", "AUX"}:
            cue = _cue(token, place.before, place)
            if cue is not None and cue.speaker is not None:
                owner = child(cue.speaker, "poss")
                return _Cue(token, owner) if owner is not None else cue
    return None


def _trailing(place: Place) -> _Cue | None:
    """A speech verb behind the marks: ", X said", ", said X"."""
    behind = place.behind
    stop = place.text.rstrip()[-1:]
    comma = stop in ",—–-" or (bool(behind) and behind[0].text in {",", "-", "–", "—"})
    if not behind or not (comma or stop in "?!" or behind[0].is_lower) or (stop == "." and behind[0].is_title):
        return None
    words = [token for token in behind[: _FAR if comma else _NEAR] if not token.is_punct or token.text == ","]
    return _first_speech_verb(place, words) or (_any_verb(place, words) if stop == "," else None)


def _any_verb(place: Place, tokens: Sequence[Token]) -> _Cue | None:
    """A verb that no list holds, right where a speech verb would stand: ", scoffed X"."""
    for token in tokens:
        if token.pos_ == "VERB" and token.tag_ in {"VBD", "VBZ"}:
            cue = _cue(token, tokens, place)
            return cue if cue is not None and cue.speaker in tokens else None
    return None


def _first_speech_verb(place: Place, tokens: Sequence[Token]) -> _Cue | None:
    for token in tokens:
        if token.lower_ in _SOURCES or (_is_verb(token, SPEECH_VERBS) and token.tag_ not in {"VB", "VBG"}):
            return _cue(token, tokens, place)
    return None


def _cue(word: Token, tokens: Sequence[Token], place: Place) -> _Cue | None:
    """The speaker by the parse, or by the order of words where the parse leads into the quotation or nowhere."""
    if word.lower_ in _SOURCES:
        speaker = _first_nominal(tokens, word.i + 1)
        return _Cue(word, speaker) if speaker is not None else None
    speaker = speaker_of_verb(word)
    if speaker is not None and speaker.doc is word.doc and speaker not in place.inside and speaker.pos_ in NOMINAL:
        return _Cue(word, speaker)
    if speaker is None and child(word, "auxpass") is not None:
        return _Cue(word, _hidden(place))
    words = [token for token in tokens if token.is_alpha]
    if words and word.i - words[0].i <= 1:
        speaker = _first_nominal(tokens, word.i + 1)
    else:
        speaker = _last_nominal(tokens, word.i)
    return _Cue(word, speaker) if speaker is not None else None


def _hidden(place: Place) -> Token | None:
    """Who acts in a passive whose agent stands behind the quotation: "was called 'a farce' by X"."""
    by = next((token for token in place.behind[:_FAR] if token.lower_ == "by"), None)
    return _first_nominal(place.behind, by.i + 1) if by is not None else None


def _first_nominal(tokens: Sequence[Token], start: int) -> Token | None:
    return next((phrase_head(token) for token in tokens if token.i >= start and token.pos_ in NOMINAL), None)


def _last_nominal(tokens: Sequence[Token], end: int) -> Token | None:
    nominal = (token for token in reversed(tokens) if token.i < end and token.pos_ in NOMINAL)
    return next((phrase_head(token) for token in nominal), None)


def _reported(reader: Reader, content: Span) -> Speech | None:
    """The innermost reported clause that holds the quotation and has a speaker."""
    middle = (content[0] + content[1]) // 2
    around = [
        one
        for one in reader.indirect_before(content[0])
        if one.speaker is not None and one.content[0] <= content[0] and middle < one.content[1]
    ]
    return min(around, key=lambda one: one.content[1] - one.content[0], default=None)


def _governing(place: Place) -> _Cue | None:
    """The nearest verb or noun above the quoted words in the parse that speaks or judges."""
    inside = set(place.inside)
    token = next((one for one in place.inside if one.head not in inside and not one.is_punct), None)
    for _ in range(8):
        if token is None or token.head is token:
            return None
        token = token.head
        if token in inside:
            continue
        if _is_verb(token, SPEECH_VERBS, JUDGEMENT_VERBS):
            return _cue(token, place.before, place)
        owner = child(token, "poss") if token.lemma_ in SPEECH_NOUNS else None
        if owner is not None:
            return _Cue(token, owner)
    return None


def _loose(place: Place) -> _Cue | None:
    """The last word before the marks that speaks or judges; failing that, the one behind; failing that, any verb."""
    for token in reversed(place.before):
        if _is_verb(token, SPEECH_VERBS, JUDGEMENT_VERBS):
            return _cue(token, place.before, place)
    if not place.opens_sentence or place.behind[:1]:
        cue = _first_speech_verb(place, place.behind) if place.text.rstrip()[-1:] not in SENTENCE_END else None
        if cue is not None:
            return cue
    if place.words < _FEW_WORDS or place.text.istitle() or place.quotation.outer is not None:
        return None
    verbs = (token for token in reversed(place.before) if token.pos_ == "VERB")
    cues = (_cue(token, place.before, place) for token in verbs)
    return next((cue for cue in cues if cue is not None and _is_someone(cue.speaker)), None)


def _is_someone(speaker: Token | None) -> bool:
    return speaker is not None and speaker.tag_ not in {"WDT", "DT"} and speaker.lower_ not in {"it", "this", "that"}


def _is_speech(place: Place) -> bool:
    """Whether a quotation that nobody is said to speak is more than a name or a word used with irony."""
    if place.text.istitle():
        return False
    return place.words > _FEW_WORDS or place.text.rstrip()[-1:] in SENTENCE_END


def _continued(reader: Reader, place: Place) -> Span | None:
    """Who spoke before, or whom the sentence before is about; nobody across more than one paragraph."""
    start = place.quotation.content[0]
    last = _last_speech(reader, start)
    if not place.opens_sentence:
        return last.speaker if last is not None and last.direct and start - last.content[1] < _FAR else None
    if place.text.rstrip()[-1:] not in SENTENCE_END and any(token.is_alpha for token in place.behind):
        return None
    reach = reader.offsets[max(0, bisect_right(reader.offsets, start) - 2)]
    if last is not None and last.content[1] < reach:
        last = None
    sentence = reader.parsed.sentences[max(0, reader.parsed.sentence_at(max(0, start - 2)))]
    if last is not None and max(last.content[1], (last.cue or last.content)[1]) > sentence[0]:
        return last.speaker
    return _topic(reader, sentence) or (last.speaker if last is not None else None)


def _last_speech(reader: Reader, start: int) -> Speech | None:
    ended = [
        one for one in (*reader.found[-3:], *reader.indirect_before(start)) if one.speaker and one.content[1] <= start
    ]
    return max(ended, key=lambda one: max(one.content[1], one.cue[1] if one.cue else 0), default=None)


def _topic(reader: Reader, sentence: Span) -> Span | None:
    """The person who is the subject of a sentence."""
    paragraph = bisect_right(reader.offsets, sentence[0]) - 1
    for token in tokens_between(reader, paragraph, *sentence):
        if token.dep_ in {"nsubj", "nsubjpass"} and (token.ent_type_ == "PERSON" or token.lower_ in {"he", "she"}):
            return phrase_span(token, reader.offsets[paragraph])
    return None
