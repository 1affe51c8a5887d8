"""What looks on while a trial trains: reports to the study, stops what is hopeless, moves the bar."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import optuna
from optuna import Trial
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from detente.configs.errors import DivergedError
from detente.data.progress import progress_bar


class SweepBar:
    """One bar over all trials, those of other workers too, with the best value so far."""

    def __init__(self, total: int, finished: int) -> None:
        self._finished = finished
        self._bar = progress_bar(
            total=total,
            initial=finished,
            desc="sweep",
            bar_format="{l_bar}{bar}| {n:.1f}/{total_fmt} trials [{elapsed}<{remaining}{postfix}]",
        )

    def show(self, finished: int | None = None, *, share: float = 0.0, **shown: float | None) -> None:
        """Move to so many finished trials (default: as many as before), and a share of the one that runs."""
        self._finished = self._finished if finished is None else finished
        words = {name: f"{value:.4g}" for name, value in shown.items() if value is not None}
        self._bar.set_postfix(words, refresh=False)
        self._bar.update(round(self._finished + share - self._bar.n, 3))

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()


class TrialWatcher(TrainerCallback):  # type: ignore[misc]
    """Looks on at one training of a trial.

    Args:
        metric: The validation figure that counts.
        trial: Is told of each epoch, and may be pruned; None: neither.
        show: Is called with the share of the training that is done, and with the figure.
    """

    def __init__(self, metric: str, trial: Trial | None, show: Callable[[float, float], object]) -> None:
        self._metric = metric
        self._trial = trial
        self._show = show
        self._figures: dict[int, float] = {}
        self.kept = math.nan
        """The figure of the checkpoint that the training kept, once it has ended."""

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Stop where the gradients are no numbers; where the answers aren't, the Trainer's figures stop it.

        Raises:
            DivergedError: They aren't.
        """
        if math.isnan((logs or {}).get("grad_norm", 0.0)):
            raise DivergedError(f"the training diverged: the gradient is not a number at step {state.global_step}")

    def on_evaluate(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        metrics: Mapping[str, float],
        **_: Any,
    ) -> None:
        """Report the figure; steps are per cent of the training, so that trainings of other lengths can be compared.

        Raises:
            optuna.TrialPruned: The trial promises nothing.
        """
        figure, share = metrics[f"eval_{self._metric}"], state.global_step / state.max_steps
        self._figures[state.global_step] = figure
        self._show(share, figure)
        if self._trial is None:
            return
        self._trial.report(figure, round(100 * share))
        if share < 1 and self._trial.should_prune():
            raise optuna.TrialPruned(f"pruned at step {state.global_step} of {state.max_steps}")

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Keep the figure of the best checkpoint."""
        self.kept = self._figures[state.best_global_step]
