"""Scales and biases of logits, against cases worked out by hand and against scikit-learn."""

from collections.abc import Sequence

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from detente.data.records import STANCES, Stance
from detente.models import calibration
from detente.models.calibration import METHODS, Calibration, Floats, fit_calibration, just_below, stance_indices

SUPPORT, NEUTRAL, OPPOSE = STANCES


def nll(logits: Floats, gold: Sequence[Stance]) -> float:
    return -float(log_softmax(logits, axis=1)[np.arange(len(gold)), stance_indices(gold)].mean())


def temperature_of(logits: Floats, gold: Sequence[Stance]) -> float:
    fitted = fit_calibration(logits, gold, "temperature")
    assert fitted.bias == (0, 0, 0)
    assert len(set(fitted.scale)) == 1
    return 1 / fitted.scale[0]


def drawn_from(logits: Floats, seed: int = 0) -> list[Stance]:
    """Stances drawn with the probabilities of the logits."""
    noise = np.random.default_rng(seed).gumbel(size=logits.shape)
    return [STANCES[place] for place in (logits + noise).argmax(axis=1)]


def test_indices_follow_the_label_order():
    assert stance_indices([OPPOSE, SUPPORT, NEUTRAL, OPPOSE]).tolist() == [2, 0, 1, 2]
    assert stance_indices([]).shape == (0,)


def test_logits_are_scaled_first_and_shifted_then():
    one = Calibration(scale=(2, 1, 0.5), bias=(1, 0, -1))
    assert one.apply(np.array([[1.0, 2.0, 4.0]])).tolist() == [[3, 2, 1]]
    assert one.apply(np.ones((2, 5, 3))).shape == (2, 5, 3)
    assert Calibration().apply(np.array([1.0, 2.0, 3.0])).tolist() == [1, 2, 3]


def test_what_was_applied_can_be_undone():
    logits = np.random.default_rng(0).normal(size=(20, 3))
    one = Calibration(scale=(2, 1, 0.5), bias=(1, 0, -1))
    assert one.undo(one.apply(logits)) == pytest.approx(logits)


@pytest.mark.parametrize("scale", [(1, 1), (1, 1, 0), (1, 1, -1)])
def test_a_scale_for_each_stance_is_wanted_and_none_turns_them_round(scale: tuple[float, ...]):
    with pytest.raises(ValidationError):
        Calibration(scale=scale)


def test_a_threshold_lies_a_rounding_error_of_fp32_below():
    for probability in np.random.default_rng(0).uniform(0, 1, 200):
        assert just_below(probability) < np.float32(probability) - 5e-6 or just_below(probability) == 0
        assert probability - just_below(probability) < 2e-5
    assert just_below(0.0) == just_below(1e-6) == 0.0


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0, 2.5, 15.0])
def test_the_temperature_is_the_one_that_the_logits_were_multiplied_by(temperature: float):
    shares = np.array([0.5, 0.3, 0.2])  # of ten examples that look alike, five support, three are neutral, two oppose
    logits = np.tile(temperature * np.log(shares), (10, 1))
    gold = [SUPPORT] * 5 + [NEUTRAL] * 3 + [OPPOSE] * 2
    assert temperature_of(logits, gold) == pytest.approx(temperature, rel=1e-3)


def test_the_temperature_is_recovered_from_stances_drawn_at_random():
    logits = np.random.default_rng(0).normal(size=(5000, 3)) * 2
    assert temperature_of(3 * logits, drawn_from(logits)) == pytest.approx(3, rel=0.05)


def test_the_temperature_grows_with_the_logits():
    logits = np.array([[2.0, 0.0, 1.0], [0.0, 1.0, 0.5], [1.0, 0.2, 0.0]])
    gold = [SUPPORT, NEUTRAL, NEUTRAL]
    assert temperature_of(4 * logits, gold) == pytest.approx(4 * temperature_of(logits, gold), rel=1e-3)


def test_scales_and_biases_are_recovered_from_stances_drawn_at_random():
    true = np.random.default_rng(0).normal(size=(20_000, 3)) * 3
    distorted = Calibration(scale=(0.5, 1, 2), bias=(0.6, -0.9, 0.3)).undo(true)
    fitted = fit_calibration(distorted, drawn_from(true), "vector")
    assert fitted.scale == pytest.approx((0.5, 1, 2), rel=0.05)
    assert fitted.bias == pytest.approx((0.6, -0.9, 0.3), abs=0.06)


