"""`detente evaluate`: a saved model on a labelled file, with its baselines and a report."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.dataset import fingerprint, joined, read_labelled
from detente.data.formats import make_folder, stem
from detente.data.reading import read_examples
from detente.data.records import Example
from detente.evaluation.behaviour.run import behaviour
from detente.evaluation.compare.folders import write_model_facts
from detente.evaluation.evaluate import Evaluation, evaluate
from detente.evaluation.learning_curve import LearningCurve
from detente.evaluation.report import write_report
from detente.evaluation.stopwatch import Stopwatch
from detente.models.baselines import BASELINES
from detente.models.folder import ModelInfo, load_model, read_info
from detente.models.predictor import Predictor
from detente.models.references import resolve_model

RESAMPLES = 1000
SEED = 13

Retrain = Callable[[ModelInfo, Sequence[Example], Sequence[Example], Path], LearningCurve]
"""Trains the model that it is told of on parts of the training examples (second), and scores them on others (third)."""


def evaluate_file(
    model: str | Path,
    examples: str | Path,
    output: Path,
    *,
    train: Path | None = None,
    skip_invalid: bool = False,
    with_behaviour: bool = True,
    wanted_precision: float | None = None,
    learning_curve: Retrain | None = None,
) -> Evaluation:
    """Measure a model on a file of labelled examples and write the report.

    Args:
        model: A folder, a hub id, `runs:/RUN_ID/model` or `models:/NAME@ALIAS`.
        examples: The labelled file.
        output: Folder for the report.
        train: What the baselines learn from, and what tells seen names from unseen ones; by default the file that the
            model was trained on, if it is still there unchanged. Without it there are neither.
        skip_invalid: Set bad records aside in `rejected.jsonl` in the output folder.
        with_behaviour: Also see what moves the answers, by changed examples and templates: thousands of questions.
        wanted_precision: Of the confident answers; by default that of the training.
        learning_curve: Also see what more labels would bring, by this way to train anew.

    Raises:
        InputError: There is no such model or file, or no training file to draw a learning curve with.
        RecordError: A record is bad or has no label.
    """
    folder = resolve_model(model)
    info, watch = read_info(folder), Stopwatch()
    rejects = output / "rejected.jsonl" if skip_invalid else None
    labelled = list(read_examples(examples, labelled=True, rejects=rejects))
    if not labelled:
        raise InputError(f"{examples}: expected labelled examples; found none")
    make_folder(output)
    learnt = list(read_examples(train, labelled=True)) if train else own_training_file(info, output)
    if learning_curve and not learnt:
        raise InputError(
            "--learning-curve: expected the model's training file; it is gone or has changed. Name it: --train"
        )
    predictor = load_model(folder, wanted_precision=wanted_precision)
    evaluation = evaluate_predictor(
        predictor,
        labelled,
        learnt,
        split=stem(Path(examples)),
        tuned_on=_tuned_on(info, labelled),
        with_behaviour=with_behaviour,
        watch=watch,
    )
    if learning_curve:
        with watch.section("learning curve"):
            evaluation = replace(evaluation, learning_curve=learning_curve(info, learnt, labelled, output))
    write_report(evaluation, output, title=f"{model} on {Path(examples).name}")
    write_model_facts(output, folder)
    return evaluation


def evaluate_predictor(
    predictor: Predictor,
    examples: Sequence[Example],
    learnt: Sequence[Example],
    *,
    split: str,
    tuned_on: bool = False,
    with_behaviour: bool = True,
    watch: Stopwatch | None = None,
) -> Evaluation:
    """The whole suite on a model in memory; see `evaluate_file`.

    Args:
        predictor: The model.
        examples: Labelled examples.
        learnt: What it learnt from; nothing if that isn't known.
        split: What the examples are called.
        tuned_on: Whether they chose the model's checkpoint and calibrated it.
        with_behaviour: Also see what moves the answers.
        watch: Counts the seconds of each part.
    """
    watch = watch or Stopwatch()
    with watch.section("answers"):
        predictions = predictor.predict(examples)
    with watch.section("behaviour"):
        found = behaviour(predictor, examples, seed=SEED) if with_behaviour else None
    with watch.section("baselines"):
        baselines = {name: make().fit(learnt) for name, make in BASELINES.items()} if learnt else {}
    return evaluate(
        examples,
        predictions,
        baselines,
        split=split,
        resamples=RESAMPLES,
        seed=SEED,
        train=learnt or None,
        confidence=predictor.confidence,
        tuned_on=tuned_on,
        behaviour=found,
        watch=watch,
    )


def _tuned_on(info: ModelInfo, examples: Sequence[Example]) -> bool:
    """Whether the examples are the model's validation file, one of several such, or those that calibrated it anew."""
    parts = [info.data[part] for part in ("valid", "calibration") if part in info.data]
    return fingerprint(examples) in {one["sha256"] for part in parts for one in (part, *part.get("files", []))}


def own_training_file(info: ModelInfo, output: Path) -> list[Example]:
    """What the model was trained on; nothing if the file is gone or has changed."""
    settings = info.config["data"]
    named = settings["train"] if isinstance(settings["train"], list) else [settings["train"]]
    rejects = output / "rejected-train.jsonl" if settings["skip_invalid"] else None
    try:
        examples = joined(read_labelled([Path(file) for file in named], rejects=rejects))
    except InputError:
        return []
    return examples if fingerprint(examples) == info.data["train"]["sha256"] else []
