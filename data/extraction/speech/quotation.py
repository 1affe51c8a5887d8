"""Text within quotation marks: straight and curly, double and single, nested, and over several paragraphs."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from detente.data.records import Span

_DOUBLE = re.compile(r"[\"“”„«»]|``|''")
_SURE_OPENING = frozenset("“„«") | {"``"}
_SURE_CLOSING = frozenset("”»") | {"''"}
_SINGLE_OPENING = re.compile(
    r"(?<![\w.,!?;:'’\"”])['‘](?=[\w\"“…\[(£$€])(?!\d0s\b|(?:em|tis|twas|til|n|cause|round|bout)\b)", re.I
)
_SINGLE_CLOSING = re.compile(r"(?<=\S)['’](?!\w)")
_BEFORE_OPENING = frozenset("([{-–—/'‘")
_AFTER_CLOSING = frozenset(".,;:!?)]}-–—/'’")


@dataclass(frozen=True)
class Quotation:
    """What stands between two marks; `outer` is the place of the quotation around it in the list, if any."""

    content: Span
    outer: int | None = None


def find_quotations(text: str, paragraphs: Sequence[Span]) -> tuple[Quotation, ...]:
    """The quotations of a text, in order; those with single marks that cross others are left out.

    A quotation whose marks are opened again at each paragraph's start is one. One that is never closed ends with its
    paragraph if its marks are double, and is none if they are single: they may be apostrophes.
    """
    doubles = _joined(text, paragraphs, [_double_spans(text, span) for span in paragraphs])
    singles = _joined(text, paragraphs, [_single_spans(text, span) for span in paragraphs])
    spans = sorted([*doubles, *_uncrossed(singles, doubles)], key=lambda span: (span[0], -span[1]))
    found: list[Quotation] = []
    around: list[int] = []
    for start, end in spans:
        while around and found[around[-1]].content[1] < end:
            around.pop()
        found.append(Quotation((start, end), around[-1] if around else None))
        around.append(len(found) - 1)
    return tuple(found)


_Open = tuple[int, int, bool]
"""Start, end, and whether the closing mark is missing."""


def _double_spans(text: str, paragraph: Span) -> list[_Open]:
    spans: list[_Open] = []
    start: int | None = None
    for mark in _DOUBLE.finditer(text, *paragraph):
        opens = _opens(text, mark, paragraph, is_open=start is not None)
        if opens and start is None:
            start = mark.end()
        elif not opens and start is not None:
            spans.append((start, mark.start(), False))
            start = None
    if start is not None:
        spans.append((start, paragraph[1], True))
    return [span for span in spans if text[span[0] : span[1]].strip()]


def _opens(text: str, mark: re.Match[str], paragraph: Span, *, is_open: bool) -> bool:
    """Whether a mark opens: by its form, else by the space around it, else by what came before."""
    if mark.group() in _SURE_OPENING:
        return True
    if mark.group() in _SURE_CLOSING:
        return False
    before = text[mark.start() - 1] if mark.start() > paragraph[0] else " "
    after = text[mark.end()] if mark.end() < paragraph[1] else " "
    could_open = (before.isspace() or before in _BEFORE_OPENING) and not after.isspace()
    could_close = not before.isspace() and (after.isspace() or after in _AFTER_CLOSING)
    return could_open if could_open != could_close else not is_open


def _single_spans(text: str, paragraph: Span) -> list[_Open]:
    spans: list[_Open] = []
    openings = [match.start() for match in _SINGLE_OPENING.finditer(text, *paragraph)]
    if not openings:
        return spans
    closings = [match.start() for match in _SINGLE_CLOSING.finditer(text, *paragraph)]
    for number, opening in enumerate(openings):
        if spans and opening < spans[-1][1]:
            continue
        limit = openings[number + 1] if number + 1 < len(openings) else paragraph[1]
        within = closings[bisect_right(closings, opening + 1) : bisect_left(closings, limit)]
        if within:
            spans.append((opening + 1, _closing(text, within), False))
        elif limit == paragraph[1]:
            spans.append((opening + 1, limit, True))
    return spans


def _closing(text: str, candidates: Sequence[int]) -> int:
    """The first mark that is no genitive of a plural ("the workers' party"), or else the first."""
    sure = (place for place in candidates if text[place - 1] != "s" or not text[place + 1 : place + 2].isspace())
    return next(sure, candidates[0])


def _joined(text: str, paragraphs: Sequence[Span], spans: Sequence[Sequence[_Open]]) -> list[Span]:
    """One list of spans, in which one that is open at a paragraph's end goes on where the next begins with a mark."""
    joined: list[_Open] = []
    for paragraph, own in zip(paragraphs, spans, strict=True):
        for index, (start, end, is_open) in enumerate(own):
            goes_on = index == 0 and joined and joined[-1][2] and not text[paragraph[0] : start - 1].strip()
            if goes_on and not text[joined[-1][1] : paragraph[0]].strip():
                joined[-1] = (joined[-1][0], end, is_open)
            else:
                joined.append((start, end, is_open))
    return [(start, end) for start, end, is_open in joined if not is_open or text[start - 1] not in "'‘"]


def _uncrossed(singles: Sequence[Span], doubles: Sequence[Span]) -> list[Span]:
    """The spans that lie wholly within or without each of the others."""
    starts = [start for start, _ in doubles]
    kept = []
    for start, end in singles:
        near = doubles[max(0, bisect_right(starts, start) - 1) : bisect_left(starts, end)]
        if all(end <= a or b <= start or (a <= start and end <= b) or (start <= a and b <= end) for a, b in near):
            kept.append((start, end))
    return kept
