"""`detente data split` and `detente data audit`: what they print, what they write, and their exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detente.data.reading import read_examples, write_records
from detente.data.records import STANCES, Example

Detente = Callable[..., Any]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Sixty examples in thirty groups; every other actor is Norway."""
    path = tmp_path / "news.jsonl"
    examples = [
        Example(
            id=f"x{n}",
            actor="Norway" if n % 2 else f"A{n}",
            target=f"B{n}",
            text=f"Word{n} was{n} said{n}.",
            label=STANCES[n % 3],
            group=f"g{n // 2}",
        )
        for n in range(60)
    ]
    write_records(path, examples, Example)
    return path


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("│")[1:-1]]


class TestSplit:
    def test_parts_are_counted_by_stance_and_audited(self, detente: Detente, file: Path, tmp_path: Path) -> None:
        status, out, err = detente("data", "split", "news.jsonl", "-o", "parts")
        assert (status, err) == (0, "")
        rows = [cells(line) for line in out.splitlines() if line.startswith("│")]
        assert rows == [
            ["train", "48 (80.0%)", "16 (80.0%)", "16 (80.0%)", "16 (80.0%)"],
            ["valid", "6 (10.0%)", "2 (10.0%)", "2 (10.0%)", "2 (10.0%)"],
            ["test", "6 (10.0%)", "2 (10.0%)", "2 (10.0%)", "2 (10.0%)"],
        ]
        assert "test:\n  Nothing of test was found in train, but nothing is known about articles and stories" in out
        assert out.endswith("parts   parts\naudit   parts/audit.html\n")
        assert len(list(read_examples(tmp_path / "parts" / "train.jsonl", labelled=True))) == 48

    def test_what_is_set_aside_is_told(self, detente: Detente, file: Path, tmp_path: Path) -> None:
        status, out, err = detente("data", "split", "news.jsonl", "-o", "parts", "--by", "unseen-actors", "--seed", "5")
        aside = list(read_examples(tmp_path / "parts" / "set_aside.jsonl"))
        assert status == 0
        assert err.startswith(f"{len(aside)} set aside: ")
        assert f"│ set aside │ {len(aside)} (" in out

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--by", "luck"], "expected to split by one of group, time, unseen-actors, unseen-pairs; found luck"),
            (
                ["--shares", "8,1,1"],
                "expected shares of train, valid and test that add up to 1, as 0.8,0.1,0.1; found 8,1,1",
            ),
            (["--by", "time"], "meta.published: expected a date such as 2024-05-31 in each example"),
        ],
    )
    def test_what_is_wrong_is_told(self, arguments: list[str], message: str, detente: Detente, file: Path) -> None:
        status, out, err = detente("data", "split", "news.jsonl", "-o", "parts", *arguments)
        assert (status, out) == (2, "")
        assert err.startswith(f"detente: {message}")


class TestAudit:
    def test_verdict_on_each_file_is_printed(self, detente: Detente, file: Path, tmp_path: Path) -> None:
        examples = list(read_examples(file))
        write_records(tmp_path / "same.jsonl", examples, Example)
        write_records(tmp_path / "other.csv", [examples[0].model_copy(update={"text": "New.", "group": None})], Example)
        status, out, err = detente("data", "audit", "news.jsonl", "same.jsonl", "other.csv")
        assert (status, err) == (0, "")
        assert out.startswith(
            "same.jsonl:\n  100.0% of the examples of same.jsonl have their text in news.jsonl (60 of 60).\n"
        )
        assert "other.csv:\n  Nothing of other.csv was found in news.jsonl" in out
        assert "audit.html" not in out

    def test_page_and_json_are_written(self, detente: Detente, file: Path, tmp_path: Path) -> None:
        write_records(tmp_path / "test.jsonl", list(read_examples(file))[:5], Example)
        status, out, _ = detente("data", "audit", "news.jsonl", "test.jsonl", "-o", "found")
        assert status == 0
        assert out.endswith("audit   found/audit.html\n")
        assert list(json.loads((tmp_path / "found" / "audit.json").read_text(encoding="utf-8"))) == ["test.jsonl"]

    def test_missing_file_is_told(self, detente: Detente, file: Path) -> None:
        expected = (2, "", "detente: none.jsonl: expected a file; found nothing there\n")
        assert detente("data", "audit", "news.jsonl", "none.jsonl") == expected


def test_part_far_from_its_share_is_told(detente: Detente, file: Path) -> None:
    one, *rest = read_examples(file)
    story = [one.model_copy(update={"id": f"s{n}", "group": "one story"}) for n in range(200)]
    write_records("large.jsonl", [*rest, *story], Example)
    done = detente("data", "split", "large.jsonl", "-o", "parts", "--shares", "0.5,0.1,0.4")
    assert done.status == 0
    assert "expected 50.0% of the examples in train; found 84.6%, since groups are not cut" in done.err
    assert "expected" not in detente("data", "split", file, "-o", "parts").err
