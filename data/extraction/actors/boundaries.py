"""Where a name begins and ends, and which parts of a text name nobody: datelines and credits."""

import re

from detente.data.extraction.actors.names import TITLES
from detente.data.extraction.actors.vocabulary import vocabulary

_DATE = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?\s+\d{1,2}(?:,?\s+\d{4})?"
_PLACE = r"[A-Z][\w.'’-]*(?:[ /][A-Z][\w.'’-]*){0,4}(?:,\s*[A-Z][\w.'’-]*(?:\s[A-Z][\w.]*)?){0,2}"
_CAPITALS = r"[A-Z][A-Z.'’-]{2,}(?: [A-Z][A-Z.'’-]+){0,3}(?:,\s*[A-Z][\w.]*(?:\s[A-Z][\w.]*)?){0,2}"
_DATELINE = re.compile(
    rf"\s*(?:{_PLACE},?\s+{_DATE}\s*(?:\([^()\n]{{2,40}}\)\s*)?(?:[-–—:]+|\s)"  # GENEVA, Aug 10:
    rf"|{_PLACE},?\s*\([^()\n]{{2,40}}\)\s*[-–—:]+"  # Washington (AP) -
    rf"|{_CAPITALS}\s*(?:[–—]|--|\s-)\s)"  # WASHINGTON -
)
_CREDIT = re.compile(
    r"\s*[(\[]?(?:(?:Additional )?[Rr]eporting by|Edit(?:ing|ed) by|Writing by|Written by|Compiled by|Sources?:"
    r"|Photo(?:graph)?(?: by|:)|Image(?: credit)?:|Credit:|Getty Images|Read more|READ MORE|Follow us|Copyright|©"
    r"|By [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){0,3}\s*(?:,[^.]{0,60})?$)"
)
_OUTLETS = vocabulary("outlets")
_LEFT, _RIGHT = "\"'“”‘’([{-–—,:;*", '"“”‘([{)]}-–—,:;*'
_INNER_POSSESSIVE = re.compile(r"['’]s?\s")
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")


def silent_until(paragraph: str) -> int:
    """How many characters at the beginning of a paragraph name no actor: its dateline, or all of a credit line."""
    if _CREDIT.match(paragraph):
        return len(paragraph)
    dateline = _DATELINE.match(paragraph)
    return dateline.end() if dateline else 0


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span of a text without the quotes, dashes and possessive at its ends; empty where nothing is left."""
    while start < end and (text[start] in _LEFT or text[start].isspace()):
        start += 1
    shorter = True
    while shorter and start < end:
        before = end
        while start < end and (text[end - 1] in _RIGHT or text[end - 1].isspace()):
            end -= 1
        if found := _POSSESSIVE.search(text, start, end):
            end = found.start()
        shorter = end < before
    return start, end


def without_title(text: str, start: int, end: int) -> int:
    """Where a person's name begins behind its titles; a title alone stays."""
    while True:
        word, gap, rest = text[start:end].partition(" ")
        if not gap or not rest.strip() or word.lower().strip(".") not in TITLES:
            return start
        start = end - len(rest.lstrip())


def until_possessive(text: str, start: int, end: int) -> int:
    """Where a person's name ends that was taken too long: "Ada Quill's Harbour"."""
    found = _INNER_POSSESSIVE.search(text, start, end)
    return found.start() if found else end


def is_credited_outlet(text: str, start: int, end: int) -> bool:
    """Whether a name is that of an outlet in brackets, as in "(Reuters)"."""
    name = text[start:end].lower()
    return name in _OUTLETS and text[start - 1 : start] == "(" and text[end : end + 1] == ")"
