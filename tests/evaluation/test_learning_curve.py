"""What doubling the labels would bring: told where answers tell it, and not where they don't."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detente.data.records import STANCES, Example
from detente.evaluation.learning_curve import Curve, CurveAnswers, measure_learning_curve
from detente.evaluation.plots import learning_curve_figure

SIZES = (100, 200, 400, 800)


def make_examples(count: int) -> list[Example]:
    return [
        Example(
            id=f"e{i}", actor="A", target="B", text=f"A met B in round {i}.", label=STANCES[i % 3], group=f"g{i // 3}"
        )
        for i in range(count)
    ]


def answers(
    examples: Sequence[Example], share_right: Callable[[int], float], seeds: int = 3, *, by_luck: bool = False
) -> list[CurveAnswers]:
    """So large a share of the answers is right with so many labels: always the same ones, or others by luck."""
    random = np.random.default_rng(0)
    order, truth = random.permutation(len(examples)), np.arange(len(examples)) % 3
    runs = []
    for seed in range(seeds):
        for size in SIZES:
            order = random.permutation(len(examples)) if by_luck else order
            right = order < round(share_right(size) * len(examples)) + seed  # a seed more, an answer more
            runs.append(CurveAnswers(size, seed, np.eye(3)[np.where(right, truth, (truth + 1) % 3)]))
    return runs


def curve_of(share_right: Callable[[int], float], count: int = 600, *, by_luck: bool = False) -> Curve:
    examples = make_examples(count)
    runs = answers(examples, share_right, by_luck=by_luck)
    return measure_learning_curve({"model": runs}, examples, seed=1).curves[0]


def test_a_rising_curve_foretells_a_gain_with_its_interval() -> None:
    curve = curve_of(lambda n: 0.9 - 4.0 * n**-0.5)
    truth = 4.0 * (800**-0.5 - 1600**-0.5)
    assert curve.gain == pytest.approx(truth, abs=0.01)
    assert curve.gain_interval[0] < truth < curve.gain_interval[1]
    assert curve.follows
    assert curve.words.startswith("Doubling the labels to 1,600 would likely bring +0.04")
    assert [one.labels for one in curve.fitted] == [*SIZES, 1600]
    assert len(curve.points) == 12
    assert curve.points[3].macro_f1 == pytest.approx(0.9 - 4.0 * 800**-0.5, abs=0.01)


def test_a_flat_curve_foretells_little() -> None:
    curve = curve_of(lambda n: 0.7)
    assert curve.gain_interval[1] < 0.01
    assert "would bring little" in curve.words


def test_a_curve_that_has_not_risen_is_not_called_flat() -> None:
    curve = curve_of(lambda n: 1 / 3, by_luck=True)
    assert curve.over_majority[0] < 0.2
    stuck = replace(curve, over_majority=(0.04, 0.2))
    assert stuck.words.startswith("Can't tell: even with all labels it hardly does better")
    assert replace(stuck, over_majority=(0.06, 0.2)).has_risen


def test_what_is_above_the_commonest_stance_is_measured() -> None:
    low, high = curve_of(lambda n: 0.7).over_majority
    assert low < 0.7 - 1 / 6 < high  # a third of each stance: the commonest one has an F1 of 1/2, the mean is 1/6


def test_few_examples_can_not_tell() -> None:
    curve = curve_of(lambda n: 0.62 + 0.01 * np.log2(n / 100), count=60, by_luck=True)
    assert curve.gain_interval[1] > 0.02
    assert curve.words.startswith("Can't tell: doubling the labels to 1,600 may bring nothing or something")


def test_a_jump_at_the_end_is_no_power_law() -> None:
    curve = curve_of(lambda n: 0.9 if n == 800 else 0.5)
    assert not curve.follows
    assert curve.words == "Can't tell: with all labels it is better than the curve of the smaller parts foretells."


def test_the_curves_stand_side_by_side_and_are_plain_for_json() -> None:
    examples = make_examples(90)
    runs = {name: answers(examples, lambda n: 0.5 + n / 4000, seeds=1) for name in ("model", "masked_tfidf")}
    found = measure_learning_curve(runs, examples, seed=1)
    plain = found.as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert [one["name"] for one in plain["curves"]] == ["model", "masked_tfidf"]
    assert plain["curves"][0]["points"] == plain["curves"][1]["points"]


def test_the_picture_has_a_dot_for_each_training(tmp_path: Path) -> None:
    examples = make_examples(90)
    runs = {name: answers(examples, lambda n: 0.5 + n / 4000) for name in ("model", "masked_tfidf")}
    (axes,) = learning_curve_figure(measure_learning_curve(runs, examples, seed=1)).axes
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [12, 12]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["100", "200", "400", "800", "1,600"]
