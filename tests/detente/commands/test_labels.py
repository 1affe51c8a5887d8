"""`detente label export`, `import` and `agreement`: what they print where, what they write, and their exit status."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detente.data.labelling.votes import Vote
from detente.data.reading import read_examples, write_records
from detente.data.records import Example, Prediction

Detente = Callable[..., Any]


def answer_for(example: Example, **changes: Any) -> Prediction:
    shared = example.model_dump(include={"actor", "target", "text", "actor_span", "target_span"})
    scores = {"stance": "support", "p_support": 0.8, "p_neutral": 0.1, "p_oppose": 0.1, "confident": True}
    return Prediction.model_validate({"example_id": example.id, **shared, **scores, **changes})


def code(sheet: Path, answers: dict[str, str]) -> None:
    """Fill in the labels of a sheet by example id."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"label": answers.get(row["id"], "")} for row in rows)


@pytest.fixture
def sheets(detente: Detente, examples_file: Path) -> list[Path]:
    """Two coders who agree on e0 to e5, but for e1, and set e6 aside."""
    both = {f"e{number}": ("support", "neutral", "oppose")[number % 3] for number in range(6)} | {"e6": "bad example"}
    for coder, answers in {"ann": both, "ben": both | {"e1": "oppose"}}.items():
        detente("label", "export", "examples.jsonl", "-o", f"{coder}.csv")
        code(Path(f"{coder}.csv"), answers)
    return [Path("ann.csv"), Path("ben.csv")]


class TestExport:
    def test_tasks_and_their_page_are_written(self, detente: Detente, examples_file: Path) -> None:
        done = detente("label", "export", "examples.jsonl", "-o", "tasks.json")
        assert done == (0, "24 tasks: tasks.json\nlabelling config: tasks.xml\n", "")
        assert len(json.loads(Path("tasks.json").read_bytes())) == 24
        assert Path("tasks.xml").read_text("utf-8").endswith("</View>")

    def test_a_sheet_is_written(self, detente: Detente, examples_file: Path) -> None:
        assert detente("label", "export", "examples.jsonl", "-o", "ann.csv") == (0, "24 rows: ann.csv\n", "")

    def test_predictions_are_matched_by_id(
        self, detente: Detente, examples_file: Path, examples: list[Example]
    ) -> None:
        strange = answer_for(examples[0], example_id="elsewhere", text="Else.")
        write_records("model-1.jsonl", [*map(answer_for, examples[:20]), strange], Prediction)
        done = detente("label", "export", "examples.jsonl", "-o", "tasks.json", "--predictions", "model-1.jsonl")
        assert done.out.endswith("20 with the model's answer, 4 without\n")
        given = [task["predictions"][0] for task in json.loads(Path("tasks.json").read_bytes())]
        assert {one["model_version"] for one in given} == {"model-1"}
        assert [one.get("score") for one in given] == [0.8] * 20 + [None] * 4

    def test_predictions_on_other_examples_are_refused(
        self, detente: Detente, examples_file: Path, examples: list[Example]
    ) -> None:
        write_records("p.jsonl", [answer_for(examples[0], example_id="elsewhere")], Prediction)
        done = detente("label", "export", "examples.jsonl", "-o", "tasks.json", "--predictions", "p.jsonl")
        assert done.status == 2
        assert "p.jsonl: expected predictions on the examples that are exported; found none" in done.err

    def test_a_prediction_on_another_question_is_refused(
        self, detente: Detente, examples_file: Path, examples: list[Example]
    ) -> None:
        write_records("p.jsonl", [answer_for(examples[0], target="Chile")], Prediction)
        done = detente("label", "export", "examples.jsonl", "-o", "tasks.json", "--predictions", "p.jsonl")
        assert done.status == 2
        assert (
            "found another actor, target or text under the id 'e0'. Run detente predict on these examples." in done.err
        )

    def test_another_kind_of_output_is_refused(self, detente: Detente, examples_file: Path) -> None:
        done = detente("label", "export", "examples.jsonl", "-o", "tasks.xlsx")
        assert done.status == 2
        assert "--output: expected a file that ends in .json or .csv; found 'tasks.xlsx'" in done.err


