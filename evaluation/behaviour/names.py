"""Names to put in the place of others: states from the gazetteer, invented persons and organisations."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from detente.data.extraction.actors.gazetteer import gazetteer, read_table
from detente.data.extraction.actors.names import actor_name
from detente.data.records import AUTHOR, Example, Span

TAKES_ARTICLE = frozenset(["Bahamas", "Comoros", "Gambia", "Maldives", "Netherlands", "Philippines"])
_OF_ORGANISATIONS = re.compile(
    r"\b(agency|alliance|army|association|authority|bank|bureau|chamber|coalition|commission|committee|company|congress|"
    r"council|court|federation|forces|front|fund|government|group|guild|industries|institute|league|ministry|movement|"
    r"organi[sz]ation|parliament|party|police|senate|service|society|union)\b",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"\b(accord|act|agreement|amendment|bill|city|county|daily|deal|democrats|house|journal|law|north|news|order|pact|plan|post|"
    r"protocol|province|republicans|river|south|state|street|times|treaty|university|wall|war)\b",
    re.IGNORECASE,
)
_SAME_KINDS = {
    "country": "state",
    "nation": "state",
    "organization": "organisation",
    "org": "organisation",
    "party": "organisation",
}
_PERSON = re.compile(r"(?:[A-Z][\w’'-]+|[A-Z]\.)(?: (?:[A-Z][\w’'-]+|[A-Z]\.|de|al|van|von|bin)){1,3}")


@dataclass(frozen=True)
class State:
    """A state with the forms that its name takes."""

    code: str
    name: str
    demonym: str
    """"Kenyan"; its plural is made with an s."""
    seat: str

    @property
    def in_text(self) -> str:
        """The name as it stands in a sentence, with its article."""
        article = self.name.startswith("United ") or self.name in TAKES_ARTICLE
        return f"the {self.name}" if article else self.name


@dataclass(frozen=True)
class Occurrence:
    """Where a text names a state, and how: name, demonym, plural (of the demonym) or seat."""

    span: Span
    surface: str
    code: str
    form: str


@cache
def tables() -> Mapping[str, Any]:
    """What `templates.yaml` holds."""
    text = resources.files(__package__).joinpath("templates.yaml").read_text(encoding="utf-8")
    return dict(YAML(typ="safe").load(text))


def pool(kind: str) -> list[str]:
    """The invented names of a kind."""
    return list(tables()["names"][kind])


@cache
def states() -> dict[str, State]:
    """The states of the gazetteer that have a demonym, by their codes."""
    return {row["code"]: _state(row) for row in read_table("states.csv") if row["demonyms"]}


@cache
def plain_states() -> tuple[State, ...]:
    """Those that can take any other's place: of one word, with a seat, no article, and demonyms like "Kenyan"."""
    doubtful = {row["code"] for row in read_table("states.csv") if "?" in row["name"]}
    return tuple(
        state
        for state in states().values()
        if state.code not in doubtful
        and state.name.isalpha()
        and state.name not in TAKES_ARTICLE
        and state.demonym.isalpha()
        and state.demonym.endswith("an")
        and not state.name.startswith("U")  # "a" or "an" is told by the letter: not before "Ukrainian"
        and state.seat
    )


def compared_states() -> list[State]:
    """The states whose names are compared."""
    return [state for group in compared_regions().values() for state in group]


def compared_regions() -> dict[str, list[State]]:
    """The same by region."""
    return {region: [states()[code] for code in codes] for region, codes in tables()["names"]["states"].items()}


def compared_people() -> dict[str, list[str]]:
    """The invented persons whose names are compared, by where a reader would think that they are from."""
    return {origin: list(names) for origin, names in tables()["names"]["people"].items()}


def kind_of(example: Example, role: str) -> str | None:
    """state, organisation, person, group, author or policy; as meta says, else a guess; None where there is none."""
    name = example.actor if role == "actor" else example.target
    if name == AUTHOR:
        return "author"
    if given := example.meta.get(f"{role}_kind"):
        kind = str(given).lower()
        return _SAME_KINDS.get(kind, kind)
    if entry := gazetteer().find(name):
        return _SAME_KINDS.get(entry.actor.kind, entry.actor.kind)
    if _OF_ORGANISATIONS.search(name):
        return "organisation" if actor_name(name)[:1].isupper() else None
    return "person" if _PERSON.fullmatch(name) and not _NO_PERSON.search(name) else None


def code_of(name: str) -> str | None:
    """The code of the state that a name stands for."""
    entry = gazetteer().find(name)
    return entry.actor.country if entry and entry.actor.kind == "country" else None


@lru_cache(maxsize=4096)
def occurrences(text: str) -> tuple[Occurrence, ...]:
    """All places where a text names a state, doubtful names included."""
    forms = _forms()
    return tuple(Occurrence(match.span(), match[0], *forms[match[0]]) for match in _any_form().finditer(text))


def places_of(text: str, words: str) -> list[Span]:
    """Where words stand in a text, not within others."""
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]


def _state(row: Mapping[str, str]) -> State:
    demonyms = [demonym for demonym in _names(row["demonyms"]) if not demonym.isupper()]
    return State(row["code"], row["name"].rstrip("?"), demonyms[0], next(iter(_names(row["seats"])), ""))


def _names(cell: str) -> list[str]:
    return [name.rstrip("?") for name in cell.split("|") if name]


@cache
def _forms() -> dict[str, tuple[str, str]]:
    """The code and the form of each name of a state; of two states with one name, the first has it."""
    forms: dict[str, tuple[str, str]] = {}
    rows = read_table("states.csv")
    for form in ("name", "demonym", "plural", "seat"):
        for row in rows:
            for name in _written(row, form):
                forms.setdefault(name, (row["code"], form))
    return forms


def _written(row: Mapping[str, str], form: str) -> Iterator[str]:
    if form == "name":
        for name in (*_names(row["name"]), *_names(row["names"])):
            yield name
            if name.isupper() and len(name) < 4:
                yield "".join(f"{letter}." for letter in name)
    else:
        yield from (
            f"{name}s" if form == "plural" else name for name in _names(row["seats" if form == "seat" else "demonyms"])
        )


@cache
def _any_form() -> re.Pattern[str]:
    longest = sorted(_forms(), key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
