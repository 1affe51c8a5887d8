"""What is written down, read again, kept and taken away."""

import json
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.train.tracking.journal import Head, Journal, journal_of, unsent


def head(folder: Path | None = None, name: str = "a run") -> Head:
    return Head("sqlite:///x.db", "news", name, 1000, {"family": "pair"}, str(folder) if folder else None)


def test_entries_come_back_in_order_and_from_any_place(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, head())
    for number in range(3):
        journal.append("batch", number=number)
    entries = journal.entries()
    assert [entry["number"] for entry, _ in entries] == [0, 1, 2]
    assert [entry["number"] for entry, _ in journal.entries(entries[0][1])] == [1, 2]
    assert Journal(journal.path).head == head()


def test_a_line_that_a_killed_process_wrote_half_is_no_entry_and_spoils_none(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, head())
    journal.append("batch", number=0)
    with (journal.path / "journal.jsonl").open("a", encoding="utf-8") as lines:
        lines.write('{"do": "ba')
    assert len(journal.entries()) == 1
    journal.mend()
    journal.append("end", status="KILLED")
    assert [entry["do"] for entry, _ in journal.entries()] == ["batch", "end"]
    assert journal.is_ended


def test_files_and_folders_are_kept_as_they_were(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, head())
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "page.html").write_text("first", encoding="utf-8")
    kept = journal.path / journal.keep(tmp_path / "report")
    (tmp_path / "report" / "page.html").write_text("second", encoding="utf-8")
    assert (kept / "page.html").read_text(encoding="utf-8") == "first"
    assert (journal.path / journal.keep_text("words", "error.txt")).read_text(encoding="utf-8") == "words"


def test_one_process_at_a_time_holds_it(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, head())
    other = Journal(journal.path)
    assert not other.hold()
    journal.release()
    assert other.hold()
    other.release()


def test_it_is_found_by_the_folder_of_its_run(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path, head(tmp_path / "quick-1"))
    assert journal_of(tmp_path, tmp_path / "quick-1") is None  # it is held
    journal.release()
    found = journal_of(tmp_path, tmp_path / "quick-1")
    assert found is not None
    assert found.path == journal.path
    assert journal_of(tmp_path, tmp_path / "quick-2") is None


def test_the_last_one_takes_the_folder_with_it(tmp_path: Path) -> None:
    first, second = (Journal.begin(tmp_path, head(name=name)) for name in ("one", "two"))
    assert {journal.head.name for journal in unsent(tmp_path)} == {"one", "two"}
    first.note(run_id="abc", sent=7)
    first.remove()
    assert (first.run_id, first.progress["sent"]) == ("abc", 7)
    second.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["", "no json", json.dumps({"name": "half a head"})])
def test_a_damaged_one_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "unsent" / "x"
    path.mkdir(parents=True)
    (path / "journal.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="unsent/x: expected a journal of a run; it is damaged"):
        _ = Journal(path).head
