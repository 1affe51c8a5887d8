from pathlib import Path

import pytest
from typer.testing import CliRunner

from detente.cli import app
from detente.data.reading import read_examples


@pytest.fixture
def article(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "news.txt"
    path.write_text("We waited. Ankara said on Monday that Kenya had rejected the plan to close the border.", "utf-8")
    return path


def test_extract_writes_the_pairs_and_counts_them(article: Path) -> None:
    done = CliRunner().invoke(app, ["data", "extract", "news.txt", "-o", "out.jsonl"])
    assert done.exit_code == 0
    assert "4 examples of 1 articles, 2 sentences: out.jsonl" in done.output
    assert {one.actor for one in read_examples("out.jsonl")} == {"Turkey", "Kenya"}


def test_context_author_and_aliases_are_passed_on(article: Path) -> None:
    Path("own.csv").write_text("alias,actor,kind\nAnkara,Anadolu Club,organisation\n", encoding="utf-8")
    options = ["--context", "1", "--author", "--aliases", "own.csv"]
    done = CliRunner().invoke(app, ["data", "extract", "news.txt", "-o", "out.jsonl", *options])
    assert done.exit_code == 0, done.output
    examples = list(read_examples("out.jsonl"))
    assert {one.actor for one in examples} == {"Anadolu Club", "Kenya", "(author)"}
    assert all(one.text.startswith("We waited.") for one in examples)


def test_cap_is_said_with_its_reason_and_written_down(article: Path) -> None:
    done = CliRunner().invoke(
        app, ["data", "extract", "news.txt", "-o", "out.jsonl", "--max-pairs", "3", "--rejects", "left.jsonl"]
    )
    assert "left out:      1  more than 3 pairs in a sentence; others stand closer together" in done.output
    assert Path("left.jsonl").is_file()


def test_unreadable_input_ends_with_status_one(article: Path) -> None:
    Path("bad.txt").write_bytes(bytes(range(256)) * 4)
    done = CliRunner().invoke(app, ["data", "extract", "news.txt", "bad.txt", "-o", "out.jsonl"])
    assert done.exit_code == 1
    assert Path("out.jsonl").is_file()


def test_table_of_aliases_is_not_written_over(article: Path) -> None:
    table = "alias,actor,kind\nAnkara,Anadolu Club,organisation\n"
    Path("own.csv").write_text(table, encoding="utf-8")
    done = CliRunner().invoke(app, ["data", "extract", "news.txt", "-o", "own.csv", "--aliases", "own.csv"])
    assert "expected an output that is none of the inputs" in str(done.exception)
    assert Path("own.csv").read_text(encoding="utf-8") == table


def test_no_article_at_all_ends_with_status_one(article: Path) -> None:
    Path("empty.jsonl").write_text("", encoding="utf-8")
    assert CliRunner().invoke(app, ["data", "extract", "empty.jsonl", "-o", "out.jsonl"]).exit_code == 1
