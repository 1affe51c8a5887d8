import builtins
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from detente.configs.errors import InputError
from detente.data.labelling.label_errors import COLUMNS, ENOUGH, find_label_errors
from detente.data.reading import read_examples
from detente.data.records import STANCES, Example, Prediction, Stance

SAMPLES = Path(__file__).parents[3] / "data" / "samples"


def make_example(number: int, label: Stance | None) -> Example:
    return Example(id=f"e{number}", actor="Norvik", target="Kelta", text=f"Day {number}: Norvik, Kelta.", label=label)


def make_prediction(example: Example, probabilities: Sequence[float]) -> Prediction:
    return Prediction(
        example_id=example.id,
        actor=example.actor,
        target=example.target,
        text=example.text,
        stance=STANCES[int(np.argmax(probabilities))],
        confident=False,
        **{f"p_{stance}": float(p) for stance, p in zip(STANCES, probabilities, strict=True)},
    )


def believe(stance: Stance, p: float) -> list[float]:
    return [p if one is stance else (1 - p) / 2 for one in STANCES]


def make_set(wrong: Sequence[int] = (), p: float = 0.8) -> tuple[list[Example], list[Prediction]]:
    """60 examples whose predictions are right; the labels at `wrong` are not."""
    examples, predictions = [], []
    for number in range(60):
        truth = STANCES[number % 3]
        label = STANCES[(number + 1) % 3] if number in wrong else truth
        examples.append(make_example(number, label))
        predictions.append(make_prediction(examples[-1], believe(truth, p)))
    return examples, predictions


def test_wrong_labels_are_found_with_what_they_should_be() -> None:
    examples, predictions = make_set(wrong=(6, 14))
    suspects = find_label_errors(examples, predictions)
    assert {(one.example.id, one.suggested) for one in suspects.found} == {
        ("e6", Stance.SUPPORT),
        ("e14", Stance.OPPOSE),
    }
    assert suspects.compared == 60
    assert suspects.agreement == pytest.approx(58 / 60)
    assert suspects.warning is None


def test_the_least_believable_label_stands_first() -> None:
    examples, predictions = make_set(wrong=(6, 14, 25))
    predictions[14] = make_prediction(examples[14], believe(Stance.OPPOSE, 0.98))
    found = find_label_errors(examples, predictions).found
    assert found[0].example.id == "e14"
    assert [one.p_label for one in found] == sorted(one.p_label for one in found)


def test_no_label_is_suspected_where_all_are_believed() -> None:
    assert find_label_errors(*make_set()).found == []


def test_predictions_that_know_the_labels_are_warned_of_in_every_row() -> None:
    suspects = find_label_errors(*make_set(wrong=(6,), p=0.99))
    assert suspects.warning is not None
    assert suspects.warning.startswith("the predictions agree with 98.3% of the labels")
    (row,) = suspects.rows()
    assert tuple(row) == COLUMNS
    assert row["warning"] == suspects.warning
    assert (row["rank"], row["id"], row["label"], row["suggested"]) == (1, "e6", "neutral", "support")


def test_a_text_is_no_formula_in_a_spreadsheet() -> None:
    examples, predictions = make_set(wrong=(6,))
    formula = {"text": "=1+1 Norvik met Kelta."}
    examples[6], predictions[6] = (one.model_copy(update=formula) for one in (examples[6], predictions[6]))
    (row,) = find_label_errors(examples, predictions).rows()
    assert row["text"] == "'=1+1 Norvik met Kelta."


def test_what_has_no_label_or_no_prediction_is_counted() -> None:
    examples, predictions = make_set()
    suspects = find_label_errors([*examples, make_example(70, None), make_example(71, Stance.OPPOSE)], predictions)
    assert (suspects.unlabelled, suspects.without, suspects.compared) == (1, 1, 60)


def test_a_stance_that_nobody_gave_does_no_harm() -> None:
    examples, predictions = make_set(wrong=(6,))
    kept = [number for number in range(60) if examples[number].label is not Stance.OPPOSE]
    suspects = find_label_errors([examples[n] for n in kept], [predictions[n] for n in kept])
    assert "e6" in {one.example.id for one in suspects.found}


def test_too_few_labels_are_an_error() -> None:
    examples, predictions = make_set()
    with pytest.raises(InputError, match=rf"at least {ENOUGH} labelled examples, by their ids; found 5 for 60"):
        find_label_errors(examples, predictions[:5])


def test_labels_of_one_stance_are_an_error() -> None:
    examples = [make_example(number, Stance.NEUTRAL) for number in range(40)]
    predictions = [make_prediction(example, believe(Stance.NEUTRAL, 0.9)) for example in examples]
    with pytest.raises(InputError, match="labels of at least two stances; all 40 are neutral"):
        find_label_errors(examples, predictions)


def test_without_cleanlab_the_command_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("cleanlab"):
            raise ModuleNotFoundError(f"No module named '{name}'", name="cleanlab")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'detente\[labels\]'"):
        find_label_errors(*make_set())


@pytest.mark.slow
def test_flipped_labels_of_the_samples_are_found_far_above_chance() -> None:
    examples = list(read_examples(SAMPLES / "train.jsonl", labelled=True))
    rng = np.random.default_rng(0)
    flipped = set(rng.choice(len(examples), size=len(examples) // 10, replace=False).tolist())
    given = [
        example.model_copy(update={"label": rng.choice([one for one in STANCES if one is not example.label])})
        if place in flipped
        else example
        for place, example in enumerate(examples)
    ]
    probabilities = out_of_fold(given)
    predictions = [make_prediction(example, row) for example, row in zip(given, probabilities, strict=True)]
    found = {one.example.id for one in find_label_errors(given, predictions).found}
    hits = len(found & {given[place].id for place in flipped})
    precision, recall = hits / len(found), hits / len(flipped)
    assert precision > 0.3
    assert recall > 0.6


def out_of_fold(examples: Sequence[Example]) -> Any:
    """Probabilities for each example from a model that saw no example of its article."""
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=3.0, max_iter=1000)
    )
    texts = [f"{around(example)} {example.text}" for example in examples]
    gold = [STANCES.index(example.label) for example in examples if example.label]
    groups = [example.group_key for example in examples]
    return cross_val_predict(model, texts, gold, groups=groups, cv=GroupKFold(5), method="predict_proba")


def around(example: Example) -> str:
    """The words between and around the two mentions, marked, so that pairs of one sentence differ."""
    spans = sorted(span for span in (example.actor_span, example.target_span) if span)
    between = example.text[spans[0][1] : spans[-1][0]] if len(spans) == 2 else example.text
    side = "forward" if example.actor_span and spans[0] == example.actor_span else "back"
    return " ".join(f"{side}_{word.strip('.,')}" for word in between.lower().split())
