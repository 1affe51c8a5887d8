"""Which test examples share a text, a near-duplicate, an article, a story or a group with a training example."""

from collections.abc import Callable, Sequence

from detente.configs.schema import LeakKind
from detente.data.audit.labels import text_key
from detente.data.audit.texts import TextIndex
from detente.data.records import Example

Shared = dict[int, Example]
"""Places of test examples, in order, each with a training example that it shares something with."""


def origin(example: Example, name: str) -> str | None:
    """Where an example comes from, by its meta: `article_id` or `story`."""
    return str(found) if (found := example.meta.get(name)) not in (None, "") else None


def find_shared(kind: LeakKind, train: Sequence[Example], test: Sequence[Example]) -> Shared:
    """Look test examples up among training examples; in a text that both have, no near-duplicate is seen."""
    if kind == "near_duplicates":
        return _find_near_duplicates(train, test)
    key = KEYS[kind]
    known = {key(example): example for example in reversed(train)} | {None: None}
    found = ((place, known.get(key(one))) for place, one in enumerate(test))
    return {place: example for place, example in found if example is not None}


def _find_near_duplicates(train: Sequence[Example], test: Sequence[Example]) -> Shared:
    known = {text_key(example): example for example in reversed(train)}
    index = TextIndex()
    for text in known:
        index.add(text)
    alike = {text: index.find(text) for text in dict.fromkeys(map(text_key, test)) if text not in known}
    nearest = {text: known[texts[0]] for text, texts in alike.items() if texts}
    return {place: nearest[text_key(one)] for place, one in enumerate(test) if text_key(one) in nearest}


KEYS: dict[LeakKind, Callable[[Example], str | None]] = {
    "texts": text_key,
    "near_duplicates": text_key,
    "articles": lambda example: origin(example, "article_id"),
    "stories": lambda example: origin(example, "story"),
    "groups": lambda example: example.group or None,
}
"""What two examples are compared by; None where an example doesn't say."""
