"""Answers: their order, their batches, what goes in and what is refused."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from detente.configs.errors import InputError
from detente.configs.schema import CalibrationConfig
from detente.data.records import STANCES, Example, Stance
from detente.models.calibration import Calibration, fit_calibration
from detente.models.confidence import FEWEST, PrecisionCurve
from detente.models.conformal import ConformalSets, fit_sets
from detente.models.predictor import EncoderPredictor, Predictor, as_examples

MakePredictor = Callable[..., Predictor]
ROW = {"actor": "Norway", "target": "Kenya", "text": "They met."}


@pytest.fixture
def uneven() -> list[Example]:
    """Nine examples of very different lengths, not sorted by them."""
    words = [3, 1, 9, 2, 7, 1, 12, 5, 4]
    return [Example(id=f"e{i}", **(ROW | {"text": "word " * count + str(i)})) for i, count in enumerate(words)]


@pytest.mark.parametrize("batch_tokens", [1, 60, 150, 100_000])
def test_answers_come_in_the_order_of_the_examples(
    make_predictor: MakePredictor, uneven: list[Example], batch_tokens: int
):
    answers = make_predictor(batch_tokens=batch_tokens).predict(uneven)
    assert [answer.example_id for answer in answers] == [example.id for example in uneven]
    assert [answer.text for answer in answers] == [example.text for example in uneven]


@pytest.mark.parametrize("batch_tokens", [60, 150, 100_000])
def test_the_batch_of_an_example_does_not_change_its_logits(
    make_predictor: MakePredictor, uneven: list[Example], batch_tokens: int
):
    alone = np.concatenate([make_predictor().predict_logits([example]) for example in uneven])
    together = make_predictor(batch_tokens=batch_tokens).predict_logits(uneven)
    assert np.abs(alone - together).max() < 1e-5
    assert np.abs(alone - alone[::-1]).max() > 1e-3


def test_the_same_question_gets_the_same_answer_again(predictor: Predictor, examples: list[Example]):
    assert predictor.predict(examples) == predictor.predict(examples)


def test_another_process_gets_one_that_answers_the_same(predictor: EncoderPredictor, examples: list[Example]):
    predictor.calibration = Calibration(scale=(1.5, 1.0, 1.0), bias=(0.0, 0.3, 0.0))
    other = copy.copy(predictor)  # made of what a process is sent
    assert other.model is not predictor.model
    assert np.array_equal(other.predict_logits(examples), predictor.predict_logits(examples))


def test_probabilities_are_the_softmax_of_the_logits(predictor: Predictor, examples: list[Example]):
    expected = softmax(predictor.predict_logits(examples), axis=1)
    assert np.array_equal(predictor.predict_proba(examples), expected)


def test_an_answer_holds_the_probabilities_and_the_likeliest_stance(predictor: Predictor, examples: list[Example]):
    for answer, row in zip(predictor.predict(examples), predictor.predict_proba(examples), strict=True):
        assert [answer.p_support, answer.p_neutral, answer.p_oppose] == list(row)
        assert answer.stance is STANCES[row.argmax()]
        assert row.sum() == pytest.approx(1)


@pytest.mark.parametrize("stance", STANCES)
def test_each_stance_is_answered_where_its_logit_is_highest(predictor: Predictor, stance: Stance):
    bias = predictor.model.out.bias.data
    bias.zero_()[STANCES.index(stance)] = 50
    answer = predictor.predict([ROW])[0]
    assert answer.stance is stance
    assert getattr(answer, f"p_{stance.value}") == pytest.approx(1)


def test_an_answer_repeats_its_question(predictor: Predictor, examples: list[Example]):
    answer = predictor.predict(examples[:1])[0]
    assert (answer.actor, answer.target, answer.actor_span, answer.target_span) == ("Norway", "Kenya", (0, 6), (15, 20))
    assert (answer.example_id, answer.article_id, answer.text) == ("e0", None, "Norway praised Kenya in round 0.")


def test_an_answer_names_the_article_of_its_example(predictor: Predictor):
    assert predictor.predict([{**ROW, "article_id": 17}])[0].article_id == "17"


def test_mappings_are_answered_like_examples(predictor: Predictor, examples: list[Example]):
    mappings = [example.model_dump(mode="json") for example in examples]
    assert predictor.predict(mappings) == predictor.predict(examples)


def test_an_iterator_is_answered(predictor: Predictor, examples: list[Example]):
    assert predictor.predict(iter(examples)) == predictor.predict(examples)
    assert predictor.predict_proba(iter(examples)).shape == (24, 3)


def test_mappings_without_an_id_are_numbered_from_one():
    checked = as_examples([ROW, ROW | {"id": "mine"}, ROW | {"id": None}, ROW | {"id": 7}])
    assert [example.id for example in checked] == ["1", "mine", "3", "7"]


def test_other_columns_of_a_mapping_go_into_meta():
    assert as_examples([ROW | {"outlet": "Wire"}])[0].meta == {"outlet": "Wire"}


def test_examples_are_taken_as_they_are(examples: list[Example]):
    assert all(checked is example for checked, example in zip(as_examples(examples), examples, strict=True))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": None}, "example 2: text: input should be a valid string; found None"),
        ({"actor": " "}, "example 2: actor: expected text; found only white space"),
        ({"label": "pro"}, "example 2: label: input should be 'support', 'neutral' or 'oppose'; found 'pro'"),
        ({"actor_span": [3, 99]}, "example 2: actor_span [3, 99] does not lie in a text of 9 characters"),
        ({"target_spam": [0, 4]}, "example 2: target_spam: unknown column; did you mean target_span?"),
        (
            {"actor": 1, "target": ""},
            "example 2: actor: input should be a valid string; found 1; target: expected text; found only white space",
        ),
    ],
)
def test_the_faults_of_a_mapping_are_named(predictor: Predictor, changes: dict[str, Any], message: str):
    with pytest.raises(InputError) as caught:
        predictor.predict([ROW, ROW | changes])
    assert str(caught.value) == message


def test_a_missing_column_is_named(predictor: Predictor):
    with pytest.raises(InputError, match=r"^example 1: text: expected a value; found none$"):
        predictor.predict_proba([{"actor": "Norway", "target": "Kenya"}])


@pytest.mark.parametrize("questions", [ROW, ["Norway met Kenya."]], ids=["one mapping", "strings"])
def test_what_is_no_sequence_of_mappings_is_an_input_error(predictor: Predictor, questions: Any):
    with pytest.raises(InputError, match="expected"):
        predictor.predict(questions)


def test_no_examples_give_no_answers(predictor: Predictor):
    assert predictor.predict([]) == []
    assert predictor.predict_proba([]).shape == (0, 3)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_logits"])
def test_progress_adds_up_to_the_number_of_examples(
    make_predictor: MakePredictor, examples: list[Example], method: str
):
    steps: list[int] = []
    getattr(make_predictor(batch_tokens=200), method)(examples, progress=steps.append)
    assert sum(steps) == 24
    assert len(steps) > 1


def test_a_batch_holds_as_many_tokens_as_it_may(make_predictor: MakePredictor):
    predictor, steps = make_predictor(), []
    length = len(predictor.encoding.encode(as_examples([ROW]))[0].input_ids)
    for batch_tokens in (3 * length, 3 * length - 1):
        predictor.batch_tokens = batch_tokens
        predictor.predict([ROW] * 7, progress=steps.append)
    assert steps == [3, 3, 1, 2, 2, 2, 1]


def test_the_longest_examples_are_answered_first(make_predictor: MakePredictor, uneven: list[Example]):
    predictor, sizes = make_predictor(), []
    forward = predictor.model.forward
    predictor.model.forward = lambda **tokens: sizes.append(tokens["input_ids"].shape[1]) or forward(**tokens)
    predictor.batch_tokens = 100
    predictor.predict(uneven)
    assert sizes == sorted(sizes, reverse=True)


def test_an_answer_is_confident_from_the_threshold_on(
    make_predictor: MakePredictor, predictor: Predictor, examples: list[Example]
):
    highest = predictor.predict_proba(examples[:1]).max()
    verdicts = []
    for threshold in (0.0, highest, np.nextafter(highest, 1), 1.0):
        predictor.confidence = make_predictor(threshold=threshold).confidence
        verdicts.append(predictor.predict(examples[:1])[0].confident)
    assert verdicts == [True, True, False, False]


@pytest.mark.parametrize("stance", STANCES)
def test_each_stance_has_a_threshold_of_its_own(make_predictor: MakePredictor, stance: Stance):
    predictor, never = make_predictor(threshold=0.5), PrecisionCurve(answers=9, thresholds=(), kept=(), right=())
    predictor.model.out.bias.data.zero_()[STANCES.index(stance)] = 50
    assert predictor.predict([ROW])[0].confident
    curves = predictor.confidence.curves | {stance: never}
    predictor.confidence = predictor.confidence.model_copy(update={"curves": curves})
    assert not predictor.predict([ROW])[0].confident


def test_without_a_measured_confidence_all_answers_are_confident(predictor: Predictor, examples: list[Example]):
    predictor.confidence = None
    answers = predictor.predict(examples)
    assert all(answer.confident for answer in answers)
    assert {answer.stances for answer in answers} == {None}


def test_an_answer_holds_its_set_where_the_model_gives_sets(predictor: Predictor, examples: list[Example]):
    sets = ConformalSets(coverage=0.9, thresholds=(0.9, 0.3, 0.0), examples=(9, 9, 9))
    assert predictor.predict(examples[:1])[0].stances is None
    predictor.confidence = predictor.confidence.model_copy(update={"conformal": sets})
    answers = predictor.predict(examples)
    assert [answer.stances for answer in answers] == sets.sets(predictor.predict_proba(examples))
    assert all(answer.stance in answer.stances and Stance.OPPOSE in answer.stances for answer in answers)


@pytest.fixture
def settings() -> CalibrationConfig:
    return CalibrationConfig(method="vector", wanted_precision=0.8, conformal=0.9)


def test_calibrating_fits_all_that_the_answers_say_of_their_sureness(
    predictor: Predictor, examples: list[Example], settings: CalibrationConfig
):
    gold, raw = [example.label for example in examples], predictor.predict_logits(examples)
    calibrated = predictor.calibrate(examples, settings)
    assert predictor.calibration == fit_calibration(raw, gold, "vector")
    assert calibrated == pytest.approx(predictor.predict_logits(examples), abs=1e-5)
    probabilities = predictor.predict_proba(examples)
    assert predictor.predict_logits(examples) == pytest.approx(predictor.calibration.apply(raw), abs=1e-5)
    assert predictor.confidence.wanted_precision == 0.8
    assert sum(curve.answers for curve in predictor.confidence.curves.values()) == len(examples)
    assert predictor.confidence.conformal.thresholds == pytest.approx(fit_sets(probabilities, gold, 0.9).thresholds)


@pytest.mark.parametrize("batch_tokens", [60, 100_000])
def test_the_calibration_examples_are_as_confident_as_was_measured(
    make_predictor: MakePredictor, examples: list[Example], batch_tokens: int
):
    predictor = make_predictor()
    answers = predictor.predict(examples * 2)
    said = [one.stance if number % 4 else Stance.NEUTRAL for number, one in enumerate(answers)]
    many = [one.model_copy(update={"label": stance}) for one, stance in zip(examples * 2, said, strict=True)]
    predictor.calibrate(many, CalibrationConfig(method="vector", wanted_precision=0.5, conformal=None))
    predictor.batch_tokens = batch_tokens
    kept = {stance: one.kept for stance, one in predictor.confidence.thresholds.items()}
    sure = [answer.stance for answer in predictor.predict(many) if answer.confident]
    assert {stance: sure.count(stance) for stance in STANCES} == kept
    assert sum(kept.values()) >= FEWEST


def test_calibrating_again_starts_from_the_raw_logits(
    predictor: Predictor, examples: list[Example], settings: CalibrationConfig
):
    predictor.calibrate(examples, settings)
    first = predictor.calibration
    predictor.calibration = Calibration(scale=(5.0, 0.2, 1.0), bias=(-1.0, 2.0, 0.0))
    predictor.calibrate(examples, settings)
    assert predictor.calibration.scale == pytest.approx(first.scale, rel=1e-3)
    assert predictor.calibration.bias == pytest.approx(first.bias, abs=1e-3)


def test_the_temperature_leaves_every_answer_as_it_was(predictor: Predictor, examples: list[Example]):
    before = [answer.stance for answer in predictor.predict(examples)]
    settings = CalibrationConfig(method="temperature", wanted_precision=0.9, conformal=None)
    predictor.calibrate(examples, settings)
    assert [answer.stance for answer in predictor.predict(examples)] == before
    assert predictor.confidence.conformal is None


def test_an_example_without_a_label_can_not_calibrate(
    predictor: Predictor, examples: list[Example], settings: CalibrationConfig
):
    with pytest.raises(ValueError, match="expected as many logits as stances"):
        predictor.calibrate([*examples, examples[0].model_copy(update={"label": None})], settings)


def test_a_text_longer_than_the_model_takes_is_answered(predictor: Predictor):
    text = "word " * 2000 + "Norway met Kenya."
    start = text.index("Norway")
    row = {**ROW, "text": text, "actor_span": [start, start + 6], "target_span": [start + 11, start + 16]}
    assert predictor.predict([row])[0].text == text


def test_bf16_answers_nearly_like_fp32(make_predictor: MakePredictor, examples: list[Example]):
    exact, rounded = (make_predictor(dtype=name).predict_proba(examples) for name in ("fp32", "bf16"))
    assert 0 < np.abs(exact - rounded).max() < 0.02


def test_a_predictor_switches_dropout_off(make_predictor: MakePredictor):
    model = make_predictor().model.train()
    assert not EncoderPredictor(model, make_predictor().encoding, device="cpu").model.training
