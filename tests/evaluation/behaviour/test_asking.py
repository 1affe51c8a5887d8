"""The same text, asked about otherwise."""

import pytest

from detente.data.records import AUTHOR, Example, Stance
from detente.evaluation.behaviour.asking import (
    absent_actor,
    absent_target,
    swap_distinct,
    swap_labelled,
    swap_unlabelled,
    swapped,
)
from detente.evaluation.behaviour.cases import Expectation

SUPPORT, NEUTRAL, OPPOSE = Stance


@pytest.fixture
def example() -> Example:
    values = {"actor_span": (0, 5), "target_span": (14, 18), "meta": {"target_kind": "country"}}
    text = "Kenya praised Peru."
    return Example(id="e", actor="Kenya", target="Peru", text=text, label=SUPPORT, group="g", **values)


def labelled(example: Example, label: Stance | None) -> Example:
    return example.model_copy(update={"label": label})


def test_a_swapped_question_has_names_and_mentions_exchanged_and_no_label(example: Example) -> None:
    back = swapped(example)
    assert (back.actor, back.actor_span) == ("Peru", (14, 18))
    assert (back.target, back.target_span, back.label) == ("Kenya", (0, 5), None)


def test_a_pair_with_both_labels_is_asked_both_ways(example: Example) -> None:
    back = labelled(swapped(example), NEUTRAL)
    (case,) = swap_labelled([back, example], 13)
    assert case.asked == (example, back)
    assert case.allowed == (frozenset([SUPPORT]), frozenset([NEUTRAL]))
    assert (case.group, case.kind) == ("g", "support")
    (distinct,) = swap_distinct([back, example], 13)
    assert (distinct.asked, distinct.expects) == ((example, back), Expectation.NOT_ALIKE)
    assert list(swap_unlabelled([example, back], 13)) == []


def test_a_pair_with_a_stance_in_both_directions_is_asked_once(example: Example) -> None:
    back = labelled(swapped(example), OPPOSE)
    assert len(list(swap_labelled([example, back], 13))) == 1
    assert len(list(swap_distinct([example, back], 13))) == 1
    mutual = [example, labelled(swapped(example), SUPPORT)]
    assert len(list(swap_labelled(mutual, 13))) == 1
    assert list(swap_distinct(mutual, 13)) == []


def test_a_pair_without_a_stance_is_not_asked(example: Example) -> None:
    both = [labelled(one, NEUTRAL) for one in (example, swapped(example))]
    assert list(swap_labelled(both, 13)) == list(swap_unlabelled(both, 13)) == []


@pytest.mark.parametrize("others", [0, 1])
def test_the_reverse_without_a_label_is_asked_but_not_expected(example: Example, others: int) -> None:
    (case,) = swap_unlabelled([example, *[swapped(example)] * others], 13)
    assert case.expects is Expectation.NOT_ALIKE
    assert case.asked == (example, swapped(example))
    assert list(swap_labelled([example, *[swapped(example)] * others], 13)) == []


@pytest.mark.parametrize(
    "changes",
    [{"actor": AUTHOR, "actor_span": None}, {"meta": {"target_kind": "policy"}}, {"meta": {}, "target": "the levy"}],
)
def test_what_holds_no_stance_is_not_asked_for_one(example: Example, changes: dict[str, object]) -> None:
    assert list(swap_unlabelled([example.model_copy(update=changes)], 13)) == []


def test_who_is_not_in_the_text_is_neutral_and_has_no_mention(samples: list[Example]) -> None:
    for example in samples:
        target, actor = absent_target(example, 13), absent_actor(example, 13)
        assert target.allowed == actor.allowed == (frozenset([NEUTRAL]),)
        (asked,) = target.asked
        assert asked.target_span is None
        assert asked.target not in example.text
        assert (asked.actor, asked.actor_span, asked.text) == (example.actor, example.actor_span, example.text)
        (asked,) = actor.asked
        assert asked.actor_span is None
        assert asked.actor not in example.text
        assert (asked.target, asked.target_span) == (example.target, example.target_span)
