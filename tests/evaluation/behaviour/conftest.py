"""Models with one known fault each, and examples that a reader of keywords gets right."""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from detente.data.reading import read_examples
from detente.data.records import STANCES, Example, Stance
from detente.evaluation.behaviour.asking import swapped
from detente.evaluation.behaviour.cases import draw
from detente.evaluation.behaviour.results import BehaviourReport
from detente.evaluation.behaviour.run import behaviour
from detente.models.calibration import Floats

CUES = {
    Stance.SUPPORT: r"prais\w+|back(?:s|ed|ing)|thanked|defence of|vowed to defend",
    Stance.OPPOSE: r"condemn\w*|accused|critici[sz]ed|rebuked|blamed|sued|sanctions",
}
NOT_SO = re.compile(r"\b(?:not|may|might|could|would|refused|declined|never|urged|whether)\b", re.IGNORECASE)
STATES = ["Norway", "Kenya", "Peru", "India", "Chile", "Morocco", "Sweden", "Brazil", "Egypt", "Mexico"]
VERBS = {Stance.SUPPORT: "praised", Stance.NEUTRAL: "met", Stance.OPPOSE: "criticised"}


class Fake:
    """A model that answers by a function; it is sure of nothing beyond 0.8, and counts its calls."""

    def __init__(self, answer: Callable[[Example], Stance]) -> None:
        self.answer = answer
        self.asked: list[Sequence[Example]] = []

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        self.asked.append(examples)
        rows = np.full((len(examples), len(STANCES)), 0.1)
        rows[range(len(examples)), [STANCES.index(self.answer(example)) for example in examples]] = 0.8
        return rows


def last_cue(text: str) -> Stance:
    found = [(match.start(), stance) for stance, cue in CUES.items() for match in re.finditer(cue, text.lower())]
    return max(found)[1] if found else Stance.NEUTRAL


def keywords(example: Example) -> Stance:
    """The last cue before the target if the actor comes before it; in the passive the other way round."""
    actor, target = example.actor_span, example.target_span
    if actor is None or target is None or NOT_SO.search(example.text):
        return Stance.NEUTRAL
    if actor < target:
        between = example.text[actor[1] : target[0]]
        return Stance.NEUTRAL if re.search(r" by $| for (?:the )?$|\.", between.lower()) else last_cue(between)
    between = example.text[target[1] : actor[0]]
    return last_cue(between) if re.search(r" by $", between.lower()) else Stance.NEUTRAL


def blind_to_target(example: Example) -> Stance:
    """What the actor does in the text, to whomever it may be."""
    if example.actor_span is None:
        return Stance.NEUTRAL
    return last_cue(example.text[example.actor_span[1] :])


def blind_to_direction(example: Example) -> Stance:
    there = keywords(example)
    return keywords(swapped(example)) if there is Stance.NEUTRAL else there


def by_actor_name(example: Example) -> Stance:
    """Half of all names are against whatever they are asked about, the others for it."""
    return Stance.OPPOSE if draw(example.actor) % 2 else Stance.SUPPORT


def always_neutral(example: Example) -> Stance:
    return Stance.NEUTRAL


FAKES = {one.__name__: one for one in (keywords, blind_to_target, blind_to_direction, by_actor_name, always_neutral)}


def make_pair(number: int) -> list[Example]:
    """'Norway praised Kenya over the programme.' with both directions, and one group for each two."""
    first, second = STATES[number % 10], STATES[(number + 1 + number // 10) % 10]
    label = STANCES[number % 3]
    text = f"{first} {VERBS[label]} {second} over the programme of round {number}."
    start = text.index(second)
    there = Example(
        id=f"e{number}",
        actor=first,
        target=second,
        text=text,
        label=label,
        actor_span=(0, len(first)),
        target_span=(start, start + len(second)),
        group=f"g{number // 2}",
        meta={"actor_kind": "country", "target_kind": "country"},
    )
    return [there, swapped(there).model_copy(update={"label": Stance.NEUTRAL})]


@pytest.fixture(scope="session")
def pairs() -> list[Example]:
    """60 pairs of states in both directions."""
    return [example for number in range(60) for example in make_pair(number)]


@pytest.fixture(scope="session")
def samples() -> list[Example]:
    """The validation file of the sample articles."""
    return list(read_examples(Path(__file__).parents[3] / "data" / "samples" / "valid.jsonl"))


@pytest.fixture(scope="session")
def report_of(pairs: list[Example]) -> Callable[[str], BehaviourReport]:
    """The report on a fake, by its name."""

    @cache
    def report(name: str) -> BehaviourReport:
        return behaviour(Fake(FAKES[name]), pairs, seed=13, most=40)

    return report


@pytest.fixture
def make_fake() -> Callable[[str], Fake]:
    """Makes a fake, by its name."""
    return lambda name: Fake(FAKES[name])
