import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.data.records import STANCES, Example, Prediction, Stance
from detente.evaluation.random_part import estimate_accuracy


def make_pair(
    number: int, answer: Stance, label: Stance | None, chosen_by: str | None = "random"
) -> tuple[Example, Prediction]:
    question = {"actor": "Norvik", "target": "Kelta", "text": f"Norvik met Kelta on day {number}."}
    example = Example(id=f"e{number}", label=label, meta={"chosen_by": chosen_by} if chosen_by else {}, **question)
    probabilities = {f"p_{stance}": 0.8 if stance is answer else 0.1 for stance in STANCES}
    prediction = Prediction(example_id=f"e{number}", stance=answer, confident=True, **question, **probabilities)
    return example, prediction


def make_pairs(right: int, wrong: int) -> tuple[list[Example], list[Prediction]]:
    pairs = [make_pair(n, STANCES[n % 3], STANCES[n % 3]) for n in range(right)]
    pairs += [make_pair(right + n, STANCES[n % 3], STANCES[(n + 1) % 3]) for n in range(wrong)]
    return [example for example, _ in pairs], [prediction for _, prediction in pairs]


def test_accuracy_has_the_wilson_interval() -> None:
    estimate = estimate_accuracy(*make_pairs(30, 10))
    assert (estimate.labels, estimate.accuracy) == (40, 0.75)
    assert estimate.accuracy_interval == pytest.approx((0.5981, 0.8581), abs=1e-4)  # by hand from Wilson 1927


def test_macro_f1_lies_in_its_interval() -> None:
    estimate = estimate_accuracy(*make_pairs(30, 10))
    low, high = estimate.macro_f1_interval
    assert 0.5 < low < estimate.macro_f1 < high < 0.95


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        right = rng.binomial(40, 0.8)
        low, high = estimate_accuracy(*make_pairs(right, 40 - right)).accuracy_interval
        held += low <= 0.8 <= high
    assert held >= 89


def test_only_the_random_part_counts() -> None:
    examples, predictions = make_pairs(20, 0)
    for number, chosen_by in enumerate(("uncertainty", None), start=100):
        example, prediction = make_pair(number, Stance.SUPPORT, Stance.OPPOSE, chosen_by)
        examples.append(example)
        predictions.append(prediction)
    estimate = estimate_accuracy(examples, predictions)
    assert (estimate.accuracy, estimate.labels, estimate.chosen) == (1.0, 20, 2)


def test_what_is_not_labelled_or_not_predicted_is_counted() -> None:
    examples, predictions = make_pairs(20, 0)
    open_, _ = make_pair(50, Stance.SUPPORT, None)
    lost, _ = make_pair(51, Stance.SUPPORT, Stance.SUPPORT)
    estimate = estimate_accuracy([*examples, open_, lost], predictions)
    assert (estimate.labels, estimate.open, estimate.without) == (20, 1, 1)
    assert estimate.per_stance == {"support": 7, "neutral": 7, "oppose": 6}


def test_without_a_random_part_there_is_no_estimate() -> None:
    example, prediction = make_pair(0, Stance.SUPPORT, Stance.SUPPORT, "uncertainty")
    with pytest.raises(InputError, match=r"labels of a random part .*; found none among 1 examples"):
        estimate_accuracy([example], [prediction])


def test_a_random_part_without_labels_is_an_error() -> None:
    example, prediction = make_pair(0, Stance.SUPPORT, None)
    with pytest.raises(InputError, match=r"found none for its 1 examples\. Label them first"):
        estimate_accuracy([example], [prediction])


def test_labels_without_predictions_are_an_error() -> None:
    example, _ = make_pair(0, Stance.SUPPORT, Stance.SUPPORT)
    with pytest.raises(InputError, match="expected predictions for the 1 labelled examples"):
        estimate_accuracy([example], [])
