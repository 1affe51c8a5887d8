"""Mends the mentions of DSE.

The release trimmed every s and apostrophe off both ends of each mention and put its brackets round what was left:
"[Saint Elli]s", "[Fortre]ss", "s[outh]". Of a possessive it left the apostrophe inside the bracket and the s outside.
"""

import re
from dataclasses import dataclass

from detente.data.records import Span

_CUT_RIGHT = re.compile(r"(s{1,2}|n|i|ian|ic|y|r|er|is|ites)(?![^\W_])")
_CUT_LEFT = re.compile(r"(?<![^\W_]|[’'])s$")
_DEBRIS_LEFT = re.compile(r"^(?:[’']s\s+|[\s’'‘\"“”,.:)—-])+")
_DEBRIS_RIGHT = re.compile(r"(?:[’']s|[\s’'‘\"“”,:(—-])+$")
_SWALLOWED_END = re.compile(r"[.!?][\"”“]\s*\w")
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Mended:
    """A sentence without brackets, where its two mentions are, and what was done to them."""

    text: str
    spans: tuple[Span, Span]
    published: tuple[str, str]
    repairs: tuple[str | None, str | None]
    defects: tuple[str, ...]


def mend(sentence: str, first: Span, second: Span) -> Mended | str:
    """Take the brackets out of a sentence and mend the two mentions, or say why they can't be used.

    Args:
        sentence: With brackets.
        first: Where the first pair of brackets is, the brackets included.
        second: The second pair, likewise.
    """
    (a, b), (c, d) = first, second
    text = sentence[:a] + sentence[a + 1 : b - 1] + sentence[b:c] + sentence[c + 1 : d - 1] + sentence[d:]
    marked = ((a, b - 2), (c - 2, d - 4))
    published = (text[slice(*marked[0])], text[slice(*marked[1])])
    if not all(_WORD.search(mention) for mention in published):
        return "a mention without a letter or a digit"
    p, q = (_mend_mention(text, start, end) for start, end in marked)
    if p[1] > q[0]:
        return "the mentions overlap"
    if any(_SWALLOWED_END.search(text[slice(*span)]) for span in (p, q)):
        return "a mention runs over the end of a sentence"
    repairs = (_difference(text, marked[0], p), _difference(text, marked[1], q))
    return Mended(text, (p, q), published, repairs, _defects(text, p, q))


def _mend_mention(text: str, start: int, end: int) -> Span:
    left = _DEBRIS_LEFT.match(text[start:end])
    right = _DEBRIS_RIGHT.search(text[start:end])
    if left and left.end() < end - start:
        start += left.end()
    elif cut := _CUT_LEFT.search(text[:start]):
        start = cut.start()
    if right and end - len(right[0]) > start:
        return start, end - len(right[0])
    if suffix := _CUT_RIGHT.match(text, end):
        end = suffix.end()
    if text.count("(", start, end) > text.count(")", start, end) and text.startswith(")", end):
        end += 1
    return start, end


def _difference(text: str, was: Span, now: Span) -> str | None:
    """How a mention changed: "… +s" has gained an s on the right, "s+ …" one on the left; "-" is what was cut."""
    left = f"{text[now[0] : was[0]]}+ " if now[0] < was[0] else f"{text[was[0] : now[0]]}- " if now[0] > was[0] else ""
    right = f" +{text[was[1] : now[1]]}" if now[1] > was[1] else f" -{text[now[1] : was[1]]}" if now[1] < was[1] else ""
    return f"{left}…{right}" if left or right else None


def _defects(text: str, *spans: Span) -> tuple[str, ...]:
    found = []
    if any(text[slice(*span)].islower() for span in spans):
        found.append("lowercase_mention")
    if any(_inside_word(text, *span) for span in spans):
        found.append("mid_word_mention")
    return tuple(found)


def _inside_word(text: str, start: int, end: int) -> bool:
    joined_left = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    joined_right = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    return joined_left or joined_right
