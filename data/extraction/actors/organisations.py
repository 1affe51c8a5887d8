"""The organisations of an article: the full name for an abbreviation or a part of it."""

from collections.abc import Iterable

from detente.data.extraction.actors.names import actor_name, initials, is_abbreviation, table_key
from detente.data.extraction.actors.nouns import actor_nouns


class Organisations:
    """The names of several words that an article gives to organisations, and the abbreviations that it explains."""

    def __init__(self, names: Iterable[str], explained: Iterable[tuple[str, str]] = ()) -> None:
        """Take the names, and pairs of an abbreviation and its expansion, as in "Syrian Democratic Forces (SDF)"."""
        self._names = list(dict.fromkeys(name for name in map(actor_name, names) if len(name.split()) > 1))
        self._explained = {table_key(short): actor_name(long) for short, long in reversed(list(explained))}
        self._by_initials: dict[str, list[str]] = {}
        for name in self._names:
            for short in sorted(initials(name)):
                self._by_initials.setdefault(short, []).append(name)

    def explained(self, surface: str) -> str | None:
        """The expansion that the article gives of an abbreviation."""
        return self._explained.get(table_key(surface))

    def expand(self, surface: str) -> tuple[str, str] | None:
        """The one longer name that a name may stand for, and the rule; None where there is none, or more than one."""
        key = table_key(surface)
        if is_abbreviation(surface) and (long := _only(self._by_initials.get(key.upper(), []))):
            return long, "initials"
        if is_abbreviation(surface):
            return None
        if long := _only([name for name in self._names if _is_short_for(key.split(), name.split())]):
            return long, "short form"
        return None


def explains(short: str, long: str) -> bool:
    """Whether a name in brackets can abbreviate the one before it: its letters stand there in order, from the first."""
    if not is_abbreviation(short) or len(long.split()) < 2:
        return False
    letters = iter(actor_name(long).lower())
    wanted = table_key(short).lower()
    return actor_name(long)[:1].lower() == wanted[0] and all(letter in letters for letter in wanted)


def _is_short_for(words: list[str], name: list[str]) -> bool:
    """Its beginning up to common nouns ("Port Watch" of "Port Watch coalition"), or a telling word ("the Front")."""
    if len(words) == 1:
        return (
            len(name) > 1
            and len(words[0]) > 2
            and (words[0] in (name[0], name[-1]) or (words[0] in name and words[0].lower() in actor_nouns()))
        )
    rest = name[len(words) :]
    return bool(rest) and name[: len(words)] == words and all(word.lower() in actor_nouns() for word in rest)


def _only(names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else None
