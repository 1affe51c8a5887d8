"""Work that processes share: results in the order of the items, so many of them under way and no more."""

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from detente.configs.errors import DetenteError

_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""A worker is a process because the work is: threads of its own would only fight those of the others."""
_GRACE = 5.0
"""Seconds."""
_here: list["_Worker"] = []
"""The worker that this process is."""
T = TypeVar("T")
R = TypeVar("R")


class LostWorkerError(DetenteError):
    """A worker process ended in the middle of its work."""


def in_order(
    work: Callable[[T], R], items: Iterable[T], *, workers: int = 1, ahead: int | None = None
) -> Generator[R, None, None]:
    """Yield what the work makes of each item, in order.

    Args:
        work: It is sent to each process once, pickled.
        items: Sent to the processes one at a time, pickled; read only as far as `ahead` allows.
        workers: Processes; 0 or 1 does the work here, one item when it is asked for.
        ahead: Items that are under way, or done and waiting for their turn; default: two for each worker.

    Raises:
        LostWorkerError: A worker was killed, or ran out of memory.
    """
    if workers <= 1:
        yield from map(work, items)
        return
    context = multiprocessing.get_context("spawn")  # not forked: the caller may have threads, such as those of torch
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(work, theirs))
    whole = False
    try:
        yield from _results(pool, iter(items), ahead or 2 * workers)
        whole = True
    except (BrokenProcessPool, MemoryError) as error:
        why = "ran out of memory" if isinstance(error, MemoryError) else "ended: killed, or out of memory"
        raise LostWorkerError(f"a worker process {why}. Fewer --workers take less memory.") from error
    finally:
        if not whole:
            ours.close()  # nobody wants what is under way
        pool.shutdown(cancel_futures=True)
        ours.close()
        theirs.close()


@contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let a polite kill end the work as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not the main thread: whoever runs us handles signals
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def available_processors() -> int:
    """How many processors this process may use."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)  # Linux knows it
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _results(pool: ProcessPoolExecutor, items: Iterator[Any], ahead: int) -> Iterator[Any]:
    waiting = deque(_submit(pool, item) for item in islice(items, ahead))
    while waiting:
        found = waiting.popleft().result()
        waiting.extend(_submit(pool, item) for item in islice(items, 1))
        yield found


def _submit(pool: ProcessPoolExecutor, item: Any) -> "Future[Any]":
    # a pool starts processes when it gets work, and libraries read the environment as they load
    with _environment(_ONE_THREAD):
        return pool.submit(_run, item)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


class _Worker:
    """The life of a worker process: it leaves Ctrl-C to the main process, and ends when that closes the line, or dies.

    Args:
        work: What is made of an item.
        line: Its other end is the main process's.
    """

    def __init__(self, work: Callable[[Any], Any], line: Connection) -> None:
        self._work = work
        self._line = line
        self._turn = threading.Lock()
        self._busy = self._unwanted = False

    def start(self) -> None:
        """Listen, in threads."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=self._end_unwanted, daemon=True).start()
        threading.Thread(target=self._end_with_parent, daemon=True).start()

    def run(self, item: Any) -> Any:
        """What the work makes of an item; nothing if nobody wants it any more."""
        with self._turn:
            if self._unwanted:
                return None
            self._busy = True
        try:
            return self._work(item)
        finally:
            with self._turn:
                self._busy = False

    def _end_unwanted(self) -> None:
        """End in the middle of work, but not of a message: the main process would wait for the rest of it."""
        self._line.poll(None)
        with self._turn:
            self._unwanted = True
            if self._busy:
                os._exit(1)
        time.sleep(_GRACE)  # in which the pool ends an idle worker, unless it was interrupted as it began
        os._exit(1)

    def _end_with_parent(self) -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
            os._exit(1)


def _start(work: Callable[[Any], Any], line: Connection) -> None:
    _here.append(_Worker(work, line))
    _here[0].start()


def _run(item: Any) -> Any:
    return _here[0].run(item)
