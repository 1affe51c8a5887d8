"""One MLflow run for one training: the only place, with the comparison of runs, that knows MLflow."""

import importlib.metadata
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import filelock
import mlflow
import psutil
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Metric, Param, RunStatus, RunTag
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.tracking import MlflowClient
from mlflow.types import ColSpec, DataType, Schema
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from detente.configs.errors import InputError, InterruptedRunError
from detente.configs.loading import flatten
from detente.configs.schema import BASELINE_FAMILIES, PARTS, Config, TrackingConfig
from detente.configs.store import default_tracking_uri
from detente.data.audit.leaks import Audit
from detente.data.dataset import Splits, fingerprint
from detente.data.records import STANCES
from detente.evaluation.compare.folders import count_parameters
from detente.evaluation.compare.runs import PARAMETERS, PROCESS
from detente.evaluation.evaluate import Evaluation, best_blind, best_control
from detente.train.dead_runs import close_dead_runs, process_name
from detente.train.run_folder import RunFolder

_SERVED_MODEL = Path(__file__).with_name("served_model.py")
_TRAINER_NOISE = ("runtime", "samples_per_second", "steps_per_second", "loss", "total_flos")
_SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec(DataType.string, name) for name in ("actor", "target", "text")]),
    outputs=Schema(
        [
            ColSpec(DataType.string, "stance"),
            *(ColSpec(DataType.double, f"p_{stance}") for stance in STANCES),
            ColSpec(DataType.boolean, "confident"),
        ]
    ),
)


class Tracker:
    """Writes a training into its MLflow run."""

    def __init__(self, client: MlflowClient, run_id: str, config: Config) -> None:
        self.client = client
        self.run_id = run_id
        self._config = config
        self._leaks: Mapping[str, str] = {}

    def log_start(self, folder: RunFolder, splits: Splits, params: Mapping[str, Any] | None = None) -> None:
        """The settings (others than those of the config, if given), the resolved config, the code and the data."""
        mlflow.log_params(params or run_params(self._config))
        mlflow.log_artifact(str(folder.config_file))
        prints = {name: fingerprint(examples) for name, examples in splits.items()}
        mlflow.set_tags(
            {
                "family": self._config.model.family,
                "encoder": self._config.model.used_encoder,
                "config": self._config.name,
                "detente.version": importlib.metadata.version("detente"),
                "detente.folder": str(folder.path),
                **_git_state(),
                **{f"data.{name}": digest[:16] for name, digest in prints.items()},
            }
        )
        for name in prints:
            for file in splits.files[name]:
                source = CodeDatasetSource(tags={"path": str(file.path), "examples": str(len(file.examples))})
                data = MetaDataset(source, name=file.path.name, digest=fingerprint(file.examples)[:32])
                mlflow.log_input(data, context=name)

    def log_facts(self, params: Mapping[str, Any] | None = None, tags: Mapping[str, Any] | None = None) -> None:
        """Settings and tags, in one request."""
        self.client.log_batch(
            self.run_id,
            params=[Param(name, str(value)) for name, value in (params or {}).items()],
            tags=[RunTag(name, str(value)) for name, value in (tags or {}).items()],
        )

    def log_audit(self, audits: Mapping[str, Audit], leaks: Mapping[str, str], folder: Path) -> None:
        """What each part shares with the training part; leaks above the limit, in words, go on the run's name plate."""
        figures: dict[str, float] = {}
        for part, audit in audits.items():
            figures |= {f"audit/{part}/{kind}_share": leak.share for kind, leak in audit.leaks.items() if leak.given}
            if audit.labels:
                figures[f"audit/{part}/look_up_macro_f1"] = max(one.macro_f1 for one in audit.labels.look_ups.values())
        self.log_metrics(figures)
        mlflow.log_artifacts(str(folder), "audit")
        mlflow.set_tag("leaks", "; ".join(f"{part}: {note}" for part, note in leaks.items()) or "none")
        self._leaks = leaks
        self.describe("Training.")

    def log_metrics(self, metrics: Mapping[str, float], step: int = 0) -> None:
        """Figures at an optimizer step, in one request."""
        now = int(time.time() * 1000)
        self.client.log_batch(
            self.run_id, metrics=[Metric(key, float(value), now, step) for key, value in metrics.items()]
        )

    def log_evaluation(self, evaluation: Evaluation, folder: Path) -> None:
        """The figures of a finished evaluation under its split's name, and its files."""
        model = evaluation.model
        figures = model.scores.flat() | {"macro_f1_low": model.interval[0], "macro_f1_high": model.interval[1]}
        figures["coverage"] = evaluation.coverage
        if evaluation.sureness:
            figures |= evaluation.sureness.flat()
        if blind := best_blind(evaluation):
            figures["margin_over_blind"] = blind.difference
        if control := best_control(evaluation):
            figures["margin_over_control"] = control.difference
        if evaluation.seconds:
            figures["examples_per_second"] = len(evaluation.examples) / evaluation.seconds
        others = {f"baseline/{name}_macro_f1": one.scores.macro_f1 for name, one in evaluation.baselines.items()}
        self.log_metrics({f"{evaluation.split}/{name}": value for name, value in figures.items()} | others)
        mlflow.log_artifacts(str(folder), "evaluation")
        mlflow.log_table(_table(evaluation), "predictions.json")

    def log_model(self, folder: Path, example: Mapping[str, str]) -> str:
        """Log the model folder as a pyfunc model, register it if the config says so, and return its reference."""
        packages = ("detente", "torch", "transformers", "scikit-learn", "mlflow")
        versions = {name: importlib.metadata.version(name) for name in packages}
        settings = self._config.tracking
        if parameters := count_parameters(folder):
            self.log_metrics({PARAMETERS: parameters})
        info = mlflow.pyfunc.log_model(
            name="model",
            python_model=str(_SERVED_MODEL),
            artifacts={"model": str(folder)},
            signature=_SIGNATURE,
            input_example=[dict(example)],
            pip_requirements=[f"{name}=={version}" for name, version in versions.items()],
            registered_model_name=settings.register_as,
        )
        if settings.register_as is None:
            return f"runs:/{self.run_id}/model"
        version = info.registered_model_version
        self.client.set_registered_model_alias(settings.register_as, settings.alias, str(version))
        return f"models:/{settings.register_as}@{settings.alias}"

    def describe(self, text: str) -> None:
        """Put a description, in Markdown, on top of the run's page."""
        model = self._config.model
        head = f"**{self._config.name}**: {model.family} model, encoder `{model.used_encoder}`"
        leaks = "".join(
            f"\n\n**The {part} file leaks**, by the share of its examples that the training file has: {note}."
            for part, note in self._leaks.items()
        )
        mlflow.set_tag("mlflow.note.content", f"{head}, seed {self._config.seed}.{leaks}\n\n{text}")


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


