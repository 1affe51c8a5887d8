"""What is known of an article before its mentions are resolved: its people, organisations, states, and its parse."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from detente.data.extraction.actors.gazetteer import Entry, gazetteer
from detente.data.extraction.actors.mentions import KINDS
from detente.data.extraction.actors.names import TITLES, table_key
from detente.data.extraction.actors.organisations import Organisations, explains
from detente.data.extraction.actors.people import People
from detente.data.extraction.parsing import ParsedArticle
from detente.data.extraction.syntax import span_at
from detente.data.records import Form, Mention

_AMERICAN = re.compile(r"\b(?:Sen|Rep|Gov)\.|\b(?:GOP|Obamacare|Republicans?|Democrats?|Senate|Capitol Hill)\b")
_KOREAN = frozenset(["Korea", "Korean", "Koreans"])
_GEORGIA_OF_THE_CAUCASUS = re.compile(
    r"\b(?:Tbilisi|Georgians?|Abkhazia|South Ossetia|Batumi|Caucasus|Armenia|Azerbaijan)\b"
)
_GEORGIA_OF_THE_STATES = re.compile(r"\b(?:Atlanta|Savannah|Alabama|Florida|South Carolina|Tennessee|Texas)\b")


class Scene:
    """An article with its mentions."""

    def __init__(self, parsed: ParsedArticle, mentions: tuple[Mention, ...]) -> None:
        self.parsed = parsed
        self.names = [mention for mention in mentions if mention.form is Form.NAME]

    def span(self, mention: Mention) -> Any:
        """The mention's tokens (a spaCy span); None in an article without parse."""
        return span_at(self.parsed, mention.span)

    def mention_of(self, name: Any, within: Mention) -> Mention:
        """A name (a spaCy span) in the paragraph of a mention, as a mention."""
        start, end = name.start_char, name.end_char
        around = self.span(within)
        offset = within.span[0] - around.start_char
        kind = KINDS.get(name.root.ent_type_, "organisation")
        return Mention(surface=name.text, span=(offset + start, offset + end), sentence=within.sentence, kind=kind)

    def title(self, mention: Mention) -> str:
        """The title before a name, in lower case: "president"; "" without one."""
        before = self.parsed.article.text[max(0, mention.span[0] - 24) : mention.span[0]].split()
        word = before[-1].strip(".").lower() if before else ""
        return word if word in TITLES else ""

    @cached_property
    def people(self) -> People:
        """Whom the article names in full."""
        alone = {mention.surface for mention in self.names if mention.kind == "person"}
        return People((name.surface, self.title(name)) for name in self.names if self._is_person(name, alone))

    def _is_person(self, mention: Mention, people: set[str]) -> bool:
        """Whether spaCy says so, or a title before, "who" behind, or a last word that is a person elsewhere."""
        if mention.kind == "person":
            return True
        words = mention.surface.split()
        if not 2 <= len(words) <= 4 or not all(word.istitle() for word in words) or gazetteer().find(mention.surface):
            return False
        behind = self.parsed.article.text[mention.span[1] : mention.span[1] + 6]
        return words[-1] in people or bool(self.title(mention)) or behind.startswith((", who ", " who "))

    @cached_property
    def organisations(self) -> Organisations:
        """The organisations that the article names in full, and its abbreviations."""
        names = (mention.surface for mention in self.names if mention.kind in ("organisation", "group"))
        return Organisations(names, self._explained())

    @cached_property
    def countries(self) -> frozenset[str]:
        """Codes of the countries that the article speaks of by a name that is nothing else."""
        entries = (gazetteer().find(mention.surface) for mention in self.names)
        codes = {entry.actor.country for entry in entries if entry and entry.actor.country and not entry.doubtful}
        return frozenset(codes | ({"USA"} if _AMERICAN.search(self.parsed.article.text) else set()))

    def entry(self, mention: Mention) -> Entry | None:
        """The entry of a name in the tables, if it is meant here."""
        entry = gazetteer().find(mention.surface)
        if entry is None or not entry.doubtful:
            return entry
        if table_key(mention.surface) == "Georgia" and self._is_american_georgia():
            return gazetteer().find("Georgia (US state)")
        if table_key(mention.surface) in _KOREAN:
            return entry if "KOR" in self.countries and "PRK" not in self.countries else None
        if entry.actor.kind == "country":
            return entry if mention.kind != "person" or entry.actor.country in self.countries else None
        return entry if not self.countries or entry.actor.country in self.countries else None

    def kind(self, mention: Mention) -> str:
        """What spaCy takes this name for most often in the article."""
        return self._kinds[mention.surface].most_common(1)[0][0] if mention.surface in self._kinds else mention.kind

    @cached_property
    def _kinds(self) -> dict[str, Counter[str]]:
        kinds: dict[str, Counter[str]] = {}
        for mention in self.names:
            kinds.setdefault(mention.surface, Counter())[mention.kind] += 1
        return kinds

    def _is_american_georgia(self) -> bool:
        text = self.parsed.article.text
        if _GEORGIA_OF_THE_CAUCASUS.search(text):
            return False
        return bool(_GEORGIA_OF_THE_STATES.search(text) or _AMERICAN.search(text))

    def _explained(self) -> Iterator[tuple[str, str]]:
        text = self.parsed.article.text
        for mention in self.names:
            found = re.compile(r"\s?\(([A-Z][\w.]{1,7})\)").match(text, mention.span[1])
            if found and explains(found.group(1), mention.surface):
                yield found.group(1), mention.surface
