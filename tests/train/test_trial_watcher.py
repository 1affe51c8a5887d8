"""What a watcher does with the figures of a training, told by hand."""

import math

import optuna
import pytest
from transformers import TrainerControl, TrainerState

from detente.configs.errors import DivergedError
from detente.train.trial_watcher import SweepBar, TrialWatcher

CONTROL = TrainerControl()


@pytest.fixture
def trial() -> optuna.Trial:
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.ThresholdPruner(lower=0.5))
    return study.ask()


def state(step: int, best: int | None = None) -> TrainerState:
    return TrainerState(global_step=step, max_steps=40, best_global_step=best)


def tell(watcher: TrialWatcher, step: int, figure: float) -> None:
    watcher.on_evaluate(None, state(step), CONTROL, metrics={"eval_macro_f1": figure, "eval_nll": 1.0})


def test_figures_are_reported_in_per_cent_of_the_training_and_shown(trial: optuna.Trial) -> None:
    shown: list[tuple[float, float]] = []
    watcher = TrialWatcher("macro_f1", trial, lambda *given: shown.append(given))
    for step, figure in ((10, 0.6), (20, 0.8), (40, 0.7)):
        tell(watcher, step, figure)
    assert trial.study.trials[0].intermediate_values == {25: 0.6, 50: 0.8, 100: 0.7}
    assert shown == [(0.25, 0.6), (0.5, 0.8), (1.0, 0.7)]
    watcher.on_train_end(None, state(40, best=20), CONTROL)
    assert watcher.kept == 0.8


def test_a_hopeless_trial_is_pruned_but_not_when_it_has_ended(trial: optuna.Trial) -> None:
    watcher = TrialWatcher("macro_f1", trial, lambda *_: None)
    tell(watcher, 40, 0.1)
    with pytest.raises(optuna.TrialPruned, match="pruned at step 20 of 40"):
        tell(watcher, 20, 0.1)


def test_without_a_trial_nothing_is_pruned() -> None:
    tell(TrialWatcher("macro_f1", None, lambda *_: None), 20, 0.0)


def test_a_gradient_that_is_no_number_ends_the_training() -> None:
    watcher = TrialWatcher("macro_f1", None, lambda *_: None)
    watcher.on_log(None, state(20), CONTROL, logs={"grad_norm": 1.0})
    watcher.on_log(None, state(20), CONTROL, logs={"loss": 1.0})
    with pytest.raises(DivergedError, match="the training diverged: the gradient is not a number at step 20"):
        watcher.on_log(None, state(20), CONTROL, logs={"grad_norm": math.nan})


def test_the_bar_counts_trials_and_shares_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    bar = SweepBar(4, 1)
    bar.show(share=0.5, trial=1, now=0.25, best=None)
    bar.show(2, trial=1, best=0.62518)
    bar.close()
    shown = capsys.readouterr().err
    assert "2.0/4 trials" in shown
    assert "trial=1, best=0.6252" in shown
