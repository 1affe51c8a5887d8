"""Corpora as they are published: folders, archives, single files, packed or not."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.corpora.published import open_published, open_text, read_json

Publish = Callable[[dict[str, str]], Path]


def name_of(path: Path | None) -> str | None:
    return path.name if path else None


def test_a_file_is_found_by_the_end_of_its_path(publish: Publish) -> None:
    folder = publish({"repo-main/a/train.txt": "1", "repo-main/b/train.txt": "2"})
    with open_published(folder) as published:
        assert published.find("b/train.txt") == folder / "repo-main/b/train.txt"
        assert published.find("train.txt") == folder / "repo-main/a/train.txt"
        assert published.find("rain.txt") is None
        assert published.find("c/train.txt") is None


def test_earlier_endings_and_nearer_files_win(publish: Publish) -> None:
    folder = publish({"deep/er/a.txt": "", "z/a.txt": "", "b.txt": ""})
    with open_published(folder) as published:
        assert published.find("a.txt", "b.txt") == folder / "z/a.txt"
        assert published.find("c.txt", "b.txt") == folder / "b.txt"


def test_hidden_files_are_left_out(publish: Publish) -> None:
    with open_published(publish({".git/a.txt": "", ".partial-a.txt": ""})) as published:
        assert published.find("a.txt") is None


def test_matching_files_come_in_sorted_order(publish: Publish) -> None:
    folder = publish({"meta/T_2.json": "", "x/meta/T_1.json": "", "meta/U_3.json": "", "T_4.json": ""})
    with open_published(folder) as published:
        found = [path.relative_to(folder).as_posix() for path in published.matching("meta/T_*.json")]
    assert found == ["meta/T_2.json", "x/meta/T_1.json"]


@pytest.mark.parametrize("kind", ["zip", "gztar", "tar", "bztar"])
def test_an_archive_is_read_as_its_folder(publish: Publish, tmp_path: Path, kind: str) -> None:
    archive = shutil.make_archive(str(tmp_path / "corpus"), kind, publish({"repo/data/train.txt": "hello"}))
    with open_published(Path(archive)) as published:
        path = published.find("data/train.txt")
        assert path is not None
        assert path.read_text() == "hello"
    assert not path.exists()


def test_one_file_is_a_corpus_of_that_file(publish: Publish) -> None:
    folder = publish({"train.txt": "", "valid.txt": ""})
    with open_published(folder / "train.txt") as published:
        assert name_of(published.find("train.txt")) == "train.txt"
        assert published.find("valid.txt") is None


def test_packed_files_are_found_and_read(tmp_path: Path) -> None:
    (tmp_path / "train.txt.gz").write_bytes(gzip.compress("Ænes\r\n".encode()))
    with open_published(tmp_path) as published:
        path = published.find("train.txt")
        assert name_of(path) == "train.txt.gz"
        with open_text(path or tmp_path) as file:
            assert file.read() == "Ænes\r\n"


def test_nothing_at_the_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught, open_published(tmp_path / "gone"):
        pass
    assert str(caught.value) == (
        f"{tmp_path / 'gone'}: expected a folder, an archive or a file of the corpus; found nothing there"
    )


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar"])
def test_a_damaged_archive_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 not an archive")
    with pytest.raises(InputError) as caught, open_published(tmp_path / name):
        pass
    assert str(caught.value).startswith(f"{tmp_path / name}: the archive is damaged, or not what its name says: ")


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"\xff\xfe\xff"), ("a.txt.gz", b"not packed")])
def test_a_damaged_file_is_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught, open_text(tmp_path / name) as file:
        file.read()
    assert str(caught.value).startswith(f"{tmp_path / name}: expected a file as the corpus was published; ")


def test_json_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(InputError) as caught:
        read_json(tmp_path / "a.json")
    assert str(caught.value).startswith(f"{tmp_path / 'a.json'}: expected JSON, as the corpus was published; ")
