"""The table that comparisons read: what goes in comes out."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detente.configs.errors import InputError
from detente.data.records import STANCES, Example, Prediction
from detente.evaluation.evaluate import evaluate
from detente.evaluation.evaluated import EVALUATED, Evaluated, read_evaluated, write_evaluated
from detente.evaluation.report import write_report
from detente.evaluation.stopwatch import Stopwatch


def answers(examples: list[Example]) -> list[Prediction]:
    """All support."""
    return [
        Prediction(
            example_id=one.id,
            stance=STANCES[0],
            p_support=0.6,
            p_neutral=0.3,
            p_oppose=0.1,
            confident=False,
            **one.model_dump(include={"actor", "target", "text"}),
        )
        for one in examples
    ]


@pytest.fixture
def evaluated(examples: list[Example]) -> Evaluated:
    return Evaluated.of(
        examples, answers(examples), {"outlet": ["a", None] * 12}, split="test", sha256="abc", seconds=0.5
    )


def test_what_is_written_is_read(evaluated: Evaluated, tmp_path: Path) -> None:
    write_evaluated(tmp_path / EVALUATED, evaluated)
    again = read_evaluated(tmp_path / EVALUATED)
    for name, value in vars(evaluated).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(again, name), value)
        else:
            assert getattr(again, name) == value, name


def test_the_table_is_for_people_too(evaluated: Evaluated, tmp_path: Path) -> None:
    write_evaluated(tmp_path / EVALUATED, evaluated)
    row = pq.read_table(tmp_path / EVALUATED).to_pylist()[1]
    assert (row["example_id"], row["group"], row["gold"], row["stance"]) == ("e1", "g0", "neutral", "support")
    assert (row["actor"], row["target"], row["slice: outlet"]) == ("Norway", "Kenya", None)


def test_every_report_has_one_with_the_fingerprint_and_the_slices(examples: list[Example], tmp_path: Path) -> None:
    watch = Stopwatch()
    watch.seconds["answers"] = 3.0
    evaluation = evaluate(examples, answers(examples), {}, split="test", resamples=10, seed=1, watch=watch)
    write_report(evaluation, tmp_path, title="t")
    found = read_evaluated(tmp_path / EVALUATED)
    assert (found.split, found.seconds, len(found.sha256)) == ("test", 3.0, 64)
    assert found.groups[:3] == ["g0", "g0", "g1"]
    assert found.by["mention order"] == ["actor first"] * 24
    assert found.by == evaluation.by


@pytest.mark.parametrize("damage", ["bytes", "column", "label", "metadata"])
def test_a_damaged_table_is_named(damage: str, evaluated: Evaluated, tmp_path: Path) -> None:
    path = tmp_path / EVALUATED
    write_evaluated(path, evaluated)
    table = pq.read_table(path)
    if damage == "bytes":
        path.write_bytes(path.read_bytes()[:100])
    elif damage == "column":
        pq.write_table(table.drop_columns(["gold"]), path)
    elif damage == "label":
        pq.write_table(table.set_column(5, "gold", pa.array(["for"] * 24)), path)
    else:
        pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(InputError, match=r"evaluated\.parquet: expected the table of an evaluation by detente"):
        read_evaluated(path)
