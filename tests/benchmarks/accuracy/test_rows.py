"""Seeds together, rows in order, and margins over the controls that learnt the same."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks.accuracy.cells import Answered
from benchmarks.accuracy.corpora import Questions
from benchmarks.accuracy.rows import Row, make_rows, margins

Make = Callable[..., Answered]


def rows_of(questions: dict[str, Questions], *cells: Answered) -> list[Row]:
    return make_rows({one.cell: one for one in cells}, questions)


def test_seeds_are_one_row(answered: Make, questions: dict[str, Questions]) -> None:
    cells = [answered("pair", "dse", seed, wrong=0.3) for seed in (1, 2, 3)]
    (row,) = rows_of(questions, *cells)
    singles = [rows_of(questions, one)[0].results["dse"].headline[0] for one in cells]
    assert len(row.seeds) == 3
    assert row.results["dse"].headline[0] == pytest.approx(sum(singles) / 3)
    assert row.results["dse"].spread == (min(singles), max(singles))


def test_rows_stand_in_the_order_of_corpora_and_baselines(answered: Make, questions: dict[str, Questions]) -> None:
    names = [("pair", "all"), ("lookup", "all"), ("mine", "x.jsonl"), ("majority", "all"), ("pair", "dse")]
    rows = rows_of(questions, *(answered(model, trained_on) for model, trained_on in names))
    assert [(row.model, row.trained_on) for row in rows] == [
        ("pair", "dse"),
        ("majority", "all"),
        ("lookup", "all"),
        ("pair", "all"),
        ("mine", "x.jsonl"),
    ]


def test_the_headline_of_a_file_of_two_classes_is_micro_f1(answered: Make, questions: dict[str, Questions]) -> None:
    (row,) = rows_of(questions, answered("pair", "dse", 1, wrong=0.3))
    result = row.results["seesaw_ctx"]
    assert (result.headline == result.drawn["micro_f1"]).all()


def test_a_margin_is_over_the_control_that_learnt_the_same(answered: Make, questions: dict[str, Questions]) -> None:
    rows = rows_of(
        questions,
        answered("names_only", "dse", wrong=0.6),
        answered("names_only", "all", wrong=0.9),
        answered("pair", "dse", 1),
    )
    row = next(one for one in rows if one.model == "pair")
    found = margins(row, rows, "dse")
    assert list(found) == ["names_only"]
    assert found["names_only"].difference == pytest.approx(1 - rows[0].results["dse"].headline[0])
    assert found["names_only"].shown


def test_a_model_that_learnt_something_else_is_held_against_controls_of_the_file(
    answered: Make, questions: dict[str, Questions]
) -> None:
    cells = [answered("names_only", "seesaw_ctx", wrong=0.5), answered("names_only", "dse", wrong=0.9)]
    rows = rows_of(questions, *cells, answered("mine", "x.jsonl", 1))
    row = next(one for one in rows if one.model == "mine")
    for name in ("dse", "seesaw_ctx"):
        control = next(one for one in rows if one.model == "names_only" and one.trained_on == name)
        expected = row.results[name].headline[0] - control.results[name].headline[0]
        assert margins(row, rows, name)["names_only"].difference == pytest.approx(expected)


def test_a_model_of_a_share_is_held_against_controls_of_that_share(
    answered: Make, questions: dict[str, Questions]
) -> None:
    cells = [answered("names_only", "dse", wrong=0.1), answered("names_only", "dse x 0.5", wrong=0.8)]
    rows = rows_of(questions, *cells, answered("pair-small", "dse x 0.5", 1))
    of_share = {one.model: one for one in rows if one.trained_on == "dse x 0.5"}
    mine, control = of_share["pair-small"], of_share["names_only"]
    expected = mine.results["dse"].headline[0] - control.results["dse"].headline[0]
    assert margins(mine, rows, "dse")["names_only"].difference == pytest.approx(expected)


def test_seeds_of_another_recipe_are_no_seeds_of_the_same_row(answered: Make, questions: dict[str, Questions]) -> None:
    cells = [
        replace(answered("pair", "dse", seed), notes={"recipe": recipe})
        for seed, recipe in ((1, "new"), (2, "old"), (3, "old"))
    ]
    assert [[one.cell.seed for one in row.seeds] for row in rows_of(questions, *cells)] == [[1], [2, 3]]


def test_equal_answers_have_no_margin(answered: Make, questions: dict[str, Questions]) -> None:
    rows = rows_of(questions, answered("actor_hidden", "dse", wrong=0.3), answered("pair", "dse", 0, wrong=0.3))
    found = margins(rows[1], rows, "dse")["actor_hidden"]
    assert (found.difference, found.interval, found.shown) == (0.0, (0.0, 0.0), False)
