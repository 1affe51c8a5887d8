"""Questions that differ in the target, or in the actor, alone."""

import json

import numpy as np
import pytest

from detente.data.records import STANCES, Example, Stance
from detente.evaluation.apart import Apart, measure_apart
from detente.evaluation.intervals import Draws

SUPPORT, NEUTRAL, OPPOSE = STANCES


def question(number: int, actor: str, target: str, label: Stance) -> Example:
    text = f"Norway praised Kenya and scolded Peru in round {number}."
    return Example(
        id=f"{number}{actor}{target}", actor=actor, target=target, text=text, label=label, group=f"g{number}"
    )


def three(number: int) -> list[Example]:
    """Norway towards two targets, and Kenya towards one of them."""
    return [
        question(number, "Norway", "Kenya", SUPPORT),
        question(number, "Norway", "Peru", OPPOSE),
        question(number, "Kenya", "Peru", NEUTRAL),
    ]


def measure(examples: list[Example], said: list[Stance]) -> dict[str, Apart]:
    draws = Draws.of([example.group_key for example in examples], resamples=200, seed=1)
    rows = np.eye(3)[[STANCES.index(stance) for stance in said]]
    return {one.differ_in: one for one in measure_apart(examples, rows, draws)}


def test_sets_are_right_if_all_answers_are_and_alike_if_they_are_one() -> None:
    examples = three(0) + three(1) + three(2) + three(3)
    said = [SUPPORT, OPPOSE, NEUTRAL, SUPPORT, SUPPORT, SUPPORT, OPPOSE, SUPPORT, SUPPORT, SUPPORT, OPPOSE, OPPOSE]
    found = measure(examples, said)
    assert (found["target"].sets, found["target"].right, found["target"].alike) == (4, 0.5, 0.25)
    assert (found["actor"].sets, found["actor"].right, found["actor"].alike) == (4, 0.25, 0.75)
    for one in found.values():
        assert one.right_interval[0] <= one.right <= one.right_interval[1]
        assert one.alike_interval[0] < one.alike < one.alike_interval[1] or one.alike == 1


def test_who_gives_one_answer_to_all_targets_is_told_by_all_sets() -> None:
    examples = [one for number in range(10) for one in three(number)]
    found = measure(examples, [SUPPORT, SUPPORT, NEUTRAL] * 10)
    assert (found["target"].alike, found["target"].alike_interval) == (1, (1, 1))
    assert found["actor"].alike == 0


def test_targets_with_the_same_stance_tell_nothing() -> None:
    examples = [question(0, "Norway", "Kenya", SUPPORT), question(0, "Norway", "Peru", SUPPORT)]
    assert measure(examples, [SUPPORT, SUPPORT]) == {}


def test_a_repeated_question_with_another_label_is_no_set() -> None:
    again = question(0, "NORWAY", "Kenya", OPPOSE).model_copy(update={"id": "again"})
    assert measure([question(0, "Norway", "Kenya", SUPPORT), again], [SUPPORT, SUPPORT]) == {}


def test_texts_are_kept_apart() -> None:
    assert (
        measure([question(0, "Norway", "Kenya", SUPPORT), question(1, "Norway", "Peru", OPPOSE)], [SUPPORT] * 2) == {}
    )


def test_the_record_is_plain_for_json() -> None:
    plain = measure(three(0), [SUPPORT, OPPOSE, NEUTRAL])["target"].as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["right"] == pytest.approx(1)
