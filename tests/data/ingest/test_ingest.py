import gzip
import io
import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from detente.configs.errors import InputError
from detente.data.ingest.aside import NO_TEXT, IngestResult
from detente.data.ingest.ingest import ingest_files
from detente.data.reading import read_articles, write_records
from detente.data.records import Article

OUTLET = "The Fjord Courier"
GERMAN = "Die Regierung lehnte den Plan am Dienstag ab. Der Minister sagte, das Land werde nicht für andere zahlen."
REPORT = (
    "OSLO, Jan 14 – The government of Norway said on Sunday that it backed the levy on shipping fuel. "
    "Its minister told reporters that somebody had to send the bill to the owners of the ships.\n\n"
    "Kenya opposed the plan, and its envoy left the hall before the end of the session. "
    "He called the levy an act of theft in the name of the sea, and said that Nairobi would not pay.\n\n"
    "The council votes on the levy in March, and two thirds of its members must agree to it."
)
WORDS = [
    "levy",
    "council",
    "minister",
    "Norway",
    "Kenya",
    "harbour",
    "said",
    "the",
    "of",
    "and",
    "opposed",
    "backed",
    "fuel",
]


def report(seed: int) -> str:
    """English of a sort, unlike that of other seeds."""
    draw = random.Random(seed)
    return "\n\n".join(" ".join(draw.choices(WORDS, k=30)) + f" {seed}." for _ in range(3))