class TestImport:
    def test_votes_are_merged_and_counted(self, detente: Detente, sheets: list[Path]) -> None:
        done = detente("label", "import", *sheets, "-o", "out/labelled.jsonl", "--coders", "out/votes.jsonl")
        assert done.status == 0
        assert [line.split(maxsplit=1) for line in done.out.splitlines()] == [
            ["6", "unanimous (85.7% of those with two or more coders)"],
            ["1", "to adjudicate (14.3% of those with two or more coders)"],
            ["17", "without an answer"],
            ["5", "out/labelled.jsonl"],
            ["1", "out/labelled-adjudicate.jsonl"],
            ["1", "out/labelled-excluded.jsonl"],
            ["14", "out/votes.jsonl"],
        ]
        labelled = {one.id: one for one in read_examples("out/labelled.jsonl", labelled=True)}
        assert labelled["e2"].label == "oppose"
        assert labelled["e2"].meta == {"votes": {"ann": "oppose", "ben": "oppose"}}

    def test_what_cannot_be_used_is_told_and_fails(self, detente: Detente, sheets: list[Path]) -> None:
        code(sheets[0], {"e0": "for", "e1": "neutral"})
        done = detente("label", "import", *sheets, "-o", "labelled.jsonl")
        assert done.status == 1
        assert "ann.csv:2: label: expected support, neutral, oppose, unsure or bad example; found 'for'" in done.err
        assert Path("labelled.jsonl").is_file()

    def test_json_min_is_an_input_error(self, detente: Detente) -> None:
        Path("min.json").write_text('[{"id": 1, "stance": "support"}]')
        done = detente("label", "import", "min.json", "-o", "labelled.jsonl")
        assert done.status == 2
        assert "JSON-MIN" in done.err


class TestAgreement:
    def test_tables_are_shown(self, detente: Detente, sheets: list[Path]) -> None:
        done = detente("label", "agreement", *sheets)
        assert done.status == 0
        for words in ("6 examples of 3 groups", "ordinal (oppose < neutral < support)", "agreement on neutral", "ben"):
            assert words in done.out

    def test_json_has_all_figures_and_is_the_same_from_votes(self, detente: Detente, sheets: list[Path]) -> None:
        figures = detente("label", "agreement", *sheets, "--json")
        detente("label", "import", *sheets, "-o", "labelled.jsonl", "--coders", "votes.jsonl")
        assert detente("label", "agreement", "votes.jsonl", "--json") == figures
        measured = json.loads(figures.out)
        assert measured["agreement"]["value"] == pytest.approx(5 / 6)
        assert measured["per_stance"]["support"]["value"] == 1
        assert measured["coders"][0]["answers"]["bad example"] == 1

    def test_one_coder_is_an_input_error(self, detente: Detente, sheets: list[Path]) -> None:
        done = detente("label", "agreement", sheets[0])
        assert done.status == 2
        assert "two coders or more gave a stance; found none in 7 votes of 1 coders" in done.err


def test_the_votes_file_is_one_vote_a_line(detente: Detente, sheets: list[Path]) -> None:
    detente("label", "import", "ann.csv", "-o", "labelled.jsonl", "--coders", "votes.jsonl")
    votes = [Vote.model_validate_json(line) for line in Path("votes.jsonl").read_text("utf-8").splitlines()]
    assert [(vote.example_id, vote.coder, vote.answer, vote.group) for vote in votes][:2] == [
        ("e0", "ann", "support", "g0"),
        ("e1", "ann", "neutral", "g0"),
    ]


class TestWorkOfCoders:
    """A filled-in sheet is hours of work; no command writes over it."""

    @pytest.mark.parametrize("options", [["-o", "ann.csv"], ["-o", "out.jsonl", "--coders", "ann.csv"]])
    def test_import_doesnt_write_over_a_sheet(self, detente: Detente, sheets: list[Path], options: list[str]) -> None:
        before = sheets[0].read_bytes()
        done = detente("label", "import", "ann.csv", "ben.csv", *options)
        assert done.status == 2
        assert "ann.csv: expected an output that is none of the inputs" in done.err
        assert sheets[0].read_bytes() == before
        assert not Path("out.jsonl").exists()

    @pytest.mark.parametrize("coders", ["out.jsonl", "out-adjudicate.jsonl"])
    def test_votes_and_labels_are_different_files(self, detente: Detente, sheets: list[Path], coders: str) -> None:
        done = detente("label", "import", *sheets, "-o", "out.jsonl", "--coders", coders)
        assert (done.status, f"{coders}: expected another file for each output" in done.err) == (2, True)

    def test_unknown_kind_of_votes_file_is_told_before_anything_is_written(
        self, detente: Detente, sheets: list[Path]
    ) -> None:
        done = detente("label", "import", *sheets, "-o", "out.jsonl", "--coders", "votes.txt")
        assert done.status == 2
        assert not Path("out.jsonl").exists()

    def test_export_doesnt_write_over_a_sheet(self, detente: Detente, sheets: list[Path]) -> None:
        before = sheets[0].read_bytes()
        done = detente("label", "export", "examples.jsonl", "-o", "ann.csv")
        assert done.status == 2
        assert "ann.csv: expected a new file; there is one already, and a coder may have written in it" in done.err
        assert sheets[0].read_bytes() == before
