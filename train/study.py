"""A sweep's trials, as Optuna keeps them: opened, taken by a worker, handed in, given back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

import optuna
import psutil
from optuna import Study, Trial
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from detente.configs.errors import InputError
from detente.configs.loading import flatten
from detente.configs.schema import LOWER_IS_BETTER, Config
from detente.configs.space import holds
from detente.data.dataset import Splits, fingerprint
from detente.train.dead_runs import is_gone, process_name
from detente.train.search_space import TrialSampler, distributions, make_pruner, trials_at_most
from detente.train.sweep_folder import SweepFolder

_SETTINGS, _PROCESS, _VALUES, _REASON = "settings", "process", "values", "reason"
_RETRY_OF, _DIED = "retry_of", "died"
_MAY_CHANGE = (
    "sweep.trials",
    "sweep.timeout",
    "data.test",
    "calibration.",
    "evaluation.",
    "tracking.register_as",
    "tracking.alias",
    "tracking.system_metrics",
)
"""How the settings begin that no trial depends on."""


@dataclass(frozen=True)
class Outcome:
    """How a trial ended."""

    state: TrialState
    values: dict[int, float] = field(default_factory=dict)
    """The validation figure for each seed; none unless the trial is complete."""
    reason: str = ""
    """Why it failed, was pruned or wasn't trained."""

    @property
    def value(self) -> float | None:
        """What the study is told: the mean over the seeds."""
        return mean(self.values.values()) if self.values else None


def sweep_metric(config: Config) -> str:
    """The validation figure that chooses the best trial."""
    return config.sweep.metric or config.train.metric


def open_study(config: Config, folder: SweepFolder, splits: Splits) -> Study:
    """Begin a study with the config as it stands, if the space holds it, or go on with the one that has begun.

    Raises:
        InputError: It began with other settings or other data, or the storage can't be opened.
    """
    lower = sweep_metric(config) in LOWER_IS_BETTER
    study = optuna.create_study(
        storage=_storage(config, folder),
        study_name=config.name,
        direction="minimize" if lower else "maximize",
        sampler=TrialSampler(config.sweep, _place_of),
        pruner=make_pruner(config.sweep),
        load_if_exists=True,
    )
    settings = _identity(config, splits)
    if _SETTINGS in study.user_attrs:
        _check_same(study.user_attrs[_SETTINGS], settings, folder)
        return study
    study.set_user_attr(_SETTINGS, settings)
    if all(holds(definition, settings[name]) for name, definition in config.sweep.space.items()):
        study.enqueue_trial({name: settings[name] for name in config.sweep.space})
    return study


def take_trial(study: Study, config: Config) -> Trial | None:
    """The next trial, with its settings chosen; None if there are as many as there shall be."""
    if len(counted(study)) >= trials_at_most(config.sweep):
        return None
    trial = study.ask(distributions(config.sweep))
    trial.set_user_attr(_PROCESS, process_name(psutil.Process()))
    return trial


def counted(study: Study, *states: TrialState) -> list[FrozenTrial]:
    """The trials in some states (default: all that run or have ended) that weren't interrupted."""
    wanted = states or (TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    interrupted = _interrupted(study)
    trials = study.get_trials(deepcopy=False, states=wanted)
    return [trial for trial in trials if trial.number not in interrupted]


def finished(study: Study) -> int:
    """How many trials have ended."""
    return len(counted(study, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL))


def best_trial(study: Study) -> FrozenTrial | None:
    """The best trial so far, the earliest of equals; None if none is complete."""
    return study.best_trial if counted(study, TrialState.COMPLETE) else None


def hand_in(study: Study, trial: Trial, outcome: Outcome) -> None:
    """Tell the study how a trial ended."""
    trial.set_user_attr(_VALUES, {str(seed): value for seed, value in outcome.values.items()})
    trial.set_user_attr(_REASON, outcome.reason)
    study.tell(trial, outcome.value, state=outcome.state)


def known_outcome(study: Study, trial: Trial) -> Outcome | None:
    """That of another trial with the same settings, if there is one: a second training would tell nothing new."""
    ended = counted(study, TrialState.COMPLETE, TrialState.PRUNED)
    twin = next((one for one in ended if one.params == trial.params), None)
    if twin is None:
        return None
    values = {int(seed): value for seed, value in twin.user_attrs[_VALUES].items()}
    return Outcome(twin.state, values, f"the same settings as trial {twin.number}")


def failures(study: Study) -> dict[int, str]:
    """The trials that failed, by number, and why."""
    silent = "its process ended twice without a word"
    return {one.number: str(one.user_attrs.get(_REASON, silent)) for one in counted(study, TrialState.FAIL)}


def give_back(study: Study, trial: Trial | FrozenTrial, *, died: bool = False) -> None:
    """Hand an interrupted trial in, so that it doesn't count, and have its settings tried again."""
    if trial.number not in _interrupted(study):
        died = died or trial.user_attrs.get(_DIED, False)
        study.enqueue_trial(trial.params, user_attrs={_RETRY_OF: trial.number, _DIED: died})
    study.tell(trial.number, state=TrialState.FAIL)


def give_back_dead(study: Study) -> None:
    """Give back the trials whose process on this machine is gone; one that dies for the second time has failed."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        process = trial.user_attrs.get(_PROCESS)
        if process is None or is_gone(process):
            if trial.user_attrs.get(_DIED):
                study.tell(trial.number, state=TrialState.FAIL)
            else:
                give_back(study, trial, died=True)


def _interrupted(study: Study) -> set[int]:
    """The numbers of the trials that were interrupted: those whose settings are, or were, tried again."""
    return {trial.user_attrs[_RETRY_OF] for trial in study.get_trials(deepcopy=False) if _RETRY_OF in trial.user_attrs}


def _place_of(study: Study, number: int) -> int:
    """How many trials came before the one with this number, those left out that were interrupted."""
    return number - sum(one < number for one in _interrupted(study))


def _storage(config: Config, folder: SweepFolder) -> BaseStorage:
    if config.sweep.storage is None:
        log = str(folder.journal)
        return JournalStorage(JournalFileBackend(log, lock_obj=JournalFileOpenLock(log)))
    try:
        return RDBStorage(config.sweep.storage)
    except (SQLAlchemyError, ImportError) as error:
        problem = str(error).splitlines()[0]
        raise InputError(
            f"sweep.storage: expected a database; {config.sweep.storage} can't be opened: {problem}"
        ) from error


def _identity(config: Config, splits: Splits) -> dict[str, Any]:
    """What trials must have in common to be compared: the settings, and what is in the files."""
    settings = {name: value for name, value in flatten(config).items() if not name.startswith(_MAY_CHANGE)}
    return settings | {f"the {part} file's content": fingerprint(examples) for part, examples in splits.items()}


def _check_same(before: Mapping[str, Any], now: Mapping[str, Any], folder: SweepFolder) -> None:
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if names:
        differences = "\n".join(f"  {name}: {before.get(name)} then, {now.get(name)} now" for name in names)
        raise InputError(
            f"{folder.path}: expected the settings and data that this sweep began with; found others:\n{differences}\n"
            "Go on with the old ones, or give the new sweep another name: name=NAME"
        )
