"""The Hugging Face Trainer, set up for stance examples."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor
from torch.nn import functional
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PrinterCallback,
    ProgressCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from detente.configs.errors import InputError
from detente.configs.schema import Config, TrainConfig
from detente.data.dataset import fingerprint, to_dataset
from detente.data.progress import progress_bar
from detente.data.records import STANCES, Example
from detente.evaluation.metrics import score
from detente.models.encoding import Encoded, PairEncoding
from detente.models.hardware import pick_device, use_bf16

COLUMNS = [field.name for field in dataclasses.fields(Encoded)]


def build_trainer(
    config: Config,
    model: Any,
    encoding: PairEncoding,
    train: datasets.Dataset,
    valid: datasets.Dataset,
    *,
    checkpoints: Path,
    callbacks: Sequence[TrainerCallback] = (),
) -> Trainer:
    """A Trainer that evaluates and saves once an epoch, and keeps the best checkpoint.

    Args:
        config: The whole config.
        model: Maps token ids to logits of shape (batch, 3).
        encoding: Pads the batches.
        train: Encoded examples; see `encode_dataset`.
        valid: The same.
        checkpoints: Folder for the checkpoints.
        callbacks: Told of each logged value.
    """
    arguments = training_arguments(config, checkpoints)
    if arguments.bf16 and arguments.use_cpu:  # there, fused attention in bf16 takes half as long again
        model.encoder.set_attn_implementation("eager")
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=valid,
        data_collator=lambda rows: collate(rows, encoding),
        compute_loss_func=WeightedLoss(class_weights(train["label"], config.train.class_weights), config.train),
        compute_metrics=_metrics,
        callbacks=list(callbacks),
    )
    for stock in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(stock)
    trainer.add_callback(ProgressBar())
    if config.train.patience:
        trainer.add_callback(EarlyStoppingCallback(config.train.patience))
    return trainer


def training_arguments(config: Config, checkpoints: Path) -> TrainingArguments:
    """The Trainer's arguments; `train.batch_size` is split over processes and accumulation steps.

    Raises:
        InputError: It can't be split evenly.
    """
    settings = config.train
    device = pick_device(settings.device)
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=settings.epochs,
        gradient_accumulation_steps=settings.accumulation_steps,
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        warmup_steps=settings.warmup,
        lr_scheduler_type=settings.scheduler if settings.scheduler != "constant" else "constant_with_warmup",
        max_grad_norm=settings.max_grad_norm,
        train_sampling_strategy="group_by_length",
        bf16=use_bf16(settings.precision, device),
        use_cpu=device.type == "cpu",
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=True,
        metric_for_best_model=settings.metric,
        greater_is_better=settings.metric != "nll",
        logging_steps=settings.log_every,
        per_device_eval_batch_size=64,
        remove_unused_columns=False,
        label_names=["labels"],
        report_to="none",
        seed=config.seed,
        dataloader_pin_memory=device.type != "cpu",
    )
    per_device, rest = divmod(settings.batch_size, arguments.world_size * settings.accumulation_steps)
    if rest or not per_device:
        raise InputError(
            f"train.batch_size: expected a multiple of {arguments.world_size} processes x "
            f"{settings.accumulation_steps} accumulation steps; found {settings.batch_size}"
        )
    arguments.per_device_train_batch_size = per_device
    return arguments


def encode_dataset(examples: Sequence[Example], encoding: PairEncoding) -> datasets.Dataset:
    """Encode examples once; Hugging Face's cache keeps the result for the next run on the same examples.

    Returns:
        Columns of `Encoded`, `label`, and `length` in tokens.
    """
    encoder = {"tokenizer": encoding.tokenizer.backend_tokenizer.to_str(), "max_length": encoding.max_length}
    dataset = to_dataset(examples)

    def encode(batch: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
        fields = [name for name in batch if name != "label"]
        rows = zip(*(batch[name] for name in fields), strict=True)
        encoded = encoding.encode([Example.model_construct(**dict(zip(fields, row, strict=True))) for row in rows])
        columns: dict[str, list[Any]] = {name: [getattr(one, name) for one in encoded] for name in COLUMNS}
        return columns | {"length": [len(one.input_ids) for one in encoded]}

    key = datasets.fingerprint.Hasher.hash([fingerprint(examples), encoder, COLUMNS])
    drop = [name for name in dataset.column_names if name != "label"]
    cache = Path(datasets.config.HF_DATASETS_CACHE) / "detente" / f"{key}.arrow"
    cache.parent.mkdir(parents=True, exist_ok=True)
    return dataset.map(
        encode, batched=True, remove_columns=drop, cache_file_name=str(cache), new_fingerprint=key, desc="encode"
    )


class WeightedLoss:
    """Cross-entropy of a micro-batch as its share of the loss of the whole optimizer step.

    Divided by the number of examples of the step, whatever the number of accumulation steps and processes; so loss and
    gradients don't depend on them (the stock loss does: huggingface/transformers issue 47688).
    """

    def __init__(self, weights: Tensor, settings: TrainConfig) -> None:
        self._weights = weights
        self._smoothing = settings.label_smoothing

    def __call__(self, outputs: Any, labels: Tensor, num_items_in_batch: Tensor | int | None = None) -> Tensor:
        """The weighted sum of the losses over `num_items_in_batch`, or over this batch in evaluation."""
        losses = functional.cross_entropy(outputs.logits, labels, reduction="none", label_smoothing=self._smoothing)
        weighted = losses * self._weights.to(losses.device)[labels]
        return weighted.sum() / (len(labels) if num_items_in_batch is None else num_items_in_batch)


def class_weights(labels: Sequence[int], how: str) -> Tensor:
    """A weight for each stance, one on average over the examples.

    Args:
        labels: Positions of the stances in the label order.
        how: "none", "balanced" (by inverse frequency) or "sqrt" (by its square root).
    """
    counts = np.bincount(np.asarray(labels), minlength=len(STANCES))
    power = {"none": 0.0, "sqrt": 0.5, "balanced": 1.0}[how]
    weights = (counts.sum() / np.maximum(counts, 1)) ** power
    return torch.tensor(weights / (weights * counts).sum() * counts.sum(), dtype=torch.float32)


class ProgressBar(TrainerCallback):  # type: ignore[misc]
    """One bar over all steps, with the loss, the last validation figures and the time left."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._shown: dict[str, str] = {}

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Open the bar where training begins or goes on."""
        if state.is_world_process_zero:
            self._bar = progress_bar(total=state.max_steps, initial=state.global_step, desc="train", unit="step")

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """One optimizer step further."""
        if self._bar is not None:
            self._bar.update(state.global_step - self._bar.n)

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Show the loss and the validation figures."""
        names = {"loss": "loss", "eval_nll": "val_nll", "eval_macro_f1": "val_macro_f1"}
        self._shown |= {names[key]: f"{value:.3f}" for key, value in (logs or {}).items() if key in names}
        if self._bar is not None:
            self._bar.set_postfix(self._shown, refresh=False)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def collate(rows: Sequence[Mapping[str, Any]], encoding: PairEncoding) -> dict[str, Tensor]:
    """A batch of encoded rows, padded to the longest, with its labels."""
    batch = encoding.pad([Encoded(**{name: row[name] for name in COLUMNS}) for row in rows])
    return batch | {"labels": torch.tensor([row["label"] for row in rows])}


def _metrics(prediction: EvalPrediction) -> dict[str, float]:
    """All single figures; the loss is ours, since the Trainer's depends on the number of processes."""
    logits = prediction.predictions[0] if isinstance(prediction.predictions, tuple) else prediction.predictions
    gold = [STANCES[label] for label in prediction.label_ids]
    return score(gold, softmax(np.asarray(logits, dtype=np.float64), axis=1)).flat()
