"""Distributions, samplers and pruners from a config, without any training."""

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import MedianPruner, NopPruner, SuccessiveHalvingPruner

from detente.configs.loading import load_config
from detente.configs.schema import SweepConfig
from detente.train.search_space import TrialSampler, distributions, make_pruner, trials_at_most

SPACE = (
    "sweep.space={train.learning_rate: {low: 1e-5, high: 1e-2, log: true}, train.epochs: {low: 1, high: 9, step: 2}}"
)
GRID = "sweep.space={train.epochs: {low: 1, high: 9, step: 2}, train.class_weights: [none, sqrt]}"


def by_number(_: optuna.Study, number: int) -> int:
    return number


def settings(*overrides: str) -> SweepConfig:
    return load_config("debug", overrides).sweep


def tried(sweep: SweepConfig, *sessions: int) -> list[dict[str, object]]:
    """What is tried in so many trials a session; each session begins with a sampler of its own."""
    storage = optuna.storages.InMemoryStorage()
    optuna.create_study(study_name="s", storage=storage, direction="maximize")
    for trials in sessions:
        study = optuna.load_study(study_name="s", storage=storage, sampler=TrialSampler(sweep, by_number))
        for _ in range(trials):
            trial = study.ask(distributions(sweep))
            study.tell(trial, float(trial.params.get("train.learning_rate", 0.0)))
    return [trial.params for trial in study.trials]


def test_each_setting_gets_the_distribution_of_its_kind() -> None:
    given = settings(
        SPACE,
        "sweep.space.train.weight_decay={low: 0, high: 1}",
        "sweep.space.train.warmup={low: 0.0, high: 0.5, step: 0.25}",
        "sweep.space.train.batch_size={low: 8, high: 64, log: true}",
        "sweep.space.train.patience=[null, 2]",
    )
    assert distributions(given) == {
        "train.learning_rate": FloatDistribution(1e-5, 1e-2, log=True),
        "train.epochs": IntDistribution(1, 9, step=2),
        "train.weight_decay": FloatDistribution(0.0, 1.0),
        "train.warmup": FloatDistribution(0.0, 0.5, step=0.25),
        "train.batch_size": IntDistribution(8, 64, log=True),
        "train.patience": CategoricalDistribution([None, 2]),
    }


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_that_stops_and_goes_on_tries_what_it_would_have_tried(sampler: str) -> None:
    sweep = settings(SPACE, f"sweep.sampler={sampler}")
    unbroken = tried(sweep, 14)
    assert tried(sweep, 6, 8) == unbroken
    assert len({params["train.learning_rate"] for params in unbroken}) == 14
    assert tried(settings(SPACE, f"sweep.sampler={sampler}", "sweep.sampler_seed=14"), 14) != unbroken


def test_a_grid_is_tried_whole_and_nothing_twice() -> None:
    sweep = settings(GRID, "sweep.sampler=grid")
    points = [tuple(params.values()) for params in tried(sweep, 3, 7)]
    assert sorted(points) == sorted((epochs, weights) for epochs in (1, 3, 5, 7, 9) for weights in ("none", "sqrt"))


def test_a_grid_has_no_more_trials_than_points() -> None:
    assert trials_at_most(settings(GRID, "sweep.sampler=grid", "sweep.trials=50")) == 10
    assert trials_at_most(settings(GRID, "sweep.sampler=grid", "sweep.trials=4")) == 4
    assert trials_at_most(settings(GRID, "sweep.trials=50")) == 50
    steps = "sweep.space={train.warmup: {low: 0.0, high: 0.5, step: 0.1}}"
    assert trials_at_most(settings(steps, "sweep.sampler=grid")) == 6


@pytest.mark.parametrize(
    ("pruner", "kind"), [("median", MedianPruner), ("halving", SuccessiveHalvingPruner), ("none", NopPruner)]
)
def test_each_pruner_stops_a_hopeless_trial_but_for_none(pruner: str, kind: type) -> None:
    sweep = settings(SPACE, f"sweep.pruner={pruner}")
    study = optuna.create_study(direction="maximize", pruner=make_pruner(sweep), sampler=TrialSampler(sweep, by_number))
    assert isinstance(study.pruner, kind)
    for value in (0.5, 0.6, 0.7, 0.5, 0.6, 0.7):
        trial = study.ask(distributions(sweep))
        for per_cent in (25, 50, 75, 100):
            trial.report(value, per_cent)
            trial.should_prune()
        study.tell(trial, value)
    hopeless, good = study.ask(), study.ask()
    hopeless.report(0.1, 25)
    good.report(0.9, 25)
    assert (hopeless.should_prune(), good.should_prune()) == (pruner != "none", False)
