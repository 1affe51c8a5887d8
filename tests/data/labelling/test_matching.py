import pytest

from detente.configs.errors import InputError
from detente.data.labelling.matching import match_predictions, stance_probabilities
from detente.data.records import Example, Prediction, Stance


def make_example(id_: str, **changes: object) -> Example:
    values = {"id": id_, "actor": "Norvik", "target": "Kelta", "text": "Norvik thanked Kelta.", "label": "support"}
    return Example.model_validate(values | changes)


def make_prediction(id_: str, **changes: object) -> Prediction:
    values = {
        "example_id": id_,
        "actor": "Norvik",
        "target": "Kelta",
        "text": "Norvik thanked Kelta.",
        "stance": Stance.SUPPORT,
        "p_support": 0.7,
        "p_neutral": 0.2,
        "p_oppose": 0.1,
        "confident": True,
    }
    return Prediction.model_validate(values | changes)


def test_pairs_stand_in_the_order_of_the_examples() -> None:
    examples = [make_example(id_) for id_ in "cab"]
    matches = match_predictions(examples, [make_prediction(id_) for id_ in "abcd"])
    assert [(example.id, prediction.example_id) for example, prediction in matches.pairs] == [
        ("c", "c"),
        ("a", "a"),
        ("b", "b"),
    ]


def test_examples_without_a_prediction_and_with_one_about_something_else_are_told_apart() -> None:
    examples = [make_example("a"), make_example("b"), make_example("c")]
    matches = match_predictions(examples, [make_prediction("a"), make_prediction("b", target="Kasra")])
    assert [example.id for example, _ in matches.pairs] == ["a"]
    assert [example.id for example in matches.different] == ["b"]
    assert [example.id for example in matches.without] == ["c"]


def test_white_space_may_differ() -> None:
    matches = match_predictions([make_example("a", text="Norvik  thanked\nKelta.")], [make_prediction("a")])
    assert len(matches.pairs) == 1


def test_the_same_prediction_twice_is_one() -> None:
    assert len(match_predictions([make_example("a")], [make_prediction("a"), make_prediction("a")]).pairs) == 1


def test_two_predictions_that_differ_are_an_error() -> None:
    other = make_prediction("a", p_support=0.6, p_oppose=0.2)
    with pytest.raises(InputError, match="example 'a': expected one prediction; found two that differ"):
        match_predictions([make_example("a")], [make_prediction("a"), other])


def test_probabilities_stand_in_the_label_order() -> None:
    assert stance_probabilities(make_prediction("a")) == [0.7, 0.2, 0.1]


def test_probabilities_may_be_rounded() -> None:
    assert sum(stance_probabilities(make_prediction("a", p_support=0.333, p_neutral=0.333, p_oppose=0.333))) < 1


@pytest.mark.parametrize(
    "changes", [{"p_support": 7.0}, {"p_oppose": float("nan")}, {"p_neutral": -0.2, "p_support": 1.1}]
)
def test_what_is_no_probability_is_an_error(changes: dict[str, float]) -> None:
    with pytest.raises(InputError, match="prediction for 'a': expected three probabilities that sum to 1; found"):
        stance_probabilities(make_prediction("a", **changes))
