"""Figures against scikit-learn and against sums done by hand."""

import json
import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_score, recall_score

from detente.data.records import STANCES, Stance
from detente.evaluation.metrics import ReliabilityBin, expected_calibration_error, macro_f1, reliability, score

SUPPORT, NEUTRAL, OPPOSE = STANCES


def sure_of(*stances: Stance, confidence: float = 0.8) -> np.ndarray:
    """Probabilities with so much on each stance, and the rest split between the other two."""
    rows = np.full((len(stances), 3), (1 - confidence) / 2)
    rows[np.arange(len(stances)), [STANCES.index(stance) for stance in stances]] = confidence
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_figures_agree_with_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth, probabilities = random.integers(0, 3, 60), random.dirichlet([1, 1, 1], 60)
    predicted = probabilities.argmax(axis=1)
    scores = score([STANCES[i] for i in truth], probabilities)
    assert scores.n == 60
    assert scores.accuracy == pytest.approx(accuracy_score(truth, predicted))
    assert scores.macro_f1 == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert scores.f_avg == pytest.approx(f1_score(truth, predicted, labels=[0, 2], average="macro"))
    assert scores.nll == pytest.approx(log_loss(truth, probabilities))
    assert scores.confusion == confusion_matrix(truth, predicted).tolist()


def test_each_stance_has_the_precision_recall_and_f1_of_scikit_learn() -> None:
    random = np.random.default_rng(9)
    truth, probabilities = random.integers(0, 3, 50), random.dirichlet([1, 1, 1], 50)
    scores = score([STANCES[i] for i in truth], probabilities)
    settings = {"labels": [0, 1, 2], "average": None}
    for name, metric in {"precision": precision_score, "recall": recall_score, "f1": f1_score}.items():
        ours = [getattr(one, name) for one in scores.per_stance.values()]
        assert ours == pytest.approx(metric(truth, probabilities.argmax(axis=1), **settings))
    assert [one.support for one in scores.per_stance.values()] == np.bincount(truth).tolist()
    assert list(scores.per_stance) == ["support", "neutral", "oppose"]


def test_macro_f1_is_what_one_works_out_by_hand() -> None:
    # F1: 2*2/(3+3), 2*1/(2+2), 2*2/(3+3)
    assert macro_f1(np.array([[2, 1, 0], [0, 1, 1], [1, 0, 2]])) == pytest.approx((2 / 3 + 1 / 2 + 2 / 3) / 3)


def test_a_stance_absent_from_gold_and_answers_counts_as_zero() -> None:
    gold = [SUPPORT, SUPPORT, OPPOSE]
    scores = score(gold, sure_of(*gold))
    assert scores.macro_f1 == pytest.approx(2 / 3)
    assert scores.macro_f1 == pytest.approx(
        f1_score([0, 0, 2], [0, 0, 2], labels=[0, 1, 2], average="macro", zero_division=0.0)
    )
    assert scores.per_stance["neutral"].f1 == 0
    assert scores.per_stance["neutral"].support == 0


def test_a_stance_that_is_answered_but_never_right_has_no_f1() -> None:
    scores = score([SUPPORT, SUPPORT, NEUTRAL], sure_of(SUPPORT, OPPOSE, NEUTRAL))
    # support: precision 1, recall 1/2; neutral: 1 and 1; oppose: answered once, never gold
    assert scores.macro_f1 == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert scores.per_stance["oppose"].precision == 0


def test_f_avg_leaves_the_neutral_f1_out() -> None:
    scores = score([SUPPORT, OPPOSE, NEUTRAL, NEUTRAL], sure_of(SUPPORT, OPPOSE, SUPPORT, OPPOSE))
    assert scores.f_avg == pytest.approx(2 / 3)
    assert scores.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_a_stack_of_matrices_gives_the_macro_f1_of_each() -> None:
    stack = np.random.default_rng(0).integers(0, 9, (2, 4, 3, 3))
    together = macro_f1(stack)
    assert together.shape == (2, 4)
    assert together[1, 3] == macro_f1(stack[1, 3])


def test_an_empty_matrix_has_a_macro_f1_of_zero() -> None:
    assert macro_f1(np.zeros((3, 3))) == 0


