"""Examples as a Hugging Face data set, and the fingerprint of a collection of examples."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import datasets

from detente.configs.errors import InputError
from detente.configs.schema import DataConfig
from detente.data.reading import read_examples
from detente.data.records import STANCES, Example

FEATURES = datasets.Features(
    {
        "id": datasets.Value("string"),
        "actor": datasets.Value("string"),
        "target": datasets.Value("string"),
        "text": datasets.Value("string"),
        "label": datasets.ClassLabel(names=[stance.value for stance in STANCES]),
        "actor_span": datasets.List(datasets.Value("int32")),
        "target_span": datasets.List(datasets.Value("int32")),
    }
)


@dataclass(frozen=True)
class Splits:
    """The labelled examples of a run."""

    train: list[Example]
    valid: list[Example]
    test: list[Example]

    def items(self) -> list[tuple[str, list[Example]]]:
        """The parts that hold examples, by name."""
        parts = [("train", self.train), ("valid", self.valid), ("test", self.test)]
        return [(name, examples) for name, examples in parts if examples]


def load_splits(config: DataConfig, *, rejects: Path | None = None) -> Splits:
    """Read and validate the files of a config.

    Args:
        config: The files.
        rejects: Folder for `rejected-PART.jsonl`, where bad records are set aside if the config says to skip them.
            It must be given then.

    Raises:
        RecordError: A record is bad or has no label, and bad records are not skipped.
        InputError: A file is missing, or holds no example.
    """

    def load(path: Path, part: str) -> list[Example]:
        aside = rejects / f"rejected-{part}.jsonl" if rejects and config.skip_invalid else None
        examples = list(read_examples(path, labelled=True, rejects=aside))
        if not examples:
            raise InputError(f"{path}: expected labelled examples; found none")
        return examples

    test = load(config.test, "test") if config.test else []
    return Splits(load(config.train, "train"), load(config.valid, "valid"), test)


def to_dataset(examples: Sequence[Example]) -> datasets.Dataset:
    """A data set with the label as a ClassLabel in the one label order; -1 stands for no label."""
    columns = {name: [getattr(example, name) for example in examples] for name in FEATURES if name != "label"}
    labels = [STANCES.index(example.label) if example.label else -1 for example in examples]
    return datasets.Dataset.from_dict({**columns, "label": labels}, features=FEATURES)


def fingerprint(examples: Iterable[Example]) -> str:
    """SHA-256 of the examples in order, source, holder and meta left out; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(example.model_dump_json(exclude={"source", "holder", "meta"}).encode() + b"\n")
    return digest.hexdigest()
