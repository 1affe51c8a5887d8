import json
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data import split_files
from detente.data.reading import read_examples, write_records
from detente.data.records import Example
from detente.data.split_files import parse_shares, split_file
from detente.data.splits import Shares


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Forty pairs, each in a text of its own, and one that stands with all of them in turn."""
    path = tmp_path / "examples.csv"
    examples = [
        Example(
            id=f"x{n}",
            actor="Norway" if n % 4 else f"A{n}",
            target=f"B{n}",
            text=f"Word{n} was{n} said{n}.",
            group=f"g{n // 2}",
        )
        for n in range(80)
    ]
    write_records(path, examples, Example)
    return path


def test_parts_are_written_with_their_audit(file: Path, tmp_path: Path) -> None:
    result = split_file(file, tmp_path / "parts", shares=Shares(), by="group", seed=3)
    for name in ("train", "valid", "test"):
        assert list(read_examples(tmp_path / "parts" / f"{name}.jsonl")) == getattr(result.parts, name)
    assert {name: one.leaking for name, one in result.audits.items()} == {"valid": 0.0, "test": 0.0}
    assert result.report.is_file()
    assert set(json.loads((tmp_path / "parts" / "audit.json").read_text())) == {"valid", "test"}


def test_what_is_set_aside_is_written_and_an_older_such_file_removed(file: Path, tmp_path: Path) -> None:
    result = split_file(file, tmp_path / "parts", shares=Shares(), by="unseen-actors", seed=3)
    aside = tmp_path / "parts" / "set_aside.jsonl"
    assert list(read_examples(aside)) == result.parts.set_aside != []
    split_file(file, tmp_path / "parts", shares=Shares(0.9, 0.0, 0.1), by="group", seed=3)
    assert sorted(path.name for path in (tmp_path / "parts").glob("*.jsonl")) == ["test.jsonl", "train.jsonl"]


def test_the_file_itself_is_never_overwritten(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    write_records(path, read_examples(file), Example)
    before = path.read_bytes()
    with pytest.raises(InputError, match="expected another folder for the parts"):
        split_file(path, tmp_path, shares=Shares(), by="group", seed=3)
    assert path.read_bytes() == before
    assert not (tmp_path / "valid.jsonl").exists()


def test_parts_of_an_earlier_split_stay_where_one_of_them_is_the_input(file: Path, tmp_path: Path) -> None:
    for name in ("train.jsonl", "test.jsonl"):
        write_records(tmp_path / name, read_examples(file), Example)
    before = (tmp_path / "train.jsonl").read_bytes()
    with pytest.raises(InputError, match=r"test\.jsonl would be overwritten"):
        split_file(tmp_path / "test.jsonl", tmp_path, shares=Shares(0.5, 0.1, 0.4), by="group", seed=3)
    assert (tmp_path / "train.jsonl").read_bytes() == before


def test_interrupted_split_leaves_no_old_part_beside_a_new_one(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split_file(file, tmp_path / "parts", shares=Shares(), by="group", seed=3)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(split_files, "write_records", interrupt)
    with pytest.raises(KeyboardInterrupt):
        split_file(file, tmp_path / "parts", shares=Shares(), by="group", seed=4)
    assert list((tmp_path / "parts").glob("*.jsonl")) == []


def test_file_in_the_place_of_the_folder_is_an_input_error(file: Path) -> None:
    with pytest.raises(InputError, match="expected a folder to write to"):
        split_file(file, file, shares=Shares(), by="group", seed=3)


@pytest.mark.parametrize(
    ("text", "shares"),
    [("0.8,0.1,0.1", Shares()), ("0.7, 0, 0.3", Shares(0.7, 0.0, 0.3)), ("1e-1,.2,.7", Shares(0.1, 0.2, 0.7))],
)
def test_shares_are_read(text: str, shares: Shares) -> None:
    assert parse_shares(text) == shares


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0.8,0.2",
        "0.8,0.1,0.05,0.05",
        "0.8,0.1,0.2",
        "80,10,10",
        "a,b,c",
        "1,0,0",
        "0,0.5,0.5",
        "1.1,-0.2,0.1",
        "nan,0.5,0.5",
    ],
)
def test_shares_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_shares(text)
    assert (
        str(caught.value) == f"expected shares of train, valid and test that add up to 1, as 0.8,0.1,0.1; found {text}"
    )
