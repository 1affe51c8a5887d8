import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detente.configs.errors import InputError
from detente.data.formats import count_rows, file_format, read_rows, stem, write_rows

KINDS = ["rows.jsonl", "rows.jsonl.gz", "rows.csv", "rows.csv.gz", "rows.parquet"]
COLUMNS = ["id", "text", "actor_span", "meta"]
AWKWARD = [
    'a "quoted", comma',
    "two\nlines",
    "carriage\r\nreturn",
    "\n leading and trailing \n",
    "line\u2028separator and next\u0085line",
    "nul\0byte",
    "naïve 🚀 Ελλάδα",
    "[ACTOR] </s> <mask> [SEP]",
    "x" * 100_000,
    "=1+1",
    "null",
    "0012",
]


def row(**changes: Any) -> dict[str, Any]:
    return {"id": "a", "text": "Norway met Kenya.", "actor_span": [0, 6], "meta": {"n": [1, None, "é"]}} | changes


def file_with(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def fault_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        list(read_rows(path))
    return str(caught.value)


class TestNames:
    @pytest.mark.parametrize(
        ("name", "suffix"),
        [
            ("a.jsonl", ".jsonl"),
            ("a.csv", ".csv"),
            ("a.parquet", ".parquet"),
            ("a.jsonl.gz", ".jsonl"),
            ("a.csv.gz", ".csv"),
            ("a.v1.csv", ".csv"),
            ("a.CSV", ".csv"),
            ("a.gz.jsonl", ".jsonl"),
        ],
    )
    def test_suffix_names_the_format(self, name: str, suffix: str) -> None:
        assert file_format(Path(name)) == suffix

    @pytest.mark.parametrize(
        "name", ["a", "a.json", "a.txt", "a.gz", "a.parquet.gz", "a.csv.zip", ".jsonl", ".gz", "a.jsonl.gz.gz", "csv"]
    )
    def test_other_names_are_refused(self, name: str) -> None:
        with pytest.raises(InputError) as caught:
            file_format(Path("in") / name)
        assert str(caught.value) == (
            f"in/{name}: expected a file name that ends in .jsonl, .csv, .parquet; found '{name}'"
        )

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("a.jsonl", "a"), ("a.jsonl.gz", "a"), ("b/a.v1.csv", "a.v1"), ("a.parquet", "a"), ("a b.csv.gz", "a b")],
    )
    def test_stem_is_the_name_without_its_format(self, name: str, expected: str) -> None:
        assert stem(Path(name)) == expected


class TestRoundTrip:
    @pytest.mark.parametrize("name", KINDS)
    def test_rows_come_back_numbered(self, tmp_path: Path, name: str) -> None:
        rows = [row(), row(id="b", actor_span=[3, 9])]
        assert write_rows(tmp_path / name, COLUMNS, rows) == 2
        first = 2 if ".csv" in name else 1
        assert list(read_rows(tmp_path / name)) == [(first, rows[0]), (first + 1, rows[1])]

    @pytest.mark.parametrize("text", AWKWARD, ids=lambda text: repr(text[:12]))
    @pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.parquet"])
    def test_awkward_text_survives(self, tmp_path: Path, name: str, text: str) -> None:
        write_rows(tmp_path / name, COLUMNS, [row(text=text)])
        assert [found for _, found in read_rows(tmp_path / name)] == [row(text=text)]

    def test_lone_carriage_return_survives_in_csv(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "rows.csv", COLUMNS, [row(text="old\rMac")])
        assert [found for _, found in read_rows(tmp_path / "rows.csv")] == [row(text="old\rMac")]

    def test_very_long_text_survives_in_csv(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "rows.csv", COLUMNS, [row(text="x" * 200_000)])
        assert [found for _, found in read_rows(tmp_path / "rows.csv")] == [row(text="x" * 200_000)]

    def test_byte_order_mark_within_a_cell_survives_in_csv(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "rows.csv", COLUMNS, [row(text="one\n\ufefftwo")])
        assert [found for _, found in read_rows(tmp_path / "rows.csv")] == [row(text="one\n\ufefftwo")]

    @pytest.mark.parametrize("name", KINDS)
    def test_file_without_rows_comes_back_empty(self, tmp_path: Path, name: str) -> None:
        assert write_rows(tmp_path / name, COLUMNS, []) == 0
        assert list(read_rows(tmp_path / name)) == []

    @pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
    def test_missing_value_is_left_out_of_the_row(self, tmp_path: Path, name: str) -> None:
        write_rows(tmp_path / name, COLUMNS, [row(actor_span=None), {"id": "b"}])
        found = [found for _, found in read_rows(tmp_path / name)]
        assert [sorted(one) for one in found] == [["id", "meta", "text"], ["id"]]

    @pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv", "rows.parquet"])
    def test_probabilities_keep_every_digit(self, tmp_path: Path, name: str) -> None:
        write_rows(tmp_path / name, ["id", "p_support"], [{"id": "a", "p_support": 0.1 + 0.2}])
        ((_, found),) = read_rows(tmp_path / name)
        assert float(found["p_support"]) == 0.1 + 0.2

    def test_parquet_numbers_its_rows_across_batches(self, tmp_path: Path) -> None:
        count = 4096 + 5
        write_rows(tmp_path / "rows.parquet", ["id"], ({"id": str(n)} for n in range(1, count + 1)))
        assert [(number, found["id"]) for number, found in read_rows(tmp_path / "rows.parquet")] == [
            (n, str(n)) for n in range(1, count + 1)
        ]


