"""Finds the people and bodies that a corpus names but doesn't locate: by full name, surname or a known alias."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from detente.data.records import Span

ALIASES = {
    "Republican Party": ("GOP", "Republicans", "Republican"),
    "Republicans": ("Republican Party", "GOP", "Republican"),
    "Democratic Party": ("Democrats", "Democrat", "Democratic"),
    "Democrats": ("Democratic Party", "Democrat", "Democratic"),
    "United States": ("U.S.", "US", "U. S.", "USA", "America", "Americans", "American"),
    "United Kingdom": ("U.K.", "UK", "Britain", "British"),
    "European Union": ("EU", "E.U."),
    "United Nations": ("UN", "U.N."),
    "House of Representatives": ("the House", "The House", "House"),
    "Supreme Court": ("high court", "justices", "SCOTUS"),
    "Supreme Court of the United States": ("Supreme Court", "high court", "justices", "SCOTUS"),
    "Department of Justice": ("DOJ",),
    "Affordable Care Act": ("Obamacare", "ObamaCare", "ACA", "health care law", "health-care law"),
    "Patient Protection and Affordable Care Act": ("Affordable Care Act", "Obamacare", "ObamaCare", "ACA"),
    "Islamic State": ("ISIS", "ISIL"),
    "North Korea": ("Pyongyang", "North Korean"),
    "Russia": ("Moscow", "Kremlin", "Russians", "Russian"),
    "China": ("Beijing", "Chinese"),
    "Iran": ("Tehran", "Iranians", "Iranian"),
    "Israel": ("Israelis", "Israeli"),
    "Syria": ("Syrians", "Syrian"),
    "Ukraine": ("Kyiv", "Kiev", "Ukrainians", "Ukrainian"),
    "Mexico": ("Mexicans", "Mexican"),
}
"""Other words for names that the corpora use often, likeliest first."""
_AFTER_SURNAME = frozenset({"Jr.", "Jr", "Sr.", "Sr", "II", "III", "IV"})
_SMALL_WORDS = frozenset({"of", "the", "and", "for", "in", "on", "to"})
_COUNTRY = re.compile(r"^(?:The |the )?(?:United States|U\.S\.|US) (?=[A-Z])")
_DEPARTMENT = re.compile(r"^Department of (?:the )?([A-Z]\w+)$")
_BODY = re.compile(
    r"\b(?:Party|Department|Committee|Court|House|Senate|Congress|Agency|Administration|Union|States|Council|Office|Act"
    r"|University|Association|Group|Commission|Service|Bureau|Board|Center|Institute|News|Times|Post|Republic|Korea)\b"
)


@cache
def names_of(name: str) -> tuple[str, ...]:
    """What a text may call an entity, likeliest first: the name, a person's surname, an acronym, its aliases."""
    bare = _COUNTRY.sub("", name).removeprefix("The ").removeprefix("the ")
    found = [name, bare, *_personal_names(bare)]
    if department := _DEPARTMENT.match(bare):
        found.append(f"{department[1]} Department")
    found += [*_acronym(bare), *ALIASES.get(name, ()), *ALIASES.get(bare, ())]
    return tuple(dict.fromkeys(found))


def find_mentions(text: str, names: Iterable[str]) -> dict[str, Span]:
    """The mention of each entity that the text names: by its likeliest name, the first if there are several.

    "House" in "White House" is not the House: inside the name of an entity no other is looked for, unless it is the
    person in the name of a policy ("the Baker plan"). A stretch of text that two entities could be meant by belongs to
    neither, unless it is the full name of one.
    """
    claims: dict[Span, list[tuple[int, str]]] = {}
    for name in names:
        for span, rank in _occurrences(text, name):
            claims.setdefault(span, []).append((rank, name))
    names_alone = [span for span in claims if _is_name(text[slice(*span)])]
    best: dict[str, tuple[int, Span]] = {}
    for span, claimants in claims.items():
        rank, name = min(claimants)
        shared = len(claimants) > 1 and (rank > 0 or sum(other == 0 for other, _ in claimants) > 1)
        if shared or any(_inside(span, other) for other in names_alone):
            continue
        best[name] = min(best.get(name, (rank, span)), (rank, span))
    return {name: span for name, (_, span) in best.items()}


def _occurrences(text: str, name: str) -> Iterator[tuple[Span, int]]:
    seen: set[Span] = set()
    for rank, alias in enumerate(names_of(name)):
        for match in _pattern(alias, any_case=rank == 0 and " " in name).finditer(text):
            if match.span() not in seen:
                seen.add(match.span())
                yield match.span(), rank


@cache
def _pattern(alias: str, *, any_case: bool) -> re.Pattern[str]:
    spelled = re.escape(alias).replace(r"\ ", r"\s+")
    return re.compile(rf"(?<![\w-]){spelled}(?!\w)", re.IGNORECASE if any_case else 0)


def _is_name(surface: str) -> bool:
    return all(word[0].isupper() or word in _SMALL_WORDS for word in surface.split())


def _inside(span: Span, other: Span) -> bool:
    return span != other and other[0] <= span[0] and span[1] <= other[1]


def _acronym(name: str) -> list[str]:
    large = [word for word in name.split() if word not in _SMALL_WORDS]
    if len(large) < 3 or not all(word[0].isupper() for word in large):
        return []
    return ["".join(word[0] for word in large), "".join(f"{word[0]}." for word in large)]


def _personal_names(name: str) -> list[str]:
    """First name and surname without what stands between, and the surname, if the name may be a person's."""
    words = [word.rstrip(",") for word in name.split() if word not in _AFTER_SURNAME]
    if not 2 <= len(words) <= 4 or _BODY.search(name) or not all(word[0].isupper() for word in words):
        return []
    surname = [words[-1]] if len(words[-1]) > 2 else []
    return ([f"{words[0]} {words[-1]}"] if len(words) > 2 else []) + surname
