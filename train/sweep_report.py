"""What a sweep shows: the best config, a table, pictures, and its run in MLflow."""

import shlex
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from optuna import Study
from optuna.trial import FrozenTrial, TrialState
from optuna.visualization import matplotlib as pictures

from detente.configs.loading import dump_config
from detente.configs.schema import Config, RangeConfig
from detente.configs.space import with_settings
from detente.train.study import Outcome, best_trial, counted, finished, sweep_metric
from detente.train.sweep_folder import SweepFolder
from detente.train.tracking import Tracker, run_params

_SHOWN = 10


def _curves(study: Study, target_name: str) -> None:
    axes = pictures.plot_intermediate_values(study)
    axes.set(xlabel="per cent of the training", ylabel=target_name)


_PICTURES: dict[str, Callable[..., object]] = {
    "history": pictures.plot_optimization_history,
    "importances": pictures.plot_param_importances,
    "settings": pictures.plot_slice,
    "curves": _curves,
}


def sweep_params(config: Config) -> dict[str, Any]:
    """The settings that all trials have in common, and what the others may be."""
    space = {f"space.{name}": _words(definition) for name, definition in config.sweep.space.items()}
    return {name: value for name, value in run_params(config).items() if name not in config.sweep.space} | space


def write_best(config: Config, study: Study, folder: SweepFolder) -> FrozenTrial | None:
    """Write the config of the best trial, if there is one; `detente train` with it does the same training."""
    best = best_trial(study)
    if best is None:
        return None
    text = dump_config(with_settings(config, best.params), without=["sweep"])
    draft = folder.best_config.with_suffix(".draft")
    draft.write_text(_heading(config, study, best, folder.best_config) + text, encoding="utf-8")
    draft.replace(folder.best_config)
    return best


def log_outcome(tracker: Tracker, config: Config, outcome: Outcome) -> None:
    """Put the outcome of a trial on its run."""
    tags = {"sweep.state": outcome.state.name.lower(), "sweep.reason": outcome.reason}
    tracker.log_facts(tags={name: text for name, text in tags.items() if text})
    if outcome.value is not None:
        seeds = outcome.values.items() if len(outcome.values) > 1 else ()
        figures = {f"sweep/seed_{seed}": value for seed, value in seeds}
        tracker.log_metrics({f"sweep/{sweep_metric(config)}": outcome.value} | figures)


def log_best(tracker: Tracker, config: Config, best: FrozenTrial) -> None:
    """Put the best value and its settings on the sweep's run."""
    tracker.log_metrics({f"sweep/{sweep_metric(config)}": best.value or 0.0}, step=best.number)
    tags = {f"best.{name}": value for name, value in best.params.items()}
    tracker.log_facts(tags={"best.trial": best.number, "best.value": f"{best.value:.4f}", **tags})


def conclude(tracker: Tracker, config: Config, study: Study, folder: SweepFolder) -> None:
    """Write and log the best config, the table, the pictures and a summary."""
    write_best(config, study, folder)
    columns = ("number", "state", "value", "duration", "params", "user_attrs")
    study.trials_dataframe(attrs=columns).to_csv(folder.table, index=False)
    draw(study, folder.plots, metric=sweep_metric(config))
    for path in (folder.table, folder.best_config, folder.plots):
        if path.exists():
            tracker.log_files(path, path.name if path.is_dir() else None)
    tracker.describe(summary(config, study, folder))


def draw(study: Study, folder: Path, *, metric: str) -> None:
    """Draw the pictures of a study; those that say nothing before two trials are complete are left out."""
    if len(counted(study, TrialState.COMPLETE)) < 2:
        return
    folder.mkdir(exist_ok=True)
    for name, plot in _PICTURES.items():
        with warnings.catch_warnings(), _off_screen():
            warnings.simplefilter("ignore")  # that they are experimental, that an axis has a single value
            plot(study, target_name=metric)
            plt.savefig(folder / f"{name}.png", bbox_inches="tight")


@contextmanager
def _off_screen() -> Iterator[None]:
    """Draw without a window, and leave matplotlib as it was: Optuna's pictures set its style."""
    backend = plt.get_backend()
    plt.switch_backend("agg")
    try:
        with plt.style.context("default"):
            yield
    finally:
        plt.close()
        plt.switch_backend(backend)


def ranked(study: Study) -> list[FrozenTrial]:
    """The complete trials, the best first."""
    sign = -1 if study.direction.name == "MAXIMIZE" else 1
    return sorted(counted(study, TrialState.COMPLETE), key=lambda trial: (sign * (trial.value or 0.0), trial.number))


def summary(config: Config, study: Study, folder: SweepFolder) -> str:
    """The result in Markdown."""
    names = list(config.sweep.space)
    rows = [
        [str(trial.number), f"{trial.value:.4f}", *(setting_words(trial.params[name]) for name in names)]
        for trial in ranked(study)[:_SHOWN]
    ]
    head = ["trial", sweep_metric(config), *names]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
    return f"{counts(study)}.\n\n" + (f"{table}\n\n`{train_command(folder.best_config)}`" if rows else "")


def counts(study: Study) -> str:
    """How many trials ended how."""
    states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    numbers = {name: len(counted(study, state)) for name, state in states.items()}
    return f"{sum(numbers.values())} trials: " + ", ".join(f"{number} {name}" for name, number in numbers.items())


def setting_words(value: Any) -> str:
    """A setting, short enough for a table."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def train_command(best: Path) -> str:
    """What trains the best config again, with its report on the test file."""
    here = Path.cwd()
    return shlex.join(["detente", "train", str(best.relative_to(here) if best.is_relative_to(here) else best)])


def _heading(config: Config, study: Study, best: FrozenTrial, path: Path) -> str:
    figure = f"{sweep_metric(config)} {best.value:.4f} on the validation file"
    seeds = config.sweep.seeds
    of_seeds = f", the mean of seeds {config.seed} to {config.seed + seeds - 1}" if seeds > 1 else ""
    return (
        f"# {train_command(path)}\n"
        f"# Trial {best.number} of the sweep {config.name}, the best of {finished(study)}: {figure}{of_seeds}.\n"
    )


def _words(definition: RangeConfig | list[Any]) -> str:
    if isinstance(definition, list):
        return ", ".join(map(str, definition))
    step = f", step {definition.step}" if definition.step else ""
    return f"{definition.low} to {definition.high}{', log' if definition.log else ''}{step}"
