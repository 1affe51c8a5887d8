"""The corpora that accuracy is measured on: what is trained on, what is scored, and the figure that counts there."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detente.data.dataset import fingerprint, joined, read_labelled
from detente.data.reading import write_records
from detente.data.records import Example, Stance
from detente.evaluation.dimensions import dimensions
from detente.evaluation.directions import Pair, both_directions
from detente.evaluation.intervals import Draws
from detente.models.calibration import stance_indices

ALL = "all"
"""The mixture of all training files."""
TRAIN_FILES = {
    "dse": "dse/train_clean.jsonl.gz",
    "seesaw": "seesaw/train.jsonl.gz",
    "seesaw_ctx": "seesaw/ctx_train.jsonl.gz",
    "newsmtsc": "newsmtsc/train.jsonl.gz",
    "cameo3c": "cameo3c/train.jsonl.gz",
}
TRAIN_SETS = (*TRAIN_FILES, ALL)
SEED = 13
"""Of the bootstrap, and of the halves that calibration is fitted on: the same whatever is measured."""


@dataclass(frozen=True)
class ValidFile:
    """A file that is scored."""

    name: str
    path: str
    corpus: str
    """The training file that it belongs to."""
    headline: str = "macro_f1"
    two_class: bool = False
    """It holds no neutral examples; the answer is the larger of support and oppose."""


VALID_FILES = (
    ValidFile("dse", "dse/valid_clean.jsonl.gz", "dse"),
    ValidFile("seesaw", "seesaw/valid.jsonl.gz", "seesaw"),
    ValidFile("seesaw_ctx", "seesaw/ctx_valid.jsonl.gz", "seesaw_ctx", headline="micro_f1", two_class=True),
    ValidFile("newsmtsc_rw", "newsmtsc/rw_valid.jsonl.gz", "newsmtsc"),
    ValidFile("newsmtsc_mt", "newsmtsc/mt_valid.jsonl.gz", "newsmtsc"),
)


@dataclass(frozen=True)
class TrainSet:
    """What a model learns from, and the files that choose its checkpoint and temperature; there may be none."""

    name: str
    files: tuple[Path, ...]
    valid: tuple[Path, ...]

    @cached_property
    def examples(self) -> list[Example]:
        """The examples of all files."""
        return joined(read_labelled(self.files))

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of the examples."""
        return fingerprint(self.examples)

    @cached_property
    def valid_sha256(self) -> str:
        """The fingerprint of what chooses the checkpoint."""
        return fingerprint(joined(read_labelled(self.valid)))


class Questions:
    """The examples of a scored file, and all about them that doesn't depend on the answers."""

    def __init__(self, file: ValidFile, examples: Sequence[Example], *, resamples: int) -> None:
        self.file = file
        self.examples = examples
        self.gold: list[Stance] = [example.label for example in examples if example.label]
        self.truth = stance_indices(self.gold)
        self.sha256 = fingerprint(examples)
        groups = [example.group_key for example in examples]
        draws = Draws.of(groups, resamples=resamples, seed=SEED)
        # the first draw is the file itself, so that one computation gives a figure and its interval
        self.draws = Draws(draws.index, np.concatenate([np.ones((1, draws.weights.shape[1])), draws.weights]))
        self.first_half = _first_half(draws.index)
        self.pairs: list[Pair] = both_directions(examples)
        self.order = np.array(dimensions(examples)["mention order"])

    @property
    def name(self) -> str:
        """That of the file."""
        return self.file.name

    @property
    def groups(self) -> int:
        """How many groups the examples come from."""
        return int(self.draws.weights.shape[1])


def train_sets(folder: Path) -> dict[str, TrainSet]:
    """What can be trained on: each training file that is there, and all of them together."""
    there = {name: folder / path for name, path in TRAIN_FILES.items() if (folder / path).is_file()}
    valid = [(file, folder / file.path) for file in VALID_FILES if (folder / file.path).is_file()]
    sets = {
        name: TrainSet(name, (path,), tuple(other for file, other in valid if file.corpus == name))
        for name, path in there.items()
    }
    if len(there) > 1:
        sets[ALL] = TrainSet(ALL, tuple(there.values()), tuple(path for file, path in valid if file.corpus in there))
    return sets


def part_of(train: TrainSet, share: float, folder: Path) -> TrainSet:
    """A share of the texts of a training set, always the same ones, to try a recipe out; written to a file."""
    kept = [example for example in train.examples if _place(example.text) < share]
    path = folder / f"train-{train.name}-{share:g}.jsonl.gz"
    write_records(path, kept, Example)
    return TrainSet(f"{train.name} x {share:g}", (path,), train.valid)


def load_questions(folder: Path, *, resamples: int) -> dict[str, Questions]:
    """The scored files that are there."""
    return {
        file.name: Questions(file, joined(read_labelled([folder / file.path])), resamples=resamples)
        for file in VALID_FILES
        if (folder / file.path).is_file()
    }


def _place(text: str) -> float:
    """A number in [0, 1) that hangs on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6]) / 2**48


def _first_half(groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which examples are in the first of two halves of the groups, drawn by chance."""
    order = np.random.default_rng(SEED).permutation(groups.max() + 1)
    return np.asarray(order[groups] < len(order) // 2)