def jsonl(path: Path, *rows: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def ingested(folder: Path, *rows: object) -> tuple[list[Article], IngestResult]:
    """What becomes of the rows of one file."""
    result = ingest_files([jsonl(folder / "in.jsonl", *rows)], folder / "out.jsonl", progress=False)
    return list(read_articles(folder / "out.jsonl")), result


class TestArticles:
    def test_files_of_every_kind_in_a_tree_become_articles(self, tmp_path: Path) -> None:
        inside = tmp_path / "in"
        jsonl(inside / "a.jsonl", {"text": report(1)})
        (inside / "sub").mkdir()
        (inside / "sub/b.txt").write_text(f"A title\n\n{report(2)}", encoding="utf-8")
        (inside / "c.html").write_text(
            f"<html><body><article><p>{REPORT}</p></article></body></html>", encoding="utf-8"
        )
        write_records(inside / "d.parquet", [Article(id="d", text=report(3))], Article)
        write_records(inside / "e.csv", [Article(id="e", text=report(4))], Article)
        with gzip.open(inside / "f.jsonl.gz", "wt") as file:
            file.write(json.dumps({"text": report(5)}))
        result = ingest_files([inside], tmp_path / "out.jsonl", progress=False)
        found = list(read_articles(tmp_path / "out.jsonl"))
        assert [article.id for article in found] == ["a-1", "c", "d", "e", "f-1", "b"]
        assert all(article.language == "en" for article in found)
        assert (result.articles, result.stories, result.failed) == (6, 6, [])

    def test_what_the_record_tells_is_kept(self, tmp_path: Path) -> None:
        row = {
            "id": "x",
            "text": report(1),
            "title": "T",
            "date": "2 January 2024",
            "outlet": OUTLET,
            "section": "World",
        }
        ((article,), _) = ingested(tmp_path, row)
        assert article == Article(
            id="x",
            text=report(1),
            title="T",
            published="2024-01-02",
            outlet=OUTLET,
            language="en",
            story="x",
            meta={"section": "World"},
        )

    def test_ids_are_unique_over_all_files(self, tmp_path: Path) -> None:
        files = [jsonl(tmp_path / name / "a.jsonl", {"text": report(number)}) for number, name in enumerate("xyz")]
        ingest_files(files, tmp_path / "out.jsonl", progress=False)
        assert [article.id for article in read_articles(tmp_path / "out.jsonl")] == ["a-1", "a-1-2", "a-1-3"]

    def test_ingesting_the_result_changes_nothing(self, tmp_path: Path) -> None:
        rows = [{"text": f"{REPORT}\n\nRead more: Ten fish"}, {"text": REPORT}, {"text": report(1)}]
        first, _ = ingested(tmp_path, *rows)
        ingest_files([tmp_path / "out.jsonl"], tmp_path / "again.jsonl", progress=False)
        assert list(read_articles(tmp_path / "again.jsonl")) == first

    def test_two_runs_write_the_same_bytes(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path / "in.jsonl", *({"text": report(seed % 7)} for seed in range(30)))
        for name in ("a.jsonl", "b.jsonl"):
            ingest_files([path], tmp_path / name, progress=False)
        assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


class TestStories:
    def test_copies_are_kept_in_one_story_and_counted(self, tmp_path: Path) -> None:
        shortened = REPORT.rpartition("\n\n")[0]
        found, result = ingested(tmp_path, *({"text": text} for text in (REPORT, report(1), REPORT, shortened)))
        assert [article.story for article in found] == ["in-1", "in-2", "in-1", "in-1"]
        assert (result.articles, result.stories, result.same_text) == (4, 2, 1)

    def test_boilerplate_of_an_outlet_does_not_hide_that_two_texts_are_the_same(self, tmp_path: Path) -> None:
        _, result = ingested(tmp_path, {"text": REPORT}, {"text": f"{REPORT}\n\nSource: {OUTLET}"})
        assert (result.stories, result.same_text) == (1, 1)


class TestBoilerplate:
    def test_known_lines_go_into_meta(self, tmp_path: Path) -> None:
        text = f"{REPORT}\n\nRead more: Ten fish\n\nSource: {OUTLET}"
        ((article,), result) = ingested(tmp_path, {"text": text, "meta": {"dropped": ["earlier"]}})
        assert article.text == REPORT
        assert article.meta == {"dropped": ["earlier", "Read more: Ten fish", f"Source: {OUTLET}"]}
        assert result.lines_dropped == 3

    def test_lines_that_an_outlet_repeats_from_story_to_story_go_too(self, tmp_path: Path) -> None:
        appeal = "Our reporters depend on readers like you."
        rows = [{"text": f"{report(seed)}\n\n{appeal}", "outlet": OUTLET} for seed in range(12)]
        found, _ = ingested(tmp_path, *rows)
        assert [article.text for article in found] == [report(seed) for seed in range(12)]
        assert all(article.meta == {"dropped": [appeal]} for article in found)

    def test_text_of_a_report_that_many_print_is_none(self, tmp_path: Path) -> None:
        found, _ = ingested(tmp_path, *({"text": REPORT, "outlet": OUTLET} for _ in range(15)))
        assert {article.text for article in found} == {REPORT}


class TestSetAside:
    def test_other_languages_and_empty_articles_are_no_failures(self, tmp_path: Path) -> None:
        rows = [{"text": REPORT}, {"text": GERMAN}, {"text": " "}, {"title": "T"}, {"text": "Read more: Ten fish"}]
        found, result = ingested(tmp_path, *rows)
        assert [article.id for article in found] == ["in-1"]
        assert result.foreign == {"German": 1}
        assert result.empty == 3
        assert result.failed == []

    def test_article_of_repeated_lines_alone_is_empty(self, tmp_path: Path) -> None:
        lines = "This page needs a newer browser.\nPlease reload it later."
        rows = [{"text": f"{report(seed)}\n{lines}"} for seed in range(12)]
        found, result = ingested(tmp_path, *rows, {"text": lines})
        assert len(found) == 12
        assert result.empty == 1

    def test_all_is_written_to_the_rejects_with_place_and_reason(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path / "in.jsonl", {"text": REPORT}, {"text": GERMAN}, [], {"text": "Read more: Ten fish"})
        example = jsonl(tmp_path / "e.jsonl", {"actor": "Norway", "target": "Kenya", "text": "Norway met Kenya."})
        rejects = tmp_path / "new" / "rejected.jsonl"
        result = ingest_files([path, example], tmp_path / "out.jsonl", rejects=rejects, progress=False)
        rows = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
        assert [row["place"] for row in rows] == ["in-2", f"{path}:3", "in-4", f"{example}: e-1"]
        assert rows[0]["reason"].startswith("language: expected English; found German (")
        assert rows[0]["record"]["text"] == GERMAN
        assert rows[1]["reason"] == "expected a JSON object; found list"
        assert rows[2]["reason"] == NO_TEXT
        assert rows[3]["reason"] == "expected an article; found an actor and a target"
        assert [problem.place for problem in result.failed] == [f"{path}:3", f"{example}: e-1"]

    def test_rejects_of_an_earlier_run_do_not_stay(self, tmp_path: Path) -> None:
        rejects = jsonl(tmp_path / "rejected.jsonl", {})
        ingest_files(
            [jsonl(tmp_path / "in.jsonl", {"text": REPORT})], tmp_path / "o.csv", rejects=rejects, progress=False
        )
        assert not rejects.exists()

    def test_damaged_file_does_not_stop_the_others(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl.gz").write_bytes(b"no gzip")
        (tmp_path / "b.csv").write_bytes("text\nCafé\n".encode("cp1252"))
        jsonl(tmp_path / "c.jsonl", {"text": REPORT})
        result = ingest_files([tmp_path], tmp_path / "out.jsonl", progress=False)
        assert result.articles == 1
        assert [problem.place for problem in result.failed] == [str(tmp_path / "a.jsonl.gz"), f"{tmp_path / 'b.csv'}:2"]
        assert result.failed[0].reason.startswith("the file is damaged")


class TestStandardInput:
    @pytest.fixture
    def stdin(self, monkeypatch: pytest.MonkeyPatch):
        def give(content: bytes) -> None:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))

        return give

    def test_json_lines_are_read(self, tmp_path: Path, stdin) -> None:
        stdin(b"\n" + json.dumps({"text": REPORT}).encode() + b"\n[]\n")
        result = ingest_files(["-"], tmp_path / "out.jsonl", progress=False)
        assert [article.id for article in read_articles(tmp_path / "out.jsonl")] == ["stdin-2"]
        assert [problem.place for problem in result.failed] == ["stdin:3"]

    def test_text_is_refused(self, tmp_path: Path, stdin) -> None:
        stdin(b"Talks fail\n\nNorway left.")
        with pytest.raises(InputError) as caught:
            ingest_files(["-"], tmp_path / "out.jsonl", progress=False)
        assert str(caught.value) == (
            "-: expected JSON Lines on standard input; found 'Talks fail'. Give text and pages as files."
        )

    def test_nothing_is_no_article(self, tmp_path: Path, stdin) -> None:
        stdin(b"")
        assert ingest_files(["-"], tmp_path / "out.jsonl", progress=False).articles == 0


