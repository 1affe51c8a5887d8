"""The story of a sweep: many trainings, each a trial of other settings, and the best of them as a config."""

try:
    import optuna
except ModuleNotFoundError as missing:
    from detente.configs.errors import InputError

    raise InputError(
        "expected the package optuna, which chooses the trials of a sweep; it is not installed. "
        "Install it with: pip install 'detente[sweep]'"
    ) from missing

import math
import os
import shutil
import time
import traceback
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import filelock
from accelerate import PartialState
from optuna import Study, Trial
from optuna.trial import FrozenTrial, TrialState

from detente.configs.errors import DetenteError, DivergedError, InputError, InterruptedRunError
from detente.configs.loading import dump_config
from detente.configs.schema import BASELINE_FAMILIES, LOWER_IS_BETTER, Config
from detente.configs.space import with_settings
from detente.data.dataset import Splits, load_splits
from detente.models.folder import save_model
from detente.models.hardware import pick_device
from detente.train.memory import freed_memory
from detente.train.run import audit_splits, describe_model
from detente.train.run_folder import RunFolder
from detente.train.search_space import trials_at_most
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
    sweep_metric,
    take_trial,
)
from detente.train.sweep_folder import SweepFolder, sweep_folder
from detente.train.sweep_report import conclude, log_best, log_outcome, sweep_params, write_best
from detente.train.teacher import find_teacher
from detente.train.tracking import Tracker, tracked_run
from detente.train.trial import train_seeds
from detente.train.trial_watcher import SweepBar, TrialWatcher

_FAULTS = (InputError, DivergedError, RuntimeError, ValueError, ArithmeticError)
"""What the settings of a trial may lead to, lack of memory among it; anything else ends the sweep."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep leaves behind."""

    run_id: str | None
    """In the tracking store; None if that was away."""
    folder: SweepFolder
    metric: str
    study: Study
    """Optuna's record of all trials."""
    best: FrozenTrial
    model: Path | None
    """The best trial's model; None if its worker was killed at a bad moment."""


