"""Distillation: a model learns, beside the labels, the probabilities that a trained one gives (Hinton et al. 2015)."""

import inspect
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from detente.configs.errors import InputError
from detente.configs.schema import Config
from detente.data.dataset import ExampleFile, Splits, fingerprint
from detente.data.progress import progress_bar
from detente.data.records import STANCES, Example
from detente.models import levitated, packed, pair
from detente.models.calibration import Floats
from detente.models.folder import folder_fingerprint, load_model, read_info
from detente.models.hardware import pick_device, use_bf16
from detente.models.references import resolve_model
from detente.train.rows import cache_file


@dataclass(frozen=True)
class Teacher:
    """A trained model that another one learns from."""

    name: str
    """What the config calls it."""
    learnt: frozenset[str]
    """See `learnt_by`."""
    ask: Callable[[Sequence[Example]], Floats]
    """Gives its probabilities of n examples, of shape (n, 3)."""

    def check(self, splits: Splits) -> None:
        """Make sure that it doesn't know the labels which are to measure its pupil.

        Raises:
            InputError: It has learnt from the validation or the test examples; see `knows`.
        """
        for name, examples in splits.measured():
            if knows(self.learnt, examples, splits.files.get(name, ())):
                raise InputError(
                    f"train.teacher: expected a model that hasn't learnt from data.{name}; found that {self.name} has. "
                    "Train it on the training file alone."
                )

    def teach(self, examples: Sequence[Example], weight: float) -> tuple[list[Example], Floats]:
        """What a pupil is to learn.

        Args:
            examples: n examples, with labels or without.
            weight: Of the teacher beside a label.

        Returns:
            The examples, those without a label with the stance that the teacher finds likeliest as theirs; and soft
            labels of shape (n, 3): label and teacher weighed, or the teacher alone where there was no label.
        """
        said = np.empty((len(examples), len(STANCES)))
        for labelled in (True, False):  # apart: folds have other labelled ones, and mostly the same others
            places = [place for place, one in enumerate(examples) if bool(one.label) is labelled]
            if places:
                said[places] = self.ask([examples[place] for place in places])
        stances = [one.label or STANCES[place] for one, place in zip(examples, said.argmax(axis=1), strict=True)]
        hard = np.eye(len(STANCES))[[STANCES.index(stance) for stance in stances]]
        weights = np.array([[weight if one.label else 1.0] for one in examples])
        taught = [one.model_copy(update={"label": stance}) for one, stance in zip(examples, stances, strict=True)]
        return taught, ((1 - weights) * hard + weights * said).astype("float32")


def find_teacher(config: Config) -> Teacher | None:
    """The model that `train.teacher` names, if it names one.

    Raises:
        InputError: There is no such model.
    """
    settings = config.train
    if settings.teacher is None:
        return None
    folder = resolve_model(settings.teacher)
    ask = partial(_ask, folder, device=settings.device, dtype=settings.dtype)
    return Teacher(settings.teacher, learnt_by(folder), ask)


def learnt_by(reference: str | Path) -> frozenset[str]:
    """The fingerprints of a model's training examples: of all together, and of each file.

    Raises:
        InputError: There is no such model.
    """
    data = read_info(resolve_model(reference)).data.get("train", {})
    return frozenset(one["sha256"] for one in (data, *data.get("files", [])) if "sha256" in one)


def knows(learnt: frozenset[str], examples: Sequence[Example], files: Iterable[ExampleFile]) -> bool:
    """Whether these examples were learnt from, or one of the files that they come from.

    They are recognized as a whole, not single ones: a model folder tells no more of what was learnt.
    """
    return bool(learnt & {fingerprint(one) for one in (examples, *(file.examples for file in files))})


def _ask(folder: Path, examples: Sequence[Example], *, device: str, dtype: str) -> Floats:
    """The model's probabilities; kept in Hugging Face's cache, for the next seed, trial or process that asks."""
    bf16 = use_bf16(dtype, pick_device(device))
    code = [inspect.getsource(module) for module in (levitated, packed, pair)]
    kept = cache_file(".npy", "teacher", folder_fingerprint(folder), fingerprint(examples), bf16, code)
    if kept.is_file():
        return np.asarray(np.load(kept, allow_pickle=False))
    with progress_bar(total=len(examples), desc="teacher", unit="example") as bar:
        said = load_model(folder, device=device, dtype=dtype).predict_proba(examples, progress=bar.update)
    unfinished = kept.with_suffix(f".{os.getpid()}.npy")
    np.save(unfinished, said, allow_pickle=False)
    unfinished.replace(kept)
    return said
