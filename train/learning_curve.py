"""Training on parts of a training file, to see what more labels would bring."""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from transformers import set_seed

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.configs.schema import BASELINE_FAMILIES, Config
from detente.configs.space import with_settings
from detente.data.dataset import Splits, fingerprint, joined, read_labelled
from detente.data.records import Example
from detente.data.splits import clusters
from detente.evaluation.learning_curve import CurveAnswers, LearningCurve, measure_learning_curve
from detente.models.baselines import BASELINES
from detente.models.calibration import Floats
from detente.models.folder import ModelInfo
from detente.train.memory import freed_memory
from detente.train.run import way_to_learn
from detente.train.run_folder import RunFolder

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
SEEDS = 3
CHEAP = "masked_tfidf"
"""The baseline whose curve is drawn beside the model's."""
_LEFT_OUT = ("sweep", "tracking", "output_dir")


@dataclass(frozen=True)
class Retraining:
    """Trains a model's own config on parts of its training file: a `detente.evaluation.suite.Retrain`."""

    seeds: int
    """Trainings for each size, each on other parts."""
    tell: Callable[[str], object]
    """Is given the plan and the progress, a line at a time."""

    def __call__(
        self, info: ModelInfo, learnt: Sequence[Example], examples: Sequence[Example], output: Path
    ) -> LearningCurve:
        """The curves of the model and of a cheap baseline.

        Args:
            info: The model.
            learnt: The examples that it was trained on.
            examples: Labelled ones to score on, which it was not trained on.
            output: A folder for what trainings write; it is left as it was.

        Raises:
            InputError: The model's validation file is gone or has changed, or it had a teacher.
        """
        config = own_config(info)
        if config.train.teacher:
            raise InputError(
                "--learning-curve: expected a model that learnt from labels alone; this one had a train.teacher, which "
                "knows what the smaller parts must not. Train without one to see what more labels bring."
            )
        valid = own_validation_examples(info, config)
        together, start, done = clusters(learnt), time.perf_counter(), 0
        if (largest := max(map(len, together))) > SHARES[0] * len(learnt):
            raise InputError(
                f"--learning-curve: expected no group of more than 1/{1 / SHARES[0]:.0f} of the labels, since groups, "
                f"stories and near-duplicates stay together; the largest holds {largest} of {len(learnt)}"
            )
        self.tell(self._plan(config, len(learnt)))
        answers: dict[str, list[CurveAnswers]] = {config.name: [], CHEAP: []}
        for seed in range(config.seed, config.seed + self.seeds):
            for places in nested_parts(together, seed):
                part = [learnt[place] for place in places]
                seeded = of_as_many_steps(with_settings(config, {"seed": seed}), len(part) / len(learnt))
                splits = Splits(train=part, valid=list(valid), test=list(examples))
                found = train_and_answer(seeded, splits, output)
                cheap = BASELINES[CHEAP]().fit(part).predict_proba(examples)
                answers[config.name].append(CurveAnswers(len(part), seed, found))
                answers[CHEAP].append(CurveAnswers(len(part), seed, cheap))
                done += 1
                self._tell_progress(done, time.perf_counter() - start)
        return measure_learning_curve(answers, examples, seed=config.seed)

    def _plan(self, config: Config, labels: int) -> str:
        sizes = ", ".join(f"{round(share * labels):,}" for share in SHARES)
        how = (
            "each as long as the fit of the model"
            if config.model.family in BASELINE_FAMILIES
            else "each about as long as the training of the model, which small parts repeat more often"
        )
        count = len(SHARES) * self.seeds
        seeds = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds"
        return f"learning curve: {count} trainings, on {sizes} labels with {seeds}, {how}"

    def _tell_progress(self, done: int, seconds: float) -> None:
        left = len(SHARES) * self.seeds - done
        if left:
            ahead = f"about {seconds / done * left / 60:.0f} minutes to go" if seconds > 60 else f"{left} to go"
            self.tell(f"learning curve: {done} of {done + left} trainings done, {ahead}")


def nested_parts(together: Sequence[Sequence[int]], seed: int) -> list[list[int]]:
    """For each share of `SHARES` the places of so many examples: whole clusters, those of smaller shares among them."""
    order = list(together)
    random.Random(seed).shuffle(order)  # noqa: S311  (no secret)
    total = sum(map(len, together))
    parts = []
    for share in SHARES:
        kept: list[int] = []
        for cluster in order:
            if len(kept) >= share * total:
                break
            kept += cluster
        parts.append(sorted(kept))
    return parts


def of_as_many_steps(config: Config, share: float) -> Config:
    """The config for a share of the examples: more epochs, so that there are as many optimizer steps.

    Otherwise a curve would tell what more steps bring, not what more labels do.
    """
    patience = config.train.patience
    longer = {"train.epochs": round(config.train.epochs / share)}
    return with_settings(config, longer | ({"train.patience": round(patience / share)} if patience else {}))


def train_and_answer(config: Config, splits: Splits, output: Path) -> Floats:
    """Train as `detente train` does, and answer the n test examples: probabilities of shape (n, 3)."""
    set_seed(config.seed)
    with TemporaryDirectory(dir=output) as folder, freed_memory():
        predictor = way_to_learn(config)(RunFolder(Path(folder)), splits, None)
        predictor.calibrate(splits.valid, config.calibration)
        return predictor.predict_proba(splits.test)


def own_config(info: ModelInfo) -> Config:
    """The config that a model was trained with; settings that are newer than the model have their defaults."""
    kept = {name: value for name, value in info.config.items() if name not in _LEFT_OUT}
    return load_config("base", [f"{name}={json.dumps(value)}" for name, value in kept.items()])


def own_validation_examples(info: ModelInfo, config: Config) -> list[Example]:
    """What chose the model's checkpoint and calibrated it.

    Raises:
        InputError: The file is gone or has changed.
    """
    with TemporaryDirectory() as folder:
        rejects = Path(folder) / "rejected.jsonl" if config.data.skip_invalid else None
        examples = joined(read_labelled(config.data.files("valid"), rejects=rejects))
    if fingerprint(examples) != info.data["valid"]["sha256"]:
        named = ", ".join(map(str, config.data.files("valid")))
        raise InputError(
            f"--learning-curve: expected the model's validation file; {named} has changed since the training. "
            "Train the model again, or put the file back."
        )
    return examples
