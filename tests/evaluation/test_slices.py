"""Figures of parts of a file, by hand, and which parts are called weak."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from detente.data.records import STANCES, Stance
from detente.evaluation.dimensions import OTHERS
from detente.evaluation.intervals import Draws
from detente.evaluation.slices import FEW_EXAMPLES, FEW_GROUPS, Slice, as_common_as, slices, weakest

SUPPORT, NEUTRAL, OPPOSE = STANCES


def answers(*stances: Stance) -> np.ndarray:
    return np.eye(3)[[STANCES.index(stance) for stance in stances]]


def drawn(size: int, groups: int) -> Draws:
    return Draws.of([f"g{i % groups}" for i in range(size)], resamples=200, seed=1)


def noisy(size: int, error: np.ndarray, seed: int = 0) -> tuple[list[Stance], np.ndarray]:
    """Stances in turn, and answers that are wrong with the probability of each example."""
    truth = np.arange(size) % 3
    wrong = np.random.default_rng(seed).random(size) < error
    return [STANCES[i] for i in truth], np.eye(3)[np.where(wrong, (truth + 1) % 3, truth)]


def test_a_slice_has_the_figures_of_its_examples() -> None:
    gold = [SUPPORT, OPPOSE, NEUTRAL, SUPPORT, OPPOSE, NEUTRAL]
    said = answers(SUPPORT, SUPPORT, NEUTRAL, OPPOSE, OPPOSE, NEUTRAL)
    one, other = slices(gold, said, {"outlet": ["a", "a", "a", "b", "b", None]}, drawn(6, 6))
    assert (one.name, one.n, one.groups) == ("outlet: a", 3, 3)
    assert one.stances == {"support": 1, "neutral": 1, "oppose": 1}
    assert one.macro_f1 == pytest.approx(f1_score([0, 2, 1], [0, 0, 1], average="macro"))
    assert one.accuracy == pytest.approx(2 / 3)
    assert (other.n, other.accuracy) == (2, 0.5)


def test_macro_f1_counts_the_stances_that_the_slice_is_labelled_with() -> None:
    (one,) = slices([SUPPORT, NEUTRAL], answers(SUPPORT, OPPOSE), {"x": ["v", "v"]}, drawn(2, 2))
    assert one.macro_f1 == pytest.approx((1 + 0) / 2)


def test_the_difference_is_taken_over_the_stances_that_both_sides_hold() -> None:
    size = 2 * FEW_EXAMPLES
    gold = [SUPPORT, NEUTRAL] * FEW_EXAMPLES + [NEUTRAL, OPPOSE] * FEW_EXAMPLES
    said = answers(*[SUPPORT, NEUTRAL] * FEW_EXAMPLES, *[OPPOSE, OPPOSE] * FEW_EXAMPLES)
    one, other = slices(gold, said, {"x": ["a"] * size + ["b"] * size}, drawn(2 * size, 20))
    assert one.difference == pytest.approx(1 - 0)  # neutral alone: all found in a, none in b
    assert other.difference == pytest.approx(-1)


def test_there_is_no_difference_without_a_rest_a_large_one_or_a_shared_stance() -> None:
    gold = [SUPPORT] * 40 + [OPPOSE] * 40
    said = answers(*gold)
    by = {"all": ["v"] * 80, "few": ["v"] * 75 + ["w"] * 5, "apart": ["v"] * 40 + ["w"] * 40}
    measured = {one.name: one for one in slices(gold, said, by, drawn(80, 20))}
    assert measured["all: v"].difference is None
    assert measured["few: v"].difference is None
    assert measured["few: w"].difference is not None
    assert measured["apart: v"].difference_interval is None


def test_the_interval_of_a_difference_is_taken_on_the_same_draws() -> None:
    gold, said = noisy(600, np.full(600, 0.3))
    shuffled = list(np.random.default_rng(1).permutation(["a", "b"] * 300))
    one, other = slices(gold, said, {"x": shuffled}, drawn(600, 100))
    assert one.difference_interval[0] < one.difference < one.difference_interval[1]
    assert one.difference == pytest.approx(-other.difference)
    assert one.difference_interval == pytest.approx((-other.difference_interval[1], -other.difference_interval[0]))


@pytest.mark.parametrize(
    ("size", "groups", "small"),
    [(FEW_EXAMPLES, FEW_GROUPS, False), (FEW_EXAMPLES - 1, FEW_GROUPS, True), (FEW_EXAMPLES, FEW_GROUPS - 1, True)],
)
def test_few_examples_or_few_groups_make_a_slice_small(size: int, groups: int, *, small: bool) -> None:
    (one,) = slices(*noisy(size, np.zeros(size)), {"x": ["v"] * size}, drawn(size, groups))
    assert one.small is small
    assert one.as_dict()["small"] is small


def test_bins_stand_in_the_order_of_their_numbers_and_rare_values_last() -> None:
    values = ["over 15 words", "9 to 15 words", "up to 3 words", "4 to 8 words"]
    outlets = [OTHERS, "The Lantern", "Ash Post", None]
    measured = slices([SUPPORT] * 4, answers(*[SUPPORT] * 4), {"distance": values, "outlet": outlets}, drawn(4, 4))
    assert [one.value for one in measured] == [*(values[i] for i in (2, 3, 1, 0)), "Ash Post", "The Lantern", OTHERS]


def test_the_weakest_slices_come_first_and_never_small_or_doubtful_ones() -> None:
    size = 900
    part = np.arange(size) // 300
    error = np.array([0.05, 0.3, 0.7])[part]
    gold, said = noisy(size, error, seed=1)
    by = {
        "outlet": [["good", "middling", "bad"][i] for i in part],
        "year": [str(2020 + i // 3 % 2) for i in range(size)],  # by chance
        "kind": ["small" if i >= size - 20 else "rest" for i in range(size)],
    }
    measured = slices(gold, said, by, Draws.of([f"g{i // 3}" for i in range(size)], resamples=200, seed=1))
    assert [one.name for one in weakest(measured, 5)] == ["outlet: bad"]
    assert weakest(measured, 0) == []
    (small,) = [one for one in measured if one.name == "kind: small"]
    assert small.difference < -0.3
    assert not small.worse


def test_a_difference_is_told_in_words() -> None:
    interval = (0.0, 1.0)
    one = Slice("year", "2021", 40, 9, {}, 0.5, interval, 0.5, interval, -0.1, (-0.2, -0.01), None, None)
    assert one.against_rest == "-0.100 (-0.200 to -0.010) macro-F1 against the rest"
    equal = replace(one, at_equal_shares=-0.02, at_equal_shares_interval=(-0.1, 0.1))
    assert equal.against_rest == f"{one.against_rest}; -0.020 if stances were as common there"


def ranked(share: float, size: int, seed: int, skill: float = 1.5) -> tuple[list[Stance], np.ndarray]:
    """Stances of which a share isn't neutral, and what the ideal model says that sees each through the same noise."""
    random = np.random.default_rng(seed)
    shares = np.array([share / 2, 1 - share, share / 2])
    truth = random.choice(3, size=size, p=shares)
    seen = random.normal(np.array([-skill, 0.0, skill])[truth])
    likely = np.exp(-((seen[:, None] - [-skill, 0.0, skill]) ** 2) / 2) * shares
    return [STANCES[one] for one in truth], likely / likely.sum(axis=1, keepdims=True)


