"""Work that processes share: results in the order of the items, so many of them under way and no more."""

import multiprocessing
import os
import signal
import threading
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
_worker: dict[str, Any] = {}
"""What a worker process works with."""
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
    try:
        yield from _results(pool, iter(items), ahead or 2 * workers)
    except BaseException as error:
        ours.close()  # nobody wants what is under way
        if not isinstance(error, BrokenProcessPool | MemoryError):
            raise
        why = "ran out of memory" if isinstance(error, MemoryError) else "ended: killed, or out of memory"
        raise LostWorkerError(f"a worker process {why}. Fewer --workers take less memory.") from error
    finally:
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


def _start(work: Callable[[Any], Any], line: Connection) -> None:
    """Begin a worker's life: it leaves Ctrl-C to the main process, and ends when that closes the line, or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=[line], daemon=True).start()
    _worker["work"] = work


def _end_with(line: Connection) -> None:
    line.poll(None)
    os._exit(1)


def _run(item: Any) -> Any:
    return _worker["work"](item)
