"""Lines that agencies and web sites put around an article: credits, links, appeals, notices.

Only whole lines are dropped, and a credit in brackets at the end of one; a line that could be running text stays.
Datelines stay: they tell where an article was written.
"""

import re
from dataclasses import dataclass

_CREDIT = r"(?i:(?:(?:additional|further)\s+)?(?:reporting|writing|editing|edited|written|compiled|translated))"
_NAME = r"(?:[A-Z@][\w.'’-]*+|(?i:and|in|at|of|for|by|additional|reporting|writing|editing|edited|written)\b)"
_CREDITS = rf"(?i:with\s+)?{_CREDIT}\s+(?i:by|for)\b[:\s]+{_NAME}(?:[\s,;.&/]+{_NAME})*\s*[.;]?"
_NETWORK = r"(?:Twitter|X|Facebook|Instagram|YouTube|Telegram|WhatsApp|LinkedIn|TikTok|Google\+?|Google News)"
_MAIL = r"(?:newsletters?|e-?mails?|inbox|alerts|briefing|podcast)"
_PIECE = r"(?:story|article|post|page|piece)"

_MOMENT = (
    r"(?:[\s,|]*(?:\d[\d:./-]*+(?:st|nd|rd|th)?|[ap]\.?m\b\.?|[ecpm][sd]?t|gmt|utc|bst|on|at|of"
    r"|(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*+\.?))+"
)
_READ_ON = r"read (?:more|also|next|the full \w+)|also read|see (?:also|more)|related(?: \w+)?|more on this(?: \w+)?"
_SEE = r"don['’]t miss|most read|you may also like|recommended|watch(?: now| live| below)?"

_LINES: tuple[tuple[str, int], ...] = (
    (_CREDITS, 40),
    (r"(?i:(?:(?:image|photo|picture|video|data) )?sources?\s*:\s*\S.*)", 8),
    (r"(?:SOURCE [A-Z].*|(?i:h/t\s*:?\s+\S.*)|(?i:via)\s*:?\s+[A-Z@].*[^.:](?!\.))", 6),
    (rf"(?i:(?:{_READ_ON}|{_SEE})\s*[:|>»].*)", 30),
    (r"(?i:(?:read more|find out more|learn more)(?: (?:about|on|at|from|here)\b.*)?[.:>» …]*)", 12),
    (r"(?i:(?:click|tap) (?:here|for|through|on)\b.*|on a mobile device\?.*|scroll down (?:for|to see)\b.*)", 20),
    (r"(?i:(?:continue reading|story continues)\b.*)", 10),
    (
        r"(?i:advertise?ment|(?:view|photo) gallery|see all related|ads by .*|loading|(?:video|poll) loading\b.*)",
        12,
    ),
    (r"(?i:share(?: this(?: \w+)?)?|comments?)\s*[:.…]*", 4),
    (rf"(?i:(?:follow\s[^,]{{1,80}}|find us|join (?:us|the \w+))\s+on\s+{_NETWORK}\b.*)", 25),
    (r"(?i:(?:follow|like) (?:us|me|our)\b.*|follow\s*:?\s*@\w+.*|contact (?:us|the author)\b.*)", 15),
    (rf"(?i:(?:sign up|(?:subscribe|register) (?:to|for|now|here))\b.{{0,80}}\b{_MAIL}\b.*)", 35),
    (r"(?i:get\b.{0,80}\bnewsletters?\b.*)", 25),
    (rf"(?i:(?:this {_PIECE}|this report has)\s(?:\w+ )?(?:been |was )?(?:updated|corrected|amended on \d)\b.*)", 45),
    (rf"(?i:this {_PIECE}\s(?:\w+ )?(?:\w+ )?(?:appeared|published|produced)\b.*)", 35),
    (r"The post\s.{1,300}\sappeared first on\s.*", 60),  # the foot of feeds by WordPress
    (rf"(?i:(?:last |first )?(?:updated?|updates|published|posted)\s*:?{_MOMENT})", 12),
    (r"(?i:(?:copyright|©|\(c\))\s*(?:©|\(c\))?\s*(?:\d{4}|by\b).*|.*\ball rights reserved\b.*)", 45),
    (r"(?i:this material may not be (?:published|broadcast|reproduced)\b.*)", 45),
    (rf"(?i:.{{1,160}}\bcontributed (?:reporting )?to this (?:report|{_PIECE})\b.*|with (?:news )?wire services)", 30),
    (r"(?i:to contact the (?:writer|reporter|author|editor|journalist)s?\b.*)", 30),
    (r"(?i:(?:have (?:something|anything) to add|do you have a (?:story|tip)|got a (?:story|tip))\b.*)", 30),
    (r"(?i:for (?:more|all the latest|the latest)(?! than)\b.{0,60}\b(?:visit|follow|go to|click)\b.*)", 30),
    (r"(?i:(?:photo|image|picture|video|screengrab|graphic)s?(?: (?:credit|courtesy))?\s*:[^“”\"]*)", 15),
    (r"(?i:(?:photo|image|picture|video)s? (?:by|via|courtesy of|from)\s.*[^.!?\s](?!\.))", 12),
)
"""Patterns of whole lines, each with the most words that such a line has."""
_BEFORE, _AFTER = r"[^\w\s(\[“\"'‘©@<]*\s*[(\[]?\s*", r"\s*[)\]]?\.?"
_WHOLE = [(re.compile(_BEFORE + f"(?:{pattern})" + _AFTER), words) for pattern, words in _LINES]
_AT_END = re.compile(rf"\s*[(\[]\s*{_CREDITS}\s*[)\]]\s*$")


@dataclass(frozen=True)
class Cleaned:
    """A text without its boilerplate, and the lines or parts of lines that went, in order."""

    text: str
    dropped: list[str]


def drop_boilerplate(text: str) -> Cleaned:
    """Take the lines that are known boilerplate out of a text."""
    kept: list[str] = []
    dropped: list[str] = []
    for line in text.split("\n"):
        if is_boilerplate(line):
            dropped.append(line.strip())
            continue
        if credit := _AT_END.search(line):
            dropped.append(credit.group().strip())
            line = line[: credit.start()]  # noqa: PLW2901
        kept.append(line)
    return Cleaned(tidy("\n".join(kept)), dropped)


def is_boilerplate(line: str) -> bool:
    """Whether a line is one of the reviewed patterns and no longer than such lines are."""
    line = line.strip()
    words = len(line.split())
    return any(words <= most and whole.fullmatch(line) for whole, most in _WHOLE)


def tidy(text: str) -> str:
    """A text with no spaces at the ends of its lines and no more than one empty line between two."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
