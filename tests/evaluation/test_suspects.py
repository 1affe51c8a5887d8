"""Likely label errors in a report: found where they can be, and a reason where they can't."""

import json
import sys

import pytest

from detente.data.records import STANCES, Example, Prediction, Stance
from detente.evaluation.suspects import suspected_labels


def make(number: int, label: Stance, said: Stance, sure: float = 0.9) -> tuple[Example, Prediction]:
    asked = {"actor": "Norway", "target": "Kenya", "text": f"Norway met Kenya in round {number}."}
    shares = {f"p_{one}": sure if one is said else (1 - sure) / 2 for one in STANCES}
    return (
        Example(id=f"e{number}", label=label, **asked),
        Prediction(example_id=f"e{number}", stance=said, confident=True, **asked, **shares),
    )


def rows(count: int, wrong: tuple[int, ...] = ()) -> tuple[list[Example], list[Prediction]]:
    made = [
        make(number, STANCES[(number + 1 if number in wrong else number) % 3], STANCES[number % 3])
        for number in range(count)
    ]
    return [example for example, _ in made], [answer for _, answer in made]


def test_the_labels_that_the_answers_make_hard_to_believe_are_found() -> None:
    errors = suspected_labels(*rows(60, wrong=(7, 30)))
    assert {one.example.id for one in errors.found} == {"e7", "e30"}
    assert errors.note is None
    plain = errors.as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["found"][0]["p_label"] == pytest.approx(0.05)


def test_too_few_labels_are_a_reason() -> None:
    errors = suspected_labels(*rows(12))
    assert not errors.found
    assert "Not looked for: expected predictions for at least 30 labelled examples" in str(errors.note)


def test_a_missing_package_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab.filter", None)
    monkeypatch.setitem(sys.modules, "cleanlab", None)
    assert "pip install 'detente[labels]'" in str(suspected_labels(*rows(60)).note)


def test_a_model_that_knows_its_labels_is_doubted() -> None:
    assert "probably trained on them" in str(suspected_labels(*rows(60)).note)