def test_without_a_ridge_the_biases_are_those_of_a_logistic_regression(monkeypatch: pytest.MonkeyPatch):
    # logits that don't differ between examples: what is left are the frequencies, as in a regression on nothing
    gold = [SUPPORT] * 50 + [NEUTRAL] * 30 + [OPPOSE] * 20
    monkeypatch.setattr(calibration, "RIDGE", 1e-6)
    fitted = fit_calibration(np.zeros((100, 3)), gold, "vector")
    regression = LogisticRegression(C=1e6).fit(np.zeros((100, 1)), stance_indices(gold))
    assert softmax(fitted.bias) == pytest.approx(regression.predict_proba([[0]])[0], abs=1e-4)


def test_the_sums_of_probabilities_become_those_of_the_stances():
    logits = np.random.default_rng(2).normal(size=(3000, 3))
    gold = drawn_from(logits + np.array([-1.0, 1.0, 0.0]))
    counts = np.bincount(stance_indices(gold))
    off = {
        method: np.abs(softmax(fit_calibration(logits, gold, method).apply(logits), axis=1).sum(axis=0) - counts).max()
        for method in METHODS
    }
    assert off["temperature"] > 100
    assert off["vector"] < 5


def test_few_examples_leave_it_near_a_temperature():
    logits = np.array([[2.0, 0, 0], [0, 2.0, 0], [0, 0, 2.0], [2.0, 0, 0]])
    fitted = fit_calibration(logits, [SUPPORT, SUPPORT, OPPOSE, NEUTRAL], "vector")
    assert np.abs(fitted.bias).max() < 0.5
    assert max(fitted.scale) / min(fitted.scale) < 1.6  # without the ridge, one of them goes to the bound
    assert sum(fitted.bias) == pytest.approx(0, abs=1e-6)


def test_a_stance_that_never_occurs_gets_less_and_stays_possible():
    logits = np.random.default_rng(3).normal(size=(200, 3))
    gold = [SUPPORT if row[0] > row[1] else NEUTRAL for row in logits]
    probabilities = softmax(fit_calibration(logits, gold, "vector").apply(logits), axis=1)
    assert 0 < probabilities[:, 2].mean() < softmax(logits, axis=1)[:, 2].mean() / 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("scale", [0.3, 1.0, 8.0])
def test_the_likelihood_is_never_made_worse(method: str, scale: float):
    random = np.random.default_rng(1)
    logits, gold = random.normal(size=(30, 3)) * scale, [STANCES[i] for i in random.integers(0, 3, 30)]
    assert nll(fit_calibration(logits, gold, method).apply(logits), gold) <= nll(logits, gold) + 1e-9


@pytest.mark.parametrize("method", METHODS)
def test_the_same_examples_give_the_same_calibration(method: str):
    logits = np.random.default_rng(4).normal(size=(100, 3))
    gold = drawn_from(logits)
    assert fit_calibration(logits, gold, method) == fit_calibration(logits.copy(), list(gold), method)


@pytest.mark.parametrize(("gold", "bound"), [(SUPPORT, 0.05), (OPPOSE, 20.0)])
def test_answers_that_are_all_right_or_all_wrong_stop_at_the_bounds(gold: Stance, bound: float):
    logits = np.array([[0.3, 0.1, 0.0], [0.2, 0.1, 0.0]])
    assert temperature_of(logits, [gold, gold]) == pytest.approx(bound, rel=1e-3)
    scale = fit_calibration(logits, [gold, gold], "vector").scale
    assert all(1 / 20.001 <= one <= 20.001 for one in scale)


@pytest.mark.parametrize("method", METHODS)
def test_very_large_logits_give_finite_numbers(method: str):
    fitted = fit_calibration(np.array([[1e4, 0.0, -1e4]] * 2), [SUPPORT, OPPOSE], method)
    assert np.isfinite([*fitted.scale, *fitted.bias]).all()


@pytest.mark.parametrize(("rows", "stances"), [(0, 0), (2, 1), (1, 2), (0, 1)])
def test_as_many_logits_as_stances_are_wanted(rows: int, stances: int):
    message = f"expected as many logits as stances, at least one; found {rows} and {stances}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        fit_calibration(np.zeros((rows, 3)), [SUPPORT] * stances, "vector")
