"""The lists of words that the rules go by, from `vocabulary.toml`."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any


def vocabulary(name: str) -> frozenset[str]:
    """A list of words, in lower case."""
    return frozenset(_tables()[name])


def full_given_name(name: str) -> str:
    """A given name in lower case, the full one for a common short one: "robert" for "Bob"."""
    full: str = _tables()["full_names"].get(name.lower(), name.lower())
    return full


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
