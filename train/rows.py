"""What the Trainer reads: the encoded examples as rows of a data set, their order, their batches."""

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from detente.configs.schema import Config
from detente.data.dataset import fingerprint, to_dataset
from detente.data.records import Example
from detente.models import encoding as encoding_module
from detente.models import packed_encoding, tokens
from detente.models.calibration import Floats
from detente.models.encoding import IGNORED, Encoding
from detente.train.sampling import EpochSampler

SOFT_LABELS = "soft_labels"
"""The column of what `detente.train.teacher` gives."""


def text_by_text(examples: Sequence[Example]) -> list[Example]:
    """The examples, those of a text side by side, the texts in the order of their first examples."""
    first = {example.text: place for place, example in reversed(list(enumerate(examples)))}
    return sorted(examples, key=lambda example: first[example.text])


def epoch_sampler(config: Config, examples: Sequence[Example], rows: datasets.Dataset) -> EpochSampler:
    """What each epoch shows of the rows that `encode_dataset` made of the examples."""
    return EpochSampler(
        examples,
        rows["items"],
        rows["length"],
        batch_size=config.train.batch_size,
        config=config.data,
        seed=config.seed,
    )


def encode_dataset(examples: Sequence[Example], encoding: Encoding) -> datasets.Dataset:
    """Encode examples, text by text, once; Hugging Face's cache keeps the result for the next run on the same examples.

    What it is kept under depends on everything that decides about it, the code that encodes among it.

    Returns:
        Columns of the encoding's rows, `labels` (one for each example of a row) and `length` in tokens.
    """
    tokenizer = encoding.tokenizer.backend_tokenizer.to_str()
    numbers = {name: value for name, value in vars(encoding).items() if isinstance(value, int)}
    columns = [field.name for field in dataclasses.fields(encoding.row)]
    dataset = to_dataset(examples)
    fields = [name for name in dataset.column_names if name != "label"]

    def encode(batch: Mapping[str, list[Any]], places: list[int]) -> dict[str, list[Any]]:
        records = zip(*(batch[name] for name in fields), strict=True)
        rows = encoding.encode([Example.model_construct(**dict(zip(fields, one, strict=True))) for one in records])
        found: dict[str, list[Any]] = {name: [getattr(row, name) for row in rows] for name in columns}
        found["items"] = [[places[item] for item in row.items] for row in rows]
        found["labels"] = [[batch["label"][item] for item in row.items] for row in rows]
        return found | {"length": [len(row.input_ids) for row in rows]}

    cache = cache_file(".arrow", fingerprint(examples), tokenizer, numbers, columns, encoding.row.__name__)
    return dataset.map(
        encode,
        batched=True,
        with_indices=True,
        remove_columns=dataset.column_names,
        cache_file_name=str(cache),
        new_fingerprint=cache.stem,
        desc="encode",
    )


def cache_file(suffix: str, *facts: Any) -> Path:
    """Where Hugging Face's cache keeps what follows from some facts, and from the code that encodes examples."""
    code = [inspect.getsource(module) for module in (encoding_module, packed_encoding, tokens)]
    key = datasets.fingerprint.Hasher.hash([*facts, code, transformers.__version__])
    folder = Path(datasets.config.HF_DATASETS_CACHE) / "detente"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{key}{suffix}"


def with_soft_labels(rows: datasets.Dataset, soft_labels: Floats) -> datasets.Dataset:
    """The rows that `encode_dataset` made of n examples, with the soft labels of each, of shape (n, 3)."""
    return rows.add_column(SOFT_LABELS, [soft_labels[items].tolist() for items in rows["items"]])


def collate(rows: Sequence[Mapping[str, Any]], encoding: Encoding) -> dict[str, Tensor]:
    """A batch of encoded rows, padded to the longest, with its labels, of shape (rows, examples of the most).

    Rows with soft labels give these too, of shape (rows, examples of the most, 3).
    """
    names = [field.name for field in dataclasses.fields(encoding.row)]
    batch = encoding.pad([encoding.row(**{name: row[name] for name in names}) for row in rows])
    labels = [torch.tensor(row["labels"]) for row in rows]
    batch["labels"] = pad_sequence(labels, batch_first=True, padding_value=IGNORED)
    if SOFT_LABELS in rows[0]:
        batch[SOFT_LABELS] = pad_sequence([torch.tensor(row[SOFT_LABELS]) for row in rows], batch_first=True)
    return batch
