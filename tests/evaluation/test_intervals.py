"""Bootstrap intervals: whole groups are drawn, the same for the same seed."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from detente.data.records import STANCES, Stance
from detente.evaluation.intervals import Draws, macro_f1_interval, percentiles, resampled_figures, resampled_macro_f1
from detente.evaluation.metrics import score

SETTINGS = {"resamples": 400, "seed": 13}


def one_hot(indices: np.ndarray) -> np.ndarray:
    return np.eye(3)[indices]


def noisy(size: int, groups: int, seed: int = 0) -> tuple[list[Stance], np.ndarray, list[str]]:
    """Gold stances, answers that are right in two of three cases, and groups in turn."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 3, size)
    answers = np.where(random.random(size) < 2 / 3, truth, (truth + 1) % 3)
    return [STANCES[i] for i in truth], one_hot(answers), [f"g{i % groups}" for i in range(size)]


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def margin_interval(
    gold: list[Stance], one: np.ndarray, other: np.ndarray, groups: list[str], **settings: int
) -> tuple[float, float]:
    draws = Draws.of(groups, **settings)
    return percentiles(resampled_macro_f1(gold, one, draws) - resampled_macro_f1(gold, other, draws))


def test_values_are_added_up_by_how_often_their_groups_were_drawn() -> None:
    draws = Draws.of(["b", "a", "b"], resamples=50, seed=1)
    assert draws.index.tolist() == [1, 0, 1]  # the groups are sorted
    assert draws.weights.sum(axis=1).tolist() == [2] * 50
    expected = draws.weights[:, 0] * 10 + draws.weights[:, 1] * (1 + 100)
    assert draws.sums(np.array([1, 10, 100])).tolist() == expected.tolist()


def test_values_of_any_shape_are_added_up() -> None:
    draws, values = Draws.of(list("aabbc"), resamples=7, seed=1), np.random.default_rng(0).random((5, 2, 3))
    assert draws.sums(values).shape == (7, 2, 3)
    assert draws.sums(values)[:, 1, 2] == pytest.approx(draws.sums(values[:, 1, 2]))


def test_the_pieces_of_all_draws_are_the_draws_of_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = Draws.of(list("aabbc"), resamples=7, seed=1)
    monkeypatch.setattr("detente.evaluation.intervals._CELLS", 12)
    pieces = list(draws.of_examples())
    assert [len(piece) for piece in pieces] == [2, 2, 2, 1]
    assert np.concatenate(pieces).tolist() == draws.weights[:, draws.index].tolist()


def test_every_figure_of_a_draw_is_that_of_the_examples_drawn() -> None:
    random = np.random.default_rng(4)
    truth, probabilities = random.integers(0, 3, 40), random.dirichlet([1, 1, 1], 40).round(2)
    gold, groups = [STANCES[i] for i in truth], [f"g{i // 4}" for i in range(40)]
    draws = Draws.of(groups, resamples=6, seed=1)
    figures = resampled_figures(gold, probabilities, draws)
    for number, weights in enumerate(draws.weights[:, draws.index].astype(int)):
        drawn = np.repeat(np.arange(40), weights)
        flat = score([gold[i] for i in drawn], probabilities[drawn]).flat()
        assert {name: values[number] for name, values in figures.items()} == pytest.approx(flat)


def test_draws_without_a_value_are_left_out() -> None:
    assert percentiles(np.array([np.nan, 0.5, np.nan, 0.5])) == (0.5, 0.5)
    assert percentiles(np.full(3, np.nan)) == (-1.0, 1.0)


def test_whole_groups_are_drawn() -> None:
    # of two groups, one all right and one all wrong, a quarter of the draws takes the one twice, a quarter the other
    truth = np.arange(300) % 3
    answers = np.where(np.arange(300) < 150, truth, (truth + 1) % 3)
    groups = ["right"] * 150 + ["wrong"] * 150
    gold = [STANCES[i] for i in truth]
    assert macro_f1_interval(gold, one_hot(answers), groups, **SETTINGS) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "of", "reaches_one"), [(1, 3, True), (2, 5, False)])
def test_the_interval_leaves_out_a_fortieth_at_each_end(right: int, of: int, *, reaches_one: bool) -> None:
    # a draw takes right groups alone with a chance of (1/3)^3 = 3.7%, or of (2/5)^5 = 1.0%
    truth = np.tile(np.arange(3), of)
    group = np.repeat(np.arange(of), 3)
    answers = np.where(group < right, truth, (truth + 1) % 3)
    gold, groups = [STANCES[i] for i in truth], [str(i) for i in group]
    _, high = macro_f1_interval(gold, one_hot(answers), groups, resamples=5000, seed=1)
    assert (high == 1.0) is reaches_one