class TestOutput:
    @pytest.mark.parametrize("name", ["out.jsonl", "out.csv", "out.parquet", "new/out.jsonl.gz"])
    def test_format_is_the_one_of_the_suffix_and_no_other_file_stays(self, tmp_path: Path, name: str) -> None:
        path = jsonl(tmp_path / "in.jsonl", {"text": REPORT})
        ingest_files([path], tmp_path / name, progress=False)
        assert [article.text for article in read_articles(tmp_path / name)] == [REPORT]
        assert {file.name for file in (tmp_path / name).parent.iterdir()} <= {"in.jsonl", Path(name).name}

    def test_output_of_an_earlier_run_in_the_folder_is_not_read(self, tmp_path: Path) -> None:
        jsonl(tmp_path / "in.jsonl", {"text": REPORT}, [])
        for _ in range(2):
            paths = {"output": tmp_path / "out.jsonl", "rejects": tmp_path / "rejected.jsonl"}
            result = ingest_files([tmp_path], **paths, progress=False)
            assert (result.articles, len(result.failed)) == (1, 1)

    @pytest.mark.parametrize("option", ["output", "rejects"])
    def test_input_is_not_written_over(self, tmp_path: Path, option: str) -> None:
        path = jsonl(tmp_path / "in.jsonl", {"text": REPORT})
        paths = {"output": tmp_path / "out.jsonl", option: path}
        with pytest.raises(InputError, match=r"in\.jsonl: expected an output that is none of the inputs; give another"):
            ingest_files([path], **paths, progress=False)

    def test_rejects_and_articles_are_two_files(self, tmp_path: Path) -> None:
        path = jsonl(tmp_path / "in.jsonl", {"text": REPORT})
        with pytest.raises(InputError, match=r"out\.jsonl: expected another file for each output"):
            ingest_files([path], tmp_path / "out.jsonl", rejects=tmp_path / "out.jsonl", progress=False)

    @pytest.mark.parametrize(("name", "output"), [("gone.jsonl", "out.jsonl"), ("in.jsonl", "out.xlsx")])
    def test_faults_of_the_user_are_told_before_anything_is_written(
        self, tmp_path: Path, name: str, output: str
    ) -> None:
        jsonl(tmp_path / "in.jsonl", {"text": REPORT})
        with pytest.raises(InputError, match="expected a file"):
            ingest_files([tmp_path / name], tmp_path / "new" / output, progress=False)
        assert not (tmp_path / "new").exists()


class TestWholeFiles:
    @pytest.mark.parametrize(
        ("name", "content"), [("a.jsonl", ""), ("a.csv", ""), ("a.csv", "id,text\n"), ("a.txt", "")]
    )
    def test_file_without_a_record_is_counted_as_empty(self, tmp_path: Path, name: str, content: str) -> None:
        (tmp_path / name).write_text(content, encoding="utf-8")
        result = ingest_files([tmp_path / name], tmp_path / "out.jsonl", progress=False)
        assert (result.articles, result.empty, result.failed) == (0, 1, [])

    def test_line_of_a_file_that_is_no_csv_stands_in_the_place(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes("text\nFjörd\n".encode("latin-1"))
        (problem,) = ingest_files([path], tmp_path / "out.jsonl", progress=False).failed
        assert problem.place == f"{path}:2"
        assert problem.reason.startswith("expected UTF-8")

    def test_other_kinds_of_files_in_a_folder_are_counted_and_written_down(self, tmp_path: Path) -> None:
        jsonl(tmp_path / "in" / "a.jsonl", {"text": REPORT})
        for name in ("b.pdf", "c.pdf"):
            (tmp_path / "in" / name).write_text("x", encoding="utf-8")
        paths = {"output": tmp_path / "out.jsonl", "rejects": tmp_path / "rejected.jsonl"}
        result = ingest_files([tmp_path / "in"], **paths, progress=False)
        assert result.passed_over == {"files that end in .pdf are not read": 2}
        assert len((tmp_path / "rejected.jsonl").read_text(encoding="utf-8").splitlines()) == 2
