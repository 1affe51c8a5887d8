"""What a name says by its letters alone: the bare name, its key in a table, its initials, a person's surname."""

import re

from detente.data.extraction.actors.vocabulary import vocabulary

TITLES = vocabulary("titles")
"""Words before a name that are no part of it, in lower case and without a full stop."""

_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv"])
_SMALL_WORDS = vocabulary("small_words")


def actor_name(surface: str) -> str:
    """The name that a surface stands for: without article, possessive and line breaks."""
    name = " ".join(surface.split())
    name = re.sub(r"^(?:the|a|an)\s+", "", name, flags=re.IGNORECASE)
    return re.sub(r"(?:['’]s|['’])$", "", name).strip()


def table_key(surface: str) -> str:
    """What tables of names are asked for: the bare name, apostrophes straight, without full stops ("US" of "U.S.")."""
    name = actor_name(surface).replace("’", "'")
    return re.sub(r"\b([A-Z]|St|No)\.(?=\s|[A-Z]\.|$|\w)", r"\1", name).strip(" .,")


def name_words(name: str) -> tuple[str, ...]:
    """The words of a person's name that tell who it is: without titles, middle initials, "Jr." and the like.

    A first initial stays: nothing else may be known of the given name.
    """
    words = [word.strip(".,'’\"") for word in actor_name(name).split()]
    while len(words) > 1 and words[0].lower() in TITLES:
        words = words[1:]
    while len(words) > 1 and words[-1].lower() in _SUFFIXES:
        words = words[:-1]
    return tuple(word for place, word in enumerate(words) if word and (place == 0 or len(word) > 1))


def initials(name: str) -> frozenset[str]:
    """The abbreviations that a name of several words may have: of all its words, and without the small ones."""
    words = [word for word in re.split(r"[\s-]+", actor_name(name)) if word[:1].isalpha()]
    if len(words) < 2:
        return frozenset()
    every = "".join(word[0] for word in words).upper()
    large = "".join(word[0] for word in words if word.lower() not in _SMALL_WORDS).upper()
    return frozenset(short for short in (every, large) if len(short) > 1)


def is_abbreviation(surface: str) -> bool:
    """Whether a name looks like initials: "SDF", "N.R.A.", "DoJ"."""
    return bool(re.fullmatch(r"[A-Z][A-Za-z]?[A-Z]{1,5}", table_key(surface)))
