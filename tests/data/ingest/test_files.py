import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detente.configs.errors import InputError
from detente.data.ingest.files import count_records, find_files, passed_over, read_inputs, read_text
from detente.data.problems import Problem
from detente.data.reading import write_records
from detente.data.records import Article, Example

KINDS = ".txt, .html, .htm, .warc, .warc.gz, .rss, .atom, .xml, .jsonl, .csv, .parquet"
QUESTION = {"actor": "Norway", "target": "Kenya", "text": "Norway met Kenya."}


def text_file(folder: Path, content: str | bytes, name: str = "a.txt") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


class TestFindFiles:
    def test_folder_is_searched_in_sorted_order_for_what_we_read(self, tmp_path: Path) -> None:
        for name in (
            "b.txt",
            "a.csv",
            "sub/c.jsonl.gz",
            "d.PARQUET",
            "e.pdf",
            "f.json",
            "sub/README",
            "g.HTM",
            "h.html",
        ):
            text_file(tmp_path, "x", name)
        found = [str(path.relative_to(tmp_path)) for path in find_files([tmp_path])]
        assert found == ["a.csv", "b.txt", "d.PARQUET", "g.HTM", "h.html", "sub/c.jsonl.gz"]

    def test_inputs_keep_their_order(self, tmp_path: Path) -> None:
        last, first = text_file(tmp_path, "x", "z.txt"), text_file(tmp_path, "x", "folder/a.txt")
        assert find_files([str(last), tmp_path / "folder"]) == [last, first]

    def test_no_inputs_are_no_files(self) -> None:
        assert find_files([]) == []

    def test_missing_input_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            find_files([tmp_path / "gone.txt"])
        assert str(caught.value) == f"{tmp_path / 'gone.txt'}: expected a file or a folder; found nothing there"

    def test_file_of_another_kind_is_refused_if_it_is_named(self, tmp_path: Path) -> None:
        path = text_file(tmp_path, "x", "a.pdf")
        with pytest.raises(InputError) as caught:
            find_files([path])
        assert str(caught.value) == f"{path}: expected a file that ends in {KINDS}; found 'a.pdf'"

    def test_folder_with_nothing_to_read_is_refused(self, tmp_path: Path) -> None:
        text_file(tmp_path, "x", "a.pdf")
        with pytest.raises(InputError) as caught:
            find_files([tmp_path])
        assert str(caught.value) == f"{tmp_path}: expected files that end in {KINDS}; the folder has none"

    def test_upper_case_text_file_is_found(self, tmp_path: Path) -> None:
        path = text_file(tmp_path, "Kenya left.", "A.TXT")
        assert find_files([path]) == [path]

    def test_partial_file_in_a_folder_is_left_out(self, tmp_path: Path) -> None:
        text_file(tmp_path, "{}", ".partial-a.jsonl")
        path = text_file(tmp_path, "Kenya left.")
        assert find_files([tmp_path]) == [path]


