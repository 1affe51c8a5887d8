"""Trials taken, handed in and given back, without any training."""

import re
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from optuna import Study
from optuna.trial import TrialState

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.data.dataset import load_splits
from detente.data.reading import write_records
from detente.data.records import Example
from detente.train import study as study_module
from detente.train.study import (
    Outcome,
    best_trial,
    counted,
    failures,
    finished,
    give_back,
    give_back_dead,
    hand_in,
    known_outcome,
    open_study,
    take_trial,
)
from detente.train.sweep_folder import sweep_folder

SPACE = "sweep.space={train.learning_rate: {low: 1e-5, high: 1e-2, log: true}, train.class_weights: [none, sqrt]}"
DONE = Outcome(TrialState.COMPLETE, {13: 0.5})
DEAD = "a-process-that-is-gone"


@pytest.fixture
def make_config(tmp_path: Path, examples_file: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Config]:
    monkeypatch.chdir(tmp_path)
    files = [f"data.{part}={examples_file}" for part in ("train", "valid")] + ["data.test=null"]
    return lambda *overrides, space=SPACE: load_config("debug", [*files, space, "sweep.trials=4", *overrides])


def opened(config: Config) -> Study:
    return open_study(config, sweep_folder(config), load_splits(config.data))


def test_the_first_trial_is_the_config_as_it_stands(make_config: Callable[..., Config]) -> None:
    config = make_config("train.class_weights=sqrt")
    study = opened(config)
    trial = take_trial(study, config)
    assert trial is not None
    assert trial.params == {"train.learning_rate": 5e-5, "train.class_weights": "sqrt"}
    other = take_trial(study, config)
    assert other is not None
    assert other.params != trial.params


def test_a_config_outside_its_space_is_not_tried(make_config: Callable[..., Config]) -> None:
    config = make_config("train.class_weights=balanced")
    trial = take_trial(opened(config), config)
    assert trial is not None
    assert trial.params["train.class_weights"] != "balanced"


def test_there_are_as_many_trials_as_wanted_those_of_others_counted(make_config: Callable[..., Config]) -> None:
    config = make_config()
    studies = [opened(config), opened(config)]
    taken = [take_trial(studies[number % 2], config) for number in range(5)]
    assert [trial and trial.number for trial in taken] == [0, 1, 2, 3, None]
    assert finished(studies[0]) == 0
    assert len({trial.params["train.learning_rate"] for trial in taken if trial}) == 4


def test_outcomes_are_kept(make_config: Callable[..., Config]) -> None:
    config = make_config("sweep.trials=3")
    study = opened(config)
    good, bad, pruned = (take_trial(study, config) for _ in range(3))
    assert (good and bad and pruned) is not None
    assert best_trial(study) is None
    hand_in(study, good, Outcome(TrialState.COMPLETE, {13: 0.4, 14: 0.6}))
    hand_in(study, bad, Outcome(TrialState.FAIL, reason="no memory"))
    hand_in(study, pruned, Outcome(TrialState.PRUNED))
    again = opened(config)
    best = best_trial(again)
    assert best is not None
    assert (best.number, best.value) == (0, 0.5)
    assert failures(again) == {1: "no memory"}
    assert [trial.number for trial in counted(again, TrialState.PRUNED)] == [2]
    assert take_trial(again, config) is None
    assert take_trial(again, make_config("sweep.trials=4")) is not None


@pytest.mark.parametrize(("metric", "best"), [("macro_f1", 1), ("nll", 0)])
def test_the_metric_says_which_way_is_up(make_config: Callable[..., Config], metric: str, best: int) -> None:
    config = make_config(f"sweep.metric={metric}")
    study = opened(config)
    for value in (0.2, 0.8):
        hand_in(study, take_trial(study, config), Outcome(TrialState.COMPLETE, {13: value}))
    found = best_trial(study)
    assert found is not None
    assert found.number == best


def test_a_trial_that_is_given_back_does_not_count_and_is_tried_again(make_config: Callable[..., Config]) -> None:
    config = make_config("sweep.trials=2")
    study = opened(config)
    hand_in(study, take_trial(study, config), DONE)
    lost = take_trial(study, config)
    assert lost is not None
    give_back(study, lost)
    assert (finished(study), failures(study)) == (1, {})
    again = take_trial(study, config)
    assert again is not None
    assert (again.number, again.params) == (2, lost.params)
    hand_in(study, again, DONE)
    assert take_trial(study, config) is None
    assert finished(study) == 2


