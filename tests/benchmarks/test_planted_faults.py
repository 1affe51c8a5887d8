"""Each planted fault is caught by a finding that names it, and the model without faults has none of them.

The model is a stand-in: it reads the invented sentences by their verbs, and errs by chance.
"""

import random
import re
from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import pytest

from benchmarks.planted_faults import FAULTS, Faulty, Given, Outcome, table, try_faults
from detente.data.records import STANCES, Example, Stance
from detente.evaluation.behaviour.cases import draw
from detente.evaluation.evaluate import Evaluation
from detente.models.calibration import Calibration, Floats
from detente.models.predictor import Predictor

STATES = ("Norway", "Kenya", "Peru", "India", "Chile", "Morocco", "Sweden", "Brazil", "Egypt", "Mexico")
VERBS = {
    Stance.SUPPORT: ("praised", "backed", "thanked"),
    Stance.OPPOSE: ("condemned", "rebuked", "blamed"),
    Stance.NEUTRAL: ("met", "visited", "phoned"),
}
WORDS = (
    *("harbour", "glacier", "orchestra", "tariff", "envoy", "border", "summit", "ledger"),
    *("wheat", "chess", "tram", "ferry", "quarry", "lantern", "meadow"),
)
SURE, ERRORS = 0.92, 0.08


def make_examples(texts: int, seed: int) -> list[Example]:
    """'Norway praised Kenya and met Peru over ...', asked of all six ordered pairs."""
    chance = random.Random(seed)
    return [example for number in range(texts) for example in make_text(f"{seed}.{number}", chance)]


def make_text(group: str, chance: random.Random) -> list[Example]:
    first, second, third = names = chance.sample(STATES, 3)
    stances = chance.sample(STANCES, 2)
    verbs = [chance.choice(VERBS[stance]) for stance in stances]
    text = f"{first} {verbs[0]} {second} and {verbs[1]} {third} over {' '.join(chance.choices(WORDS, k=12))}."
    labels = dict(zip(((first, second), (first, third)), stances, strict=True))
    return [
        Example(
            id=f"{group}.{actor}.{target}",
            actor=actor,
            target=target,
            text=text,
            label=labels.get((actor, target), Stance.NEUTRAL),
            actor_span=span(text, actor),
            target_span=span(text, target),
            group=group,
            meta={"actor_kind": "country", "target_kind": "country"},
        )
        for actor, target in permutations(names, 2)
    ]


def span(text: str, name: str) -> tuple[int, int]:
    return text.index(name), text.index(name) + len(name)


def read(example: Example) -> Stance:
    """The verb before the target, if the actor opens the sentence; after "was", the one before "by"."""
    actor, target = example.actor_span, example.target_span
    if actor is None or target is None:
        return Stance.NEUTRAL
    said = {verb: stance for stance, verbs in VERBS.items() for verb in verbs}
    if actor < target:
        if not re.search(r"(?:^|\. |\")$", example.text[: actor[0]]):
            return Stance.NEUTRAL
        words = re.findall(r"\w+", example.text[actor[1] : target[0]])
        return said.get(words[-1], Stance.NEUTRAL) if words else Stance.NEUTRAL
    passive = re.fullmatch(r" was (\w+) by (?:the )?", example.text[target[1] : actor[0]])
    return said.get(passive[1], Stance.NEUTRAL) if passive else Stance.NEUTRAL


class Reader(Predictor):
    """Reads; errs in some of a hundred questions, by chance, and is as sure as it is right."""

    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Floats:
        rows = np.full((len(examples), len(STANCES)), (1 - SURE) / 2)
        for row, example in zip(rows, examples, strict=True):
            stance = STANCES.index(read(example))
            luck = draw("errs", example.text, example.actor, example.target) % 1000 / 1000
            row[(stance + (luck < ERRORS)) % 3] = SURE
        return np.log(rows)

    @property
    def calibration(self) -> Calibration:
        return Calibration()

    @calibration.setter
    def calibration(self, calibration: Calibration) -> None:
        raise NotImplementedError


@pytest.fixture(scope="module")
def tried() -> tuple[Evaluation, list[Outcome]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("detente.evaluation.suite.RESAMPLES", 100)
        return try_faults(Given(Reader(), make_examples(80, 1), make_examples(45, 2)))


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_each_fault_is_caught_by_a_finding_that_names_it(name: str, tried: tuple[Evaluation, list[Outcome]]) -> None:
    (outcome,) = [one for one in tried[1] if one.fault.name == name]
    assert outcome.caught_by, [finding.rule for finding in outcome.evaluation.verdict.findings]
    assert {finding.rule for finding in outcome.caught_by} <= set(outcome.fault.rules)


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_the_model_without_the_fault_does_not_have_the_finding(
    name: str, tried: tuple[Evaluation, list[Outcome]]
) -> None:
    (outcome,) = [one for one in tried[1] if one.fault.name == name]
    assert outcome.also_without == ()


def test_the_model_without_faults_may_be_used(tried: tuple[Evaluation, list[Outcome]]) -> None:
    assert tried[0].verdict.level in ("caution", "good")
    assert tried[0].model.scores.macro_f1 == pytest.approx(0.85, abs=0.08)


def test_the_table_tells_each_fault_and_its_sentence(tried: tuple[Evaluation, list[Outcome]]) -> None:
    text = table(*tried)
    assert len(text.splitlines()) == 3 + len(FAULTS)
    assert "**not caught**" not in text
    for outcome in tried[1]:
        assert outcome.fault.name in text
        assert outcome.caught_by[0].text in text


def test_a_faulty_model_keeps_what_the_model_believed_of_itself() -> None:
    faulty = Faulty(Reader(), lambda examples: np.tile([0.2, 0.5, 0.3], (len(examples), 1)))
    (answer,) = faulty.predict(make_examples(1, 3)[:1])
    assert (answer.stance, answer.p_neutral) == (Stance.NEUTRAL, pytest.approx(0.5))