class TestReadText:
    def test_first_line_before_an_empty_line_is_the_title(self, tmp_path: Path) -> None:
        path = text_file(tmp_path, "\n Talks fail \n\n\nNorway left.\nKenya stayed.\n\nThe end.\n", "n1.txt")
        assert read_text(path) == Article(id="n1", title="Talks fail", text="Norway left.\nKenya stayed.\n\nThe end.")

    @pytest.mark.parametrize("content", ["Norway left.", "Norway left.\n\n", "\n\nNorway left.\n"])
    def test_single_line_is_the_text(self, tmp_path: Path, content: str) -> None:
        assert read_text(text_file(tmp_path, content)) == Article(id="a", text="Norway left.")

    def test_lines_without_an_empty_line_have_no_title(self, tmp_path: Path) -> None:
        assert read_text(text_file(tmp_path, "Norway left.\nKenya stayed.")) == Article(
            id="a", text="Norway left.\nKenya stayed."
        )

    def test_windows_file_with_byte_order_mark_reads_as_any_other(self, tmp_path: Path) -> None:
        path = text_file(tmp_path, "\ufeffTalks fail\r\n\r\nNorway left.\r\nKenya stayed.\r\n")
        assert read_text(path) == Article(id="a", title="Talks fail", text="Norway left.\nKenya stayed.")

    def test_old_encoding_is_recognised(self, tmp_path: Path) -> None:
        text = "Le Sénégal a condamné l’Érythrée. Dénoncé à Genève par le représentant français."
        assert read_text(text_file(tmp_path, text.encode("cp1252"))) == Article(id="a", text=text)

    def test_old_mac_encoding_is_recognised(self, tmp_path: Path) -> None:
        text = "Le Sénégal a condamné l’Érythrée. Dénoncé à Genève"
        assert read_text(text_file(tmp_path, text.encode("mac_roman"))) == Article(id="a", text=text)

    @pytest.mark.parametrize("content", [bytes(range(1, 256)), ("日本は非難した。" * 5).encode("shift_jis")])
    def test_bytes_without_nul_that_look_like_no_text_are_a_problem(self, tmp_path: Path, content: bytes) -> None:
        assert isinstance(read_text(text_file(tmp_path, content)), Problem)

    @pytest.mark.parametrize("content", [b"", b" \n\t\r\n"])
    def test_empty_file_is_a_problem(self, tmp_path: Path, content: bytes) -> None:
        path = text_file(tmp_path, content)
        assert read_text(path) == Problem(str(path), "the file is empty")

    @pytest.mark.parametrize("content", ["\ufeff", "\u3000\u00a0\n"])
    def test_file_of_byte_order_mark_or_wide_spaces_is_empty(self, tmp_path: Path, content: str) -> None:
        path = text_file(tmp_path, content)
        assert read_text(path) == Problem(str(path), "the file is empty")

    @pytest.mark.parametrize("content", [b"Kenya\0left", b"Title\n\nKenya\0"])
    def test_text_with_nul_is_binary(self, tmp_path: Path, content: bytes) -> None:
        path = text_file(tmp_path, content)
        assert read_text(path) == Problem(str(path), "expected text; the file is binary")

    @pytest.mark.parametrize("content", [bytes(range(256)), b"\x89PNG\r\n\x1a\n\0\0\0"])
    def test_bytes_of_no_known_encoding_are_a_problem_with_advice(self, tmp_path: Path, content: bytes) -> None:
        path = text_file(tmp_path, content)
        reason = "expected text; the bytes are of no encoding that we know. Save it as UTF-8."
        assert read_text(path) == Problem(str(path), reason)


class TestReadInputs:
    def test_record_with_actor_and_target_is_an_example_and_any_other_an_article(self, tmp_path: Path) -> None:
        rows = [QUESTION, {"text": "Kenya left.", "title": "T"}, {"actor": "Norway", "text": "x"}]
        path = text_file(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "mixed.jsonl")
        assert list(read_inputs([path])) == [
            Example.model_validate(QUESTION | {"id": "mixed-1"}),
            Article(id="mixed-2", text="Kenya left.", title="T"),
            Article(id="mixed-3", text="x", meta={"actor": "Norway"}),
        ]

    def test_bad_records_are_problems_and_the_others_are_read(self, tmp_path: Path) -> None:
        lines = ["[]", json.dumps({"text": " ", "meta": 3}), json.dumps({"text": "Kenya left."})]
        path = text_file(tmp_path, "\n".join(lines), "a.jsonl")
        assert list(read_inputs([path])) == [
            Problem(f"{path}:1", "expected a JSON object; found list"),
            Problem(
                f"{path}:2",
                "text: expected text; found only white space; meta: input should be a valid dictionary; found 3",
            ),
            Article(id="a-3", text="Kenya left."),
        ]

    def test_record_without_text_is_empty_and_one_with_another_fault_is_not(self, tmp_path: Path) -> None:
        rows = [{"text": " "}, {"title": "T"}, {"text": "Kenya left.", "meta": 3}]
        path = text_file(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "a.jsonl")
        assert [found.empty for found in read_inputs([path]) if isinstance(found, Problem)] == [True, True, False]

    def test_fields_of_an_article_may_bear_other_names_but_not_those_of_an_example(self, tmp_path: Path) -> None:
        rows = [{"body": "Kenya left.", "date": "2024-01-02"}, QUESTION | {"source": "wire"}]
        path = text_file(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "a.jsonl")
        assert list(read_inputs([path])) == [
            Article(id="a-1", text="Kenya left.", published="2024-01-02"),
            Example.model_validate(QUESTION | {"id": "a-2", "source": "wire"}),
        ]

    def test_time_stamp_of_a_parquet_file_becomes_text(self, tmp_path: Path) -> None:
        when = datetime(2024, 1, 2, 8, 30, tzinfo=UTC)
        pq.write_table(pa.table({"text": ["Kenya left."], "date": [when]}), tmp_path / "a.parquet")
        (article,) = read_inputs([tmp_path / "a.parquet"])
        assert article == Article(id="a-1", text="Kenya left.", published="2024-01-02T08:30:00+00:00")

    def test_page_is_read_as_a_page(self, tmp_path: Path) -> None:
        text = (
            "Norway said on Sunday that it backed the levy on fuel, and that it would apply it from the first day. " * 3
        )
        path = text_file(tmp_path, f"<html><body><article><p>{text}</p></article></body></html>", "n1.HTM")
        assert list(read_inputs([path])) == [Article(id="n1", text=text.strip())]

    def test_files_of_all_kinds_are_read_one_after_another(self, tmp_path: Path) -> None:
        articles = [Article(id=f"x{n}", text="Kenya left.", published="2024-01-01") for n in range(3)]
        for article, name in zip(articles, ("a.csv", "b.jsonl.gz", "c.parquet"), strict=True):
            write_records(tmp_path / name, [article], Article)
        text_file(tmp_path, "Norway left.", "d.txt")
        found = list(read_inputs(find_files([tmp_path])))
        assert found == [*articles, Article(id="d", text="Norway left.")]

    def test_file_of_text_that_is_empty_does_not_stop_the_others(self, tmp_path: Path) -> None:
        files = [text_file(tmp_path, "", "a.txt"), text_file(tmp_path, "Kenya left.", "b.txt")]
        assert [type(record) for record in read_inputs(files)] == [Problem, Article]

    def test_reading_is_lazy(self, tmp_path: Path) -> None:
        first = text_file(tmp_path, "Kenya left.")
        assert next(read_inputs([first, tmp_path / "gone.jsonl"])) == Article(id="a", text="Kenya left.")

    @pytest.mark.parametrize("name", ["a.txt", "a.jsonl"])
    def test_two_articles_do_not_share_an_id(self, tmp_path: Path, name: str) -> None:
        content = "Kenya left." if name == "a.txt" else '{"id": "a", "text": "Kenya left."}\n'
        files = [text_file(tmp_path / year, content, name) for year in ("2023", "2024")]
        found = [record for record in read_inputs(files) if isinstance(record, Article)]
        assert len({article.id for article in found}) == len(found)


