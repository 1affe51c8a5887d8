"""The story of a training run, from a config to a model that is measured, saved and tracked."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from scipy.special import softmax
from transformers import TrainerCallback, set_seed

from detente.configs.errors import InputError
from detente.configs.loading import portable
from detente.configs.schema import BASELINE_FAMILIES, Config, Metric
from detente.data.audit.leaks import audit
from detente.data.audit.limits import check_leaks, leak_note
from detente.data.audit.report import write_audit
from detente.data.dataset import Splits, fingerprint, load_splits
from detente.evaluation.evaluate import Evaluation, best_blind, best_control, evaluate
from detente.evaluation.report import write_report
from detente.evaluation.sources import source_figures
from detente.evaluation.stopwatch import Stopwatch
from detente.models.baselines import BASELINES
from detente.models.baselines.predictor import BaselinePredictor
from detente.models.calibration import Floats
from detente.models.encoders import load_encoder, max_positions
from detente.models.encoding import Encoding
from detente.models.families import TUNED
from detente.models.folder import ModelInfo, save_model
from detente.models.hardware import pick_device
from detente.models.predictor import EncoderPredictor, Predictor
from detente.train.rows import encode_dataset, epoch_sampler, text_by_text, with_soft_labels
from detente.train.run_folder import RunFolder, find_run_folder, new_run_folder
from detente.train.step_clock import StepClock
from detente.train.teacher import Teacher, find_teacher
from detente.train.tracking import MetricsCallback, Tracker, tracked_run
from detente.train.trainer import ProgressBar, build_trainer, kept_figures, train_from


@dataclass(frozen=True)
class TrainedRun:
    """What a run leaves behind."""

    run_id: str | None
    """In the tracking store; None if that was away, and `detente sync` has to send the run."""
    folder: Path
    model: Path
    reference: str
    """The model's name in MLflow, `models:/NAME@ALIAS` or `runs:/RUN_ID/model`; its folder if it isn't there yet."""
    report: Path
    evaluation: Evaluation
    leaks: dict[str, str]
    """What the validation and test files share with the training file, where the config had to accept it."""


def train_model(config: Config) -> TrainedRun | None:
    """Train, calibrate, evaluate, save and track one model.

    Under `torchrun`, every process calls this; the first one returns the run, the others None.

    Raises:
        InputError: The data, the encoder or the tracking store is not what the config says, or the test data leak.
    """
    return _run(new_run_folder(config) if _is_first(config) else None, config)


def resume_training(reference: str | Path) -> TrainedRun | None:
    """Go on with an interrupted run, from its last checkpoint; see `train_model`.

    Args:
        reference: The run's folder, its name in `outputs`, or its MLflow run id.

    Raises:
        InputError: There is no such run, or it has finished.
    """
    folder, config = find_run_folder(reference)
    return _run(folder, config)


def _run(folder: RunFolder | None, config: Config) -> TrainedRun | None:
    _is_first(config)
    folder = _from_first_process(folder)
    return train_on(load_splits(config.data, rejects=folder.path), config, folder)


def train_on(
    splits: Splits,
    config: Config,
    folder: RunFolder,
    *,
    parent: Tracker | None = None,
    kind: str = "training",
    name: str | None = None,
) -> TrainedRun | None:
    """Train, calibrate, evaluate, save and track one model on data that are read already; see `train_model`.

    The last three arguments are those of `tracked_run`.

    Raises:
        InputError: The encoder or the tracking store is not what the config says, the test data leak, or the data have
            changed since the run was interrupted.
    """
    first = _is_first(config)
    if first:
        folder.hold_to({part: fingerprint(examples) for part, examples in splits.items()})
    set_seed(config.seed)
    learn = way_to_learn(config)
    run = tracked_run(config, folder, parent=parent, kind=kind, name=name) if first else contextlib.nullcontext()
    with run as tracker:
        leaks: dict[str, str] = {}
        if tracker:
            tracker.log_start(folder, splits)
            leaks = audit_splits(config, folder, splits, tracker)
        predictor = learn(folder, splits, tracker)
        if tracker is None:
            return None

        logits = predictor.calibrate(splits.valid, config.calibration)
        figures = source_figures(splits.valid, softmax(logits, axis=1))
        tracker.log_validation({f"val/{name}": figure for name, figure in figures.items()})
        evaluation = measure(config, folder, splits, predictor, leaks, tracker, valid_logits=logits)
        save_model(predictor, describe_model(config, splits, predictor, leaks, evaluation), folder.model)
        example = splits.valid[0]
        sample = {"actor": example.actor, "target": example.target, "text": example.text}
        tracker.describe(summary(evaluation))
        tracker.log_model(folder.model, sample, summary(evaluation))
        folder.remove_checkpoints()
    reference, report = tracker.reference or str(folder.model), folder.evaluation / "report.html"
    return TrainedRun(tracker.run_id, folder.path, folder.model, reference, report, evaluation, leaks)


def audit_splits(config: Config, folder: RunFolder, splits: Splits, tracker: Tracker) -> dict[str, str]:
    """Compare the validation and test examples with the training examples; write and log what they share.

    Returns:
        For each part that leaks more than the config's limit, and is accepted, what leaks.

    Raises:
        InputError: A leak above the limit is not accepted.
    """
    audits = {name: audit(splits.learnt, examples) for name, examples in splits.measured()}
    write_audit(audits, folder.audit, train="train")
    notes = {name: note for name, one in audits.items() if (note := leak_note(one, config.audit))}
    tracker.log_audit(audits, notes, folder.audit)
    check_leaks(audits, config.audit, config.data.audited_files())
    return notes


def way_to_learn(
    config: Config, watcher: TrainerCallback | None = None
) -> Callable[[RunFolder, Splits, Tracker | None], Predictor]:
    """How the model learns: here the families that are fitted part from those that are fine-tuned.

    What it starts from is loaded now, before the run is opened. A watcher looks on at a fine-tuning.

    Raises:
        InputError: There is no such encoder or teacher, or the encoder takes fewer tokens than `model.max_length`.
    """
    device, dtype = config.train.device, config.train.dtype
    if config.model.family in BASELINE_FAMILIES:
        baseline = BaselinePredictor.build(config.model, device=device, dtype=dtype)
        return lambda _, splits, __: baseline.fit(splits.train)
    teacher = find_teacher(config)
    model, encoding = build_model(config)

    def fine_tuned(folder: RunFolder, splits: Splits, tracker: Tracker | None) -> Predictor:
        fine_tune(config, folder, splits, model, encoding, tracker, teacher=teacher, watcher=watcher)
        return EncoderPredictor(model, encoding, device=device, dtype=dtype)

    return fine_tuned


def build_model(config: Config) -> tuple[Any, Encoding]:
    """A fresh classifier on the config's encoder, and the encoding that feeds it.

    Raises:
        InputError: There is no such encoder, or it takes fewer tokens than `model.max_length`.
    """
    settings = config.model
    encoder, tokenizer = load_encoder(settings.used_encoder, revision=settings.revision, dropout=settings.dropout)
    positions = max_positions(encoder.config)
    if config.model.max_length > positions:
        raise InputError(
            f"model.max_length: expected at most {positions}, which is what {config.model.encoder} takes; "
            f"found {config.model.max_length}"
        )
    family = TUNED[settings.family]
    encoding = family.encoding(tokenizer, settings.max_length)
    model = family.build(encoder, encoding, dropout=settings.dropout)
    if config.train.freeze_embeddings:
        model.encoder.get_input_embeddings().requires_grad_(False)
    return model, encoding


def fine_tune(
    config: Config,
    folder: RunFolder,
    splits: Splits,
    model: Any,
    encoding: Encoding,
    tracker: Tracker | None,
    *,
    teacher: Teacher | None = None,
    watcher: TrainerCallback | None = None,
) -> None:
    """Train the model in place, from the last checkpoint if there is one, and leave the best checkpoint in it.

    Shows a progress bar, unless there is another watcher.

    Raises:
        InputError: The teacher has learnt from the examples that measure its pupil.
    """
    attention = model.encoder.config._attn_implementation
    with PartialState().main_process_first():
        train, valid = (text_by_text(examples) for examples in (splits.learnt, splits.valid))
        if teacher:
            teacher.check(splits)
            train, soft_labels = teacher.teach(train, config.train.teacher_weight)
        train_set, valid_set = (encode_dataset(examples, encoding) for examples in (train, valid))
        if teacher:
            train_set = with_soft_labels(train_set, soft_labels)
    if tracker:
        cut = {"train": train_set, "val": valid_set}
        tracker.log_metrics({f"{name}/truncated": sum(rows["truncated"]) / len(rows) for name, rows in cut.items()})
    clock = StepClock()
    trainer = build_trainer(
        config,
        model,
        encoding,
        train_set,
        valid_set,
        sampler=epoch_sampler(config, train, train_set),
        checkpoints=folder.checkpoints,
        callbacks=[clock, *([MetricsCallback(tracker)] if tracker else []), watcher or ProgressBar()],
    )
    train_from(trainer, folder.last_checkpoint())
    model.encoder.set_attn_implementation(attention)
    if tracker:
        kept = kept_figures(trainer)
        best = {f"best/{name}": kept[name] for name in get_args(Metric)}
        tracker.log_validation(best)
        tracker.log_metrics({} if clock.outside is None else {"train/share_outside_model": clock.outside})


def measure(
    config: Config,
    folder: RunFolder,
    splits: Splits,
    predictor: Predictor,
    leaks: dict[str, str],
    tracker: Tracker,
    *,
    valid_logits: Floats,
) -> Evaluation:
    """Evaluate on the test examples, or on the validation examples if there are none; write and log the report."""
    split, examples = ("test", splits.test) if splits.test else ("valid", splits.valid)
    watch = Stopwatch()
    with watch.section("answers"):
        logits = predictor.predict_logits(examples) if splits.test else valid_logits
        predictions = predictor.answers(examples, logits)
    evaluation = evaluate(
        examples,
        predictions,
        {name: BASELINES[name]().fit(splits.train) for name in config.evaluation.baselines},
        train=splits.learnt,
        split=split,
        resamples=config.evaluation.bootstrap,
        seed=config.seed,
        confidence=predictor.confidence,
        tuned_on=not splits.test,
        watch=watch,
    )
    warning = f", which leaks: {leaks[split]}" if split in leaks else ""
    write_report(evaluation, folder.evaluation, title=f"{config.name} on the {split} file{warning}")
    tracker.log_measured(evaluation, folder.evaluation)
    return evaluation


def describe_model(
    config: Config, splits: Splits, predictor: Predictor, leaks: dict[str, str], evaluation: Evaluation | None
) -> ModelInfo:
    """Everything that the model folder says about the model."""
    return ModelInfo.of(
        predictor,
        config=portable(config),
        data={name: {**splits.describe(name), "leaks": leaks.get(name)} for name, _ in splits.items()},
        metrics=evaluation.summary() if evaluation else {},
    )


def summary(evaluation: Evaluation) -> str:
    """The headline in a sentence or two."""
    low, high = evaluation.model.interval
    text = (
        f"Macro-F1 **{evaluation.model.scores.macro_f1:.3f}** ({low:.3f} to {high:.3f}) on the {evaluation.split} file."
    )
    control = best_control(evaluation)
    if blind := best_blind(evaluation):
        text += f" That is {blind.difference:+.3f} against {blind.over}, the best baseline that doesn't see the text"
        text += f", and {control.difference:+.3f} against {control.over}, the best control." if control else "."
    return f"{text} {evaluation.verdict.conclusion}"


def _is_first(config: Config) -> bool:
    """Whether this is the first process, or the only one; joins the others under torchrun."""
    return bool(PartialState(cpu=pick_device(config.train.device).type == "cpu").is_main_process)


def _from_first_process(folder: RunFolder | None) -> RunFolder:
    """All processes of a run share the folder that the first one made."""
    shared = [folder]
    broadcast_object_list(shared)
    if shared[0] is None:
        raise InputError("expected a run folder from the first process; found none")
    return shared[0]
