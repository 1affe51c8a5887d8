"""`detente data ingest`: what it prints where, what it writes, and its exit status."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from detente.commands.articles import PROBLEMS_SHOWN
from detente.data.reading import read_articles

ARTICLE = {"text": "Norway said on Sunday that it backed the levy, and Kenya opposed it.\n\nRead more: Ten fish"}
GERMAN = {"text": "Die Regierung lehnte den Plan am Dienstag ab. Der Minister sagte, das Land werde nicht zahlen."}


Detente = Callable[..., Any]


def write(name: str, *rows: object) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def test_counts_are_printed_and_other_languages_are_no_failure(detente: Detente) -> None:
    done = detente("data", "ingest", write("in.jsonl", ARTICLE, ARTICLE, GERMAN, {"text": ""}), "-o", "out.jsonl")
    assert done.status == 0
    assert done.out == (
        "2 articles of 1 stories: out.jsonl\n"
        "1 with the very text of an earlier one\n"
        "2 lines of boilerplate dropped and kept in meta\n"
    )
    assert "1 set aside: in German\n1 set aside: no article in it\n" in done.err
    assert [article.story for article in read_articles("out.jsonl")] == ["in-1", "in-1"]


def test_what_could_not_be_read_is_named_and_ends_with_status_1(detente: Detente) -> None:
    done = detente("data", "ingest", write("in.jsonl", ARTICLE, []), "-o", "out.jsonl")
    assert done.status == 1
    assert done.err.endswith("1 could not be read:\n  in.jsonl:2: expected a JSON object; found list\n")
    assert done.out.startswith("1 articles of 1 stories")


def test_long_list_of_failures_is_cut_and_stands_whole_in_the_rejects(detente: Detente) -> None:
    rows = [ARTICLE, *([] for _ in range(PROBLEMS_SHOWN + 3))]
    done = detente("data", "ingest", write("in.jsonl", *rows), "-o", "out.jsonl", "--rejects", "no.jsonl")
    assert "  and 3 more; --rejects FILE lists all\n" in done.err
    assert done.err.endswith("set aside: no.jsonl\n")
    assert len(Path("no.jsonl").read_text(encoding="utf-8").splitlines()) == PROBLEMS_SHOWN + 3


def test_ingest_that_finds_no_article_fails(detente: Detente) -> None:
    done = detente("data", "ingest", write("in.jsonl", GERMAN), "-o", "out.jsonl")
    assert done.status == 1
    assert done.out.startswith("0 articles of 0 stories")


def test_standard_input_is_read(detente: Detente, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(ARTICLE).encode())))
    assert detente("data", "ingest", "-", "-o", "out.csv").status == 0
    assert [article.id for article in read_articles("out.csv")] == ["stdin-1"]


def test_missing_input_is_the_user_s_fault(detente: Detente) -> None:
    done = detente("data", "ingest", "gone", "-o", "out.jsonl")
    assert done.status == 2
    assert done.err == "detente: gone: expected a file or a folder; found nothing there\n"


def test_files_of_other_kinds_are_told(detente: Detente) -> None:
    Path("in").mkdir()
    write("in/a.jsonl", ARTICLE)
    Path("in/b.docx").write_bytes(b"x")
    done = detente("data", "ingest", "in", "-o", "out.jsonl")
    assert done.status == 0
    assert "1 passed over: files that end in .docx are not read" in done.err
