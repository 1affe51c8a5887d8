"""The user's own names for actors, which win over every rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.extraction.actors.names import actor_name
from detente.data.formats import read_rows
from detente.data.records import Actor

KINDS = ("country", "organisation", "person", "group")
COLUMNS = ("alias", "actor", "kind", "country")


@dataclass(frozen=True)
class Aliases:
    """Actors by alias, as the user wrote it; capitals count."""

    actors: Mapping[str, Actor]

    def find(self, surface: str) -> Actor | None:
        """The actor of a mention."""
        return self.actors.get(" ".join(surface.split())) or self.actors.get(actor_name(surface))

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """Finds the aliases in a text, the longest first; None without any."""
        names = sorted(self.actors, key=lambda alias: (-len(alias), alias))
        words = (r"\s+".join(re.escape(word) for word in name.split()) for name in names)
        return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if names else None


def read_aliases(path: Path) -> Aliases:
    """Read a table of aliases: columns alias and actor, and where wanted kind and country.

    An actor without kind is an organisation.

    Raises:
        InputError: A name is missing, a kind or code is none of those known, a column is unknown, or an alias has two
            actors; with all lines at fault.
    """
    actors: dict[str, Actor] = {}
    faults: list[str] = []
    for number, row in read_rows(path):
        fault = row if isinstance(row, str) else _fault(row, actors)
        if fault or isinstance(row, str):
            faults.append(f"{path}:{number}: {fault}")
        else:
            actors[" ".join(str(row["alias"]).split())] = _actor(row)
    if faults:
        raise InputError("\n".join(faults))
    return Aliases(actors)


def _actor(row: Mapping[str, object]) -> Actor:
    country = row.get("country")
    return Actor(
        name=str(row["actor"]).strip(),
        kind=str(row.get("kind", "organisation")),
        country=str(country) if country else None,
    )


def _fault(row: Mapping[str, object], actors: Mapping[str, Actor]) -> str | None:
    """What is wrong with a row."""
    if unknown := [name for name in row if name not in COLUMNS]:
        return f"expected the columns {', '.join(COLUMNS)}; found '{unknown[0]}'"
    for name in ("alias", "actor"):
        if not str(row.get(name, "")).strip():
            return f"{name}: expected a name; found none"
    if (kind := row.get("kind", KINDS[0])) not in KINDS:
        return f"kind: expected {', '.join(KINDS)}; found '{kind}'"
    if not re.fullmatch(r"[A-Z]{3}", str(country := row.get("country", "XKX"))):
        return f"country: expected a code of three letters, as TUR (ISO 3166-1 alpha-3); found '{country}'"
    known = actors.get(" ".join(str(row["alias"]).split()))
    if known and known != _actor(row):
        return (
            f"alias: expected one actor for '{row['alias']}'; found {known.name} in a line above. Remove one of them."
        )
    return None
