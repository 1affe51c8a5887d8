"""A corpus as its authors published it: a folder (a checkout, a download), an archive, or one file of it."""

import csv
import json
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import open as open_gzip
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, cast

from detente.configs.errors import InputError

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


class Published:
    """The files of a corpus; each may be packed with gzip."""

    def __init__(self, root: Path, files: list[Path]) -> None:
        self._root = root
        self._files: defaultdict[str, list[Path]] = defaultdict(list)
        for file in sorted(files, key=lambda path: (len(path.parts), path.as_posix())):
            self._files[file.name].append(file)

    def find(self, *endings: str) -> Path | None:
        """The file whose path ends with one of these; earlier endings win, then the file nearest to the root."""
        for ending in endings:
            for name in (ending, f"{ending}.gz"):
                for file in self._files[name.rpartition("/")[2]]:
                    if f"/{file.as_posix()}".endswith(f"/{name}"):
                        return self._root / file
        return None

    def matching(self, pattern: str) -> list[Path]:
        """The files whose paths match a glob pattern from the right, in sorted order."""
        return sorted(self._root / file for files in self._files.values() for file in files if file.match(pattern))


@contextmanager
def open_published(path: Path) -> Iterator[Published]:
    """The files under a path; an archive is unpacked into a temporary folder for as long as this lasts.

    Raises:
        InputError: There is nothing at the path, or the archive is damaged.
    """
    if path.is_dir():
        yield Published(path, _files_under(path))
    elif not path.is_file():
        raise InputError(f"{path}: expected a folder, an archive or a file of the corpus; found nothing there")
    elif path.name.lower().endswith(ARCHIVES):
        with tempfile.TemporaryDirectory(prefix="detente-corpus-") as folder:
            _unpack(path, Path(folder))
            yield Published(Path(folder), _files_under(Path(folder)))
    else:
        yield Published(path.parent, [Path(path.name)])


@contextmanager
def open_text(path: Path) -> Iterator[IO[str]]:
    """The text of a file, UTF-8, unpacked where it is packed; line ends stay as they are.

    Raises:
        InputError: The file is damaged, or not UTF-8, or (while it is read) not CSV.
    """
    try:
        with open_gzip(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield TextIOWrapper(cast("IO[bytes]", file), encoding="utf-8-sig", newline="")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: expected a file as the corpus was published; {error}") from error


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Raises:
        InputError: It isn't JSON.
    """
    with open_text(path) as file:
        content = file.read()
    try:
        return json.loads(content)
    except ValueError as error:
        raise InputError(f"{path}: expected JSON, as the corpus was published; {error}") from error


def _files_under(folder: Path) -> list[Path]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not any(part.startswith(".") for part in path.parts)]


def _unpack(path: Path, folder: Path) -> None:
    try:
        if zipfile.is_zipfile(path):
            shutil.unpack_archive(path, folder, "zip")
        else:
            with tarfile.open(path) as archive:
                archive.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, shutil.ReadError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: the archive is damaged, or not what its name says: {error}") from error
