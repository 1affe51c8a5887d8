"""The folder of a run: its config, its checkpoints, its model, its evaluation, and which MLflow run it belongs to."""

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from transformers.trainer import TRAINER_STATE_NAME

from detente.configs.errors import InputError
from detente.configs.loading import dump_config, load_config
from detente.configs.schema import Config
from detente.models.references import DETENTE_JSON

_RUN_JSON = "run.json"
_DATA_JSON = "data.json"


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

    def hold_to(self, data: Mapping[str, str]) -> None:
        """Keep the fingerprints of the data by part, or make sure that a run which goes on has the same.

        Raises:
            InputError: They have changed since the run began.
        """
        file = self.path / _DATA_JSON
        if not file.is_file():
            file.write_text(json.dumps(data) + "\n", encoding="utf-8")
            return
        known = json.loads(file.read_text(encoding="utf-8"))
        changed = [f"data.{part}" for part in {**known, **data} if known.get(part) != data.get(part)]
        if changed:
            raise InputError(
                f"{self.path}: expected the data that this run began with; {', '.join(changed)} changed since. Put the "
                "files back, or begin a new run."
            )

    def remove_checkpoints(self) -> None:
        """Remove the checkpoints of a finished run, if it made any."""
        shutil.rmtree(self.checkpoints, ignore_errors=True)

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing to go on with: the checkpoints are removed last."""
        return (self.model / DETENTE_JSON).is_file() and not self.checkpoints.is_dir()

    def last_checkpoint(self) -> Path | None:
        """Where training goes on from; a checkpoint that was being written when the run died is passed over."""
        whole = [file.parent for file in self.checkpoints.glob(f"checkpoint-*/{TRAINER_STATE_NAME}")]
        return max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


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
        if folder.is_finished:
            raise InputError(
                f"{reference}: expected an interrupted run; this one has finished, its model is {folder.model}"
            )
        return folder, load_config(folder.config_file)
    raise InputError(f"{reference}: expected a run's folder, its name in {outputs}/ or its MLflow run id; found none")
