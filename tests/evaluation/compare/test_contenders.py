"""Which runs are seeds of one config, and how settings differ."""

from collections.abc import Callable

import pytest

from detente.evaluation.compare.contenders import Cost, Run, group_by_seed, setting_differences

Make = Callable[..., Run]


def names(*runs: Run) -> list[str]:
    return [one.name for one in group_by_seed(runs)]


def test_runs_that_differ_by_seed_alone_are_one_contender(make_run: Make) -> None:
    runs = [make_run("small1", seed=1), make_run("large1", seed=1), make_run("small2", seed=2)]
    small, large = group_by_seed(runs)
    assert [run.name for run in small.runs] == ["small1", "small2"]
    assert (small.name, large.name) == ("small, 2 seeds", "large1")
    assert small.seeds == ["1", "2"]


def test_the_same_seed_twice_is_not_taken_for_two(make_run: Make) -> None:
    other = make_run("large1", seed=1)
    assert names(make_run("small1", seed=1), make_run("small2", seed=1), other) == ["small1", "small2", "large1"]


@pytest.mark.parametrize("difference", [{"train.epochs": "9"}, {"data.train": "x.jsonl abc"}, {"code": "commit b"}])
def test_other_settings_data_or_code_are_another_contender(difference: dict, make_run: Make) -> None:
    settings = {"seed": "1", "train.epochs": "3", "data.train": "x.jsonl", "code": "commit a"}
    first = make_run("one", settings=settings)
    second = make_run("two", settings=settings | {"seed": "2"} | difference)
    third = make_run("three", settings=settings | {"seed": "3"})
    assert [len(one.runs) for one in group_by_seed([first, second, third])] == [2, 1]


def test_runs_of_one_config_alone_are_compared_with_each_other(make_run: Make) -> None:
    assert names(make_run("small1", seed=1), make_run("small2", seed=2)) == ["small1", "small2"]


def test_runs_of_which_nothing_is_known_stand_for_themselves(make_run: Make) -> None:
    assert names(make_run("a"), make_run("b"), make_run("c")) == ["a", "b", "c"]


def test_configs_of_one_name_are_told_apart_by_what_differs(make_run: Make) -> None:
    runs = [
        make_run(f"quick{epochs}{seed}", config="quick", settings={"seed": seed, "train.epochs": epochs, "x": "y"})
        for epochs in ("3", "5")
        for seed in ("1", "2")
    ]
    assert names(*runs) == ["quick (train.epochs=3), 2 seeds", "quick (train.epochs=5), 2 seeds"]


def test_the_settings_that_differ_are_listed_and_unknown_ones_marked(make_run: Make) -> None:
    first = make_run("a", settings={"seed": "1", "train.epochs": "3", "same": "x"})
    second = make_run("b", settings={"seed": "2", "train.epochs": "5", "same": "x", "new": "y"})
    assert setting_differences(group_by_seed([first, second])) == {
        "new": ["-", "y"],
        "train.epochs": ["3", "5"],
        "seed": ["1", "2"],
    }


def test_the_cost_is_the_mean_over_seeds_of_what_is_known(make_run: Make) -> None:
    costs = [Cost(100, 60.0, None), Cost(100, None, None), Cost(100, 30.0, None)]
    runs = [make_run(f"small{seed}", seed=seed, cost=cost) for seed, cost in enumerate(costs)]
    small, _ = group_by_seed([*runs, make_run("large1", seed=1)])
    assert small.cost == Cost(100.0, 45.0, None)
