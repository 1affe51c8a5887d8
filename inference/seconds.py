"""Where the time of a batch run goes."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import TypeVar, cast

T = TypeVar("T")


@dataclass
class Seconds:
    """Seconds of each stage; those of worker processes are summed, so that all can be more than the clock shows."""

    reading: float = 0.0
    extraction: float = 0.0
    tokenising: float = 0.0
    model: float = 0.0
    writing: float = 0.0
    """With the making of the records."""
    waiting: float = 0.0
    """Of the main process, for the workers."""

    @contextmanager
    def clock(self, stage: str) -> Iterator[None]:
        """Add what the block takes to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            setattr(self, stage, getattr(self, stage) + time.perf_counter() - start)

    def clocked(self, stage: str, items: Iterable[T]) -> Iterator[T]:
        """The items; what it takes to get them is added to a stage."""
        rest, end = iter(items), object()
        while True:
            with self.clock(stage):
                item = next(rest, end)
            if item is end:
                return
            yield cast("T", item)

    def add(self, other: "Seconds") -> None:
        """Add the seconds of another part of the run."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def in_words(self) -> str:
        """One line, the longest first; what took nothing is left out."""
        longest = sorted(asdict(self).items(), key=lambda one: -one[1])
        return ", ".join(f"{name} {seconds:.1f}" for name, seconds in longest if seconds >= 0.05) or "none"
