"""The common nouns that name political actors, from a reviewed list."""

from functools import cache
from typing import Literal

from detente.data.extraction.actors.gazetteer import read_table

NounClass = Literal["executive", "voice", "office", "organisation", "group", "generic"]
"""What a noun is, in `nouns.csv`.

executive: a part of the state that acts for it (government, army); voice: people who speak for what they belong to
(officials); office: held by one person (president); organisation (party) and group (rebels): actors in their own
right; generic: a group only with a word that says which (conservative groups).
"""


@cache
def actor_nouns() -> dict[str, NounClass]:
    """The class of each noun, singular and plural, in lower case; the plural of an organisation is a group."""
    classes: dict[str, NounClass] = {}
    for row in read_table("nouns.csv"):
        kind: NounClass = row["class"]  # type: ignore[assignment]
        if row["noun"]:
            classes[row["noun"]] = kind
        if row["plural"]:
            classes[row["plural"]] = "generic" if kind == "organisation" else kind
    return classes