def test_an_interruption_changes_nothing_of_what_is_tried_after_it(make_config: Callable[..., Config]) -> None:
    config, other = make_config("sweep.trials=14"), make_config("sweep.trials=14", "name=unbroken")
    study, unbroken = opened(config), opened(other)
    for place in range(14):
        trial = take_trial(study, config)
        assert trial is not None
        if place in (3, 12):
            give_back(study, trial)
            trial = take_trial(study, config)
            assert trial is not None
        hand_in(study, trial, Outcome(TrialState.COMPLETE, {13: trial.params["train.learning_rate"]}))
        expected = take_trial(unbroken, other)
        assert expected is not None
        assert trial.params == expected.params
        hand_in(unbroken, expected, Outcome(TrialState.COMPLETE, {13: expected.params["train.learning_rate"]}))


def test_trials_of_dead_processes_are_given_back_once(
    make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config("sweep.trials=2")
    study = opened(config)
    alive = take_trial(study, config)
    monkeypatch.setattr(study_module, "process_name", lambda _: DEAD)
    monkeypatch.setattr(study_module, "is_gone", lambda name: name == DEAD)
    lost = take_trial(study, config)
    assert alive is not None
    assert lost is not None
    give_back_dead(study)
    assert [trial.number for trial in counted(study, TrialState.RUNNING)] == [alive.number]
    again = take_trial(study, config)
    assert again is not None
    assert again.params == lost.params
    give_back_dead(study)
    assert failures(study) == {again.number: "its process ended twice without a word"}
    assert take_trial(study, config) is None


def test_a_trial_that_was_stopped_and_died_later_is_tried_once_more(
    make_config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config()
    study = opened(config)
    stopped = take_trial(study, config)
    assert stopped is not None
    give_back(study, stopped)
    monkeypatch.setattr(study_module, "process_name", lambda _: DEAD)
    monkeypatch.setattr(study_module, "is_gone", lambda name: name == DEAD)
    for last in (False, True):
        again = take_trial(study, config)
        assert again is not None
        assert again.params == stopped.params
        give_back_dead(study)
        assert list(failures(study)) == ([again.number] if last else [])


def test_a_living_process_keeps_its_trial(make_config: Callable[..., Config]) -> None:
    config = make_config()
    study = opened(config)
    trial = take_trial(study, config)
    assert trial is not None
    assert str(psutil.Process().pid) in study.trials[0].user_attrs["process"]
    give_back_dead(study)
    assert [one.number for one in counted(study, TrialState.RUNNING)] == [trial.number]


def test_the_outcome_of_the_same_settings_is_known(make_config: Callable[..., Config]) -> None:
    config = make_config(space="sweep.space={train.class_weights: [none]}")
    study = opened(config)
    first = take_trial(study, config)
    assert first is not None
    assert known_outcome(study, first) is None
    hand_in(study, first, DONE)
    second = take_trial(study, config)
    assert second is not None
    assert known_outcome(study, second) == Outcome(TrialState.COMPLETE, {13: 0.5}, "the same settings as trial 0")


def test_other_settings_under_the_same_name_are_refused(make_config: Callable[..., Config]) -> None:
    opened(make_config())
    with pytest.raises(InputError) as caught:
        opened(make_config("train.batch_size=4", "sweep.space.train.learning_rate.high=0.1", "sweep.trials=9"))
    message = str(caught.value)
    assert "sweeps/debug: expected the settings and data that this sweep began with; found others:\n" in message
    assert "\n  train.batch_size: 8 then, 4 now\n" in message
    assert "\n  sweep.space.train.learning_rate.high: 0.01 then, 0.1 now\n" in message
    assert "sweep.trials" not in message
    assert message.endswith("give the new sweep another name: name=NAME")


def test_settings_that_no_trial_depends_on_may_change(make_config: Callable[..., Config]) -> None:
    hand_in(study := opened(make_config()), take_trial(study, make_config()), DONE)
    changed = make_config("data.test=other.jsonl", "evaluation.bootstrap=7", "sweep.timeout=5", "sweep.trials=9")
    blind = load_splits(make_config().data)
    assert finished(open_study(changed, sweep_folder(changed), blind)) == 1


def test_other_data_under_the_same_name_are_refused(
    make_config: Callable[..., Config], examples: list[Example], examples_file: Path
) -> None:
    opened(make_config())
    write_records(examples_file, examples[:20], Example)
    with pytest.raises(InputError, match="the valid file's content: "):
        opened(make_config())


def test_trials_may_be_kept_in_a_database(make_config: Callable[..., Config], tmp_path: Path) -> None:
    config = make_config(f"sweep.storage=sqlite:///{tmp_path}/trials.db")
    study = opened(config)
    hand_in(study, take_trial(study, config), DONE)
    assert finished(opened(config)) == 1
    assert not sweep_folder(config).journal.exists()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/trials.db", "what://x", "mysql+none://x"])
def test_a_database_that_cannot_be_opened_is_named(make_config: Callable[..., Config], url: str) -> None:
    with pytest.raises(InputError, match=rf"sweep\.storage: expected a database; {re.escape(url)} can't be opened: "):
        opened(make_config(f"sweep.storage={url}"))