def test_rare_stances_alone_make_no_difference_at_equal_shares() -> None:
    size = 4000
    rare, common = ranked(0.06, size, 1), ranked(0.3, size, 2)
    gold, said = [*rare[0], *common[0]], np.concatenate([rare[1], common[1]])
    rare_there, common_there = slices(gold, said, {"x": ["a"] * size + ["b"] * size}, drawn(2 * size, 100))
    assert rare_there.difference is not None
    assert rare_there.difference < -0.08
    assert rare_there.at_equal_shares == pytest.approx(0, abs=0.03)
    assert common_there.at_equal_shares == pytest.approx(0, abs=0.05)


def test_a_model_that_ranks_worse_is_still_worse_at_equal_shares() -> None:
    size = 4000
    worse, better = ranked(0.06, size, 1, skill=0.8), ranked(0.3, size, 2)
    gold, said = [*worse[0], *better[0]], np.concatenate([worse[1], better[1]])
    one, _ = slices(gold, said, {"x": ["a"] * size + ["b"] * size}, drawn(2 * size, 100))
    assert one.at_equal_shares is not None
    assert one.at_equal_shares_interval is not None
    assert one.at_equal_shares < -0.1
    assert one.at_equal_shares_interval[1] < 0


def test_shares_are_taken_on_by_weight_and_by_prior() -> None:
    truth = np.array([0, 1, 1, 1, 0, 0, 1, 1])
    said = np.array([[0.3, 0.6, 0.1]] * 8)
    inside = np.array([True] * 4 + [False] * 4)
    weights, stances = as_common_as(truth, said, inside, ~inside)
    assert weights == pytest.approx([2, 2 / 3, 2 / 3, 2 / 3, 0, 0, 0, 0])
    assert stances[:4].tolist() == [0, 0, 0, 0]  # 0.3 x 2 against 0.6 x 2 / 3


def test_a_stance_that_only_one_side_holds_counts_nowhere() -> None:
    truth = np.array([0, 1, 2, 0, 1, 1])
    inside = np.array([True] * 3 + [False] * 3)
    weights, stances = as_common_as(truth, np.array([[0.1, 0.2, 0.7]] * 6), inside, ~inside)
    assert weights.tolist() == [pytest.approx(2 / 3), pytest.approx(4 / 3), 0, 0, 0, 0]
    assert 2 not in stances[:3]


def test_slices_survive_json_and_repeat_exactly() -> None:
    size = 90
    gold, said = noisy(size, np.full(size, 0.3))
    by = {"year": ["2021", "2022", "2022"] * 30}
    one, again = ([part.as_dict() for part in slices(gold, said, by, drawn(size, 10))] for _ in range(2))
    assert json.loads(json.dumps(one)) == one == again
