"""How a cell gets its answers: a baseline is fitted, a model is trained on the road of `detente train`, or loaded."""

import gc
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import numpy as np

from benchmarks.accuracy.cells import Answered, Cell, fingerprint_of
from benchmarks.accuracy.corpora import Questions, TrainSet
from detente.configs.errors import InputError
from detente.configs.loading import flatten, load_config
from detente.configs.schema import Config, LeakKind, ModelConfig
from detente.configs.space import with_settings
from detente.data.audit.labels import text_key
from detente.models.baselines import BASELINES
from detente.models.calibration import Calibration, Floats
from detente.models.folder import folder_fingerprint, load_model, read_info
from detente.models.references import resolve_model
from detente.train.run import resume_training, train_model
from detente.train.run_folder import RunFolder

FAMILIES = tuple(name for name in get_args(ModelConfig.model_fields["family"].annotation) if name not in BASELINES)
"""What goes the road of a training run. The plain baselines are fitted here, and answer as they stand in its report."""
WITHOUT_CHANCE = frozenset({"frozen_encoder", "zero_shot_nli"})
"""Families whose answers don't depend on the seed."""
LEAST = 1e-6
"""Probability of a stance that was never seen."""
_NO_MATTER = ("name", "output_dir", "tracking.", "data.train", "data.valid", "data.test", "sweep.", "evaluation.")
"""Settings that don't decide about the answers, or are told by fingerprints."""
Logits = dict[str, Floats]
Notes = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """A cell that can be computed, and what it depends on."""

    cell: Cell
    fingerprint: str
    compute: Callable[[], tuple[Logits, Calibration, Notes]]

    def run(self, questions: Mapping[str, Questions]) -> Answered:
        """Compute the cell."""
        begun = time.monotonic()
        logits, calibration, notes = self.compute()
        prints = {name: one.sha256 for name, one in questions.items()}
        return Answered(self.cell, self.fingerprint, time.monotonic() - begun, logits, prints, calibration, notes)


def baseline_job(name: str, train: TrainSet, questions: Mapping[str, Questions]) -> Job:
    """A baseline that learns from a training set; its logits are the logarithms of its probabilities, uncalibrated."""

    def compute() -> tuple[Logits, Calibration, Notes]:
        fitted = BASELINES[name]().fit(train.examples)
        answers = {one.name: fitted.predict_proba(one.examples) for one in questions.values()}
        logits = {name: np.log(np.clip(probabilities, LEAST, 1.0)) for name, probabilities in answers.items()}
        return logits, Calibration(), _known_texts(train, questions)

    return Job(Cell(name, train.name), _fingerprint(questions, {"baseline": name, "train": train.sha256}), compute)


def training_job(
    family: str,
    train: TrainSet,
    seed: int,
    questions: Mapping[str, Questions],
    *,
    config: str,
    settings: Sequence[str],
    folder: Path,
    name: str | None = None,
) -> Job:
    """A model that is trained, its run tracked in `folder`, and called after its family and `name`, or the config.

    Raises:
        InputError: The settings are wrong.
    """
    cell = Cell(f"{family}-{name or Path(config).stem}", train.name, seed)
    loaded = _config(cell, family, train, config=config, settings=settings, folder=folder)
    decisive = {key: value for key, value in flatten(loaded).items() if not key.startswith(_NO_MATTER)}
    recipe = fingerprint_of({key: str(value) for key, value in decisive.items() if key != "seed"})
    learnt = {"train": train.sha256, "valid": train.valid_sha256, **_beside_labels(loaded)}
    fingerprint = _fingerprint(questions, {"settings": decisive, **learnt})

    def compute() -> tuple[Logits, Calibration, Notes]:
        model = _trained(with_settings(loaded, {"name": f"{cell.name}-{fingerprint[:8]}"}))
        notes = _known_texts(train, questions) | {"folder": str(model), "recipe": recipe} | _leaks(model)
        return *_answers(model, questions), notes

    return Job(cell, fingerprint, compute)


