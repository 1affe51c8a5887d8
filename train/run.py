"""The story of a training run, from a config to a model that is measured, saved and tracked."""

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from transformers import set_seed

from detente.configs.errors import InputError
from detente.configs.loading import portable
from detente.configs.schema import Config
from detente.data.audit.leaks import audit
from detente.data.audit.limits import check_leaks, leak_note
from detente.data.audit.report import write_audit
from detente.data.dataset import Splits, fingerprint, load_splits
from detente.data.records import STANCES, Example
from detente.evaluation.evaluate import Evaluation, best_blind, best_control, evaluate
from detente.evaluation.report import write_report
from detente.models.baselines import BASELINES
from detente.models.calibration import abstention_threshold, fit_temperature
from detente.models.encoders import load_encoder, max_positions
from detente.models.encoding import PairEncoding
from detente.models.folder import ModelInfo, save_model
from detente.models.hardware import pick_device
from detente.models.pair import PairClassifier, build_pair_classifier
from detente.models.predictor import EncoderPredictor, Predictor
from detente.train.run_folder import RunFolder, find_run_folder, new_run_folder
from detente.train.tracking import MetricsCallback, Tracker, tracked_run
from detente.train.trainer import build_trainer, encode_dataset


@dataclass(frozen=True)
class TrainedRun:
    """What a run leaves behind."""

    run_id: str
    folder: Path
    model: Path
    reference: str
    """The model's name in MLflow: `models:/NAME@ALIAS` or `runs:/RUN_ID/model`."""
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
    first = _is_first(config)
    folder = _from_first_process(folder)
    set_seed(config.seed)
    splits = load_splits(config.data, rejects=folder.path)
    model, encoding = build_model(config)

    with tracked_run(config, folder) if first else contextlib.nullcontext() as tracker:
        leaks: dict[str, str] = {}
        if tracker:
            tracker.log_start(folder, splits)
            leaks = audit_splits(config, folder, splits, tracker)
        fine_tune(config, folder, splits, model, encoding, tracker)
        if tracker is None:
            return None

        predictor = calibrated(config, model, encoding, splits.valid)
        evaluation = measure(config, folder, splits, predictor, leaks, tracker)
        save_model(predictor, describe_model(config, splits, predictor, leaks, evaluation), folder.model)
        example = splits.valid[0]
        sample = {"actor": example.actor, "target": example.target, "text": example.text}
        reference = tracker.log_model(folder.model, sample)
        tracker.describe(summary(evaluation) + f"\n\nModel: `{reference}`")
        shutil.rmtree(folder.checkpoints)
    return TrainedRun(
        tracker.run_id, folder.path, folder.model, reference, folder.evaluation / "report.html", evaluation, leaks
    )


def audit_splits(config: Config, folder: RunFolder, splits: Splits, tracker: Tracker) -> dict[str, str]:
    """Compare the validation and test examples with the training examples; write and log what they share.

    Returns:
        For each part that leaks more than the config's limit, and is accepted, what leaks.

    Raises:
        InputError: A leak above the limit is not accepted.
    """
    audits = {name: audit(splits.train, examples) for name, examples in splits.items() if name != "train"}
    write_audit(audits, folder.audit, train="train")
    notes = {name: note for name, one in audits.items() if (note := leak_note(one, config.audit))}
    tracker.log_audit(audits, notes, folder.audit)
    check_leaks(audits, config.audit, {name: getattr(config.data, name) for name, _ in splits.items()})
    return notes


def build_model(config: Config) -> tuple[PairClassifier, PairEncoding]:
    """A fresh classifier on the config's encoder, and the encoding that feeds it.

    Raises:
        InputError: There is no such encoder, or it takes fewer tokens than `model.max_length`.
    """
    settings = config.model
    encoder, tokenizer = load_encoder(settings.encoder, revision=settings.revision, dropout=settings.dropout)
    positions = max_positions(encoder.config)
    if config.model.max_length > positions:
        raise InputError(
            f"model.max_length: expected at most {positions}, which is what {config.model.encoder} takes; "
            f"found {config.model.max_length}"
        )
    encoding = PairEncoding(tokenizer, config.model.max_length)
    model = build_pair_classifier(encoder, encoding, dropout=config.model.dropout)
    if config.train.freeze_embeddings:
        model.encoder.get_input_embeddings().requires_grad_(False)
    return model, encoding


def fine_tune(
    config: Config,
    folder: RunFolder,
    splits: Splits,
    model: PairClassifier,
    encoding: PairEncoding,
    tracker: Tracker | None,
) -> None:
    """Train the model in place, from the last checkpoint if there is one, and leave the best checkpoint in it."""
    attention = model.encoder.config._attn_implementation
    with PartialState().main_process_first():
        train_set, valid_set = (encode_dataset(examples, encoding) for examples in (splits.train, splits.valid))
    if tracker:
        cut = {"train": train_set, "val": valid_set}
        tracker.log_metrics({f"{name}/truncated": sum(rows["truncated"]) / len(rows) for name, rows in cut.items()})
    trainer = build_trainer(
        config,
        model,
        encoding,
        train_set,
        valid_set,
        checkpoints=folder.checkpoints,
        callbacks=[MetricsCallback(tracker)] if tracker else [],
    )
    trainer.train(resume_from_checkpoint=folder.last_checkpoint())
    model.encoder.set_attn_implementation(attention)


def calibrated(config: Config, model: PairClassifier, encoding: PairEncoding, valid: list[Example]) -> EncoderPredictor:
    """Fit the temperature and the threshold on the validation examples, and return the finished predictor."""
    gold = [example.label for example in valid if example.label is not None]
    predictor = EncoderPredictor(model, encoding, device=config.train.device, precision=config.train.precision)
    model.config.calibration_temperature = fit_temperature(predictor.predict_logits(valid), gold)
    predictor.threshold = abstention_threshold(predictor.predict_proba(valid), gold, config.calibration.precision)
    return predictor


def measure(
    config: Config, folder: RunFolder, splits: Splits, predictor: Predictor, leaks: dict[str, str], tracker: Tracker
) -> Evaluation:
    """Evaluate on the test examples, or on the validation examples if there are none; write and log the report."""
    split, examples = ("test", splits.test) if splits.test else ("valid", splits.valid)
    evaluation = evaluate(
        examples,
        predictor.predict(examples),
        {name: BASELINES[name]().fit(splits.train) for name in config.evaluation.baselines},
        train=splits.train,
        split=split,
        resamples=config.evaluation.bootstrap,
        seed=config.seed,
    )
    warning = f", which leaks: {leaks[split]}" if split in leaks else ""
    write_report(evaluation, folder.evaluation, title=f"{config.name} on the {split} file{warning}")
    tracker.log_evaluation(evaluation, folder.evaluation)
    return evaluation


def describe_model(
    config: Config, splits: Splits, predictor: EncoderPredictor, leaks: dict[str, str], evaluation: Evaluation
) -> ModelInfo:
    """Everything that the model folder says about the model."""
    return ModelInfo.of(
        predictor,
        wanted_precision=config.calibration.precision,
        config=portable(config),
        data={
            name: {
                "file": getattr(config.data, name).name,
                "examples": len(examples),
                **{stance.value: sum(example.label is stance for example in examples) for stance in STANCES},
                "sha256": fingerprint(examples),
                "leaks": leaks.get(name),
            }
            for name, examples in splits.items()
        },
        metrics=evaluation.summary(),
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
