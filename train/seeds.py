"""The same training with several seeds: one run with a child for each, and how far their figures lie apart."""

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from detente.configs.errors import InputError, InterruptedRunError
from detente.configs.loading import dump_config
from detente.configs.schema import Config
from detente.configs.space import with_settings
from detente.data.dataset import Splits, load_splits
from detente.train.memory import freed_memory
from detente.train.run import TrainedRun, train_on
from detente.train.run_folder import RunFolder, new_run_folder
from detente.train.tracking import Tracker, evaluation_figures, headline_names, tracked_run


@dataclass(frozen=True)
class SeedRuns:
    """What the trainings with several seeds leave behind."""

    run_id: str | None
    """Of the parent in the tracking store; None if that was away."""
    folder: Path
    runs: dict[int, TrainedRun]
    """By seed."""

    @property
    def figures(self) -> dict[str, list[float]]:
        """The figures of all seeds, by name."""
        found = [evaluation_figures(run.evaluation) for run in self.runs.values()]
        return {name: [one[name] for one in found] for name in found[0] if all(name in one for one in found)}

    def in_words(self) -> str:
        """The mean of the headline, and how far the seeds lie apart."""
        values = self.figures["macro_f1"]
        split = next(iter(self.runs.values())).evaluation.split
        spread = f"{mean(values):.3f} ± {stdev(values):.3f} ({min(values):.3f} to {max(values):.3f})"
        return f"macro-F1 {spread} on the {split} file, mean and standard deviation of {len(values)} seeds"


class SeedsFolder(RunFolder):
    """Folder of the parent: its config has a name that `detente train --resume` doesn't take for a run's."""

    @property
    def config_file(self) -> Path:
        """The resolved config, of the first seed."""
        return self.path / "seeds.yaml"


def train_with_seeds(config: Config, count: int) -> SeedRuns:
    """Train with the config's seed and those that follow it; only the first model is registered.

    Which seed does best on the test file is chance: to register that one would be to choose by the test file.

    Raises:
        InputError: The count is below two, torchrun started several processes, or as of `train_model`.
        InterruptedRunError: Somebody stopped it; what is finished is kept.
    """
    if count < 2:
        raise InputError(f"--seeds: expected at least 2; found {count}")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise InputError("--seeds: expected one process; found several that share a training (torchrun)")
    folder = _new_folder(config)
    splits = load_splits(config.data, rejects=folder.path)
    try:
        with tracked_run(config, folder, kind="seeds", name=f"{config.name} {count} seeds") as parent:
            parent.log_start(folder, splits)
            runs = {config.seed + place: _train(config, place, folder, splits, parent) for place in range(count)}
            _log(SeedRuns(None, folder.path, runs), parent)
    except InterruptedRunError as interruption:
        begun = sorted(folder.path.glob("seed-*"))
        stopped = [
            f". Finish the last with: detente train --resume {one}" for one in begun if not RunFolder(one).is_finished
        ]
        raise InterruptedRunError(
            f"stopped. Each seed is a run of its own in {folder.path}, {len(begun) - len(stopped)} of {count} finished"
            f"{''.join(stopped)}"
        ) from interruption
    return SeedRuns(parent.run_id, folder.path, runs)


def _new_folder(config: Config) -> SeedsFolder:
    made = new_run_folder(config)
    made.config_file.unlink()
    folder = SeedsFolder(made.path)
    folder.config_file.write_text(dump_config(config), encoding="utf-8")
    return folder


def _train(config: Config, place: int, folder: SeedsFolder, splits: Splits, parent: Tracker) -> TrainedRun:
    changes = {"seed": config.seed + place} | ({"tracking.register_as": None} if place else {})
    seeded = with_settings(config, changes)
    child = RunFolder(folder.path / f"seed-{seeded.seed}")
    child.path.mkdir()
    child.config_file.write_text(dump_config(seeded), encoding="utf-8")
    with freed_memory():
        run = train_on(splits, seeded, child, parent=parent, kind="seed")
    if run is None:
        raise InputError("--seeds: expected one process; found several")
    return run


def _log(done: SeedRuns, parent: Tracker) -> None:
    figures = done.figures
    split = next(iter(done.runs.values())).evaluation.split
    parent.log_spread({name: figures[name] for name in headline_names(figures)})
    parent.log_metrics({f"{split}/{name}": mean(values) for name, values in figures.items()})
    rows = [
        f"| {seed} | {run.evaluation.model.scores.macro_f1:.3f} | `{run.run_id or run.folder.name}` |"
        for seed, run in done.runs.items()
    ]
    table = "\n".join(["| seed | macro-F1 | run |", "| --- | --- | --- |", *rows])
    parent.describe(f"{done.in_words()}.\n\n{table}")
