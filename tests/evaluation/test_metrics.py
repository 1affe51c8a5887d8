"""Figures against scikit-learn and against sums done by hand."""

import json
import math

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
    precision_recall_curve,
    precision_score,
    recall_score,
)
from sklearn.utils.class_weight import compute_sample_weight

from detente.data.records import STANCES, Stance
from detente.evaluation.metrics import class_f1, macro_f1, matthews_correlation, score
from detente.evaluation.rules import BEYOND_CHANCE

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
    assert scores.f_micro == pytest.approx(f1_score(truth, predicted, labels=[0, 2], average="micro"))
    assert scores.mcc == pytest.approx(matthews_corrcoef(truth, predicted))
    assert scores.nll == pytest.approx(log_loss(truth, probabilities))
    assert scores.brier == pytest.approx(brier_score_loss(truth, probabilities, scale_by_half=False))
    balanced = brier_score_loss(
        truth, probabilities, scale_by_half=False, sample_weight=compute_sample_weight("balanced", truth)
    )
    assert scores.balanced_brier == pytest.approx(balanced)
    confidence, right = probabilities.max(axis=1), predicted == truth
    shares, means = calibration_curve(right, confidence, n_bins=10, strategy="quantile")
    assert scores.adaptive_ece == pytest.approx(np.abs(shares - means).mean())  # 60 answers, six in each bin
    assert scores.overconfidence == pytest.approx(probabilities.max(axis=1).mean() - scores.accuracy)
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


@pytest.mark.parametrize("seed", range(5))
def test_what_is_kept_at_90_percent_precision_agrees_with_the_curve_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, 200)
    probabilities = softmax(random.normal(size=(200, 3)) + 1.5 * np.eye(3)[truth], axis=1)
    scores = score([STANCES[i] for i in truth], probabilities)
    for place, stance in enumerate(STANCES):
        said = probabilities.argmax(axis=1) == place
        precision, recall, thresholds = precision_recall_curve(truth[said] == place, probabilities[said, place])
        threshold = thresholds[precision[:-1] >= 0.9].min()
        kept = probabilities[said, place] >= threshold
        one = scores.per_stance[stance]
        assert 0 < one.coverage_at_90 == pytest.approx(kept.mean())
        found = recall[:-1][thresholds == threshold].item() * (truth[said] == place).sum()
        assert one.recall_at_90 == pytest.approx(found / (truth == place).sum())


def test_f_micro_counts_all_findings_alike() -> None:
    # two of three answers that aren't neutral are right, and two of four examples that aren't are found
    scores = score(
        [SUPPORT, SUPPORT, SUPPORT, OPPOSE, NEUTRAL], sure_of(SUPPORT, NEUTRAL, NEUTRAL, OPPOSE, OPPOSE, confidence=0.8)
    )
    assert scores.f_micro == pytest.approx(2 * 2 / (3 + 4))
    assert scores.f_avg == pytest.approx((2 / 4 + 2 / 3) / 2)


def test_matthews_correlation_is_zero_for_one_answer_only_and_minus_one_for_two_classes_swapped() -> None:
    assert score([SUPPORT, NEUTRAL, OPPOSE], sure_of(NEUTRAL, NEUTRAL, NEUTRAL)).mcc == 0
    assert score([SUPPORT, OPPOSE], sure_of(OPPOSE, SUPPORT)).mcc == pytest.approx(-1)
    stack = np.array([[[2, 0, 0], [0, 3, 0], [0, 0, 1]], [[1, 1, 0], [1, 1, 0], [0, 0, 0]]])
    assert matthews_correlation(stack).tolist() == [1, 0]


def test_the_brier_score_runs_from_zero_to_two() -> None:
    sure = np.eye(3)
    assert score([SUPPORT, NEUTRAL, OPPOSE], sure).brier == 0
    assert score([NEUTRAL, OPPOSE, SUPPORT], sure).brier == 2
    assert score([SUPPORT], np.full((1, 3), 1 / 3)).brier == pytest.approx(4 / 9 + 1 / 9 + 1 / 9)


