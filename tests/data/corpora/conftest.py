"""What the tests of the corpora share: invented files in the published formats, and a reader of them."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from detente.data.corpora.published import open_published
from detente.data.corpora.registry import CORPORA
from detente.data.problems import Problem
from detente.data.records import Example


class Read(NamedTuple):
    """What a part gave."""

    examples: list[Example]
    problems: list[Problem]


def write_files(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="")
    return folder


@pytest.fixture
def publish(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    """Writes files, named by their paths, into a folder and returns it."""
    return lambda files: write_files(tmp_path / "published", files)


@pytest.fixture
def read(publish: Callable[[dict[str, str]], Path]) -> Callable[[str, dict[str, str], str], Read]:
    """Reads a part of a corpus from files given by name and content."""

    def read_part(corpus: str, files: dict[str, str], part: str) -> Read:
        with open_published(publish(files)) as published:
            found = list(CORPORA[corpus].read(published, part))
        examples = [one for one in found if isinstance(one, Example)]
        return Read(examples, [one for one in found if isinstance(one, Problem)])

    return read_part
