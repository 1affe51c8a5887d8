"""Thresholds for a wanted precision: by hand, against scipy, and on answers whose precision is known."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import binomtest

from detente.configs.errors import InputError
from detente.data.records import STANCES, Stance
from detente.models.calibration import Floats, just_below
from detente.models.confidence import (
    FEWEST,
    NEVER,
    SURENESS,
    Confidence,
    PrecisionCurve,
    Threshold,
    check_share,
    lower_bound,
    measure_confidence,
)

SUPPORT, NEUTRAL, OPPOSE = STANCES


def curve_of(*blocks: tuple[float, int, int]) -> PrecisionCurve:
    """The curve of blocks of answers: their probability, how many there are, how many of them are right."""
    rows = [(probability, place < right) for probability, count, right in blocks for place in range(count)]
    random = np.random.default_rng(0).permutation(len(rows))
    return PrecisionCurve.measured(np.array([rows[i][0] for i in random]), [rows[i][1] for i in random])


def near(threshold: float) -> object:
    return pytest.approx(threshold, abs=2e-5)


def by_definition(probabilities: Floats, right: Sequence[bool], precision: float) -> float:
    """The lowest probability from which on enough are right, looked for among all of them."""
    reached = [NEVER]
    for threshold in set(probabilities.tolist()):
        kept = np.asarray(right)[probabilities >= threshold]
        if len(kept) >= FEWEST and lower_bound(np.array(kept.sum()), np.array(len(kept))) >= precision:
            reached.append(threshold)
    return min(reached)


@pytest.mark.parametrize(("right", "kept"), [(9, 10), (10, 10), (0, 7), (45, 50), (880, 1000)])
def test_the_lower_bound_is_that_of_scipy(right: int, kept: int):
    interval = binomtest(right, kept, alternative="greater").proportion_ci(SURENESS, method="wilson")
    assert lower_bound(np.array(right), np.array(kept)) == pytest.approx(interval.low)


@pytest.mark.parametrize("precision", [0.3, 0.6, 0.75, 0.8, 0.9, 0.95])
@pytest.mark.parametrize("seed", range(4))
def test_the_curve_knows_the_lowest_threshold_for_each_precision(seed: int, precision: float):
    random = np.random.default_rng(seed)
    probabilities = random.uniform(0.34, 1, 200).round(2)
    right = random.random(200) < probabilities
    curve = PrecisionCurve.measured(probabilities, right)
    threshold = curve.lowest(precision)
    assert threshold.probability == near(by_definition(probabilities, right, precision))
    kept = probabilities >= threshold.probability
    assert (threshold.kept, threshold.right) == (kept.sum(), (kept & right).sum())
    assert threshold.answers == 200
    assert threshold.coverage == kept.mean()


def test_a_curve_holds_few_points_and_they_rise():
    random = np.random.default_rng(1)
    probabilities = random.uniform(0.34, 1, 5000)
    curve = PrecisionCurve.measured(probabilities, random.random(5000) < probabilities)
    assert 20 < len(curve.thresholds) < 100
    assert list(curve.thresholds) == sorted(curve.thresholds)
    bounds = lower_bound(np.array(curve.right), np.array(curve.kept))
    assert (np.diff(bounds) > 0).all()


def test_between_whole_percents_a_threshold_keeps_its_promise_too():
    random = np.random.default_rng(2)
    probabilities = random.uniform(0.34, 1, 5000)
    right = random.random(5000) < probabilities
    threshold = PrecisionCurve.measured(probabilities, right).lowest(0.855)
    assert lower_bound(np.array(threshold.right), np.array(threshold.kept)) >= 0.855
    assert -1e-4 < threshold.probability - by_definition(probabilities, right, 0.855) < 0.02


def test_a_threshold_rests_on_more_than_a_few_lucky_answers():
    # nine of nine right is luck for a model that is right half the time
    assert curve_of((0.9, FEWEST - 1, FEWEST - 1), (0.5, 100, 50)).lowest(0.7).probability == NEVER
    assert curve_of((0.9, FEWEST, FEWEST), (0.5, 100, 50)).lowest(0.7).probability == near(0.9)


def test_exactly_the_wanted_share_is_not_enough_evidence_of_it():
    assert curve_of((0.9, 100, 90)).lowest(0.9).probability == NEVER
    assert curve_of((0.9, 100, 94)).lowest(0.9) == Threshold(just_below(0.9), 100, 94, 100)


def test_more_answers_are_better_evidence():
    assert curve_of((0.9, 40, 37)).lowest(0.9).probability == NEVER
    assert curve_of((0.9, 400, 370)).lowest(0.9).probability == near(0.9)


def test_a_threshold_may_lie_below_a_worse_stretch():
    curve = curve_of((0.95, 50, 50), (0.9, 20, 10), (0.8, 200, 198))
    assert curve.lowest(0.9).probability == near(0.8)
    assert curve.lowest(0.95).probability == near(0.95)
    assert curve.thresholds == (near(0.8), near(0.95))


def test_answers_of_one_probability_stand_on_one_side():
    assert curve_of((0.8, 60, 40), (0.9, 40, 40)).lowest(0.9) == Threshold(just_below(0.9), 40, 40, 100)
    assert curve_of((0.8, 100, 80)).lowest(0.9).probability == NEVER


def test_without_answers_it_is_never_confident():
    curve = PrecisionCurve.measured(np.zeros(0), [])
    assert curve == PrecisionCurve(answers=0, thresholds=(), kept=(), right=())
    assert curve.lowest(0.5) == Threshold(NEVER, 0, 0, 0)
    assert curve.lowest(0.5).coverage == 0


@pytest.mark.parametrize("seed", range(3))
def test_new_answers_have_the_wanted_precision(seed: int):
    random = np.random.default_rng(seed)

    def drawn(count: int) -> tuple[Floats, Floats]:
        probabilities = random.uniform(0.5, 1, count)
        return probabilities, random.random(count) < probabilities

    threshold = PrecisionCurve.measured(*drawn(1000)).lowest(0.9).probability
    probabilities, right = drawn(100_000)
    kept = probabilities >= threshold
    assert 0.9 < right[kept].mean() < 0.94
    assert kept.mean() > 0.2


class TestConfidence:
    @pytest.fixture
    def confidence(self) -> Confidence:
        """Support is told surely, neutral always right, oppose never."""
        rows, gold = [], []
        for place, stance in enumerate(STANCES):
            for number in range(60):
                sure = 0.9 if number < 30 else 0.6
                rows.append(np.insert([(1 - sure) / 2] * 2, place, sure))
                right = {SUPPORT: number < 30, NEUTRAL: True, OPPOSE: False}[stance]
                gold.append(stance if right else STANCES[place - 1])
        return measure_confidence(np.array(rows), gold, 0.9)

    def test_each_stance_has_its_own_threshold(self, confidence: Confidence):
        assert [one.probability for one in confidence.thresholds.values()] == [near(0.9), near(0.6), NEVER]
        assert [one.coverage for one in confidence.thresholds.values()] == [0.5, 1, 0]
        assert list(confidence.thresholds) == list(STANCES)

    def test_another_precision_can_be_wanted_afterwards(self, confidence: Confidence):
        lower = confidence.at(0.4)
        assert lower.thresholds[SUPPORT] == Threshold(just_below(0.6), 60, 30, 60)
        assert (lower.wanted_precision, lower.curves) == (0.4, confidence.curves)
        assert confidence.at(0.99).thresholds[NEUTRAL].probability == NEVER
        assert confidence.at(None) is confidence

    def test_it_survives_json(self, confidence: Confidence):
        assert Confidence.model_validate_json(confidence.model_dump_json()) == confidence
        assert "Infinity" not in confidence.model_dump_json()

    def test_what_it_costs_is_said_in_words(self, confidence: Confidence):
        assert confidence.in_words() == (
            "confident answers, 90% of them right: on the calibration examples "
            "50% of support (from 0.90 on), 100% of neutral (from 0.60 on), none of oppose"
        )

    @pytest.mark.parametrize("value", [0, 1, 95, -0.1, float("nan")])
    def test_what_is_no_share_is_refused(self, confidence: Confidence, value: float):
        message = f"^wanted precision: expected a share above 0 and below 1, such as 0.95; found {value:g}$"
        with pytest.raises(InputError, match=message):
            confidence.at(value)


def test_a_share_is_what_it_was():
    assert check_share("x", 0.9) == 0.9


def test_a_stance_that_is_never_answered_has_an_empty_curve():
    confidence = measure_confidence(np.array([[0.8, 0.1, 0.1]] * 30), [Stance.SUPPORT] * 30, 0.9)
    assert confidence.thresholds[SUPPORT].kept == 30
    assert confidence.curves[OPPOSE].answers == 0