class TestWriting:
    @pytest.mark.parametrize("name", KINDS)
    def test_same_rows_give_the_same_bytes(self, tmp_path: Path, name: str) -> None:
        for folder in ("one", "other"):
            write_rows(tmp_path / folder / name, COLUMNS, [row(), row(id="b")])
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()

    def test_gz_file_does_not_hold_the_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        contents = []
        for seconds in (1e9, 1.5e9):
            monkeypatch.setattr("time.time", lambda seconds=seconds: seconds)
            write_rows(tmp_path / "rows.jsonl.gz", ["id"], [{"id": "a"}])
            contents.append((tmp_path / "rows.jsonl.gz").read_bytes())
        assert contents[0] == contents[1]

    @pytest.mark.parametrize("name", KINDS)
    def test_failure_leaves_the_old_file_and_no_other(self, tmp_path: Path, name: str) -> None:
        def rows() -> Iterator[dict[str, Any]]:
            yield row()
            raise RuntimeError

        path = file_with(tmp_path / name, "old")
        with pytest.raises(RuntimeError):
            write_rows(path, COLUMNS, rows())
        assert [file.name for file in tmp_path.iterdir()] == [name]
        assert path.read_text() == "old"

    def test_file_appears_only_with_its_last_row(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.jsonl"
        existed = []
        write_rows(path, ["id"], ({"id": str(n), "there": existed.append(path.exists())} for n in range(3)))
        assert existed == [False, False, False]
        assert path.exists()

    def test_folders_are_made(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "a" / "b" / "rows.jsonl", ["id"], [{"id": "a"}])
        assert (tmp_path / "a" / "b" / "rows.jsonl").is_file()

    def test_file_in_the_way_of_a_folder_is_said(self, tmp_path: Path) -> None:
        file_with(tmp_path / "out", "x")
        with pytest.raises(InputError, match="out: expected a folder to write to; File exists"):
            write_rows(tmp_path / "out" / "rows.jsonl", ["id"], [])

    def test_unknown_format_is_refused_before_anything_is_made(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"rows\.json"):
            write_rows(tmp_path / "new" / "rows.json", ["id"], [])
        assert list(tmp_path.iterdir()) == []

    def test_json_lines_are_readable_utf_8(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "rows.jsonl", ["id"], [{"id": "é🚀"}])
        assert (tmp_path / "rows.jsonl").read_bytes() == '{"id": "é🚀"}\n'.encode()

    def test_csv_has_a_header_and_json_cells(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "rows.csv", COLUMNS, [row(meta={"k": "é"})])
        assert (tmp_path / "rows.csv").read_text() == (
            'id,text,actor_span,meta\na,Norway met Kenya.,"[0, 6]","{""k"": ""é""}"\n'
        )

    def test_a_set_of_stances_is_json_in_a_csv_cell(self, tmp_path: Path) -> None:
        rows = [{"id": "a", "stances": ["support", "neutral"]}, {"id": "b"}]
        write_rows(tmp_path / "rows.csv", ["id", "stances"], rows)
        assert (tmp_path / "rows.csv").read_text() == 'id,stances\na,"[""support"", ""neutral""]"\nb,\n'

    def test_parquet_types_do_not_depend_on_the_rows(self, tmp_path: Path) -> None:
        write_rows(tmp_path / "empty.parquet", [*COLUMNS, "p_oppose", "confident", "stances"], [])
        types = {field.name: str(field.type) for field in pq.read_schema(tmp_path / "empty.parquet")}
        assert types["id"] == types["meta"] == "string"
        assert (types["p_oppose"], types["confident"]) == ("double", "bool")
        assert types["stances"] == "list<element: string>"
        assert pa.types.is_list(pq.read_schema(tmp_path / "empty.parquet").field("actor_span").type)

    @pytest.mark.parametrize("name", ["rows.jsonl.gz", "rows.csv.gz"])
    def test_gz_file_is_gzipped(self, tmp_path: Path, name: str) -> None:
        write_rows(tmp_path / name, ["id"], [{"id": "a"}])
        assert b"a" in gzip.decompress((tmp_path / name).read_bytes())

    def test_upper_case_gz_is_gzip_as_well(self, tmp_path: Path) -> None:
        (tmp_path / "rows.jsonl.GZ").write_bytes(gzip.compress(b'{"id": "a"}\n'))
        assert list(read_rows(tmp_path / "rows.jsonl.GZ")) == [(1, {"id": "a"})]


class TestJsonLines:
    def test_blank_lines_are_skipped_but_counted(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.jsonl", '\n{"id": 1}\n  \n{"id": 2}')
        assert list(read_rows(path)) == [(2, {"id": 1}), (4, {"id": 2})]

    def test_windows_file_with_byte_order_mark_is_read(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.jsonl", '\ufeff{"id": 1}\r\n{"id": 2}\r\n')
        assert list(read_rows(path)) == [(1, {"id": 1}), (2, {"id": 2})]

    @pytest.mark.parametrize(("line", "found"), [("[1]", "list"), ("3", "int"), ('"x"', "str"), ("null", "NoneType")])
    def test_line_that_is_no_object_is_said(self, tmp_path: Path, line: str, found: str) -> None:
        path = file_with(tmp_path / "a.jsonl", f"{line}\n")
        assert list(read_rows(path)) == [(1, f"expected a JSON object; found {found}")]

    def test_line_that_is_not_json_is_said_with_its_column(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.jsonl", '{"id": 1, text: 2}\n{"id": 2}\n')
        (first, second) = read_rows(path)
        assert first == (
            1,
            "expected a JSON object on the line; Expecting property name enclosed in double quotes at column 11",
        )
        assert second == (2, {"id": 2})

    def test_line_that_breaks_off_is_said_with_its_column(self, tmp_path: Path) -> None:
        ((_, reason),) = read_rows(file_with(tmp_path / "a.jsonl", '{"id"\n'))
        assert reason == "expected a JSON object on the line; Expecting ':' delimiter at column 6"

    def test_line_that_is_not_utf_8_is_said_and_the_others_are_read(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.jsonl", b'{"id": "M\xf8re"}\n{"id": "b"}\n')
        assert list(read_rows(path)) == [(1, "expected UTF-8; found the byte b'\\xf8' at column 10"), (2, {"id": "b"})]

    @pytest.mark.parametrize("value", ["9" * 5000, "[" * 100_000], ids=["digits", "brackets"])
    def test_line_that_json_gives_up_on_is_said(self, tmp_path: Path, value: str) -> None:
        path = file_with(tmp_path / "a.jsonl", '{"id": ' + value + "}\n")
        assert [isinstance(found, str) for _, found in read_rows(path)] == [True]


class TestCsv:
    def test_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_first_column(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.csv", "\ufeffid,text\r\na,b\r\n")
        assert list(read_rows(path)) == [(2, {"id": "a", "text": "b"})]

    def test_rows_are_numbered_by_line_even_after_a_cell_of_several_lines(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.csv", 'id,text\na,"one\ntwo\nthree"\nb,four\n')
        assert [number for number, _ in read_rows(path)][1] == 5

    def test_row_with_too_many_cells_is_said(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.csv", "id,text\na,b,c,d\ne,f\n")
        expected = "expected 2 cells, as in the header; found 4"
        assert list(read_rows(path)) == [(2, expected), (3, {"id": "e", "text": "f"})]

    def test_empty_columns_of_a_spreadsheet_are_left_out(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.csv", "id,text,,\na,b,,\n")
        assert list(read_rows(path)) == [(2, {"id": "a", "text": "b"})]

    def test_short_row_has_missing_values(self, tmp_path: Path) -> None:
        assert list(read_rows(file_with(tmp_path / "a.csv", "id,text\na\n"))) == [(2, {"id": "a"})]

    @pytest.mark.parametrize("cell", ["0-6", "(0; 6)", "0 6"])
    def test_span_that_is_not_json_is_said(self, tmp_path: Path, cell: str) -> None:
        path = file_with(tmp_path / "a.csv", f"id,actor_span\na,{cell}\n")
        expected = f"actor_span: expected JSON, such as [0, 6] for a span; found '{cell}'"
        assert list(read_rows(path)) == [(2, expected)]

    @pytest.mark.parametrize("content", ["", "\n", "\nid,text\na,b\n"])
    def test_file_without_header_is_refused(self, tmp_path: Path, content: str) -> None:
        path = file_with(tmp_path / "a.csv", content)
        assert fault_of(path) == f"{path}:1: expected a header with column names; found nothing"

    def test_file_that_is_not_utf_8_is_refused_with_its_line(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.csv", "id,text\na,b\nc,Møre\n".encode("latin-1"))
        assert fault_of(path) == f"{path}:3: expected UTF-8; found invalid start byte. Save the file as UTF-8."

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ('id,text\na,"never closed\n', "2: not CSV: unexpected end of data"),
            ('id,text\na,"x"y\n', "2: not CSV: ',' expected after '\"'"),
            ('id,text\na,"x\ny"\nb,"x"y\nc,d\n', "4: not CSV: ',' expected after '\"'"),
        ],
    )
    def test_broken_quotes_are_refused_with_their_line(self, tmp_path: Path, content: str, reason: str) -> None:
        path = file_with(tmp_path / "a.csv", content)
        assert fault_of(path) == f"{path}:{reason}"

    def test_byte_that_is_not_utf_8_in_a_cell_of_several_lines_has_its_line(self, tmp_path: Path) -> None:
        path = file_with(tmp_path / "a.csv", 'id,text\na,"one\ntwo\nMøre"\n'.encode("latin-1"))
        assert fault_of(path).startswith(f"{path}:4: expected UTF-8")

    def test_column_given_twice_is_refused(self, tmp_path: Path) -> None:
        assert "text" in fault_of(file_with(tmp_path / "a.csv", "id,text,text\na,b,c\n"))

    @pytest.mark.parametrize("separator", [",", ";", "\t"])
    def test_separator_of_the_header_separates(self, tmp_path: Path, separator: str) -> None:
        path = file_with(tmp_path / "a.csv", f'id{separator}text\na{separator}"b;, c"\n')
        assert list(read_rows(path)) == [(2, {"id": "a", "text": "b;, c"})]

    def test_file_separated_by_anything_else_is_refused_with_advice(self, tmp_path: Path) -> None:
        assert "separated by comma, semicolon or tab" in fault_of(file_with(tmp_path / "a.csv", "id|text\na|b\n"))

    def test_folder_of_the_outputs_name_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "out.csv").mkdir()
        with pytest.raises(InputError, match=r"out\.csv: expected a file to write; found a folder of that name"):
            write_rows(tmp_path / "out.csv", ["id"], [])


class TestParquet:
    def test_foreign_file_with_struct_and_text_meta_is_read(self, tmp_path: Path) -> None:
        pq.write_table(pa.table({"id": ["a"], "meta": [{"k": 1}]}), tmp_path / "struct.parquet")
        pq.write_table(pa.table({"id": ["a"], "meta": ['{"k": 1}']}), tmp_path / "text.parquet")
        for name in ("struct", "text"):
            assert list(read_rows(tmp_path / f"{name}.parquet")) == [(1, {"id": "a", "meta": {"k": 1}})]

    @pytest.mark.parametrize("content", ["", "id,text\n", "PAR1"])
    def test_other_content_is_refused(self, tmp_path: Path, content: str) -> None:
        path = file_with(tmp_path / "a.parquet", content)
        assert fault_of(path).startswith(f"{path}: not a Parquet file: ")

    @pytest.mark.parametrize("place", [4, -60])
    def test_damaged_file_is_refused(self, tmp_path: Path, place: int) -> None:
        path = tmp_path / "a.parquet"
        write_rows(path, ["id"], [{"id": f"record {n}"} for n in range(500)])
        content = bytearray(path.read_bytes())
        start = place % len(content)
        content[start : start + 40] = b"\xff" * 40
        assert str(path) in fault_of(file_with(path, bytes(content)))


class TestMissing:
    @pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.txt"])
    def test_missing_file_is_said(self, tmp_path: Path, name: str) -> None:
        assert fault_of(tmp_path / name) == f"{tmp_path / name}: expected a file; found nothing there"

    def test_folder_is_said(self, tmp_path: Path) -> None:
        assert fault_of(tmp_path) == f"{tmp_path}: expected a file; found a folder there"

    @pytest.mark.parametrize("damage", ["plain", "cut"])
    @pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
    def test_damaged_gz_file_is_refused(self, tmp_path: Path, name: str, damage: str) -> None:
        lines = json.dumps({"id": "a"}).encode() + b"\n"
        content = lines if damage == "plain" else gzip.compress(lines * 100)[:-12]
        assert str(tmp_path / name) in fault_of(file_with(tmp_path / name, content))


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".csv", ".parquet"])
def test_rows_are_counted_as_they_are_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"t{suffix}"
    write_rows(path, ["id", "text"], ({"id": str(number), "text": "two\nlines"} for number in range(7)))
    assert count_rows(path) == len(list(read_rows(path))) == 7


@pytest.mark.parametrize("name", ["t.jsonl.gz", "t.parquet"])
def test_a_damaged_file_can_not_be_counted(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PAR1")
    with pytest.raises(InputError, match="the file is damaged, or not what its name says"):
        count_rows(tmp_path / name)
