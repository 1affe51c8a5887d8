"""By what the examples of a file are sliced: for each dimension, the value that each example has."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from detente.data.audit.labels import actor_key, pair_key, text_key
from detente.data.audit.texts import same
from detente.data.records import AUTHOR, Example, Holder
from detente.models.encoding import with_spans

Values = list[str | None]
"""One for each example; None: it has no value, and counts in no slice of the dimension."""

SEEN, UNSEEN = "seen in training", "unseen"
MOST_VALUES = 12
"""Values of an open dimension, such as outlets, that get a slice of their own; the rarer ones share one."""
OTHERS = "(others)"
NOT_GIVEN = "(not given)"

_QUOTE = re.compile('["“”„«»]|‘')
_YEAR = re.compile(r"^\d{4}(?=-|$)")
_DISTANCES = ((3, "up to 3 words"), (8, "4 to 8 words"), (15, "9 to 15 words"), (None, "over 15 words"))
_LENGTHS = ((20, "up to 20 words"), (40, "21 to 40 words"), (80, "41 to 80 words"), (None, "over 80 words"))
_ACTORS = ((2, "up to 2"), (3, "3"), (4, "4"), (None, "over 4"))


def dimensions(
    examples: Sequence[Example], train: Sequence[Example] | None = None, *, seen: Mapping[str, Values] | None = None
) -> dict[str, Values]:
    """The values of the examples by dimension.

    Args:
        examples: What is sliced.
        train: What the model learnt from; without it, nothing is said about what was seen.
        seen: The dimensions that `seen_in` gives, where examples were answered by models with training files of their
            own.
    """
    located = [with_spans(example) for example in examples]
    return {
        **(seen or ({} if train is None else seen_in(train, examples))),
        "mention order": [_order(example) for example in located],
        "distance": [_distance(example) for example in located],
        "actors in the text": _actors(examples),
        "text length": [_bin(len(example.text.split()), _LENGTHS) for example in examples],
        "holder": [_holder(example) for example in examples],
        "reported speech": [_reported(example) for example in examples],
        "target kind": _open([_meta(example, "target_kind") for example in examples]),
        "outlet": _open([_meta(example, "outlet") for example in examples]),
        "year": _open([_year(example) for example in examples]),
        "source": _open([example.source for example in examples]),
    }


def seen_in(train: Sequence[Example], examples: Sequence[Example]) -> dict[str, Values]:
    """Whether the training file holds the same text, actor, target (in the same role) and ordered pair."""
    keys: dict[str, Callable[[Example], object]] = {
        "text": text_key,
        "actor": actor_key,
        "target": lambda example: same(example.target),
        "pair": pair_key,
    }
    known = {name: {key(example) for example in train} for name, key in keys.items()}
    return {
        name: [SEEN if key(example) in known[name] else UNSEEN for example in examples] for name, key in keys.items()
    }


def _order(example: Example) -> str:
    if example.actor_span is None or example.target_span is None:
        return "not both in the text"
    return "actor first" if example.actor_span < example.target_span else "target first"


def _distance(example: Example) -> str | None:
    """Words between the two mentions; none between nested ones."""
    if example.actor_span is None or example.target_span is None:
        return None
    (_, end), (start, _) = sorted([example.actor_span, example.target_span])
    return _bin(len(example.text[end:start].split()), _DISTANCES)


def _actors(examples: Sequence[Example]) -> Values:
    """How many different names a text is asked about, its author not among them."""
    names: dict[str, set[str]] = {}
    for example in examples:
        names.setdefault(example.text, set()).update({same(example.actor), same(example.target)} - {AUTHOR})
    return [_bin(len(names[example.text]), _ACTORS) for example in examples]


def _holder(example: Example) -> str:
    holder = Holder.AUTHOR if example.actor == AUTHOR else example.holder
    return NOT_GIVEN if holder is None else holder.value


def _reported(example: Example) -> str:
    """Reported speech: a speaker's stance, or quotation marks in the text."""
    speech = example.holder is Holder.SPEAKER or _QUOTE.search(example.text)
    return "quotation or speaker" if speech else "none"


def _year(example: Example) -> str | None:
    found = _YEAR.match(_meta(example, "published") or "")
    return found[0] if found else None


def _meta(example: Example, name: str) -> str | None:
    value = example.meta.get(name)
    return None if value in (None, "") else str(value)


def _open(values: Values) -> Values:
    """The commonest values by name, the rest as others; of equally common ones, the first in the alphabet."""
    counts = Counter(value for value in values if value is not None)
    kept = set(sorted(counts, key=lambda value: (-counts[value], value))[:MOST_VALUES])
    return [value if value is None or value in kept else OTHERS for value in values]


def _bin(size: int, bins: Sequence[tuple[int | None, str]]) -> str:
    return next(name for most, name in bins if most is None or size <= most)
