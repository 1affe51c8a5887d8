"""The people of an article: one person for all forms of a name, two for two who share a surname."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from detente.data.extraction.actors.names import name_words
from detente.data.extraction.actors.vocabulary import full_given_name

Words = tuple[str, ...]


@dataclass
class Person:
    """Somebody whom the article names in full somewhere."""

    forms: list[Words] = field(default_factory=list)
    titles: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The name of given name and surname alone where the article has it, or else the longest."""
        best = min(self.forms, key=lambda words: (len(words) != 2 or len(words[0]) == 1, -len(words)))
        return " ".join(best)


class People:
    """The people whom an article names in full."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Group names, given with the title before each ("" without one)."""
        self._people: list[Person] = []
        given = [(name_words(name), title) for name, title in names]
        for words, title in sorted(given, key=lambda pair: -len(pair[0])):
            if len(words) > 1:
                self._add(words, title)
        for words, title in given:
            if title and len(words) == 1 and len(same := self._with_surname(words[0])) == 1:
                same[0].titles.add(title)

    def find(self, name: str, title: str = "") -> Person | None:
        """The one person whom a name may mean; None where it may be nobody or several."""
        words = name_words(name)
        if not words:
            return None
        if len(words) > 1:
            return _only([person for person in self._people if any(_same(form, words) for form in person.forms)])
        same = self._with_surname(words[0])
        if len(same) > 1 and title:
            same = [person for person in same if title in person.titles]
        return _only(same) if same else _only(self._with_given_name(words[0]))

    def holder(self, title: str) -> Person | None:
        """The one person with a title."""
        return _only([person for person in self._people if title in person.titles])

    def is_shared(self, name: str) -> bool:
        """Whether several people have this surname."""
        words = name_words(name)
        return len(words) == 1 and len(self._with_surname(words[0])) > 1

    def _add(self, words: Words, title: str) -> None:
        person = _only([person for person in self._people if any(_same(form, words) for form in person.forms)])
        if person is None:
            person = Person()
            self._people.append(person)
        person.forms.append(words)
        if title:
            person.titles.add(title)

    def _with_surname(self, word: str) -> list[Person]:
        return [person for person in self._people if any(form[-1] == word for form in person.forms)]

    def _with_given_name(self, word: str) -> list[Person]:
        return [person for person in self._people if len(word) > 2 and any(form[0] == word for form in person.forms)]


def _only(people: Sequence[Person]) -> Person | None:
    return people[0] if len(people) == 1 else None


def _same(longer: Words, words: Words) -> bool:
    """Whether two full names can be one person's: one surname, and the other words of one among those of the other."""
    if len(longer) < len(words):
        longer, words = words, longer
    if longer[-1].lower() != words[-1].lower():
        return False
    if len(longer) == len(words) == 2 and min(len(longer[0]), len(words[0])) == 1:
        return longer[0][0] == words[0][0]
    rest = iter(full_given_name(word) for word in longer)
    return all(full_given_name(word) in rest for word in words)
