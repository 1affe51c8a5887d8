"""`detente evaluate`: a saved model on a labelled file, with its baselines and a report."""

import time
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.dataset import fingerprint, joined, read_labelled
from detente.data.formats import make_folder, stem
from detente.data.reading import read_examples
from detente.data.records import Example
from detente.evaluation.behaviour.run import behaviour
from detente.evaluation.compare.folders import write_model_facts
from detente.evaluation.evaluate import Evaluation, evaluate
from detente.evaluation.report import write_report
from detente.models.baselines import BASELINES
from detente.models.folder import ModelInfo, load_model, read_info
from detente.models.references import resolve_model

RESAMPLES = 1000
SEED = 13


def evaluate_file(
    model: str | Path,
    examples: str | Path,
    output: Path,
    *,
    train: Path | None = None,
    skip_invalid: bool = False,
    with_behaviour: bool = True,
    wanted_precision: float | None = None,
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

    Raises:
        InputError: There is no such model or file.
        RecordError: A record is bad or has no label.
    """
    folder = resolve_model(model)
    rejects = output / "rejected.jsonl" if skip_invalid else None
    labelled = list(read_examples(examples, labelled=True, rejects=rejects))
    if not labelled:
        raise InputError(f"{examples}: expected labelled examples; found none")
    make_folder(output)
    learnt = list(read_examples(train, labelled=True)) if train else own_training_file(read_info(folder), output)
    predictor = load_model(folder, wanted_precision=wanted_precision)
    start = time.perf_counter()
    predictions = predictor.predict(labelled)
    seconds = time.perf_counter() - start
    evaluation = evaluate(
        labelled,
        predictions,
        {name: make().fit(learnt) for name, make in BASELINES.items()} if learnt else {},
        split=stem(Path(examples)),
        resamples=RESAMPLES,
        seed=SEED,
        train=learnt or None,
        confidence=predictor.confidence,
        seconds=seconds,
    )
    found = behaviour(predictor, labelled, seed=SEED) if with_behaviour else None
    write_report(evaluation, output, title=f"{model} on {Path(examples).name}", behaviour=found)
    write_model_facts(output, folder)
    return evaluation


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
