"""The folder of a sweep: its config, its trials, and the best of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from detente.configs.schema import Config
from detente.train.run_folder import RunFolder


@dataclass(frozen=True)
class SweepFolder(RunFolder):
    """Names of what lies in a sweep's folder; all workers of a sweep share it."""

    @property
    def config_file(self) -> Path:
        """The resolved config; under another name than a run's, which `detente train --resume` goes on with."""
        return self.path / "sweep.yaml"

    @property
    def journal(self) -> Path:
        """Optuna's log of the trials, if there is no database for them."""
        return self.path / "trials.log"

    @property
    def lock_file(self) -> Path:
        """Locked by whoever takes a trial or hands one in."""
        return self.path / "sweep.lock"

    @property
    def best_config(self) -> Path:
        """The config of the best trial."""
        return self.path / "best.yaml"

    @property
    def table(self) -> Path:
        """One line a trial."""
        return self.path / "trials.csv"

    @property
    def plots(self) -> Path:
        """Pictures of the search."""
        return self.path / "plots"

    def trial(self, number: int) -> RunFolder:
        """Where a trial trains; only the best one's model stays."""
        return RunFolder(self.path / "trials" / f"trial-{number:03d}")

    def trials(self) -> Iterator[tuple[int, RunFolder]]:
        """The numbers and folders of the trials that still have one."""
        for path in sorted((self.path / "trials").glob("trial-*")):
            yield int(path.name.removeprefix("trial-")), RunFolder(path)


def sweep_folder(config: Config) -> SweepFolder:
    """OUTPUT_DIR/sweeps/NAME, which a sweep of this name makes, and finds again when it goes on."""
    folder = SweepFolder((config.output_dir / "sweeps" / config.name).resolve())
    folder.path.mkdir(parents=True, exist_ok=True)
    return folder
