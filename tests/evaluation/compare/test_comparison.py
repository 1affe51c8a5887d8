"""The comparison of runs: ranking, tests, slices, seeds."""

import json
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.data.records import STANCES
from detente.evaluation import slices as evaluation_slices
from detente.evaluation.compare import comparison as comparison_module
from detente.evaluation.compare import results
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.contenders import Run
from detente.evaluation.compare.paired import holm
from detente.evaluation.compare.results import Comparison
from detente.evaluation.metrics import score

Make = Callable[..., Run]


def pair_of(comparison: Comparison, *names: str) -> results.Difference:
    return next(pair for pair in comparison.pairs if {pair.first, pair.second} == set(names))


def test_a_real_difference_is_found_and_the_better_run_is_first(make_run: Make) -> None:
    comparison = compare([make_run("weak", range(0, 60, 2)), make_run("good", [1, 5])])
    ((other, difference),) = comparison.others
    assert comparison.best.contender.name == "good"
    assert other.contender.name == "weak"
    assert difference.shown
    assert difference.p == pytest.approx(1 / 10_001)
    assert difference.interval[0] < difference.value < difference.interval[1] < 0
    assert difference.mcnemar is not None
    assert (difference.mcnemar.first_only, difference.mcnemar.second_only) == (30, 2)


def test_figures_are_those_of_the_metrics(make_run: Make) -> None:
    run = make_run("a", range(0, 60, 2))
    comparison = compare([run, make_run("b", [1])])
    expected = score([STANCES[place] for place in run.evaluated.gold], run.evaluated.probabilities)
    assert comparison.others[0][0].value == pytest.approx(expected.macro_f1)
    shown = {row.name: row.values[1] for row in comparison.figures}
    assert shown == pytest.approx({name: expected.flat()[name] for name in shown})
    assert {"macro_f1", "oppose_f1", "ece", "nll"} <= shown.keys()


def test_runs_that_err_as_often_elsewhere_cannot_be_told_apart(make_run: Make) -> None:
    comparison = compare([make_run("a", range(0, 60, 6)), make_run("b", range(3, 63, 6))])
    ((_, difference),) = comparison.others
    assert not difference.shown
    assert difference.interval[0] < 0 < difference.interval[1]


def test_the_same_runs_give_the_same_figures_in_any_order(make_run: Make) -> None:
    runs = [make_run("a", range(0, 60, 6)), make_run("b", range(0, 40, 4))]
    first, again, turned = compare(runs), compare(runs), compare(runs[::-1])
    assert first.as_dict() == again.as_dict()
    (_, one), (_, other) = first.others[0], turned.others[0]
    assert [one.value, *one.interval, one.p] == pytest.approx([other.value, *other.interval, other.p])
    assert one.mcnemar == other.mcnemar


def test_of_several_runs_all_pairs_are_tested_and_corrected(make_run: Make) -> None:
    runs = [make_run("a", [1, 5]), make_run("b", [2, 7, 9]), make_run("c", range(0, 60, 2))]
    comparison = compare(runs)
    assert [one.contender.name for one in comparison.standings] == ["a", "b", "c"]
    assert [difference.shown for _, difference in comparison.others] == [False, True]
    assert len(comparison.pairs) == 3
    assert [pair.p_corrected for pair in comparison.pairs] == holm([pair.p for pair in comparison.pairs])


def test_seeds_of_a_config_count_as_one_contender_with_mean_and_spread(make_run: Make) -> None:
    good = [make_run(f"good{seed}", [seed, 5 + seed], seed) for seed in range(3)]
    weak = [make_run(f"weak{seed}", range(seed, 60, 2), seed) for seed in range(3)]
    comparison = compare([*weak, *good])
    ((other, difference),) = comparison.others
    assert comparison.best.contender.name == "good, 3 seeds"
    assert other.value == pytest.approx(np.mean(other.values))
    assert other.spread == pytest.approx(np.std(other.values, ddof=1))
    assert other.interval[0] < other.value < other.interval[1]
    assert difference.shown
    assert difference.mcnemar is None


