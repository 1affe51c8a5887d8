"""The report: every file, every row, intervals, and no text of any corpus."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.accuracy.cells import Answered
from benchmarks.accuracy.corpora import Questions
from benchmarks.accuracy.rows import make_rows
from benchmarks.accuracy.table import render, render_model

Make = Callable[..., Answered]


def report_of(questions: dict[str, Questions], *cells: Answered) -> str:
    return render(make_rows({one.cell: one for one in cells}, questions), questions)


def section(report: str, title: str) -> list[str]:
    """The lines of the table below a heading."""
    part = report.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [line for line in part.splitlines() if line.startswith("| ")]


def columns(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_file_shows_what_learnt_from_its_corpus_or_from_all(answered: Make, questions: dict[str, Questions]) -> None:
    cells = [answered("majority", name, wrong=0.5) for name in ("dse", "seesaw_ctx", "all")]
    report = report_of(questions, *cells, answered("pair", "dse", 1), answered("mine", "x.jsonl", 1))
    rows = [columns(line)[:2] for line in section(report, "dse")[2:]]
    assert rows == [["dse", "majority"], ["dse", "pair"], ["all", "majority"], ["x.jsonl", "mine"]]
    across = [columns(line)[:2] for line in section(report, "Across corpora")[2:]]
    assert len(across) == 5


def test_a_table_is_a_table(answered: Make, questions: dict[str, Questions]) -> None:
    report = report_of(questions, answered("names_only", "dse", wrong=0.5), answered("pair", "dse", 1, wrong=0.2))
    for title in ("dse", "Across corpora", "Margins over the controls"):
        lines = section(report, title)
        assert len(lines) >= 3
        assert len({line.count("|") for line in lines}) == 1


def test_seeds_have_a_mean_with_an_interval_and_a_range(answered: Make, questions: dict[str, Questions]) -> None:
    report = report_of(questions, *(answered("pair", "dse", seed, wrong=0.3) for seed in (1, 2)))
    head, _, line = section(report, "dse")
    row = dict(zip(columns(head), columns(line), strict=True))
    low, _, high = row["seeds from to"].partition(" to ")
    assert row["seeds"] == "2"
    assert float(low) < float(row["macro-F1"].partition(" ")[0]) < float(high)
    assert " to " in row["macro-F1"]
    assert row["both directions right"].endswith(")")
    assert row["against actor first"][0] in "+-"


def test_margins_are_shown_with_their_signs(answered: Make, questions: dict[str, Questions]) -> None:
    report = report_of(questions, answered("names_only", "dse", wrong=0.9), answered("pair", "dse", 1))
    line = columns(section(report, "Margins over the controls")[2])
    assert line[:4] == ["dse", "dse", "pair", "1"]
    assert line[4].startswith("+0.")
    assert line[5:] == ["", ""]


def test_a_file_nothing_learnt_for_says_so(answered: Make, questions: dict[str, Questions]) -> None:
    report = report_of(questions, answered("majority", "dse"))
    assert (
        "## seesaw_ctx\n\n12 examples of 6 groups: 6 support, 0 neutral, 6 oppose.\n\nNothing trained on it" in report
    )


def test_known_texts_and_leaks_are_told(answered: Make, questions: dict[str, Questions]) -> None:
    notes = {"known_texts": {"dse": 3}, "leaks": {"valid": "texts 4.2%"}}
    report = report_of(questions, replace(answered("pair", "all", 1), notes=notes))
    assert "3 examples of dse have a text that stands in the training files of all." in report
    assert "Trained on all: the audit finds texts 4.2% of the validation examples in the training files." in report


def test_no_text_stands_in_the_report(answered: Make, questions: dict[str, Questions], secret: str) -> None:
    report = report_of(questions, answered("names_only", "dse", wrong=0.5), answered("pair", "all", 1, wrong=0.2))
    assert secret not in report
    assert "Borduria" not in report


def test_a_model_alone_has_a_line_for_each_file_and_its_margins(
    answered: Make, questions: dict[str, Questions]
) -> None:
    cells = [answered("names_only", "dse", wrong=0.5), answered("mine", "seesaw_ctx", 1, wrong=0.2)]
    rows = make_rows({one.cell: one for one in cells}, questions)
    report = "\n" + render_model(next(row for row in rows if row.model == "mine"), rows, questions)
    for name in questions:
        assert [columns(line)[:2] for line in section(report, name)[2:]] == [["seesaw_ctx", "mine"]]
    lines = [columns(line) for line in section(report, "Margins over the controls")[2:]]
    assert [line[:3] for line in lines] == [["dse", "seesaw_ctx", "mine"], ["seesaw_ctx", "seesaw_ctx", "mine"]]
