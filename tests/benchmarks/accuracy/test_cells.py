"""Answers that are kept, found again, and passed over when the questions have changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.accuracy.cells import Answered, Cell, read_cells, write_cell
from benchmarks.accuracy.corpora import Questions
from detente.models.calibration import Calibration

Make = Callable[..., Answered]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (Cell("lookup", "dse"), "lookup-dse"),
        (Cell("pair-minilm", "all", 13), "pair-minilm-all-13"),
        (Cell("my model", "a.jsonl, b/c.jsonl", 0), "my_model-a.jsonl_b_c.jsonl-0"),
    ],
)
def test_a_cell_has_a_name_for_files(cell: Cell, name: str) -> None:
    assert cell.name == name


def test_a_cell_is_found_again(tmp_path: Path, answered: Make, questions: dict[str, Questions]) -> None:
    calibration = Calibration(scale=(1.0, 2.0, 3.0), bias=(0.1, 0.2, 0.3))
    one = replace(answered("pair", "dse", 7, wrong=0.2), calibration=calibration, notes={"folder": "somewhere"})
    write_cell(one, tmp_path)
    write_cell(answered("lookup", "dse"), tmp_path)
    found = read_cells(tmp_path, questions)
    assert set(found) == {one.cell, Cell("lookup", "dse")}
    again = found[one.cell]
    assert (again.fingerprint, again.calibration, again.notes) == ("print", calibration, {"folder": "somewhere"})
    for name, logits in one.logits.items():
        np.testing.assert_allclose(again.logits[name], logits, atol=1e-6)


def test_a_cell_that_answers_other_questions_is_passed_over(
    tmp_path: Path, answered: Make, questions: dict[str, Questions]
) -> None:
    write_cell(answered("pair", "dse", 7), tmp_path)
    assert read_cells(tmp_path, {"dse": questions["dse"]}) == {}


def test_a_file_that_was_not_finished_is_passed_over(
    tmp_path: Path, answered: Make, questions: dict[str, Questions]
) -> None:
    write_cell(answered("pair", "dse", 7), tmp_path)
    (tmp_path / ".partial-x.json").write_text('{"model":')
    assert len(read_cells(tmp_path, questions)) == 1


def test_no_text_is_kept(tmp_path: Path, answered: Make, questions: dict[str, Questions]) -> None:
    write_cell(answered("pair", "dse", 7), tmp_path / "cells")
    (file,) = (tmp_path / "cells").iterdir()
    assert not [
        one.id for one in questions["dse"].examples if one.text in file.read_text() or one.id in file.read_text()
    ]
