"""The Hugging Face Trainer, set up for stance examples."""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor
from torch.nn import functional
from torch.utils.data import Sampler
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
from transformers.trainer import TRAINER_STATE_NAME

from detente.configs.errors import DivergedError, InputError
from detente.configs.schema import LOWER_IS_BETTER, Config, TrainConfig
from detente.data.progress import progress_bar
from detente.data.records import STANCES
from detente.evaluation.metrics import score
from detente.models.encoding import IGNORED, Encoding
from detente.models.hardware import pick_device, use_bf16
from detente.train.rows import SOFT_LABELS, collate


def build_trainer(
    config: Config,
    model: Any,
    encoding: Encoding,
    train: datasets.Dataset,
    valid: datasets.Dataset,
    *,
    sampler: Sampler[int],
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
        sampler: Which rows each epoch shows, in which order.
        checkpoints: Folder for the checkpoints.
        callbacks: Told of each logged value.
    """
    arguments = training_arguments(config, checkpoints)
    if arguments.bf16 and arguments.use_cpu:  # there, fused attention in bf16 takes half as long again
        model.encoder.set_attn_implementation("eager")
    of_rows = list(train["labels"])
    labels = list(chain.from_iterable(of_rows[row] for row in sampler))  # of the first epoch
    trainer = StanceTrainer(
        sampler=sampler,
        head_factor=config.train.head_factor,
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=valid,
        data_collator=lambda rows: collate(rows, encoding),
        loss=WeightedLoss(class_weights(labels, config.train.class_weights), config.train),
        compute_metrics=_metrics,
        callbacks=list(callbacks),
    )
    for stock in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(stock)
    if config.train.patience:
        trainer.add_callback(EarlyStoppingCallback(config.train.patience))
    return trainer


def training_arguments(config: Config, checkpoints: Path) -> TrainingArguments:
    """The Trainer's arguments; `train.batch_size` is split over processes and accumulation steps.

    A process uses one GPU; torchrun starts a process for each.

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
        bf16=use_bf16(settings.dtype, device),
        use_cpu=device.type == "cpu",
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=1,
        load_best_model_at_end=True,
        restore_callback_states_from_checkpoint=True,
        metric_for_best_model=settings.metric,
        greater_is_better=settings.metric not in LOWER_IS_BETTER,
        logging_steps=settings.log_every,
        per_device_eval_batch_size=64,
        remove_unused_columns=False,
        label_names=["labels"],
        report_to="none",
        seed=config.seed,
        dataloader_pin_memory=device.type != "cpu",
    )
    arguments._n_gpu = min(arguments.n_gpu, 1)  # else each batch would be spread over all GPUs, and multiplied by them
    per_device, rest = divmod(settings.batch_size, arguments.world_size * settings.accumulation_steps)
    if rest or not per_device:
        raise InputError(
            f"train.batch_size: expected a multiple of {arguments.world_size} processes x "
            f"{settings.accumulation_steps} accumulation steps; found {settings.batch_size}"
        )
    arguments.per_device_train_batch_size = per_device
    return arguments


def train_from(trainer: Trainer, checkpoint: Path | None) -> None:
    """Train from the beginning, or go on as if there had been no interruption: with patience counted on, if any."""
    if checkpoint:
        state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))
        if state.stateful_callbacks["TrainerControl"]["args"]["should_training_stop"]:
            trainer.args.num_train_epochs = round(state.epoch)  # there only the best checkpoint is left to load
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)


def kept_figures(trainer: Trainer) -> dict[str, float]:
    """The validation figures of the checkpoint that a finished training kept, by their names in `Scores.flat`."""
    best = trainer.state.best_global_step
    row = next(row for row in trainer.state.log_history if row["step"] == best and "eval_nll" in row)
    return {name.removeprefix("eval_"): value for name, value in row.items() if name.startswith("eval_")}


class StanceTrainer(Trainer):  # type: ignore[misc]
    """A Trainer with our own order of the rows and loss, and larger steps for the layers that begin at random."""

    def __init__(self, *, sampler: Sampler[int], loss: "WeightedLoss", head_factor: float, **kwargs: Any) -> None:
        super().__init__(compute_loss_func=loss, **kwargs)
        self._sampler = sampler
        self._loss = loss
        self._head_factor = head_factor

    def _get_train_sampler(self, train_dataset: datasets.Dataset | None = None) -> Sampler[int]:
        return self._sampler

    def compute_loss(self, model: Any, inputs: dict[str, Tensor], *args: Any, **kwargs: Any) -> Any:
        """The Trainer's, whose loss is given the soft labels of the batch too, if there are any."""
        self.compute_loss_func = partial(self._loss, soft_labels=inputs.pop(SOFT_LABELS, None))
        return super().compute_loss(model, inputs, *args, **kwargs)

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """The Trainer's optimizer, with the learning rate of the encoder's head multiplied."""
        optimizer: torch.optim.Optimizer = self.optimizer
        if optimizer is not None:
            return optimizer
        optimizer = super().create_optimizer(model)
        head = {id(one) for name, one in self.model.named_parameters() if not name.startswith("encoder.")}
        for group in list(optimizer.param_groups):
            new = [one for one in group["params"] if id(one) in head]
            group["params"] = [one for one in group["params"] if id(one) not in head]
            optimizer.add_param_group({**group, "params": new, "lr": group["lr"] * self._head_factor})
        return optimizer


class WeightedLoss:
    """Cross-entropy of a micro-batch as its share of the loss of the whole optimizer step.

    Divided by the number of examples of the step, whatever the number of accumulation steps and processes; so loss and
    gradients don't depend on them (the stock loss does: huggingface/transformers issue 47688).
    """

    def __init__(self, weights: Tensor, settings: TrainConfig) -> None:
        self._weights = weights
        self._smoothing = settings.label_smoothing

    def __call__(
        self,
        outputs: Any,
        labels: Tensor,
        num_items_in_batch: Tensor | int | None = None,
        *,
        soft_labels: Tensor | None = None,
    ) -> Tensor:
        """The weighted sum of the losses over `num_items_in_batch`, or over this batch in evaluation.

        Args:
            outputs: Hold the logits, of shape (n, 3) for n examples, padding among them.
            labels: Places in the label order, of shape (n,) or (rows, examples of the most).
            num_items_in_batch: Examples of the whole optimizer step.
            soft_labels: Probabilities to learn in place of the labels, of the labels' shape and 3.
        """
        asked = labels != IGNORED
        logits, gold = outputs.logits.view(*labels.shape, -1)[asked], labels[asked]
        aim = gold if soft_labels is None else soft_labels[asked]
        losses = functional.cross_entropy(logits, aim, reduction="none", label_smoothing=self._smoothing)
        weighted = losses * self._weights.to(losses.device)[gold]
        return weighted.sum() / (len(gold) if num_items_in_batch is None else num_items_in_batch)


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


def _metrics(prediction: EvalPrediction) -> dict[str, float]:
    """All single figures; the loss is ours, since the Trainer's depends on the number of processes."""
    logits = prediction.predictions[0] if isinstance(prediction.predictions, tuple) else prediction.predictions
    asked = prediction.label_ids != IGNORED
    gold = [STANCES[label] for label in prediction.label_ids[asked]]
    answers = np.asarray(logits, dtype=np.float64).reshape(*asked.shape, len(STANCES))[asked]
    if not np.isfinite(answers).all():
        raise DivergedError(
            "the training diverged: answers to the validation examples are not numbers. Try a smaller "
            "train.learning_rate or train.head_factor, or train.dtype=fp32."
        )
    return score(gold, softmax(answers, axis=1)).flat()