def test_seeds_that_scatter_more_than_configs_differ_show_no_difference(make_run: Make) -> None:
    """The first runs of each config alone would."""
    steady = [make_run(f"steady{seed}", range(24), seed) for seed in range(3)]
    wild = [make_run(f"wild{seed}", range(last), seed) for seed, last in enumerate((2, 60, 20))]
    assert compare([steady[0], wild[0]]).others[0][1].shown
    assert not compare([*steady, *wild]).others[0][1].shown


def test_a_figure_that_is_better_when_low_ranks_so(make_run: Make) -> None:
    comparison = compare([make_run("weak", range(0, 60, 2)), make_run("good")], by="nll")
    assert comparison.best.contender.name == "good"
    assert comparison.others[0][1].value > 0
    assert comparison.others[0][1].shown


class TestSlices:
    BY: ClassVar = {"half": ["front"] * 60 + ["back"] * 60, "rare": ["few"] * 9 + ["many"] * 111, "all": ["one"] * 120}

    def runs(self, make_run: Make, make_evaluated: Callable) -> list[Run]:
        good = make_evaluated([0, 70], by=self.BY)
        weak = make_evaluated([*range(0, 60, 2), 71], by=self.BY)
        return [make_run("good", evaluated=good), make_run("weak", evaluated=weak)]

    def test_each_slice_is_tested_and_those_that_differ_come_first(
        self, make_run: Make, make_evaluated: Callable
    ) -> None:
        first, *others = compare(self.runs(make_run, make_evaluated)).slices
        assert (first.dimension, first.value, first.n, first.shown) == ("half", "front", 60, True)
        assert first.other < first.best
        assert first.interval[1] < 0
        back = next(one for one in others if one.value == "back")
        assert not back.shown
        assert back.p_corrected >= back.p

    def test_small_slices_and_the_whole_file_are_left_out(self, make_run: Make, make_evaluated: Callable) -> None:
        found = {(one.dimension, one.value) for one in compare(self.runs(make_run, make_evaluated)).slices}
        assert found == {("half", "front"), ("half", "back"), ("rare", "many")}

    def test_the_correction_is_over_all_slices_and_contenders(self, make_run: Make, make_evaluated: Callable) -> None:
        runs = [*self.runs(make_run, make_evaluated), make_run("third", evaluated=make_evaluated([3], by=self.BY))]
        found = compare(runs).slices
        assert {one.contender for one in found} == {"good", "weak"}
        assert len(found) == 6
        assert [one.p for one in found] == sorted(one.p for one in found)

    def test_a_slice_without_the_stances_of_the_figure_is_left_out(
        self, make_run: Make, make_evaluated: Callable
    ) -> None:
        by = {"gold": [str(place % 3) for place in range(120)]}
        runs = [make_run(name, evaluated=make_evaluated([place], by=by)) for place, name in enumerate("ab")]
        assert {one.value for one in compare(runs, by="f_avg").slices} == {"0", "2"}

    def test_seeds_are_compared_in_slices_too(self, make_run: Make, make_evaluated: Callable) -> None:
        runs = [
            make_run(f"{name}{seed}", seed=seed, evaluated=make_evaluated(range(start + seed, 60, 2), by=self.BY))
            for name, start in (("good", 50), ("weak", 0))
            for seed in range(3)
        ]
        first, *_ = compare(runs).slices
        assert (first.contender, first.value, first.shown) == ("weak, 3 seeds", "front", True)

    def test_the_limits_are_those_of_the_evaluation(self) -> None:
        assert comparison_module.FEW_EXAMPLES == evaluation_slices.FEW_EXAMPLES
        assert results.FEW_GROUPS == evaluation_slices.FEW_GROUPS


def test_one_run_is_refused(make_run: Make) -> None:
    with pytest.raises(InputError, match="expected at least two runs to compare; found 1"):
        compare([make_run("a")])


def test_an_unknown_figure_is_refused(make_run: Make) -> None:
    with pytest.raises(InputError, match="expected a figure to decide by, of macro_f1, f_avg, accuracy, nll; found f1"):
        compare([make_run("a"), make_run("b")], by="f1")


def test_the_plain_values_are_json(make_run: Make) -> None:
    plain = compare([make_run("a", [1]), make_run("b", [2, 3])]).as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["ranking"][0]["name"] == "a"
    assert plain["pairs"][0]["shown"] is False
