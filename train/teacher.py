"""Distillation: a model learns, beside the labels, the probabilities that a trained one gives (Hinton et al. 2015)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import datasets

from detente.configs.errors import InputError
from detente.configs.schema import TrainConfig
from detente.data.dataset import LabelledFile, Splits, fingerprint
from detente.data.progress import progress_bar
from detente.data.records import Example
from detente.models.folder import load_model, read_info
from detente.models.predictor import Predictor
from detente.models.references import resolve_model
from detente.train.rows import TAUGHT


@dataclass(frozen=True)
class Teacher:
    """A trained model that another one learns from."""

    name: str
    """What the config calls it."""
    model: Predictor
    learnt: frozenset[str]
    """See `learnt_by`."""

    def check(self, splits: Splits) -> None:
        """Make sure that it doesn't know the labels which are to measure its pupil.

        Raises:
            InputError: It has learnt from the validation or the test examples; see `knows`.
        """
        for name, examples in splits.items():
            if name != "train" and knows(self.learnt, examples, splits.files.get(name, ())):
                raise InputError(
                    f"train.teacher: expected a model that hasn't learnt from data.{name}; found that {self.name} has. "
                    "Train it on the training file alone."
                )

    def annotate(self, rows: datasets.Dataset, examples: Sequence[Example]) -> datasets.Dataset:
        """The rows that `encode_dataset` made of the examples, with its probabilities of each one, in label order."""
        with progress_bar(total=len(examples), desc="teacher", unit="example") as bar:
            said = self.model.predict_proba(examples, progress=bar.update).astype("float32")
        return rows.add_column(TAUGHT, [said[items].tolist() for items in rows["items"]])


def load_teacher(settings: TrainConfig) -> Teacher | None:
    """The model that `train.teacher` names, if it names one.

    Raises:
        InputError: There is no such model.
    """
    if settings.teacher is None:
        return None
    model = load_model(settings.teacher, device=settings.device, dtype=settings.dtype)
    return Teacher(settings.teacher, model, learnt_by(settings.teacher))


def learnt_by(reference: str) -> frozenset[str]:
    """The fingerprints of a model's training examples: of all together, and of each file.

    Raises:
        InputError: There is no such model.
    """
    data = read_info(resolve_model(reference)).data.get("train", {})
    return frozenset(one["sha256"] for one in (data, *data.get("files", [])) if "sha256" in one)


def knows(learnt: frozenset[str], examples: Sequence[Example], files: Iterable[LabelledFile]) -> bool:
    """Whether these examples were learnt from, or one of the files that they come from.

    They are recognized as a whole, not single ones: a model folder tells no more of what was learnt.
    """
    return bool(learnt & {fingerprint(one) for one in (examples, *(file.examples for file in files))})
