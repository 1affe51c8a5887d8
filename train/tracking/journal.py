"""A run on disk, before it is in a store: facts as lines of a file, artifacts as files beside it.

A journal is a folder in OUTPUT_DIR/unsent. Its first line says what the run is; each other line is something to be
done in the store, and doing it twice is the same as doing it once. What is done already is kept in a second file.
"""

import json
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import filelock

from detente.configs.errors import InputError
from detente.train.run_folder import RunFolder

UNSENT = "unsent"
FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"
"""How a run may end, in MLflow's words."""
Entry = dict[str, Any]


@dataclass(frozen=True)
class Head:
    """What a store has to know to begin a run."""

    uri: str
    experiment: str
    name: str
    started: int
    """Milliseconds since 1970."""
    tags: Mapping[str, str] = field(default_factory=dict)
    folder: str | None = None
    """The run's folder, which remembers its id in the store."""
    parent: str | None = None
    """The folder of the run that this one is a child of."""


class Journal:
    """The journal of one run. Several threads may write; one process at a time holds it.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = path / "journal.jsonl"
        self._progress = path / "progress.json"
        self._writing = threading.Lock()
        self._final: dict[str, Any] | None = None
        self._hold = filelock.FileLock(path / "lock", timeout=0)

    @classmethod
    def begin(cls, outputs: Path, head: Head) -> "Journal":
        """Make a journal in the folder of those that aren't sent, and hold it."""
        path = outputs.resolve() / UNSENT / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:8]}"
        path.mkdir(parents=True)
        journal = cls(path)
        journal.hold()
        journal._write(asdict(head))
        return journal

    def hold(self) -> bool:
        """Take it, so that no other process sends it; False if another has it. Let go of by `release`, or by dying."""
        try:
            self._hold.acquire()
        except filelock.Timeout:
            return False
        return True

    def release(self) -> None:
        """Let other processes have it."""
        self._hold.release(force=True)

    def mend(self) -> None:
        """Cut off a last line that a killed process has written half."""
        text = self._lines.read_bytes()
        if not text.endswith(b"\n"):
            self._lines.write_bytes(text[: text.rfind(b"\n") + 1])

    @property
    def first_line(self) -> str:
        """The head as it is written."""
        with self._lines.open(encoding="utf-8") as lines:
            return lines.readline()

    @cached_property
    def head(self) -> Head:
        """Its first line.

        Raises:
            InputError: It is damaged.
        """
        try:
            return Head(**json.loads(self.first_line))
        except (OSError, ValueError, TypeError) as error:
            raise InputError(f"{self.path}: expected a journal of a run; it is damaged: {error}") from error

    def append(self, do: str, **what: Any) -> None:
        """Write down something to be done."""
        self._write({"do": do, **what})

    def entries(self, after: int = 0) -> list[tuple[Entry, int]]:
        """What is to be done, from this byte on, each with the byte where it ends; no line that is cut off."""
        found = []
        with self._writing, self._lines.open("rb") as lines:
            lines.seek(after)
            for line in lines:
                after += len(line)
                if line.endswith(b"\n"):
                    found.append((json.loads(line), after))
        return [(entry, end) for entry, end in found if "do" in entry]

    def keep(self, source: Path) -> str:
        """Copy a file or folder that is to be sent; return where it is in the journal."""
        return self._kept(lambda target: _copy(source, target), source.name)

    def keep_text(self, text: str, name: str) -> str:
        """The same with a text."""
        return self._kept(lambda target: target.write_text(text, encoding="utf-8"), name)

    @property
    def progress(self) -> dict[str, Any]:
        """Up to which byte it is `sent`, and what the store called the `run_id` and the `model_id`."""
        if self._final is not None:
            return self._final
        try:
            return dict(json.loads(self._progress.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def note(self, **facts: Any) -> None:
        """Add to the progress."""
        draft = self._progress.with_suffix(".draft")
        draft.write_text(json.dumps(self.progress | facts) + "\n", encoding="utf-8")
        draft.replace(self._progress)

    def forget(self) -> None:
        """Begin anew: nothing of it is in the store that it goes to."""
        self._progress.unlink(missing_ok=True)

    @property
    def run_id(self) -> str | None:
        """The id of the run in its store, once it is there."""
        known: str | None = self.progress.get("run_id")
        folder = self.head.folder
        return known or (RunFolder(Path(folder)).run_id if folder else None)

    @property
    def is_sent(self) -> bool:
        """Whether nothing is left to be done."""
        return not self.entries(self.progress.get("sent", 0))

    @property
    def is_ended(self) -> bool:
        """Whether its run said how it ended."""
        entries = self.entries()
        return bool(entries) and entries[-1][0]["do"] == "end"

    @property
    def last_written(self) -> int:
        """When the last line was written, in milliseconds since 1970."""
        return int(self._lines.stat().st_mtime * 1000)

    def remove(self) -> None:
        """Remove it, and the folder of those that aren't sent if it was the last one; its progress is still known."""
        self._final = self.progress | {"run_id": self.run_id}
        self.release()
        shutil.rmtree(self.path)
        if not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()

    def _write(self, line: Mapping[str, Any]) -> None:
        with self._writing, self._lines.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line) + "\n")

    def _kept(self, write: Callable[[Path], object], name: str) -> str:
        folder = self.path / "artifacts" / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        write(folder / name)
        return str((folder / name).relative_to(self.path))


def unsent(outputs: Path) -> Iterator[Journal]:
    """The journals that are not wholly sent, the oldest first."""
    for lines in sorted((outputs.resolve() / UNSENT).glob("*/journal.jsonl")):
        yield Journal(lines.parent)


def journal_of(outputs: Path, folder: Path) -> Journal | None:
    """The journal of a run's folder that an interrupted process has left, held; None if there is none."""
    for journal in unsent(outputs):
        if f'"folder": {json.dumps(str(folder))}' in journal.first_line and journal.hold():
            journal.mend()
            return journal
    return None


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
