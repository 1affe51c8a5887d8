from typing import Any

import pytest
from pydantic import ValidationError

from detente.data.records import STANCES, Article, Example, Prediction, Stance

TEXT = "Norway praised Kenya."


def example(**changes: Any) -> Example:
    values = {"id": "e", "actor": "Norway", "target": "Kenya", "text": TEXT}
    return Example.model_validate(values | changes)


def fault(**changes: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        example(**changes)
    (only,) = caught.value.errors()
    return only["msg"]


def test_label_order_is_support_neutral_oppose() -> None:
    assert STANCES == (Stance.SUPPORT, Stance.NEUTRAL, Stance.OPPOSE)
    assert [str(stance) for stance in STANCES] == ["support", "neutral", "oppose"]


def test_stance_is_its_own_text() -> None:
    assert Stance.OPPOSE == "oppose"
    assert f"{Stance.OPPOSE}" == "oppose"


def test_example_needs_neither_label_nor_spans() -> None:
    assert (example().label, example().actor_span, example().target_span, example().meta) == (None, None, None, {})


@pytest.mark.parametrize("name", ["id", "actor", "target", "text"])
@pytest.mark.parametrize("value", ["", "  ", "\n\t", "\u00a0\u3000"])
def test_blank_text_is_refused(name: str, value: str) -> None:
    assert "pattern" in fault(**{name: value})


@pytest.mark.parametrize("label", ["Support", "SUPPORT", "favor", "", "1", 0])
def test_label_is_one_of_three_words(label: object) -> None:
    assert fault(label=label) == "Input should be 'support', 'neutral' or 'oppose'"


@pytest.mark.parametrize("name", ["actor_span", "target_span"])
@pytest.mark.parametrize("span", [[0, 22], [21, 22], [5, 5], [6, 0], [0, 0], [100, 106]])
def test_span_outside_the_text_is_refused(name: str, span: list[int]) -> None:
    assert fault(**{name: span}) == f"Value error, {name} {span} does not lie in a text of 21 characters"


def test_span_may_reach_to_both_ends_of_the_text() -> None:
    assert example(actor_span=[0, 1], target_span=[20, 21]).target_span == (20, 21)
    assert example(actor_span=[0, 21]).actor_span == (0, 21)


@pytest.mark.parametrize("span", [[-1, 3], [0], [0, 1, 2], [0, None], "0-6"])
def test_malformed_span_is_refused(span: object) -> None:
    with pytest.raises(ValidationError):
        example(actor_span=span)


def test_span_of_white_space_is_refused() -> None:
    assert fault(actor_span=[6, 7]) == "Value error, actor_span [6, 7] holds only white space"


def test_same_span_for_both_is_refused() -> None:
    assert (
        fault(actor_span=[0, 6], target_span=[0, 6]) == "Value error, actor_span and target_span are the same, [0, 6]"
    )


@pytest.mark.parametrize(("actor", "target"), [([0, 14], [0, 6]), ([0, 6], [3, 14]), ([15, 20], [0, 6])])
def test_spans_may_nest_overlap_and_stand_in_any_order(actor: list[int], target: list[int]) -> None:
    found = example(actor_span=actor, target_span=target)
    assert (found.actor_span, found.target_span) == (tuple(actor), tuple(target))


def test_spans_count_characters_not_bytes() -> None:
    found = example(text="🚀é Norway", actor="Norway", actor_span=[3, 9])
    assert found.text[slice(*found.actor_span or ())] == "Norway"


def test_group_key_is_the_group_or_else_the_text() -> None:
    assert example(group="g").group_key == "g"
    assert example().group_key == TEXT
    assert example(group="").group_key == TEXT


@pytest.mark.parametrize("kind", [Article, Example, Prediction])
def test_record_refuses_unknown_fields(kind: type[Article]) -> None:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate({"colour": "red"})
    assert "extra_forbidden" in [error["type"] for error in caught.value.errors()]


def test_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        example().label = Stance.SUPPORT


def test_records_do_not_share_their_meta() -> None:
    one, other = example(), example()
    one.meta["seen"] = True
    assert other.meta == {}


def test_article_needs_an_id_and_a_text() -> None:
    with pytest.raises(ValidationError) as caught:
        Article.model_validate({})
    assert [error["loc"] for error in caught.value.errors()] == [("id",), ("text",)]