def test_confusion_has_gold_in_rows_and_answers_in_columns() -> None:
    assert score([SUPPORT, SUPPORT, NEUTRAL], sure_of(OPPOSE, SUPPORT, OPPOSE)).confusion == [
        [1, 0, 1],
        [0, 0, 1],
        [0, 0, 0],
    ]


def test_ece_is_what_one_works_out_by_hand() -> None:
    probabilities = np.array([[0.82, 0.1, 0.08], [0.88, 0.02, 0.1], [0.2, 0.2, 0.6], [0, 1, 0]])
    gold = [SUPPORT, OPPOSE, OPPOSE, NEUTRAL]
    # bin 0.8-0.9: two answers, mean confidence 0.85, half right; 0.6-0.7: one, right; 0.9-1.0: one, right
    assert score(gold, probabilities).ece == pytest.approx((2 * 0.35 + 1 * 0.4 + 1 * 0) / 4)


def test_ece_is_zero_when_three_in_four_answers_of_confidence_075_are_right() -> None:
    gold = [SUPPORT, NEUTRAL, OPPOSE, OPPOSE]
    assert score(gold, sure_of(SUPPORT, NEUTRAL, OPPOSE, SUPPORT, confidence=0.75)).ece == pytest.approx(0)


def test_ece_takes_the_number_of_bins_that_is_asked_for() -> None:
    probabilities = np.array([[0.9, 0.1, 0], [0.5, 0.3, 0.2]])
    truth = np.array([0, 1])
    assert expected_calibration_error(truth, probabilities, bins=1) == pytest.approx(0.7 - 0.5)
    assert expected_calibration_error(truth, probabilities, bins=10) == pytest.approx((0.1 + 0.5) / 2)


def test_reliability_leaves_empty_bins_out_and_puts_certainty_into_the_last() -> None:
    probabilities = np.array([[1.0, 0, 0], [0.96, 0.04, 0], [0.4, 0.35, 0.25]])
    assert reliability(np.array([0, 1, 0]), probabilities) == [
        ReliabilityBin(confidence=0.4, accuracy=1.0, count=1),
        ReliabilityBin(confidence=0.98, accuracy=0.5, count=2),
    ]


def test_nll_is_the_mean_of_minus_the_log_of_the_gold_probability() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.125, 0.125, 0.75]])
    assert score([SUPPORT, NEUTRAL], probabilities).nll == pytest.approx((math.log(2) + math.log(8)) / 2)


def test_nll_stays_finite_where_the_gold_stance_has_no_probability() -> None:
    assert score([OPPOSE], np.array([[1.0, 0.0, 0.0]])).nll == pytest.approx(-math.log(1e-12))


def test_one_right_answer_is_measured() -> None:
    scores = score([NEUTRAL], sure_of(NEUTRAL))
    assert (scores.n, scores.accuracy) == (1, 1.0)
    assert scores.macro_f1 == pytest.approx(1 / 3)
    assert scores.ece == pytest.approx(0.2)


def test_the_single_figures_go_by_these_names() -> None:
    flat = score([SUPPORT, OPPOSE], sure_of(SUPPORT, NEUTRAL)).flat()
    per_stance = {f"{stance}_{name}" for stance in STANCES for name in ("precision", "recall", "f1")}
    assert set(flat) == {"macro_f1", "f_avg", "accuracy", "nll", "ece"} | per_stance
    assert flat["accuracy"] == 0.5
    assert flat["support_f1"] == 1.0


def test_scores_survive_json() -> None:
    scores = score([SUPPORT, OPPOSE], sure_of(SUPPORT, NEUTRAL)).as_dict()
    assert json.loads(json.dumps(scores)) == scores
    assert scores["per_stance"]["support"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}


@pytest.mark.parametrize(("stances", "rows"), [(0, 0), (2, 1), (0, 1)])
def test_nothing_to_measure_or_unequal_lengths_are_refused(stances: int, rows: int) -> None:
    with pytest.raises(ValueError, match=rf"expected as many probabilities as stances.*found {rows}, {stances}"):
        score([SUPPORT] * stances, np.zeros((rows, 3)))
