"""The folder of a run: its config, its checkpoints, its model, its evaluation, and which MLflow run it belongs to."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from transformers.trainer_utils import get_last_checkpoint

from detente.configs.errors import InputError
from detente.configs.loading import dump_config, load_config
from detente.configs.schema import Config

_RUN_JSON = "run.json"


@dataclass(frozen=True)
class RunFolder:
    """Names of what lies in a run's folder."""

    path: Path

    @property
    def checkpoints(self) -> Path:
        """The last and the best checkpoint; removed when the run has finished."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The trained model."""
        return self.path / "model"

    @property
    def evaluation(self) -> Path:
        """The report and its figures."""
        return self.path / "evaluation"

    @property
    def audit(self) -> Path:
        """What the validation and test examples share with the training examples."""
        return self.path / "audit"

    @property
    def config_file(self) -> Path:
        """The resolved config."""
        return self.path / "config.yaml"

    @property
    def run_id(self) -> str | None:
        """The MLflow run, once it has begun."""
        try:
            return str(json.loads((self.path / _RUN_JSON).read_text(encoding="utf-8"))["run_id"])
        except FileNotFoundError:
            return None

    def remember(self, run_id: str) -> None:
        """Keep the id of the MLflow run, for `--resume`."""
        (self.path / _RUN_JSON).write_text(json.dumps({"run_id": run_id}) + "\n", encoding="utf-8")

    def remove_checkpoints(self) -> None:
        """Remove the checkpoints of a finished run, if it made any."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    def last_checkpoint(self) -> str | None:
        """Where training goes on from."""
        return get_last_checkpoint(self.checkpoints) if self.checkpoints.is_dir() else None


def new_run_folder(config: Config) -> RunFolder:
    """Make OUTPUT_DIR/NAME-YYYYMMDD-HHMMSS, with a number behind it if it is taken, and put the config in it."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ["", *(f"-{number}" for number in range(2, 100))]:
        folder = RunFolder((config.output_dir / f"{config.name}-{stamp}{suffix}").resolve())
        try:
            folder.path.mkdir(parents=True)
        except FileExistsError:
            continue
        folder.config_file.write_text(dump_config(config), encoding="utf-8")
        return folder
    raise InputError(
        f"output_dir: expected room for a new folder in {config.output_dir}; {config.name}-{stamp}* are taken"
    )


def find_run_folder(reference: str | Path, *, outputs: Path = Path("outputs")) -> tuple[RunFolder, Config]:
    """The folder and the config of a run that was interrupted.

    Args:
        reference: The run's folder, its name in `outputs`, or its MLflow run id.
        outputs: Where the folders of runs are.

    Raises:
        InputError: There is no such run, or it has finished.
    """
    candidates = [Path(reference), outputs / reference]
    candidates += [
        file.parent for file in outputs.glob(f"*/{_RUN_JSON}") if RunFolder(file.parent).run_id == str(reference)
    ]
    for path in candidates:
        folder = RunFolder(path.resolve())
        if not folder.config_file.is_file():
            continue
        if folder.model.is_dir():
            raise InputError(
                f"{reference}: expected an interrupted run; this one has finished, its model is {folder.model}"
            )
        return folder, load_config(folder.config_file)
    raise InputError(f"{reference}: expected a run's folder, its name in {outputs}/ or its MLflow run id; found none")
