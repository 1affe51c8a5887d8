"""New files of a folder, once they are complete."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from watchfiles import watch

from detente.data.ingest.files import files_in

SETTLED = 2.0
"""Seconds that a file's size and date must stand still: then nobody is writing it any more."""
_LOOK_EVERY = 500
"""Milliseconds, while there are files that have not settled."""
State = tuple[int, int]
"""Bytes, and nanoseconds of the date."""


class Arrivals:
    """Tells which of the files that were seen have come to rest."""

    def __init__(self, *, settled: float = SETTLED, clock: Callable[[], float] = time.monotonic) -> None:
        self._settled = settled
        self._clock = clock
        self._since: dict[Path, tuple[State, float]] = {}

    def look(self, files: Iterable[Path]) -> list[Path]:
        """The files, in their order, that are as they were so many seconds ago; those that are gone are forgotten."""
        now = self._clock()
        states = {file: state for file in files if (state := _state(file))}
        before = self._since
        self._since = {
            file: before[file] if file in before and before[file][0] == state else (state, now)
            for file, state in states.items()
        }
        return [file for file, (_, since) in self._since.items() if now - since >= self._settled]

    @property
    def waiting(self) -> bool:
        """Whether there are files to look at again."""
        return bool(self._since)


def new_files(folder: Path, is_wanted: Callable[[Path], bool], *, settled: float = SETTLED) -> Iterator[list[Path]]:
    """Yield the complete files of a folder and those below it, as they come; without end.

    Args:
        folder: The folder.
        is_wanted: Whether a file is to be taken; once it was, it says no.
        settled: Seconds that a file must stand still.
    """
    arrivals, seen = Arrivals(settled=settled), True
    changes = watch(folder, watch_filter=None, rust_timeout=_LOOK_EVERY, yield_on_timeout=True, raise_interrupt=True)
    for changed in changes:
        seen = seen or bool(changed) or arrivals.waiting
        if not seen:
            continue
        seen = False
        if complete := arrivals.look(file for file in files_in(folder) if is_wanted(file)):
            yield complete
            seen = True  # what came in the meantime may have overrun the queue of events


def _state(file: Path) -> State | None:
    try:
        found = file.stat()
    except OSError:  # it was there a moment ago
        return None
    return found.st_size, found.st_mtime_ns