class TestCountRecords:
    def test_count_includes_bad_records_but_no_blank_lines(self, tmp_path: Path) -> None:
        rows = text_file(tmp_path, '{"text": "x"}\n\n[]\n{\n', "a.jsonl")
        table = text_file(tmp_path, 'id,text\na,"one\ntwo"\nb,c,d\n', "b.csv")
        files = [rows, table, text_file(tmp_path, "", "c.txt")]
        assert count_records(files) == 6 == len(list(read_inputs(files)))

    def test_damaged_table_counts_as_one(self, tmp_path: Path) -> None:
        (tmp_path / "broken.parquet").write_bytes(b"PAR1")
        assert count_records([tmp_path / "broken.parquet"]) == 1

    @pytest.mark.skipif(os.name == "nt", reason="links")
    def test_dangling_link_in_a_folder_is_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "link.txt").symlink_to(tmp_path / "gone.txt")
        path = text_file(tmp_path, "Kenya left.")
        assert find_files([tmp_path]) == [path]


class TestWhatIsLeftOut:
    def test_file_that_is_found_twice_is_taken_once(self, tmp_path: Path) -> None:
        path = text_file(tmp_path, "x")
        assert find_files([path, tmp_path, tmp_path / ".." / tmp_path.name]) == [path]

    def test_other_kinds_links_to_folders_and_broken_links_of_a_folder_are_named(self, tmp_path: Path) -> None:
        for name in ("in/a.txt", "in/b.pdf", "in/deep/README", "in/.hidden", "other/c.txt"):
            text_file(tmp_path, "x", name)
        (tmp_path / "in" / "linked").symlink_to(tmp_path / "other")
        (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
        (tmp_path / "in" / "gone.txt").symlink_to("nowhere")
        found = {Path(one.place).name: one.reason for one in passed_over([tmp_path / "in", tmp_path / "in" / "a.txt"])}
        follow = "a link to a folder is not followed; give the folder itself"
        assert found == {
            "b.pdf": "files that end in .pdf are not read",
            "README": "files without an ending are not read",
            "gone.txt": "a link that leads nowhere",
            "linked": follow,
            "loop": follow,
        }

    @pytest.mark.parametrize("suffix", [".txt", ".csv"])
    def test_name_of_a_file_that_is_no_unicode_still_gives_an_id(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / os.fsdecode(b"M\xfcnster" + suffix.encode())
        try:
            path.write_text("text\nNorway met Kenya.\n", encoding="utf-8")
        except OSError:
            pytest.skip("the file system takes Unicode names only")
        (article,) = read_inputs([path])
        assert isinstance(article, Article)
        assert article.id.startswith("M?nster")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_file_without_the_right_to_read_is_a_problem(self, tmp_path: Path) -> None:
        path = text_file(tmp_path, "x")
        path.chmod(0)
        assert list(read_inputs([path])) == [Problem(str(path), "expected a file that can be read; Permission denied")]