def model_job(
    folder: Path, name: str | None, trainable: Mapping[str, TrainSet], questions: Mapping[str, Questions]
) -> Job:
    """A model folder that is there already.

    Args:
        folder: As `detente train` wrote it.
        name: What the model is called; folders of one name are the seeds of one model. None: as its run.
        trainable: The training sets that it may have learnt from, told by their fingerprints.
        questions: What it answers.

    Raises:
        InputError: It is no model folder.
    """
    info = read_info(folder)
    learnt = info.data["train"]
    same = (one.name for one in trainable.values() if one.sha256 == learnt["sha256"])
    cell = Cell(name or folder.resolve().parent.name, next(same, learnt["file"]), info.config["seed"])
    weights = [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*.safetensors"))]

    def compute() -> tuple[Logits, Calibration, Notes]:
        return *_answers(folder, questions), {"folder": str(folder.resolve())} | _leaks(folder)

    return Job(cell, _fingerprint(questions, {"weights": weights, "info": info.model_dump(mode="json")}), compute)


def _config(cell: Cell, family: str, train: TrainSet, *, config: str, settings: Sequence[str], folder: Path) -> Config:
    if not train.valid:
        raise InputError(f"{train.name}: expected validation files, to choose the checkpoint; found none")
    parts = {"train": train.files, "valid": train.valid}
    return load_config(
        config,
        [
            *settings,
            *(f"data.{part}={json.dumps([str(path) for path in paths])}" for part, paths in parts.items()),
            "data.test=null",
            f"name={cell.name}",
            f"seed={cell.seed}",
            f"model.family={family}",
            f"audit.accept=[{', '.join(get_args(LeakKind))}]",  # it is told beside the figures instead
            "evaluation.baselines=[]",
            "evaluation.bootstrap=100",  # of the run's own report; the figures here have draws of their own
            f"output_dir={folder.resolve() / 'runs'}",
            f"tracking.uri=sqlite:///{folder.resolve() / 'mlflow.db'}",
            "tracking.experiment=bench-accuracy",
            "tracking.register_as=null",
        ],
    )


def _beside_labels(config: Config) -> dict[str, Any]:
    """What a model learns from beside labels, by its contents: files may change under one name."""
    unlabelled = [hashlib.sha256(path.read_bytes()).hexdigest() for path in config.data.files("unlabelled")]
    teacher = config.train.teacher
    return {"unlabelled": unlabelled, "teacher": folder_fingerprint(resolve_model(teacher)) if teacher else None}


def _trained(config: Config) -> Path:
    """The model folder: that of a run of this name that has finished, or gone on with, or a new one."""
    begun = [path for path in sorted(config.output_dir.glob(f"{config.name}-*")) if (path / "run.json").is_file()]
    if begun and RunFolder(begun[-1]).is_finished:
        return RunFolder(begun[-1]).model
    run = resume_training(begun[-1]) if begun else train_model(config)
    if run is None:
        raise InputError("expected one process; found several: run the benchmark without torchrun")
    gc.collect()
    return run.model


def _answers(folder: Path, questions: Mapping[str, Questions]) -> tuple[Logits, Calibration]:
    predictor = load_model(folder)
    undo = predictor.calibration.undo
    return {
        name: undo(predictor.predict_logits(one.examples)) for name, one in questions.items()
    }, predictor.calibration


def _known_texts(train: TrainSet, questions: Mapping[str, Questions]) -> Notes:
    """How many of the scored examples of each file have a text that was learnt from."""
    known = {text_key(example) for example in train.examples}
    counts = {name: sum(text_key(example) in known for example in one.examples) for name, one in questions.items()}
    return {"known_texts": {name: count for name, count in counts.items() if count}}


def _leaks(model: Path) -> Notes:
    """What the run's audit found above its limit."""
    leaks = {part: facts.get("leaks") for part, facts in read_info(model).data.items()}
    return {"leaks": {part: note for part, note in leaks.items() if note}}


def _fingerprint(questions: Mapping[str, Questions], facts: Mapping[str, Any]) -> str:
    asked = {name: one.sha256 for name, one in questions.items()}
    return fingerprint_of({"code": _code(), "questions": asked, **facts})


@cache
def _code() -> str:
    """A fingerprint of the code that decides about answers: other code may give others."""
    folders = [Path(str(files(f"detente.{name}"))) for name in ("data", "models", "train")]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return fingerprint_of({"code": [path.read_text(encoding="utf-8") for path in paths]})
