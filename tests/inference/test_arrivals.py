"""New files: each once, and none that is still being written."""

from pathlib import Path

import pytest

from detente.inference.arrivals import Arrivals, new_files


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text("Norway praised", encoding="utf-8")
    return path


def test_a_file_is_complete_when_it_has_stood_still(file: Path, clock: Clock) -> None:
    arrivals = Arrivals(settled=2, clock=clock)
    assert (arrivals.look([file]), arrivals.waiting) == ([], True)
    clock.now = 1.9
    assert arrivals.look([file]) == []
    clock.now = 2.0
    assert arrivals.look([file]) == [file]


def test_a_file_that_grows_is_waited_for_anew(file: Path, clock: Clock) -> None:
    arrivals = Arrivals(settled=2, clock=clock)
    arrivals.look([file])
    clock.now = 3.0
    file.write_text("Norway praised Kenya.", encoding="utf-8")
    assert arrivals.look([file]) == []
    clock.now = 5.0
    assert arrivals.look([file]) == [file]


def test_a_file_that_is_gone_is_forgotten(file: Path, clock: Clock) -> None:
    arrivals = Arrivals(settled=0, clock=clock)
    file.unlink()
    assert (arrivals.look([file]), arrivals.waiting) == ([], False)


@pytest.mark.slow
def test_files_come_once_those_of_before_and_those_of_later(file: Path, tmp_path: Path) -> None:
    taken: list[Path] = []
    found = new_files(tmp_path, lambda path: path not in taken, settled=0.1)
    taken += next(found)
    assert taken == [file]
    (tmp_path / "notes.docx").write_text("x", encoding="utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.txt").write_text("Kenya thanked Norway.", encoding="utf-8")
    assert next(found) == [tmp_path / "deep" / "b.txt"]
