"""What can be guessed without reading the text: a training label is copied, from the row, the text or the pair."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from sklearn.metrics import accuracy_score, f1_score

from detente.data.audit.texts import same
from detente.data.records import STANCES, Example, Stance

_FREQUENT = 5

Key = Callable[[Example], Hashable]


@dataclass(frozen=True)
class Guess:
    """What a way to guess scores on the test examples."""

    micro_f1: float
    macro_f1: float


@dataclass(frozen=True)
class Agreement:
    """Test examples that have a fellow in the training part, and whether their labels agree."""

    examples: int
    agreement: float | None
    """Share that has the label of the fellow, the commonest label of several fellows; None without examples."""
    majority: float | None
    """Share that has the commonest stance of the training part: what agreement is to be compared with."""


@dataclass(frozen=True)
class SingleLabelActor:
    """An actor with one stance throughout the training part."""

    actor: str
    stance: Stance
    train: int
    test: int
    """Test examples of the actor."""
    agreeing: int
    """Those of them that have the same stance."""


def row_key(example: Example) -> tuple[str, str, str]:
    """What two examples share that ask the same of the same text."""
    return same(example.actor), same(example.target), same(example.text)


def pair_key(example: Example) -> tuple[str, str]:
    """The ordered pair, case and white space left out."""
    return same(example.actor), same(example.target)


def text_key(example: Example) -> str:
    """The text, case and white space left out."""
    return same(example.text)


def actor_key(example: Example) -> str:
    """The actor, case and white space left out."""
    return same(example.actor)


def agreement(train: Sequence[Example], test: Sequence[Example], key: Key) -> Agreement:
    """Compare test examples with the training examples of the same key; all must have labels."""
    known, common = count_by(train, key), commonest(count(train))
    shared = [(example.label, commonest(known[key(example)])) for example in test if key(example) in known]
    if not shared:
        return Agreement(0, None, None)
    agreeing = sum(label is copied for label, copied in shared)
    return Agreement(len(shared), agreeing / len(shared), sum(label is common for label, _ in shared) / len(shared))


def look_ups(train: Sequence[Example], test: Sequence[Example]) -> dict[str, Guess]:
    """What a look-up scores: nothing is copied; rows are; rows, else texts; rows, else texts, else pairs.

    What is not found gets the commonest stance.
    """
    common = commonest(count(train))
    tables = [(key, count_by(train, key)) for key in (row_key, text_key, pair_key)]

    def answer(example: Example, depth: int) -> Stance:
        found = (table[key(example)] for key, table in tables[:depth] if key(example) in table)
        return next(map(commonest, found), common)

    names = ("majority", "identical rows", "or else identical texts", "or else identical pairs")
    return {name: score(test, [answer(example, depth) for example in test]) for depth, name in enumerate(names)}


def single_label_actors(train: Sequence[Example], test: Sequence[Example]) -> list[SingleLabelActor]:
    """Actors with at least five training examples, all of one stance; the rarest stance first, then by frequency."""
    overall, asked = count(train), count_by(test, actor_key)
    names = {actor_key(example): example.actor for example in reversed(train)}
    found = []
    for actor, counts in count_by(train, actor_key).items():
        (stance, frequency), *others = counts.most_common()
        if frequency >= _FREQUENT and not others:
            tested = asked.get(actor, Counter())
            found.append(SingleLabelActor(names[str(actor)], stance, frequency, tested.total(), tested[stance]))
    return sorted(found, key=lambda one: (overall[one.stance], -one.train, one.actor))


def count(examples: Sequence[Example]) -> Counter[Stance]:
    """How many examples have each stance."""
    return Counter(example.label for example in examples if example.label)


def count_by(examples: Sequence[Example], key: Key) -> dict[Hashable, Counter[Stance]]:
    """How many examples of each key have each stance."""
    table: dict[Hashable, Counter[Stance]] = {}
    for example in examples:
        if example.label:
            table.setdefault(key(example), Counter())[example.label] += 1
    return table


def commonest(counts: Counter[Stance]) -> Stance:
    """The commonest stance; of equally common ones, the first in the label order."""
    return max(STANCES, key=counts.__getitem__)


def score(examples: Sequence[Example], guesses: Sequence[Stance]) -> Guess:
    """Measure guesses about labelled examples; a stance absent from both gold and guesses counts as zero."""
    gold, guessed = [str(example.label) for example in examples], [str(guess) for guess in guesses]
    labels = [stance.value for stance in STANCES]
    macro_f1 = f1_score(gold, guessed, labels=labels, average="macro", zero_division=0.0)
    return Guess(float(accuracy_score(gold, guessed)), float(macro_f1))
