"""The states, and the organisations that everybody names, with the names that the news gives them.

`states.csv` holds a state's code, name, other names, demonyms and the seats that stand for its government; more names
come from countryguess. `organisations.csv` holds organisations, parties and regions, with the common nouns that may
take the place of the name ("the bloc"). A question mark behind a name says that it is something else too: a state's
name is then no match for what looks like a person, an organisation's only one in an article that speaks of its country.

The Kremlin, Downing Street and the White House are organisations with the code of their country, not the state
itself: news sets them against parliaments, courts and parties of the same state, which would all become one actor.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from countryguess import guess_country

from detente.data.extraction.actors.names import table_key
from detente.data.records import Actor

How = Literal["name", "demonym", "seat"]


@dataclass(frozen=True)
class Entry:
    """What a name in the table stands for."""

    actor: Actor
    how: How
    doubtful: bool
    """It is also a given name, a surname or a common word."""


@dataclass(frozen=True)
class Gazetteer:
    """The table, by the key of each name."""

    entries: dict[str, Entry]
    nouns: dict[str, tuple[str, ...]]
    """The names of the organisations that a common noun may stand for: "bloc"."""
    adjectives: dict[str, str]
    """The first demonym of each state, by its code."""

    def find(self, surface: str) -> Entry | None:
        """The entry of a name, as it is written or, in capitals, as it would be in small letters."""
        key = table_key(surface)
        if found := self.entries.get(key):
            return found
        return self.entries.get(key.title()) if key.isupper() and len(key) > 4 else None


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of a table that lies beside this module."""
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def gazetteer() -> Gazetteer:
    """The table, read once."""
    entries: dict[str, Entry] = {}
    nouns: dict[str, list[str]] = {}
    states, organisations = read_table("states.csv"), read_table("organisations.csv")
    for name, entry in (*_states(states), *_organisations(organisations)):
        entries.setdefault(table_key(name), entry)
    adjectives = {row["code"]: _split(row["demonyms"])[0] for row in states if row["demonyms"]}
    for row in organisations:
        for noun in _split(row["nouns"]):
            nouns.setdefault(noun, []).append(row["name"])
    return Gazetteer(entries, {noun: tuple(names) for noun, names in nouns.items()}, adjectives)


def _states(rows: list[dict[str, str]]) -> Iterator[tuple[str, Entry]]:
    """Names first, then demonyms, then seats: a name that is two things is the first of them."""
    actors = [Actor(name=row["name"].rstrip("?"), kind="country", country=row["code"]) for row in rows]
    for row, actor in zip(rows, actors, strict=True):
        official = guess_country(row["code"])
        for name in (row["name"], *_split(row["names"]), official["name_short"], official["name_official"]):
            yield _entry(name, actor, "name")
    for row, actor in zip(rows, actors, strict=True):
        for demonym in _split(row["demonyms"]):
            yield _entry(demonym, actor, "demonym")
            yield _entry(f"{demonym.rstrip('?')}s{'?' if demonym.endswith('?') else ''}", actor, "demonym")
    for row, actor in zip(rows, actors, strict=True):
        for seat in _split(row["seats"]):
            yield _entry(seat, actor, "seat")


def _organisations(rows: list[dict[str, str]]) -> Iterator[tuple[str, Entry]]:
    for row in rows:
        actor = Actor(name=row["name"].rstrip("?"), kind=row["kind"], country=row["country"] or None)
        for name in (row["name"], *_split(row["aliases"])):
            yield _entry(name, actor, "name")
        for seat in _split(row["seats"]):
            yield _entry(seat, actor, "seat")


def _entry(name: str, actor: Actor, how: How) -> tuple[str, Entry]:
    return name.rstrip("?"), Entry(actor, how, doubtful=name.endswith("?"))


def _split(cell: str) -> list[str]:
    return [name for name in cell.split("|") if name]