def test_a_stance_without_examples_has_no_part_in_the_balanced_brier_score() -> None:
    probabilities = np.array([[1.0, 0, 0], [1.0, 0, 0], [0.5, 0.5, 0]])
    assert score([SUPPORT, SUPPORT, NEUTRAL], probabilities).balanced_brier == pytest.approx((0 + 0.5) / 2)


def test_chance_gives_a_perfectly_calibrated_model_the_ece_that_is_told() -> None:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet([1.0, 2.0, 1.0], size=400)
    drawn = [
        score([STANCES[rng.choice(3, p=row)] for row in probabilities], probabilities) for _ in range(100)
    ]  # the stances come true as often as the model says
    assert np.mean([one.ece for one in drawn]) == pytest.approx(drawn[0].chance_ece, rel=0.05)
    assert all(one.chance_ece == drawn[0].chance_ece for one in drawn)
    assert 0.02 < np.mean([one.ece > BEYOND_CHANCE * one.chance_ece for one in drawn]) < 0.15


def test_classwise_ece_is_what_one_works_out_by_hand() -> None:
    probabilities = np.array([[0.65, 0.25, 0.1], [0.65, 0.05, 0.3]])
    # support: one bin, mean 0.65 and half of them true; neutral 0.25 true, 0.05 not; oppose 0.1 and 0.3, none true
    gaps = [0.15, (0.75 + 0.05) / 2, (0.1 + 0.3) / 2]
    scores = score([NEUTRAL, SUPPORT], probabilities)
    assert scores.classwise_ece == pytest.approx(sum(gaps) / 3)
    assert [one.ece for one in scores.per_stance.values()] == pytest.approx(gaps)


def test_a_surer_model_that_errs_as_often_is_overconfident() -> None:
    gold, said = [SUPPORT, SUPPORT, OPPOSE, NEUTRAL], [SUPPORT, NEUTRAL, OPPOSE, OPPOSE]
    assert score(gold, sure_of(*said, confidence=0.9)).overconfidence == pytest.approx(0.4)
    assert score(gold, sure_of(*said, confidence=0.4)).overconfidence == pytest.approx(-0.1)


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


def test_the_f1_of_each_class_is_kept_apart() -> None:
    assert class_f1(np.array([[2, 1, 0], [0, 1, 1], [1, 0, 2]])).tolist() == pytest.approx([2 / 3, 1 / 2, 2 / 3])


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
    of_a_stance = ("precision", "recall", "f1", "coverage_at_90", "recall_at_90", "ece")
    per_stance = {f"{stance}_{name}" for stance in STANCES for name in of_a_stance}
    calibration = {"nll", "brier", "balanced_brier", "ece", "chance_ece", "adaptive_ece", "classwise_ece"}
    calibration |= {"overconfidence", "aurc"}
    assert set(flat) == {"macro_f1", "accuracy", "f_avg", "f_micro", "mcc"} | calibration | per_stance
    assert next(iter(flat)) == "macro_f1"
    assert flat["accuracy"] == 0.5
    assert flat["support_f1"] == 1.0


def test_scores_survive_json() -> None:
    scores = score([SUPPORT, OPPOSE], sure_of(SUPPORT, NEUTRAL)).as_dict()
    assert json.loads(json.dumps(scores)) == scores
    shares = dict.fromkeys(("precision", "recall", "f1", "coverage_at_90", "recall_at_90"), 1.0)
    one = scores["per_stance"]["support"]
    assert one == {**shares, "ece": pytest.approx(0.15), "support": 1}


@pytest.mark.parametrize(("stances", "rows"), [(0, 0), (2, 1), (0, 1)])
def test_nothing_to_measure_or_unequal_lengths_are_refused(stances: int, rows: int) -> None:
    with pytest.raises(ValueError, match=rf"expected as many probabilities as stances.*found {rows}, {stances}"):
        score([SUPPORT] * stances, np.zeros((rows, 3)))
