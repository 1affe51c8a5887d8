"""The predictions from which the next examples are chosen, as columns: a million of them fit in memory."""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detente.configs.errors import InputError
from detente.data.labelling.matching import stance_probabilities
from detente.data.reading import read_predictions
from detente.data.records import Example, Prediction

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Pool:
    """The questions that can be chosen, in the order of the file."""

    rows: NDArray[np.int64]
    """Places among the predictions of the file, from 0."""
    uncertainty: NDArray[np.float64]
    """One minus the margin between the two likeliest stances: 0 is sure, 1 is a tie."""
    texts: Hashes
    articles: Hashes
    """The article, or the text where none is known."""
    taken: int
    """Predictions left out because they are labelled, or with the coders, already."""
    repeated: int
    """Predictions left out because an earlier one asks the same of the same text."""

    def __len__(self) -> int:
        return len(self.rows)


def read_pool(path: Path, taken: Iterable[Example]) -> Pool:
    """Read the predictions that are not taken, by id or by question.

    Raises:
        InputError: The file is bad, two questions share an id, or no prediction is left.
    """
    ids_taken, questions_taken = set(), set()
    for example in taken:
        ids_taken.add(_hash(example.id))
        questions_taken.add(_hash(example.actor, example.target, example.text))
    hashes, uncertainty = _columns(path)
    ids, questions, texts, articles = hashes
    is_taken = _are_in(ids, ids_taken) | _are_in(questions, questions_taken)
    is_new = _are_first(questions)
    rows = np.flatnonzero(is_new & ~is_taken)
    if not len(rows):
        raise InputError(f"{path}: expected predictions that are not labelled yet; found none among {len(ids)}")
    _check_ids(path, ids, rows)
    return Pool(
        rows=rows,
        uncertainty=uncertainty[rows],
        texts=texts[rows],
        articles=articles[rows],
        taken=int(is_taken.sum()),
        repeated=int((~is_new & ~is_taken).sum()),
    )


def fetch(path: Path, rows: Iterable[int]) -> dict[int, Prediction]:
    """The predictions at some places of the file, by place."""
    wanted = set(rows)
    return {row: prediction for row, prediction in enumerate(read_predictions(path)) if row in wanted}


def _columns(path: Path) -> tuple[list[Hashes], NDArray[np.float64]]:
    """Hashes of id, question, text and article, and the uncertainty, of all predictions."""
    hashes, uncertainty = [array("Q") for _ in range(4)], array("d")
    for prediction in read_predictions(path):
        question = (prediction.actor, prediction.target, prediction.text)
        keys = ((prediction.example_id,), question, (prediction.text,), (prediction.article_id or prediction.text,))
        for column, key in zip(hashes, keys, strict=True):
            column.append(_hash(*key))
        _, second, first = sorted(stance_probabilities(prediction))
        uncertainty.append(1 - (first - second))
    return [np.array(column, dtype=np.uint64) for column in hashes], np.array(uncertainty, dtype=np.float64)


def _hash(*parts: str) -> int:
    content = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little")


def _are_in(column: Hashes, values: set[int]) -> NDArray[np.bool_]:
    return np.isin(column, np.array(sorted(values), dtype=np.uint64))


def _are_first(column: Hashes) -> NDArray[np.bool_]:
    """Which values did not occur before."""
    first = np.zeros(len(column), dtype=bool)
    first[np.unique(column, return_index=True)[1]] = True
    return first


def _check_ids(path: Path, ids: Hashes, rows: NDArray[np.int64]) -> None:
    again = rows[~_are_first(ids[rows])]
    if len(again):
        earlier = int(rows[np.flatnonzero(ids[rows] == ids[again[0]])[0]])
        raise InputError(
            f"{path}: expected an id of its own for each question; predictions {earlier + 1} and {int(again[0]) + 1} "
            "share one. Give the examples other ids and predict again."
        )
