"""The story of a cross-validation: each example answered by a model that was trained without its fold."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from detente.configs.errors import InputError
from detente.configs.loading import dump_config
from detente.configs.schema import BASELINE_FAMILIES, Config
from detente.configs.space import with_settings
from detente.data.dataset import ExampleFile, Splits, fingerprint, joined, load_splits, read_labelled
from detente.data.folds import split_into_folds
from detente.data.reading import read_predictions, write_records
from detente.data.records import Example, Prediction
from detente.data.splits import Parts
from detente.evaluation.dimensions import Values, seen_in
from detente.evaluation.evaluate import Evaluation, evaluate
from detente.evaluation.folds import Fold, FoldFigures
from detente.evaluation.metrics import score
from detente.evaluation.report import write_report
from detente.models.baselines import BASELINES, Classifier
from detente.models.calibration import Floats
from detente.train.memory import freed_memory
from detente.train.run import summary, train_on
from detente.train.run_folder import RunFolder, find_run_folder, new_run_folder
from detente.train.teacher import knows, learnt_by
from detente.train.tracking import Tracker, tracked_run

SPLIT = "folds"
"""What the pooled examples are called in figures and reports."""
_PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class CrossValidationFolder(RunFolder):
    """Names of what lies in the folder of a cross-validation, beside what a run has."""

    @property
    def folds_file(self) -> Path:
        """How many folds there are; it tells this folder from that of a single run."""
        return self.path / "folds.json"

    def begin(self, folds: int) -> None:
        """Note how many folds there are."""
        self.folds_file.write_text(json.dumps({"folds": folds, "finished": False}) + "\n", encoding="utf-8")

    def end(self) -> None:
        """Note that all is done, the report logged."""
        self.folds_file.write_text(json.dumps({"folds": self.folds, "finished": True}) + "\n", encoding="utf-8")

    @property
    def folds(self) -> int:
        """How many folds there are."""
        return int(json.loads(self.folds_file.read_text(encoding="utf-8"))["folds"])

    @property
    def is_finished(self) -> bool:
        """Whether all is done."""
        return bool(json.loads(self.folds_file.read_text(encoding="utf-8"))["finished"])

    def fold(self, number: int) -> RunFolder:
        """Where the model is trained that is tested on a fold; its data lie there too."""
        return RunFolder(self.path / f"fold-{number}")

    def has_answered(self, number: int) -> bool:
        """Whether a fold has its model and its answers."""
        fold = self.fold(number)
        return fold.is_finished and (fold.evaluation / "predictions.parquet").is_file()


@dataclass(frozen=True)
class CrossValidation:
    """What a cross-validation leaves behind."""

    run_id: str | None
    folder: Path
    report: Path
    evaluation: Evaluation
    """Of the answers to all folds together."""


def cross_validate(config: Config, folds: int) -> CrossValidation:
    """Train a model for each fold of the training file, test it there, and measure all answers as one.

    Reads `data.train` alone: the validation part of each model comes out of it too. Each model is a run, child of one
    that holds the whole.

    Raises:
        InputError: The data, the encoder or the tracking store is not what the config says, or can't be dealt into so
            many folds.
        InterruptedRunError: Somebody stopped it; finished folds are kept.
    """
    _check_processes()
    files = read_labelled(config.data.files("train")) if not config.data.skip_invalid else []
    _deal(files, folds, config.seed)
    _check_teacher(config, files)
    named = with_settings(config, {"name": f"{config.name}-folds"})
    folder = CrossValidationFolder(new_run_folder(named).path)
    folder.begin(folds)
    return _run(named, folder)


def resume_cross_validation(reference: str | Path) -> CrossValidation | None:
    """Go on with an interrupted cross-validation; None if the run is another kind.

    Raises:
        InputError: There is no such run, or it has finished.
    """
    found, config = find_run_folder(reference)
    folder = CrossValidationFolder(found.path)
    if not folder.folds_file.is_file():
        return None
    if folder.is_finished:
        raise InputError(f"{reference}: expected an interrupted run; this cross-validation has finished")
    _check_processes()
    return _run(config, folder)


def _run(config: Config, folder: CrossValidationFolder) -> CrossValidation:
    folds = folder.folds
    rejects = folder.path / "rejected-train.jsonl" if config.data.skip_invalid else None
    files = read_labelled(config.data.files("train"), rejects=rejects)
    parts = _deal(files, folds, config.seed)
    pool = joined(files)
    _check_teacher(config, files)
    folder.hold_to({"train": fingerprint(pool)})
    with tracked_run(config, folder, kind="cross-validation") as tracker:
        tracker.log_start(folder, Splits(train=pool, valid=[], test=[], files={"train": files}))
        tracker.log_facts(params={"folds": folds})
        for number, part in enumerate(parts, start=1):
            if not folder.has_answered(number):
                _train_fold(config, folder.fold(number), number, part, tracker)
        answers = _answers(folder, parts)
        evaluation = _measure(config, pool, parts, answers)
        report = write_report(evaluation, folder.evaluation, title=f"{config.name}: {folds}-fold cross-validation")
        if evaluation.folds:
            tracker.log_spread({f"test/{name}": values for name, values in evaluation.folds.values.items()})
        tracker.log_evaluation(evaluation, folder.evaluation, tracker.log_dataset(files[0].path, pool, SPLIT))
        tracker.describe(f"{folds}-fold cross-validation, all answers together. {summary(evaluation)}")
        folder.end()
    return CrossValidation(tracker.run_id, folder.path, report, evaluation)


def _check_processes() -> None:
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise InputError(
            "--folds: expected one process; found several (torchrun), which only a single training can use"
        )


def _deal(files: Sequence[ExampleFile], folds: int, seed: int) -> list[Parts]:
    return split_into_folds(joined(files), folds, seed=seed) if files else []


def _train_fold(config: Config, folder: RunFolder, number: int, parts: Parts, tracker: Tracker) -> None:
    """Write the parts of a fold down and train on them, from its last checkpoint if it was interrupted."""
    folder.path.mkdir(parents=True, exist_ok=True)
    files = {part: folder.path / f"{part}.jsonl" for part in _PARTS}
    for part, path in files.items():
        write_records(path, getattr(parts, part), Example)
    settings = {f"data.{part}": path for part, path in files.items()}
    own = with_settings(config, {**settings, "tracking.register_as": None})
    folder.config_file.write_text(dump_config(own), encoding="utf-8")
    with freed_memory():
        name = f"{folder.path.parent.name}-{number}"
        train_on(load_splits(own.data, rejects=folder.path), own, folder, parent=tracker, kind="fold", name=name)


def _answers(folder: CrossValidationFolder, parts: Sequence[Parts]) -> dict[str, Prediction]:
    """The answer to each example, by its id, from the model of its fold."""
    files = [folder.fold(number).evaluation / "predictions.parquet" for number in range(1, len(parts) + 1)]
    return {one.example_id: one for file in files for one in read_predictions(file)}


def _measure(
    config: Config, pool: Sequence[Example], parts: Sequence[Parts], answers: dict[str, Prediction]
) -> Evaluation:
    baselines: dict[str, Classifier] = {name: OutOfFold.of(name, parts) for name in config.evaluation.baselines}
    evaluation = evaluate(
        pool,
        [answers[example.id] for example in pool],
        baselines,
        split=SPLIT,
        resamples=config.evaluation.bootstrap,
        seed=config.seed,
        seen=_seen(pool, parts),
    )
    return replace(evaluation, folds=FoldFigures(tuple(_fold(one, answers) for one in parts)))


def _fold(parts: Parts, answers: dict[str, Prediction]) -> Fold:
    gold = [example.label for example in parts.test if example.label]
    rows = [answers[example.id] for example in parts.test]
    probabilities = np.array([[one.p_support, one.p_neutral, one.p_oppose] for one in rows])
    return Fold.of({part: len(getattr(parts, part)) for part in _PARTS}, score(gold, probabilities))


def _seen(pool: Sequence[Example], parts: Sequence[Parts]) -> dict[str, Values]:
    """What each example's own model has seen in training."""
    places = {example.id: place for place, example in enumerate(pool)}
    seen: dict[str, Values] = {}
    for part in parts:
        for dimension, values in seen_in(part.train, part.test).items():
            column = seen.setdefault(dimension, [None] * len(pool))
            for example, value in zip(part.test, values, strict=True):
                column[places[example.id]] = value
    return seen


@dataclass(frozen=True)
class OutOfFold:
    """A baseline that answers each example as fitted without its fold."""

    rows: dict[str, Floats]

    @classmethod
    def of(cls, name: str, parts: Sequence[Parts]) -> "OutOfFold":
        """Fit it on the training part of each fold."""
        rows: dict[str, Floats] = {}
        for part in parts:
            probabilities = BASELINES[name]().fit(part.train).predict_proba(part.test)
            rows |= {example.id: row for example, row in zip(part.test, probabilities, strict=True)}
        return cls(rows)

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3)."""
        return np.array([self.rows[example.id] for example in examples])


def _check_teacher(config: Config, files: Sequence[ExampleFile]) -> None:
    teacher = config.train.teacher if config.model.family not in BASELINE_FAMILIES else None
    if teacher and knows(learnt_by(teacher), joined(files), files):
        raise InputError(
            "train.teacher: expected a model that hasn't learnt from data.train, since each fold of it is a test; "
            f"found that {teacher} has"
        )
