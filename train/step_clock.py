"""How much of a training's time is spent outside the model: on reading and padding rows, and on logging."""

import time
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments


class StepClock(TrainerCallback):  # type: ignore[misc]
    """Holds the time inside optimizer steps against the time of the epochs, evaluation and saving left out."""

    def __init__(self) -> None:
        self._epochs = 0.0
        self._steps = 0.0
        self._epoch_began = 0.0
        self._step_began = 0.0

    @property
    def outside(self) -> float | None:
        """Share of the epochs' time that is not spent in steps (forward, backward, update); None before one ends."""
        return 1 - self._steps / self._epochs if self._epochs else None

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The epoch begins."""
        self._epoch_began = _now()

    def on_step_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The rows are there."""
        self._step_began = _now()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The weights are updated."""
        self._steps += _now() - self._step_began

    def on_epoch_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """The epoch ends; evaluation comes next."""
        self._epochs += _now() - self._epoch_began


def _now() -> float:
    """Seconds, once the accelerator has done what it was given."""
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
    return time.perf_counter()