class TrialFailedError(Exception):
    """Ends the MLflow run of a trial as failed."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


@dataclass(frozen=True)
class _Worker:
    """What a process that works on a sweep has at hand."""

    config: Config
    blind: Config
    """The config without the test file."""
    folder: SweepFolder
    splits: Splits
    study: Study
    lock: filelock.BaseFileLock
    """Held while a trial is taken or handed in, so that several processes count alike."""
    tracker: Tracker
    leaks: dict[str, str]
    bar: SweepBar


def run_sweep(config: Config) -> Sweep:
    """Try settings, as `config.sweep` says, and write down the best as a config; nothing is measured on the test file.

    Goes on with the sweep of this name, if there is one. Several processes that call this share the trials.

    Raises:
        InputError: There is nothing to search, the data or a store are not what the config says, or the sweep of this
            name began with other settings.
        DetenteError: No trial was completed.
        InterruptedRunError: Somebody stopped it; what is finished is kept.
    """
    check_sweep(config)
    PartialState(cpu=pick_device(config.train.device).type == "cpu")
    blind = with_settings(config, {"data.test": None})
    folder = sweep_folder(config)
    splits = splits_of_sweep(config, rejects=folder.path)
    lock = filelock.FileLock(folder.lock_file)
    with lock:
        study = open_study(config, folder, splits)
        give_back_dead(study)
    try:
        with ExitStack() as stack:
            with lock:
                tracker = stack.enter_context(tracked_run(blind, folder, kind="sweep", name=f"sweep {config.name}"))
                _log_start(tracker, config, folder, splits)
            leaks = audit_splits(blind, folder, splits, tracker)
            bar = SweepBar(trials_at_most(config.sweep), finished(study))
            stack.callback(bar.close)
            worker = _Worker(config, blind, folder, splits, study, lock, tracker, leaks, bar)
            _work(worker)
            return _result(worker)
    except InterruptedRunError as interruption:
        done = f"{finished(study)} of {trials_at_most(config.sweep)} trials"
        raise InterruptedRunError(f"stopped after {done}. The same command goes on with the rest.") from interruption


def splits_of_sweep(config: Config, *, rejects: Path | None = None) -> Splits:
    """The examples of a sweep, without those of the test file.

    That is opened only to keep what it asks about out of `data.unlabelled`, as in the training of the best config.

    Raises:
        InputError: The data are not what the config says, or its teacher knows a measuring file.
    """
    if not config.data.unlabelled:
        return load_splits(with_settings(config, {"data.test": None}).data, rejects=rejects)
    splits = load_splits(config.data, rejects=rejects)
    if teacher := find_teacher(config):
        teacher.check(splits)
    return replace(splits, test=[], files={**splits.files, "test": []})


def check_sweep(config: Config) -> None:
    """Refuse what a sweep can't work with.

    Raises:
        InputError: There is nothing to search, the family isn't fine-tuned, or torchrun started several processes.
    """
    if not config.sweep.space:
        raise InputError(
            "sweep.space: expected settings to search, such as train.learning_rate: {low: 1.0e-5, high: 3.0e-4, "
            "log: true}; found none"
        )
    families = [config.model.family, *_choices(config, "model.family")]
    if plain := [family for family in families if family in BASELINE_FAMILIES]:
        raise InputError(f"model.family: expected one that is fine-tuned, for a sweep; found {plain[0]}")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise InputError(
            "expected one process for each trial; found several that share one (torchrun). "
            "Begin the sweep several times instead: each process takes trials of its own"
        )


def _choices(config: Config, name: str) -> list[object]:
    definition = config.sweep.space.get(name, [])
    return list(definition) if isinstance(definition, list) else []


def _log_start(tracker: Tracker, config: Config, folder: SweepFolder, splits: Splits) -> None:
    folder.config_file.write_text(dump_config(config), encoding="utf-8")
    tracker.log_start(folder, splits, sweep_params(config))
    tracker.log_facts(tags={"sweep": config.name})


def _work(worker: _Worker) -> None:
    """Take trials until there are enough or the time is up."""
    end = time.monotonic() + 60 * (worker.config.sweep.timeout or math.inf)
    try:
        while time.monotonic() < end:
            with worker.lock:
                trial = take_trial(worker.study, worker.config)
            if trial is None:
                break
            _try(worker, trial)
    finally:
        with worker.lock:
            conclude(worker.tracker, worker.config, worker.study, worker.folder)


def _try(worker: _Worker, trial: Trial) -> None:
    """Train a trial and hand it in; give it back if that is interrupted, or fails for no fault of its settings."""
    outcome = None
    try:
        with freed_memory():
            outcome = _outcome(worker, trial)
    finally:
        with worker.lock:
            _hand_in(worker, trial, outcome)


def _outcome(worker: _Worker, trial: Trial) -> Outcome:
    """Train a trial in an MLflow run of its own."""
    folder = worker.folder.trial(trial.number)
    folder.path.mkdir(parents=True, exist_ok=True)
    try:
        name = f"{worker.config.name} trial {trial.number}"
        with tracked_run(worker.blind, folder, parent=worker.tracker, kind="trial", name=name) as tracker:
            tracker.log_facts(trial.params, {"sweep": worker.config.name, "trial": trial.number})
            try:
                outcome = known_outcome(worker.study, trial) or _trained(worker, trial, folder, tracker)
            except optuna.TrialPruned as pruned:
                outcome = Outcome(TrialState.PRUNED, reason=str(pruned))
            except _FAULTS as error:
                tracker.log_text(traceback.format_exc(), "error.txt")
                outcome = Outcome(TrialState.FAIL, reason=_words(error))
            log_outcome(tracker, worker.config, outcome)
            if outcome.state is TrialState.FAIL:
                raise TrialFailedError(outcome)
            return outcome
    except TrialFailedError as failure:  # the run has ended as failed
        return failure.outcome


def _trained(worker: _Worker, trial: Trial, folder: RunFolder, tracker: Tracker) -> Outcome:
    config = with_settings(worker.blind, trial.params)
    metric, seeds = sweep_metric(config), config.sweep.seeds

    def watch(place: int) -> TrialWatcher:
        def show(share: float, figure: float) -> None:
            worker.bar.show(share=(place + share) / seeds, trial=trial.number, now=figure, best=_best_value(worker))

        return TrialWatcher(metric, trial if place == 0 else None, show)

    values, predictor = train_seeds(config, folder, worker.splits, tracker, watch)
    if _beats(worker, mean(values.values())):
        predictor.calibrate(worker.splits.valid, config.calibration)
        save_model(predictor, describe_model(config, worker.splits, predictor, worker.leaks, None), folder.model)
    return Outcome(TrialState.COMPLETE, values)


def _beats(worker: _Worker, value: float) -> bool:
    best = _best_value(worker)
    if best is None:
        return True
    # equals too: of trials that are as good, the first counts, and it may be the last to end
    return value <= best if sweep_metric(worker.config) in LOWER_IS_BETTER else value >= best


def _best_value(worker: _Worker) -> float | None:
    best = best_trial(worker.study)
    return best.value if best else None


def _hand_in(worker: _Worker, trial: Trial, outcome: Outcome | None) -> None:
    """Tell the study; write the best config anew, and remove the models of all other trials that have ended."""
    study = worker.study
    if outcome is None:
        give_back(study, trial)
    else:
        hand_in(study, trial, outcome)
    best = write_best(worker.config, study, worker.folder)
    if best and best.number == trial.number:
        log_best(worker.tracker, worker.config, best)
    kept = {one.number for one in (best, *counted(study, TrialState.RUNNING)) if one}
    for number, folder in worker.folder.trials():
        if number not in kept:
            shutil.rmtree(folder.path)
    worker.bar.show(finished(study), trial=trial.number, best=_best_value(worker))


def _result(worker: _Worker) -> Sweep:
    best = best_trial(worker.study)
    if best is None:
        reasons = [f"  trial {number}: {reason}" for number, reason in failures(worker.study).items()]
        raise DetenteError("\n".join(["no trial was completed", *reasons]))
    model = worker.folder.trial(best.number).model
    return Sweep(
        run_id=worker.tracker.run_id,
        folder=worker.folder,
        metric=sweep_metric(worker.config),
        study=worker.study,
        best=best,
        model=model if model.is_dir() else None,
    )


def _words(error: Exception) -> str:
    """What went wrong, in a line or two: as it is where we wrote it, with the kind of error in front elsewhere."""
    if isinstance(error, InputError | DivergedError):
        return str(error)
    return f"{type(error).__name__}: {str(error)[:300]}"
