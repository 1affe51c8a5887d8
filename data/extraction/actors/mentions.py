"""Mentions of an article: who is named, and where."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.actors.boundaries import (
    is_credited_outlet,
    silent_until,
    trimmed,
    until_possessive,
    without_title,
)
from detente.data.extraction.actors.gazetteer import gazetteer
from detente.data.extraction.actors.names import TITLES, actor_name, is_abbreviation, name_words
from detente.data.extraction.actors.nominals import Nominal, find_nominals, name_at
from detente.data.extraction.actors.nouns import actor_nouns
from detente.data.extraction.actors.vocabulary import vocabulary
from detente.data.extraction.lexicon import SPEECH_VERBS
from detente.data.extraction.parsing import Paragraph, ParsedArticle
from detente.data.extraction.syntax import INNER
from detente.data.records import Form, Mention, Span

__all__ = ["actor_name", "find_mentions"]

KINDS = {"PERSON": "person", "ORG": "organisation", "GPE": "country", "NORP": "group"}
_NOMINAL_KINDS = {
    "executive": "organisation",
    "organisation": "organisation",
    "voice": "group",
    "group": "group",
    "generic": "group",
    "office": "person",
}
_ACTS = ("nsubj", "nsubjpass", "poss")
_PARTS = frozenset([*_ACTS, "dobj", "agent", "dative", "pobj", "conj", "compound", "nmod", "npadvmod", "appos", "oprd"])
_TAKEN_FOR = frozenset(["", "FAC", "PRODUCT", "WORK_OF_ART", "LOC"])
_NOUN_TAGS = frozenset(["NN", "NNS", "VB", "VBP"])
_JOINS = frozenset(["-", "–", "/", "’", "'"])
_NO_NAMES = vocabulary("no_names")
_POLICIES = vocabulary("policies")
"""Last words of names that are no actor's, in lower case."""
_THINGS = vocabulary("things")


@dataclass(frozen=True)
class _Found:
    """A stretch of the article's text, and what it seems to be."""

    span: Span
    kind: str
    form: Form = Form.NAME


def find_mentions(parsed: ParsedArticle, aliases: Aliases | None = None) -> tuple[Mention, ...]:
    """The mentions of an article, in the order of the text; none overlaps another.

    They are names (spaCy's people, organisations, places and peoples, and those that spaCy missed: of the tables, of
    the article's own people, and single capitalised nouns) and common noun phrases with a head from a list. The user's
    aliases come before all. What stands in a dateline or a credit is no mention.
    """
    taken = bytearray(len(parsed.article.text))
    found = list(_free(_by_user(parsed, aliases), taken)) if aliases else []
    surnames = _surnames(parsed)
    for paragraph in parsed.paragraphs:
        found += _free(_in_paragraph(paragraph, surnames), taken)
    return tuple(_to_mention(parsed, one) for one in sorted(found, key=lambda one: one.span))


def _free(found: Iterable[_Found], taken: bytearray) -> Iterator[_Found]:
    """Those that overlap none before them."""
    for one in found:
        start, end = one.span
        if not any(taken[start:end]):
            taken[start:end] = b"x" * (end - start)
            yield one


def _by_user(parsed: ParsedArticle, aliases: Aliases) -> Iterator[_Found]:
    for match in aliases.pattern.finditer(parsed.article.text) if aliases.pattern else ():
        actor = aliases.find(match.group())
        yield _Found(match.span(), actor.kind if actor else "organisation")


def _surnames(parsed: ParsedArticle) -> frozenset[str]:
    """The last words of the people of the article."""
    people = (
        name_words(name.text)
        for paragraph in parsed.paragraphs
        for name in paragraph.doc.ents
        if name.label_ == "PERSON"
    )
    last = (words[-1] for words in people if words)
    return frozenset(word for word in last if word[0].isupper() and word.isalpha() and word.lower() not in _POLICIES)


def _in_paragraph(paragraph: Paragraph, surnames: frozenset[str]) -> Iterator[_Found]:
    """Nominals come first, since they take in the names that are part of them: "Turkish officials"."""
    doc, offset = paragraph.doc, paragraph.offset
    silent = silent_until(doc.text)
    nominals = (_of_nominal(doc, nominal) for nominal in find_nominals(doc))
    for one in chain(nominals, _names(doc), _missed_names(doc, surnames)):
        start, end = one.span
        if start >= silent and start < end:
            yield _Found((offset + start, offset + end), one.kind, one.form)


def _of_nominal(doc: Any, nominal: Nominal) -> _Found:
    return _Found(_span(doc, nominal.start, nominal.end), _NOMINAL_KINDS[nominal.noun_class], Form.NOMINAL)


