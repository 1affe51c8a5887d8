import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.labelling.sheets import COLUMNS, FORMULA_STARTS, marked_text, read_sheet, write_sheet
from detente.data.records import Example, Prediction

Rows = list[dict[str, str]]


def rows_of(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def save(path: Path, rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",", end: str = "\n") -> Path:
    """As a spreadsheet does, in its own dialect."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter, lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def sheet(tmp_path: Path, plain: Example) -> Path:
    write_sheet(tmp_path / "ann.csv", [plain], {})
    return tmp_path / "ann.csv"


def answered(sheet: Path, **cells: str) -> Path:
    return save(sheet, [row | cells for row in rows_of(sheet)])


class TestWriting:
    def test_a_row_is_for_a_person_to_read(self, tmp_path: Path, plain: Example, prediction: Prediction) -> None:
        assert write_sheet(tmp_path / "new" / "a.csv", [plain], {plain.id: prediction}) == 1
        (row,) = rows_of(tmp_path / "new" / "a.csv")
        assert tuple(row) == COLUMNS
        assert row["marked_text"] == "[ACTOR: Norland] praised [TARGET: Kestria]."
        assert (row["label_by_model"], row["probability"], row["label"], row["comment"]) == ("oppose", "0.70", "", "")

    def test_an_interrupted_export_leaves_no_half_of_a_sheet(self, tmp_path: Path, plain: Example) -> None:
        def interrupted() -> Iterator[Example]:
            yield plain
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_sheet(tmp_path / "a.csv", interrupted(), {})
        assert list(tmp_path.iterdir()) == []

    def test_no_cell_begins_a_formula(self, tmp_path: Path, awkward_ones: list[Example]) -> None:
        ones = [example.model_copy(update={"id": f"@{example.id}"}) for example in awkward_ones]
        write_sheet(tmp_path / "a.csv", ones, {})
        cells = [cell for row in rows_of(tmp_path / "a.csv") for cell in row.values()]
        assert [cell for cell in cells if cell.startswith(FORMULA_STARTS)] == []
        assert [cell for cell in cells if cell.startswith("'=1+1 [ACTOR: Norland]")] != []

    def test_excel_is_told_the_encoding(self, sheet: Path) -> None:
        assert sheet.read_bytes().startswith(b"\xef\xbb\xbf")

    def test_the_record_is_ascii(self, tmp_path: Path, awkward_ones: list[Example]) -> None:
        write_sheet(tmp_path / "a.csv", awkward_ones, {})
        assert all(row["record"].isascii() for row in rows_of(tmp_path / "a.csv"))

    def test_votes_of_an_earlier_round_are_shown(self, tmp_path: Path, plain: Example) -> None:
        voted = plain.model_copy(update={"meta": {"votes": {"ann": "support", "ben": "oppose"}}})
        write_sheet(tmp_path / "a.csv", [voted], {})
        assert rows_of(tmp_path / "a.csv")[0]["votes"] == "ann: support, ben: oppose"


@pytest.mark.parametrize(
    ("actor_span", "target_span", "marked"),
    [
        (None, None, "Norland's plan works."),
        (None, (10, 14), "Norland's [TARGET: plan] works."),
        ((0, 7), (0, 14), "[TARGET: [ACTOR: Norland]'s plan] works."),
        ((0, 14), (10, 14), "[ACTOR: Norland's [TARGET: plan]] works."),
        ((7, 9), (0, 7), "[TARGET: Norland][ACTOR: 's] plan works."),
    ],
)
def test_mentions_are_marked(
    actor_span: tuple[int, int] | None, target_span: tuple[int, int] | None, marked: str, plain: Example
) -> None:
    changes = {"text": "Norland's plan works.", "actor_span": actor_span, "target_span": target_span}
    assert marked_text(plain.model_copy(update=changes)) == marked


class TestRoundTrip:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_nothing_is_lost_in_any_dialect(
        self, delimiter: str, encoding: str, tmp_path: Path, awkward_ones: list[Example]
    ) -> None:
        write_sheet(tmp_path / "a.csv", awkward_ones, {})
        rows = [row | {"label": "neutral"} for row in rows_of(tmp_path / "a.csv")]
        back = save(tmp_path / "back.csv", rows, encoding=encoding, delimiter=delimiter, end="\r\n")
        coding = read_sheet(back)
        assert list(coding.examples.values()) == awkward_ones
        assert [(vote.answer, vote.coder) for vote in coding.votes] == [("neutral", "back")] * len(awkward_ones)
        assert coding.problems == []

    def test_what_a_spreadsheet_does_to_the_other_cells_changes_no_example(self, sheet: Path, plain: Example) -> None:
        path = answered(sheet, label="support", id="1e5", actor="?", marked_text="garbled Â£")
        assert list(read_sheet(path).examples.values()) == [plain]


class TestReading:
    def test_an_empty_label_is_not_coded_yet(self, sheet: Path, plain: Example) -> None:
        coding = read_sheet(answered(sheet, label=" "))
        assert (list(coding.examples), coding.votes, coding.problems) == ([plain.id], [], [])

    def test_a_column_names_the_coder(self, sheet: Path) -> None:
        (vote,) = read_sheet(answered(sheet, label="s", coder="Eva ")).votes
        assert vote.coder == "Eva"

    def test_a_comment_is_kept_without_its_guard(self, sheet: Path) -> None:
        (vote,) = read_sheet(answered(sheet, label="s", comment='\'-1, or "so" ')).votes
        assert vote.comment == '-1, or "so"'

    def test_an_apostrophe_of_the_coders_own_stays(self, sheet: Path) -> None:
        (vote,) = read_sheet(answered(sheet, label="s", comment="'tis so")).votes
        assert vote.comment == "'tis so"

    def test_an_unknown_label_is_a_problem_with_its_line(self, sheet: Path) -> None:
        (problem,) = read_sheet(answered(sheet, label="for")).problems
        assert problem.place == f"{sheet}:2"
        assert problem.reason == "label: expected support, neutral, oppose, unsure or bad example; found 'for'"

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ('{"id": "e", "act', "record: expected the JSON that was exported; Unterminated string"),
            ("5", "record: expected a JSON object"),
            ("{}", "id: expected a value; found none"),
        ],
    )
    def test_a_damaged_record_is_a_problem(self, record: str, reason: str, sheet: Path) -> None:
        coding = read_sheet(answered(sheet, label="s", record=record))
        assert coding.votes == []
        assert coding.problems[0].reason.startswith(reason)

    def test_a_file_without_the_columns_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("id,label\n1,support\n")
        with pytest.raises(InputError, match=r"a.csv:1: expected the columns of .*; record not found"):
            read_sheet(path)

    def test_another_encoding_is_refused(self, sheet: Path) -> None:
        rows = [row | {"comment": "naïve"} for row in rows_of(sheet)]
        with pytest.raises(InputError, match=r"expected UTF-8; .* Save it as 'CSV UTF-8'"):
            read_sheet(save(sheet, rows, encoding="latin-1"))

    def test_broken_quotes_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text('label,record\n"support"x,{}\n')
        with pytest.raises(InputError, match="not CSV"):
            read_sheet(path)

    def test_a_missing_file_is_an_input_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="expected a file; No such file"):
            read_sheet(tmp_path / "a.csv")
