"""When a case passes, and which cases are chosen."""

import random

import pytest

from detente.data.records import Example, Stance
from detente.evaluation.behaviour.cases import Case, Expectation, choose, choose_cases, draw, pieces

SUPPORT, NEUTRAL, OPPOSE = Stance


def make_case(number: int, kind: str = "support", expects: Expectation = Expectation.SAME) -> Case:
    example = Example(id=str(number), actor="a", target="b", text="t")
    return Case(str(number), f"g{number}", kind, expects, (example, example))


@pytest.mark.parametrize(
    ("expects", "answers", "passes"),
    [
        (Expectation.SAME, (SUPPORT, SUPPORT), True),
        (Expectation.SAME, (SUPPORT, NEUTRAL), False),
        (Expectation.NOT_ALIKE, (SUPPORT, SUPPORT), False),
        (Expectation.NOT_ALIKE, (NEUTRAL, NEUTRAL), True),
        (Expectation.NOT_ALIKE, (SUPPORT, OPPOSE), True),
    ],
)
def test_answers_are_compared_as_expected(
    expects: Expectation, answers: tuple[Stance, Stance], *, passes: bool
) -> None:
    assert make_case(0, expects=expects).passes(answers) is passes


def test_each_answer_must_be_among_those_of_its_question() -> None:
    asked = make_case(0).asked
    case = Case("c", "g", "k", Expectation.STANCES, asked, (frozenset([SUPPORT]), frozenset([NEUTRAL, OPPOSE])))
    assert case.passes([SUPPORT, OPPOSE])
    assert not case.passes([SUPPORT, SUPPORT])
    assert not case.passes([NEUTRAL, NEUTRAL])
    assert [case.wanted(place) for place in (0, 1)] == ["support", "neutral or oppose"]


def test_what_was_expected_is_said_in_words() -> None:
    assert [make_case(0).wanted(place) for place in (0, 1)] == ["before", "the same as before"]
    alike = make_case(0, expects=Expectation.NOT_ALIKE)
    assert [alike.wanted(place) for place in (0, 1)] == ["a stance or neutral", "not that stance the other way round"]


def test_the_choice_takes_as_many_of_each_kind_as_can_be_had() -> None:
    cases = [make_case(number, "neutral" if number > 3 else "oppose") for number in range(50)]
    kinds = [case.kind for case in choose_cases(cases, 10, 13)]
    assert (kinds.count("oppose"), kinds.count("neutral")) == (4, 6)
    assert len(choose_cases(cases, 100, 13)) == 50


def test_the_choice_hangs_on_the_key_and_not_on_the_order() -> None:
    cases = [make_case(number) for number in range(50)]
    shuffled = random.Random(0).sample(cases, 50)
    assert choose_cases(shuffled, 10, 13) == choose_cases(cases, 10, 13)
    assert choose_cases(cases, 10, 14) != choose_cases(cases, 10, 13)


def test_a_draw_is_the_same_in_every_process() -> None:
    assert draw(13, "a") == 3334454629607762909
    assert choose("abc", 1) == choose("abc", 1)


def test_of_nested_mentions_the_inner_one_is_marked() -> None:
    example = Example(id="e", actor="a", target="b", text="0123456", actor_span=(1, 6), target_span=(2, 4))
    assert pieces(example) == [("0", ""), ("1", "actor"), ("23", "target"), ("45", "actor"), ("6", "")]
    assert pieces(example.model_copy(update={"actor_span": None, "target_span": None})) == [("0123456", "")]
