"""A model measured beside fixed baselines."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from detente.data.records import STANCES, Example, Prediction, Stance
from detente.evaluation.evaluate import (
    Evaluation,
    best_blind,
    best_control,
    confident_mistakes,
    evaluate,
    probability,
)
from detente.evaluation.findings import Level
from detente.models.baselines import CONTROLS


@dataclass
class Always:
    """A classifier that gives every example the same probabilities."""

    probabilities: tuple[float, float, float]

    def predict_proba(self, examples: Sequence[Example]) -> np.ndarray:
        return np.tile(self.probabilities, (len(examples), 1))


def answer(example: Example, stance: Stance, sure: float = 0.8, *, confident: bool = True) -> Prediction:
    shares = {f"p_{one}": sure if one is stance else (1 - sure) / 2 for one in STANCES}
    question = example.model_dump(include={"actor", "target", "text", "actor_span", "target_span"})
    return Prediction(example_id=example.id, article_id=None, stance=stance, confident=confident, **question, **shares)


def measured(
    examples: Sequence[Example],
    predictions: Sequence[Prediction],
    train: Sequence[Example] | None = None,
    **baselines: Any,
) -> Evaluation:
    return evaluate(examples, predictions, baselines, split="test", resamples=50, seed=1, train=train)


@pytest.fixture
def right(examples: list[Example]) -> list[Prediction]:
    return [answer(example, example.label) for example in examples]


def test_a_model_that_is_always_right_has_a_macro_f1_of_one(examples: list[Example], right: list[Prediction]) -> None:
    evaluation = measured(examples, right)
    assert evaluation.model.scores.macro_f1 == 1
    assert evaluation.model.interval == (1.0, 1.0)
    assert evaluation.groups == 12


def test_groups_without_a_name_are_the_distinct_texts(examples: list[Example], right: list[Prediction]) -> None:
    ungrouped = [example.model_copy(update={"group": None}) for example in examples]
    assert measured(ungrouped, right).groups == 24


def test_the_probabilities_decide_what_is_measured(examples: list[Example], right: list[Prediction]) -> None:
    evaluation = measured(examples, right)
    assert evaluation.model.probabilities[0].tolist() == [right[0].p_support, right[0].p_neutral, right[0].p_oppose]
    assert evaluation.model.scores.ece == pytest.approx(0.2)


def test_coverage_is_the_share_of_confident_answers(examples: list[Example]) -> None:
    predictions = [answer(one, Stance.NEUTRAL, confident=number < 6) for number, one in enumerate(examples)]
    assert measured(examples, predictions).as_dict()["coverage"] == 0.25


def test_a_margin_is_the_difference_of_the_macro_f1_scores(examples: list[Example], right: list[Prediction]) -> None:
    evaluation = measured(examples, right, majority=Always((0.8, 0.1, 0.1)))
    (margin,) = evaluation.margins
    assert margin.over == "majority"
    assert evaluation.baselines["majority"].scores.macro_f1 == pytest.approx((2 * 8 / (24 + 8)) / 3)
    assert margin.difference == pytest.approx(1 - 1 / 6)
    assert margin.interval[0] < margin.difference < margin.interval[1]


def test_a_model_has_no_margin_over_a_baseline_that_answers_alike(examples: list[Example]) -> None:
    predictions = [answer(example, Stance.OPPOSE) for example in examples]
    (margin,) = measured(examples, predictions, twin=Always((0.1, 0.1, 0.8))).margins
    assert (margin.difference, margin.interval) == (0.0, (0.0, 0.0))


def test_the_best_blind_baseline_leaves_the_smallest_margin_and_never_sees_the_text(examples: list[Example]) -> None:
    lopsided = [example for example in examples if example.label is not Stance.OPPOSE or example.id == "e2"]
    predictions = [answer(example, example.label) for example in lopsided]
    rare, common = Always((0.1, 0.1, 0.8)), Always((0.8, 0.1, 0.1))
    evaluation = measured(lopsided, predictions, majority=rare, names_only=common, masked_tfidf=common)
    assert best_blind(evaluation).over == "names_only"
    assert best_blind(measured(lopsided, predictions, masked_tfidf=common)) is None


def test_the_best_control_leaves_the_smallest_margin_and_may_see_the_text(examples: list[Example]) -> None:
    lopsided = [example for example in examples if example.label is not Stance.OPPOSE or example.id == "e2"]
    predictions = [answer(example, example.label) for example in lopsided]
    rare, common = Always((0.1, 0.1, 0.8)), Always((0.8, 0.1, 0.1))
    evaluation = measured(lopsided, predictions, majority=rare, target_hidden=common, masked_tfidf=common)
    assert best_control(evaluation).over == "target_hidden"
    assert best_blind(evaluation).over == "majority"
    assert best_control(measured(lopsided, predictions, masked_tfidf=common)) is None


def test_every_figure_of_the_model_has_an_interval_and_that_of_a_baseline_its_macro_f1(
    examples: list[Example], right: list[Prediction]
) -> None:
    evaluation = measured(examples, [answer(examples[0], Stance.OPPOSE), *right[1:]], majority=Always((0.8, 0.1, 0.1)))
    figures = evaluation.model.scores.flat()
    assert evaluation.model.intervals.keys() == figures.keys()
    for name in ("macro_f1", "mcc", "brier", "aurc", "support_recall"):
        low, high = evaluation.model.intervals[name]
        assert low <= figures[name] <= high
        assert low < high
    assert evaluation.baselines["majority"].intervals.keys() == {"macro_f1"}


def test_slices_tell_seen_from_unseen_if_the_training_file_is_given(
    examples: list[Example], right: list[Prediction]
) -> None:
    names = {one.name for one in measured(examples, right, train=examples[:6]).slices}
    assert {"text: seen in training", "text: unseen", "actor: seen in training"} <= names
    assert not {name for name in names if name.startswith("holder: speaker")}
    assert not [one for one in measured(examples, right).slices if one.dimension in ("text", "actor", "target", "pair")]


def test_both_directions_are_measured_where_both_were_asked(examples: list[Example], right: list[Prediction]) -> None:
    assert (measured(examples, right).directions, measured(examples, right).five_class) == (None, None)
    turned = {"id": "back", "actor": "Kenya", "target": "Norway", "label": Stance.NEUTRAL}
    spans = {"actor_span": examples[0].target_span, "target_span": examples[0].actor_span}
    back = examples[0].model_copy(update=turned | spans)
    evaluation = measured([*examples, back], [*right, answer(back, Stance.NEUTRAL)])
    assert (evaluation.directions.pairs, evaluation.directions.differing_right) == (1, 1.0)
    assert evaluation.five_class.per_class["p supports q"] == 1.0


def rules_of(evaluation: Evaluation) -> list[str]:
    return [finding.rule for finding in evaluation.verdict.findings]


def test_the_verdict_rests_on_the_controls(examples: list[Example], right: list[Prediction]) -> None:
    baselines = {"majority": Always((0.8, 0.1, 0.1)), "masked_tfidf": Always((0.1, 0.8, 0.1))}
    evaluation = measured(examples, right, **baselines)
    same = measured(examples, [answer(example, Stance.SUPPORT) for example in examples], **baselines)
    assert best_control(evaluation).over == "majority"
    assert not [rule for rule in rules_of(evaluation) if rule.startswith("no_better_than")]
    told = [finding.text for finding in same.verdict.findings if finding.level is Level.STOP]
    assert told == [
        f"It doesn't show that it tells stances apart: {best_control(same).words}, which {CONTROLS['majority']}."
    ]


def test_the_verdict_asks_for_controls(examples: list[Example], right: list[Prediction]) -> None:
    assert "no_controls" in rules_of(measured(examples, right))
    assert "no_controls" not in rules_of(measured(examples, right, majority=Always((0.8, 0.1, 0.1))))


def test_the_verdict_stops_a_model_that_a_control_equals(examples: list[Example]) -> None:
    predictions = [answer(example, Stance.OPPOSE) for example in examples]
    evaluation = measured(
        examples, predictions, names_only=Always((0.1, 0.1, 0.8)), masked_tfidf=Always((0.1, 0.1, 0.8))
    )
    assert evaluation.verdict.level is Level.STOP
    assert evaluation.verdict.findings[0].text.startswith("It doesn't show that it reads more than the names")


def test_the_verdict_counts_the_texts_that_training_held(examples: list[Example], right: list[Prediction]) -> None:
    words = ("harbour levy", "glacier survey", "orchestra tour", "tram depot", "wheat ledger", "chess prize")
    apart = [
        one.model_copy(update={"text": f"{one.actor} spoke of the {word} at length; {one.target} of {word[::-1]}."})
        for word, one in zip(words, examples, strict=False)
    ]
    nearly = apart[1].model_copy(update={"text": apart[1].text.replace(" at length", "  At Length")})
    evaluation = measured(apart, right[:6], train=[apart[0], nearly])
    (leak,) = [finding for finding in evaluation.verdict.findings if finding.rule == "known_texts"]
    assert "33.3%" in leak.text
    assert "known_texts" not in rules_of(measured(examples, right))


def test_the_surest_mistakes_come_first_and_right_answers_never(examples: list[Example]) -> None:
    sureness = {0: 0.5, 3: 0.9, 6: 0.7}
    predictions = [
        answer(example, Stance.OPPOSE, sureness[number]) if number in sureness else answer(example, example.label, 0.99)
        for number, example in enumerate(examples)
    ]
    mistakes = confident_mistakes(measured(examples, predictions), 2)
    assert [(example.id, prediction.p_oppose) for example, prediction in mistakes] == [("e3", 0.9), ("e6", 0.7)]


def test_the_probability_of_each_stance_is_found(examples: list[Example]) -> None:
    prediction = answer(examples[0], Stance.OPPOSE, 0.9).model_copy(update={"p_support": 0.06, "p_neutral": 0.04})
    assert [probability(prediction, stance) for stance in STANCES] == [0.06, 0.04, 0.9]


def test_an_unlabelled_example_is_refused(examples: list[Example], right: list[Prediction]) -> None:
    examples[5] = examples[5].model_copy(update={"label": None})
    with pytest.raises(ValueError, match="expected labelled examples; 1 have no label"):
        measured(examples, right)


def test_fewer_predictions_than_examples_are_refused(examples: list[Example], right: list[Prediction]) -> None:
    with pytest.raises(ValueError, match="found 23, 24"):
        measured(examples, right[1:])


def test_figures_survive_json_and_repeat_exactly(examples: list[Example], right: list[Prediction]) -> None:
    figures = measured(examples, right, majority=Always((0.4, 0.3, 0.3))).as_dict()
    assert json.loads(json.dumps(figures)) == figures
    again = measured(examples, right, majority=Always((0.4, 0.3, 0.3))).as_dict()
    assert again | {"seconds": None} == figures | {"seconds": None}
    assert list(figures["seconds"]) == ["figures", "baselines", "who towards whom", "slices", "leaks", "label errors"]
    assert (figures["split"], figures["n"], figures["groups"]) == ("test", 24, 12)
    assert list(figures["models"]) == ["model", "majority"]
    assert figures["margins"][0]["over"] == "majority"
    assert figures["margin_over_control"] == figures["margin_over_blind"] == figures["margins"][0]
    assert figures["verdict"]["findings"]
    assert figures["models"]["model"]["intervals"].keys() == measured(examples, right).model.scores.flat().keys()
    assert {row["dimension"] for row in figures["slices"]} >= {"mention order", "text length"}
    assert figures["reliability"] == [{"confidence": pytest.approx(0.8), "accuracy": 1.0, "count": 24}]
    assert figures["risk_coverage"] == [{"confidence": pytest.approx(0.8), "coverage": 1.0, "risk": 0.0}]


def test_the_summary_holds_the_headline_figures_alone(examples: list[Example], right: list[Prediction]) -> None:
    summary = measured(examples, right, majority=Always((0.4, 0.3, 0.3))).summary()
    assert set(summary) == {"split", "n", "groups", "coverage", "verdict", "margins", "models"}
    assert summary["models"]["model"] == {
        "macro_f1": 1.0,
        "f_avg": 1.0,
        "accuracy": 1.0,
        "ece": pytest.approx(0.2),
        "interval": [1.0, 1.0],
    }
