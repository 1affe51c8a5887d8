"""What gives a label away without reading: the order of the mentions, their casing, length and kind."""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from detente.data.audit.labels import Guess, commonest, count, count_by, score
from detente.data.records import STANCES, Example, Stance

_LONG = 4
_TEXT_LENGTHS = (15, 25, 40)

Feature = Callable[[Example], str]


@dataclass(frozen=True)
class Cue:
    """A feature that doesn't take reading, and what it tells about the label."""

    table: dict[str, dict[str, int]]
    """Training examples by value of the feature and by stance."""
    guess: Guess
    """What the feature scores alone on the test examples."""


def cues(train: Sequence[Example], test: Sequence[Example]) -> dict[str, Cue]:
    """Measure each feature on its own; all examples must have labels."""
    return {name: _measure(feature, train, test) for name, feature in _FEATURES.items()}


def _measure(feature: Feature, train: Sequence[Example], test: Sequence[Example]) -> Cue:
    overall, table = count(train), count_by(train, feature)
    rules = [_rule(overall, table, weight) for weight in (0.0, 0.5, 1.0)]
    rule = max(rules, key=lambda one: score(train, [one[feature(example)] for example in train]).macro_f1)
    guess = score(test, [rule.get(feature(example), commonest(overall)) for example in test])
    rows = {str(value): {stance.value: counts[stance] for stance in STANCES} for value, counts in table.items()}
    return Cue(dict(sorted(rows.items())), guess)


def _rule(overall: Counter[Stance], table: Mapping[Hashable, Counter[Stance]], weight: float) -> dict[Hashable, Stance]:
    """The stance for each value: the commonest one (weight 0) up to the one most above its overall share (weight 1).

    In a set that is mostly neutral the commonest stance is neutral for all values, however much the values tell.
    """
    present = [stance for stance in STANCES if overall[stance]]
    return {
        value: max(present, key=lambda stance: counts[stance] / overall[stance] ** weight)
        for value, counts in table.items()
    }


def _order(example: Example) -> str:
    if example.actor_span is None or example.target_span is None:
        return "not both in the text"
    return "actor first" if example.actor_span < example.target_span else "target first"


def _casing(example: Example) -> str:
    roles = zip(("actor", "target"), _mentions(example), strict=True)
    lower = [role for role, mention in roles if mention == mention.lower()]
    return f"{' and '.join(lower)} in lower case" if lower else "capitals in both"


def _mention_length(example: Example) -> str:
    lengths = [len(mention.split()) for mention in _mentions(example)]
    words = [str(length) if length < _LONG else f"{_LONG} or more" for length in lengths]
    return f"actor of {words[0]}, target of {words[1]} words"


def _mention_kind(example: Example) -> str:
    actor, target = (example.meta.get(f"{role}_kind") or "unknown" for role in ("actor", "target"))
    return f"{actor} to {target}"


def _text_length(example: Example) -> str:
    words = len(example.text.split())
    border = next((border for border in _TEXT_LENGTHS if words <= border), None)
    return f"up to {border} words" if border else f"over {_TEXT_LENGTHS[-1]} words"


def _mentions(example: Example) -> list[str]:
    """Actor and target as the text has them, or by name where it doesn't."""
    named = ((example.actor, example.actor_span), (example.target, example.target_span))
    return [example.text[slice(*span)] if span else name for name, span in named]


_FEATURES: dict[str, Feature] = {
    "mention order": _order,
    "casing of the mentions": _casing,
    "length of the mentions": _mention_length,
    "kind of the mentions": _mention_kind,
    "length of the text": _text_length,
}
