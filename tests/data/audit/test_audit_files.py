from pathlib import Path

import pytest

from detente.configs.errors import InputError, RecordError
from detente.data.audit.audit_files import audit_files, part_names
from detente.data.reading import write_records
from detente.data.records import Example


def test_each_file_is_audited_under_its_name(tmp_path: Path, examples: list[Example]) -> None:
    for name, part in {"train": examples[:12], "valid": examples[:6], "test": examples[18:]}.items():
        write_records(tmp_path / f"{name}.csv", part, Example)
    found = audit_files(tmp_path / "train.csv", [tmp_path / "valid.csv", tmp_path / "test.csv"])
    assert {name: one.leaks["texts"].share for name, one in found.items()} == {"valid.csv": 1.0, "test.csv": 0.0}


def test_files_of_the_same_name_go_by_their_paths() -> None:
    assert part_names([Path("a/train.csv"), Path("a/test.csv")]) == ["train.csv", "test.csv"]
    assert part_names([Path("a/x.csv"), Path("b/x.csv")]) == ["a/x.csv", "b/x.csv"]


def test_the_same_file_twice_is_refused(examples_file: Path) -> None:
    with pytest.raises(InputError, match="expected different files; found"):
        audit_files(examples_file, [examples_file.parent / "." / examples_file.name])


def test_an_empty_file_is_refused(examples_file: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    with pytest.raises(InputError, match=r"none\.jsonl: expected examples; found none"):
        audit_files(examples_file, [tmp_path / "none.jsonl"])


def test_bad_records_are_told(examples_file: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{}\n")
    with pytest.raises(RecordError, match=r"bad\.jsonl:1: actor: expected a value"):
        audit_files(examples_file, [tmp_path / "bad.jsonl"])