@contextmanager
def tracked_run(config: Config, folder: RunFolder, *, nested: bool = False) -> Iterator[Tracker]:
    """Open the run of a folder, or go on with it; it ends as FINISHED, FAILED (an error) or KILLED (an interruption).

    A nested run is a child of the one that is open, which then handles interruptions.

    Raises:
        InputError: The tracking store can't be opened.
    """
    client, experiment_id = open_store(config.tracking)
    if not nested:
        close_dead_runs(client, experiment_id)
    run = mlflow.start_run(
        run_id=folder.run_id,
        experiment_id=experiment_id,
        run_name=folder.path.name,
        tags={PROCESS: process_name(psutil.Process())},
        nested=nested,
    )
    folder.remember(run.info.run_id)
    status = RunStatus.FAILED
    try:
        with _sigterm_interrupts():
            yield Tracker(client, run.info.run_id, config)
        status = RunStatus.FINISHED
    except KeyboardInterrupt as interruption:
        status = RunStatus.KILLED
        if nested:
            raise
        raise InterruptedRunError(f"stopped. Go on with: detente train --resume {folder.path}") from interruption
    finally:
        mlflow.end_run(RunStatus.to_string(status))


def open_store(settings: TrackingConfig) -> tuple[MlflowClient, str]:
    """Connect to the tracking store and return a client and the id of the experiment, which is made if it isn't there.

    A SQLite store is set up under a lock: two processes that set it up at once destroy each other's tables.

    Raises:
        InputError: The store can't be opened.
    """
    uri = settings.uri or default_tracking_uri()
    mlflow.set_tracking_uri(uri)
    database = Path(uri.removeprefix("sqlite:///")).resolve() if uri.startswith("sqlite:///") else None
    artifacts = (database.parent / "mlartifacts").as_uri() if database else None
    lock = filelock.FileLock(f"{database}.lock") if database else filelock.SoftFileLock(os.devnull, timeout=0)
    try:
        client = MlflowClient(uri)
        if database is None:
            return client, _experiment(client, settings.experiment, artifacts)
        with lock:
            return client, _experiment(client, settings.experiment, artifacts)
    except (MlflowException, OSError) as error:
        raise InputError(f"tracking.uri: expected an MLflow store; {uri} can't be opened: {error}") from error


def _experiment(client: MlflowClient, name: str, artifacts: str | None) -> str:
    if found := client.get_experiment_by_name(name):
        return str(found.experiment_id)
    return str(client.create_experiment(name, artifact_location=artifacts))


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let a polite kill end the run like Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: whoever runs us handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run_params(config: Config) -> dict[str, Any]:
    """The settings that tell runs apart; data files by name, since their fingerprints are tags."""
    left_out = ("tracking.", "sweep.", "output_dir", "name", *_unread(config))
    params = {key: value for key, value in flatten(config).items() if not key.startswith(left_out)}
    for part in PARTS:
        params[f"data.{part}"] = ", ".join(path.name for path in config.data.files(part)) or None
    return params


def _unread(config: Config) -> tuple[str, ...]:
    """How the settings begin that a baseline doesn't read."""
    if config.model.family not in BASELINE_FAMILIES:
        return ()
    tuning = ("train.", "model.dropout", "data.mixing_temperature", "data.neutral_ratio")
    return tuning + (("model.encoder", "model.revision", "model.max_length") if not config.model.reads else ())


def _git_state() -> dict[str, str]:
    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            return None
        return done.stdout.strip()

    commit, changes = git("rev-parse", "HEAD"), git("status", "--porcelain")
    return {
        "git.commit": commit or "none",
        "git.state": "unknown" if changes is None else "changed" if changes else "clean",
    }


def _table(evaluation: Evaluation) -> dict[str, list[Any]]:
    """The predictions as the UI compares them: the question first, the answer second."""
    answers = evaluation.predictions
    return {
        "example_id": [answer.example_id for answer in answers],
        "stance": [answer.stance.value for answer in answers],
        "gold": [example.label.value if example.label else None for example in evaluation.examples],
        "confident": [answer.confident for answer in answers],
        **{f"p_{stance}": [getattr(answer, f"p_{stance}") for answer in answers] for stance in STANCES},
        "actor": [answer.actor for answer in answers],
        "target": [answer.target for answer in answers],
        "text": [answer.text for answer in answers],
    }