def _names(doc: Any) -> Iterator[_Found]:
    """The entities that spaCy found, with mended boundaries."""
    text = doc.text  # put together anew each time
    for name in doc.ents:
        if name.label_ not in KINDS or _is_policy(name) or _is_figure_of_speech(name):
            continue
        start, end = trimmed(text, name.start_char, name.end_char)
        if name.label_ == "PERSON":
            start = without_title(text, start, until_possessive(text, start, end))
            end = until_possessive(text, start, end)
        if actor_name(text[start:end]) and not is_credited_outlet(text, start, end):
            yield _Found((start, end), KINDS[name.label_])


def _is_policy(name: Any) -> bool:
    """Whether its noun is that of a policy, as in "Carbon Levy", and no table knows it for an actor."""
    words = {name.root.lower_, name[-1].lower_}
    return not words.isdisjoint(_POLICIES) and gazetteer().find(name.text) is None


def _is_figure_of_speech(name: Any) -> bool:
    """Whether it is the adjective of a thing: "Turkish coffee"."""
    following = name.doc[name.end : name.end + 1]
    return name.label_ in ("NORP", "GPE") and len(following) > 0 and following[0].lower_ in _THINGS


def _missed_names(doc: Any, surnames: frozenset[str]) -> Iterator[_Found]:
    """Proper nouns that spaCy took for nothing or a thing, known to a table or the article, or names by their looks."""
    text = doc.text
    for first, last in _proper_nouns(doc, surnames):
        start, end = trimmed(text, *_span(doc, first, last))
        surface = text[start:end]
        entry = gazetteer().find(surface)
        if entry and not entry.doubtful:
            yield _Found((start, end), entry.actor.kind)
        elif doc[last - 1].text in surnames or _is_name(doc, first, last):
            kind = "organisation" if is_abbreviation(surface) else "person"
            yield _Found((without_title(text, start, end), end), kind)


def _is_name(doc: Any, first: int, last: int) -> bool:
    """Whether it is one capitalised word, behind a title or not, that spaCy takes for nothing or for a thing."""
    token = doc[last - 1]
    alone = last - first == 1 or (last - first == 2 and doc[first].lower_.strip(".") in TITLES)
    taken_for = token.ent_type_ in _TAKEN_FOR and len(name_at(token)) == 1
    if not alone or not taken_for or token.dep_ not in _PARTS or not _looks_like_name(token):
        return False
    return not (_is_part_of_longer(doc, first, last) or (token.dep_ == "pobj" and token.head.lower_ == "on"))


def _looks_like_name(token: Any) -> bool:
    word = token.lower_
    if len(token) < 3 or word in _POLICIES or word in _NO_NAMES or word in TITLES or word in actor_nouns():
        return False
    capitalised = token.text[0].isupper() and not token.is_upper
    return (capitalised and not word.endswith("ism")) or is_abbreviation(token.text)


def _is_part_of_longer(doc: Any, first: int, last: int) -> bool:
    """Whether a capital, a number or a hyphen beside it says that there is more of the name."""
    if first and (doc[first - 1].text in _JOINS or (doc[first - 1].ent_type_ and doc[first - 1].is_title)):
        return True
    if last == len(doc):
        return False
    after = doc[last]
    if after.lower_ in {"and", "of", "&"} and doc[last - 1].dep_ in INNER:
        return True
    return after.text in _JOINS or after.like_num or bool(after.is_title and after.is_alpha)


def _proper_nouns(doc: Any, surnames: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Runs of proper nouns, and of known surnames, outside people, organisations and places, as places of tokens."""
    first: int | None = None
    for token in doc:
        known = token.text in surnames and (not token.is_sent_start or token.dep_ in _ACTS)
        proper = token.pos_ == "PROPN" or known or _is_taken_for_noun(token)
        inside = proper and token.ent_type_ not in KINDS and token.is_alpha
        if first is not None and not inside:
            yield first, token.i
        first = (token.i if first is None else first) if inside else None
    if first is not None:
        yield first, len(doc)


def _is_taken_for_noun(token: Any) -> bool:
    """Whether a capital within a sentence, or what it does at its beginning ("Hale said"), says that it is a name."""
    if token.tag_ not in _NOUN_TAGS or not _looks_like_name(token):
        return False
    if token.is_sent_start or (token.i and token.nbor(-1).is_punct):
        speaks = token.tag_ == "NN" and token.head.lemma_ in SPEECH_VERBS and token.head.i == token.i + 1
        return bool(token.dep_ == "nsubj" and (speaks or token.tag_ == "VB"))
    return True


def _span(doc: Any, first: int, end: int) -> Span:
    return doc[first].idx, doc[end - 1].idx + len(doc[end - 1])


def _to_mention(parsed: ParsedArticle, found: _Found) -> Mention:
    start, end = found.span
    surface = parsed.article.text[start:end]
    return Mention(
        surface=surface, span=found.span, sentence=parsed.sentence_at(start), kind=found.kind, form=found.form
    )
