"""Fetches the published files of a corpus, each against a checksum.

Where we know the checksum of a file it is pinned. Where we don't, the first fetch writes it down in `checksums.json`
beside the files, and later ones hold to it: that shows a change, not a file that was wrong from the start.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pooch
from requests.exceptions import HTTPError, RequestException

from detente.configs.errors import DetenteError, InputError
from detente.data.corpora.corpus import Corpus, RemoteFile
from detente.data.formats import make_folder

LOCK = "checksums.json"


@dataclass(frozen=True)
class Fetched:
    """A file that is there now."""

    path: Path
    sha256: str
    pinned: bool
    """Its checksum is that of the published file, which we know; else it is the one that the first fetch found."""


def fetch_corpus(corpus: Corpus, folder: Path) -> list[Fetched]:
    """Fetch the files that aren't there yet, and check all of them.

    Raises:
        DetenteError: A file can't be fetched, or is another one than was published; what there is of it is thrown away.
        InputError: The folder can't be written to, or its list of checksums is damaged.
    """
    pooch.get_logger().setLevel("WARNING")
    make_folder(folder)
    seen = _read_lock(folder / LOCK)
    fetched = []
    for file in corpus.files:
        one = _fetch(file, folder, file.sha256 or seen.get(file.name), corpus)
        fetched.append(one)
        if not one.pinned:
            seen[file.name] = one.sha256
            _write_lock(folder / LOCK, seen)
    return fetched


def import_source(corpus: Corpus, folder: Path) -> Path:
    """What to give to the import after a fetch: the archive, or the folder of the files."""
    return folder / corpus.files[0].name if len(corpus.files) == 1 else folder


def _fetch(file: RemoteFile, folder: Path, sha256: str | None, corpus: Corpus) -> Fetched:
    try:
        pooch.retrieve(file.url, f"sha256:{sha256}" if sha256 else None, fname=file.name, path=folder)
    except RequestException as error:
        raise DetenteError(_by_hand(corpus, folder, file, error)) from error
    except ValueError as error:
        raise DetenteError(_other_file(file, folder, sha256)) from error
    path = folder / file.name
    return Fetched(path, sha256 or pooch.file_hash(str(path)), pinned=file.sha256 is not None)


def _by_hand(corpus: Corpus, folder: Path, file: RemoteFile, error: RequestException) -> str:
    why = f"it answers {error}" if isinstance(error, HTTPError) else "no network, or the host can't be reached"
    missing = [one for one in corpus.files if not (folder / one.name).is_file()]
    lines = [f"  {one.url}\n    to {folder / one.name}" for one in missing]
    return (
        f"{corpus.name}: expected to fetch {file.url}; {why}.\n"
        f"Download {'this file' if len(lines) == 1 else f'these {len(lines)} files'} by hand:\n"
        + "\n".join(lines)
        + f"\nthen run: detente data import {corpus.name} {import_source(corpus, folder)} -o OUT"
    )


def _other_file(file: RemoteFile, folder: Path, sha256: str | None) -> str:
    origin = "as published" if file.sha256 else f"as on the first fetch, see {folder / LOCK}"
    return (
        f"{file.url}: expected a file with sha256 {sha256} ({origin}); found another one, and threw it away. "
        "Try again; if it stays so, the source has changed or is tampered with."
    )


def _read_lock(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(
            f"{path}: expected JSON with a checksum for each file; {error}. Delete it to trust anew."
        ) from error
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise InputError(
            f"{path}: expected a checksum for each file name; found something else. Delete it to trust anew."
        )
    return content


def _write_lock(path: Path, seen: dict[str, str]) -> None:
    partial = path.with_name(f".partial-{path.name}")
    partial.write_text(json.dumps(seen, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(path)
