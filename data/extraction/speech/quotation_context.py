"""The words around a quotation: its sentence before and behind it, up to the next quotations."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from detente.data.extraction.parsing import ParsedArticle
from detente.data.extraction.speech.quotation import Quotation
from detente.data.extraction.speech.speech import Speech
from detente.data.extraction.syntax import Token
from detente.data.records import Span

SENTENCE_END = frozenset(".!?…")
_MARKS = frozenset("\"'“”‘’„«»") | {"``", "''"}
_REPORTS = 20


@dataclass
class Place:
    """A quotation with the words of its sentence before and behind it, up to the next quotation."""

    quotation: Quotation
    offset_before: int
    offset_behind: int
    before: list[Token]
    behind: list[Token]
    inside: list[Token]
    text: str
    follows_quotation: bool

    @cached_property
    def opens_sentence(self) -> bool:
        """Whether no word and no quotation stands before it in its sentence."""
        return not any(token.is_alpha for token in self.before) and not self.follows_quotation

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


@dataclass
class Reader:
    """The tokens of an article by character, and what has been attributed so far."""

    parsed: ParsedArticle
    quotations: Sequence[Quotation]
    indirect: Sequence[Speech]
    found: list[Speech] = field(default_factory=list)

    @cached_property
    def offsets(self) -> list[int]:
        """Where each paragraph begins."""
        return [paragraph.offset for paragraph in self.parsed.paragraphs]

    @cached_property
    def starts(self) -> list[list[int]]:
        """Where each token begins, by paragraph."""
        return [[token.idx for token in paragraph.doc] for paragraph in self.parsed.paragraphs]

    @cached_property
    def indirect_starts(self) -> list[int]:
        """Where each report begins."""
        return [speech.content[0] for speech in self.indirect]

    def indirect_before(self, place: int) -> Sequence[Speech]:
        """The last few reports that begin up to a place; the ones that cover it are among them."""
        last = bisect_right(self.indirect_starts, place)
        return self.indirect[max(0, last - _REPORTS) : last]


def place_of(reader: Reader, number: int) -> Place:
    """The surroundings of a quotation, by its place in the list."""
    quotation = reader.quotations[number]
    start, end = quotation.content
    first, last = (bisect_right(reader.offsets, at) - 1 for at in (start, end))
    lowest, highest = _bounds(reader, number)
    before = list(_until_sentence_end(reversed(tokens_between(reader, first, lowest, start))))[::-1]
    behind = list(_until_sentence_end(tokens_between(reader, last, end, highest)))
    inside = tokens_between(reader, first, start, end)
    text = reader.parsed.article.text
    return Place(
        quotation,
        reader.offsets[first],
        reader.offsets[last],
        [token for token in before if token.text not in _MARKS],
        [token for token in behind if token.text not in _MARKS],
        inside,
        text[start:end],
        follows_quotation=_follows(reader, number, before),
    )


def _bounds(reader: Reader, number: int) -> Span:
    """Where the quotation before ends and the next begins, or the one around this does."""
    quotation = reader.quotations[number]
    start, end = quotation.content
    lowest, highest = 0, len(reader.parsed.article.text)
    if quotation.outer is not None:
        lowest, highest = reader.quotations[quotation.outer].content
    before = (reader.quotations[other].content[1] for other in range(number - 1, -1, -1))
    behind = (reader.quotations[other].content[0] for other in range(number + 1, len(reader.quotations)))
    lowest = max(lowest, next((place for place in before if place <= start), 0))
    highest = min(highest, next((place for place in behind if place >= end), highest))
    return lowest, highest


def tokens_between(reader: Reader, paragraph: int, start: int, end: int) -> list[Token]:
    """The tokens of a paragraph that begin within a span of the article."""
    offset, starts = reader.offsets[paragraph], reader.starts[paragraph]
    doc = reader.parsed.paragraphs[paragraph].doc
    return list(doc[bisect_left(starts, start - offset) : bisect_left(starts, end - offset)])


def _until_sentence_end(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.text in SENTENCE_END:
            return
        yield token


def _follows(reader: Reader, number: int, before: Sequence[Token]) -> bool:
    """Whether a quotation stands earlier in the same sentence."""
    if not number or reader.quotations[number].outer is not None:
        return False
    previous, here = reader.quotations[number - 1].content[1], reader.quotations[number].content[0]
    between = reader.parsed.article.text[previous:here]
    return "\n\n" not in between and sum(len(token) for token in before) > 0 and not SENTENCE_END & set(between)
