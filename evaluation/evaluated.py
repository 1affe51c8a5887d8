"""Each example of an evaluation with its gold stance, its answer and its slices, as one file: what comparisons read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from detente.configs.errors import InputError
from detente.data.records import STANCES, Example, Prediction
from detente.models.calibration import Floats, stance_indices

EVALUATED = "evaluated.parquet"
_ABOUT = b"detente"
_SLICE = "slice: "
_QUESTION = ("actor", "target", "text")
_PROBABILITIES = tuple(f"p_{stance}" for stance in STANCES)

Question = tuple[str, str, str]
"""Actor, target and text."""


@dataclass(frozen=True)
class Evaluated:
    """The examples that a model was measured on, in the order of their file, and its answers."""

    split: str
    sha256: str
    """Fingerprint of the examples, see `detente.data.dataset.fingerprint`."""
    seconds: float | None
    """How long the model took to answer all of them, where it was measured."""
    ids: Sequence[str]
    questions: Sequence[Question]
    groups: Sequence[str]
    gold: NDArray[np.int64]
    """Shape (n,), places in the label order."""
    probabilities: Floats
    """Shape (n, 3)."""
    by: Mapping[str, Sequence[str | None]]
    """The slice of each example in each dimension; None: in none."""

    @classmethod
    def of(
        cls,
        examples: Sequence[Example],
        predictions: Sequence[Prediction],
        by: Mapping[str, Sequence[str | None]],
        *,
        split: str,
        sha256: str,
        seconds: float | None,
    ) -> "Evaluated":
        """Put labelled examples and their answers, in the same order, together."""
        return cls(
            split=split,
            sha256=sha256,
            seconds=seconds,
            ids=[example.id for example in examples],
            questions=[(example.actor, example.target, example.text) for example in examples],
            groups=[example.group_key for example in examples],
            gold=stance_indices([example.label for example in examples if example.label is not None]),
            probabilities=np.array([[getattr(answer, name) for name in _PROBABILITIES] for answer in predictions]),
            by=by,
        )


def write_evaluated(path: Path, evaluated: Evaluated) -> None:
    """Write the table: a row for each example, a column for each dimension of slices."""
    columns = dict(zip(_QUESTION, zip(*evaluated.questions, strict=True), strict=True))
    table = pa.table(
        {
            "example_id": list(evaluated.ids),
            **{name: list(values) for name, values in columns.items()},
            "group": list(evaluated.groups),
            "gold": [STANCES[place].value for place in evaluated.gold],
            "stance": [STANCES[place].value for place in evaluated.probabilities.argmax(axis=1)],
            **dict(zip(_PROBABILITIES, evaluated.probabilities.T, strict=True)),
            **{f"{_SLICE}{name}": pa.array(values, pa.string()) for name, values in evaluated.by.items()},
        }
    )
    about = {"split": evaluated.split, "sha256": evaluated.sha256, "seconds": evaluated.seconds}
    pq.write_table(table.replace_schema_metadata({_ABOUT: json.dumps(about)}), path)


def read_evaluated(path: Path) -> Evaluated:
    """Read what `write_evaluated` wrote.

    Raises:
        InputError: The file is damaged, or something else.
    """
    try:
        table = pq.read_table(path)
        about = json.loads((table.schema.metadata or {})[_ABOUT])
        columns = {name: table[name].to_pylist() for name in table.column_names if not name.startswith("p_")}
        gold = np.array([STANCES.index(label) for label in columns["gold"]], dtype=np.int64)
        return Evaluated(
            **about,
            ids=columns["example_id"],
            questions=list(zip(*(columns[name] for name in _QUESTION), strict=True)),
            groups=columns["group"],
            gold=gold,
            probabilities=np.stack([table[name].to_numpy() for name in _PROBABILITIES], axis=1),
            by={name.removeprefix(_SLICE): values for name, values in columns.items() if name.startswith(_SLICE)},
        )
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: expected the table of an evaluation by detente; it is damaged: {error}") from error