def test_examples_that_err_together_give_a_wider_interval_than_independent_ones() -> None:
    truth = np.arange(120) % 3
    answers = np.where(np.arange(120) // 12 % 2 == 0, truth, (truth + 1) % 3)
    gold = [STANCES[i] for i in truth]
    together = macro_f1_interval(gold, one_hot(answers), [str(i // 12) for i in range(120)], **SETTINGS)
    alone = macro_f1_interval(gold, one_hot(answers), [str(i) for i in range(120)], **SETTINGS)
    assert width(together) > 2 * width(alone)


@pytest.mark.parametrize("seed", range(10))
def test_the_interval_covers_the_point(seed: int) -> None:
    gold, probabilities, groups = noisy(90, 30, seed)
    low, high = macro_f1_interval(gold, probabilities, groups, **SETTINGS)
    assert 0 <= low < score(gold, probabilities).macro_f1 < high <= 1


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    data = noisy(90, 30)
    first, again, other = (macro_f1_interval(*data, resamples=100, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_order_of_the_examples_does_not_matter() -> None:
    gold, probabilities, groups = noisy(90, 30)
    order = np.random.default_rng(5).permutation(90)
    shuffled = [gold[i] for i in order], probabilities[order], [groups[i] for i in order]
    assert macro_f1_interval(*shuffled, **SETTINGS) == macro_f1_interval(gold, probabilities, groups, **SETTINGS)


def test_identical_groups_give_an_interval_of_no_width() -> None:
    gold, probabilities, _ = noisy(12, 1)
    groups = [f"g{i // 12}" for i in range(12 * 20)]
    low, high = macro_f1_interval(gold * 20, np.tile(probabilities, (20, 1)), groups, **SETTINGS)
    assert low == high == pytest.approx(score(gold, probabilities).macro_f1)


def test_one_group_gives_the_point_itself() -> None:
    gold, probabilities, groups = noisy(30, 1)
    point = score(gold, probabilities).macro_f1
    assert macro_f1_interval(gold, probabilities, groups, **SETTINGS) == pytest.approx((point, point))


def test_more_groups_narrow_the_interval() -> None:
    few, many = (macro_f1_interval(*noisy(size, size // 3), **SETTINGS) for size in (30, 3000))
    assert width(many) < width(few) / 3


def test_a_model_has_no_margin_over_itself() -> None:
    gold, probabilities, groups = noisy(60, 20)
    assert margin_interval(gold, probabilities, probabilities, groups, **SETTINGS) == (0.0, 0.0)


def test_the_margin_turns_its_sign_when_the_models_are_swapped() -> None:
    gold, one, groups = noisy(60, 20, seed=1)
    other = noisy(60, 20, seed=2)[1]
    low, high = margin_interval(gold, one, other, groups, **SETTINGS)
    assert margin_interval(gold, other, one, groups, **SETTINGS) == pytest.approx((-high, -low))


def test_a_margin_is_taken_on_the_same_draws() -> None:
    gold, probabilities, groups = noisy(90, 30)
    better = probabilities.copy()
    wrong = next(i for i in range(90) if STANCES[probabilities[i].argmax()] is not gold[i])
    better[wrong] = one_hot(np.array([STANCES.index(gold[wrong])]))[0]
    low, high = margin_interval(gold, better, probabilities, groups, **SETTINGS)
    assert 0 <= low <= high < width(macro_f1_interval(gold, probabilities, groups, **SETTINGS)) / 2


def test_a_margin_over_a_model_that_is_always_wrong_is_the_macro_f1() -> None:
    gold, probabilities, groups = noisy(90, 30)
    wrong = one_hot(np.array([(STANCES.index(stance) + 1) % 3 for stance in gold]))
    margin = margin_interval(gold, probabilities, wrong, groups, **SETTINGS)
    assert margin == macro_f1_interval(gold, probabilities, groups, **SETTINGS)


def test_the_interval_of_accuracy_is_that_of_scipy_where_each_example_is_a_group() -> None:
    gold, probabilities, _ = noisy(200, 200)
    right = np.array([STANCES[row.argmax()] is stance for row, stance in zip(probabilities, gold, strict=True)])
    theirs = bootstrap((right.astype(float),), np.mean, method="percentile", n_resamples=5000, rng=1)
    draws = Draws.of([str(i) for i in range(200)], resamples=5000, seed=2)
    ours = percentiles(resampled_figures(gold, probabilities, draws)["accuracy"])
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.006)


def test_the_interval_over_groups_of_many_sizes_is_that_of_scipy_over_their_counts() -> None:
    random = np.random.default_rng(3)
    sizes = random.integers(1, 9, 60)
    index = np.repeat(np.arange(60), sizes)
    right = random.random(len(index)) < random.beta(4, 2, 60)[index]  # the examples of a group err together
    truth = random.integers(0, 3, len(index))
    gold = [STANCES[place] for place in truth]
    probabilities = one_hot(np.where(right, truth, (truth + 1) % 3))
    hits = np.bincount(index, weights=right)

    def share_right(hits: np.ndarray, sizes: np.ndarray, axis: int = -1) -> np.ndarray:
        return hits.sum(axis=axis) / sizes.sum(axis=axis)

    theirs = bootstrap((hits, sizes), share_right, paired=True, method="percentile", n_resamples=5000, rng=1)
    draws = Draws.of([f"g{place:03}" for place in index], resamples=5000, seed=2)
    ours = percentiles(resampled_figures(gold, probabilities, draws)["accuracy"])
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=0.008)
