"""Writes a training into its run."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from detente.configs.schema import Config
from detente.data.audit.leaks import Audit
from detente.data.dataset import Splits, fingerprint
from detente.evaluation.compare.folders import count_parameters
from detente.evaluation.compare.runs import FOLDER, PARAMETERS
from detente.evaluation.evaluate import Evaluation
from detente.train.run_folder import RunFolder
from detente.train.tracking.facts import run_params, run_tags
from detente.train.tracking.journal import Journal
from detente.train.tracking.logged_model import MODEL, write_served
from detente.train.tracking.view import HEADLINE
from detente.train.tracking.writer import Dataset, Figure, Writer

_TRAINER_NOISE = ("runtime", "samples_per_second", "steps_per_second", "loss", "total_flos")


class Tracker(Writer):
    """Writes a training into its MLflow run.

    Args:
        journal: Of the run.
        config: Of the training.
    """

    def __init__(self, journal: Journal, config: Config) -> None:
        super().__init__(journal)
        self._config = config
        self._leaks: Mapping[str, str] = {}
        self._datasets: dict[str, Dataset] = {}
        self._params: Mapping[str, Any] = {}
        self._tags: Mapping[str, str] = {}

    def log_start(self, folder: RunFolder, splits: Splits, params: Mapping[str, Any] | None = None) -> None:
        """The settings (others than those of the config, if given), the resolved config, the code and the data."""
        self._params, self._tags = params or run_params(self._config), run_tags(self._config, splits)
        self.log_facts(self._params, {**self._tags, FOLDER: str(folder.path)})
        self.log_files(folder.config_file)
        for name, examples in splits.items():
            files = [self.log_dataset(file.path, file.examples, name) for file in splits.files[name]]
            joined = ", ".join(file for file, _ in files), fingerprint(examples)[:32]
            self._datasets[name] = files[0] if len(files) == 1 else joined
        self.describe("Running.")

    def log_audit(self, audits: Mapping[str, Audit], leaks: Mapping[str, str], folder: Path) -> None:
        """What each part shares with the training part; leaks above the limit, in words, go on the run's name plate."""
        figures: dict[str, float] = {}
        for part, audit in audits.items():
            figures |= {f"audit/{part}/{kind}_share": leak.share for kind, leak in audit.leaks.items() if leak.given}
            if audit.labels:
                figures[f"audit/{part}/look_up_{HEADLINE}"] = max(
                    one.macro_f1 for one in audit.labels.look_ups.values()
                )
        self.log_metrics(figures)
        self.log_files(folder, "audit")
        self.log_facts(tags={"leaks": "; ".join(f"{part}: {note}" for part, note in leaks.items()) or "none"})
        self._leaks = leaks
        self.describe("Running.")

    def log_measured(self, evaluation: Evaluation, folder: Path) -> list[Figure]:
        """`log_evaluation` on a part of the run's own data."""
        return self.log_evaluation(evaluation, folder, self._datasets[evaluation.split])

    def log_validation(self, figures: Mapping[str, float]) -> None:
        """Figures of the finished model on the validation file."""
        self.log_metrics(figures, dataset=self._datasets.get("valid"))

    def log_spread(self, values: Mapping[str, Sequence[float]]) -> None:
        """Figures of the run's children, one value for each child: their mean, and how far they lie apart."""
        for name, found in values.items():
            spread = {f"{name}_min": min(found), f"{name}_max": max(found)}
            self.log_metrics({name: mean(found), f"{name}_std": stdev(found) if len(found) > 1 else 0.0} | spread)

    def log_model(self, folder: Path, example: Mapping[str, str], about: str = "") -> None:
        """Log the model folder as a pyfunc model, and register it if the config says so.

        Args:
            folder: The model's.
            example: A question.
            about: The headline, for the page of the registered version.
        """
        if parameters := count_parameters(folder):
            self.log_metrics({PARAMETERS: parameters})
        shutil.rmtree(self.journal.path / MODEL, ignore_errors=True)  # of an attempt that was interrupted
        write_served(self.journal.path / MODEL, folder, example)
        settings, headline = self._config.tracking, self._headline()
        self.journal.append(
            "model",
            folder=MODEL,
            params={name: str(value) for name, value in self._params.items()},
            tags=dict(self._tags),
            measured=self.measured,
            register_as=settings.register_as,
            alias=settings.alias,
            about={**headline, "text": about},
        )

    @property
    def reference(self) -> str | None:
        """The model's name in MLflow, `models:/NAME@ALIAS` or `runs:/RUN_ID/model`; None as long as it isn't there."""
        if "model_id" not in self.journal.progress:
            return None
        settings = self._config.tracking
        return (
            f"models:/{settings.register_as}@{settings.alias}"
            if settings.register_as
            else f"runs:/{self.run_id}/{MODEL}"
        )

    def describe(self, text: str) -> None:
        """Put a description, in Markdown, on top of the run's page, below what the run is."""
        model = self._config.model
        head = f"**{self._config.name}**: {model.family} model, encoder `{model.used_encoder}`"
        leaks = "".join(
            f"\n\n**The {part} file leaks**, by the share of its examples that the training file has: {note}."
            for part, note in self._leaks.items()
        )
        self.note(f"{head}, seed {self._config.seed}.{leaks}\n\n{text}")

    def _headline(self) -> dict[str, str]:
        figures = [figure for _, _, measured in self.measured for figure in measured]
        return {name: f"{value:.4f}" for name, value, *_ in figures if name == HEADLINE}


class MetricsCallback(TrainerCallback):  # type: ignore[misc]
    """Hands what the Trainer logs to the tracker: `train/...` each few steps, `val/...` each epoch."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Rename and pass on."""
        figures: dict[str, float] = {}
        for name, value in (logs or {}).items():
            if name.startswith("eval_") and name.removeprefix("eval_") not in _TRAINER_NOISE:
                figures[f"val/{name.removeprefix('eval_')}"] = value
            elif name in ("loss", "grad_norm", "learning_rate"):
                figures[f"train/{name}"] = value
            elif name in ("train_runtime", "train_samples_per_second"):
                figures[f"train/{name.removeprefix('train_')}"] = value
        if state.is_world_process_zero and figures:
            self._tracker.log_metrics(figures, state.global_step)
