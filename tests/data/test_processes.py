"""Work in processes: order, how much is under way, and what becomes of a run whose worker dies."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from detente.data.processes import LostWorkerError, available_processors, in_order


@pytest.mark.parametrize("workers", [0, 1])
def test_without_workers_an_item_is_worked_on_when_it_is_asked_for(workers: int) -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(9):
            read.append(number)
            yield number

    found = in_order(math.sqrt, items(), workers=workers)
    assert [next(found), next(found)] == [0.0, 1.0]
    assert read == [0, 1]


@pytest.mark.slow
def test_workers_give_results_in_order_and_are_fed_no_further_than_allowed() -> None:
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(40):
            read.append(number)
            yield number

    found = in_order(math.sqrt, items(), workers=2, ahead=5)
    assert next(found) == 0.0
    assert len(read) == 6
    assert list(found) == [math.sqrt(number) for number in range(1, 40)]


@pytest.mark.slow
def test_a_worker_has_one_thread_and_the_main_process_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert list(in_order(os.getenv, ["OMP_NUM_THREADS", "MKL_NUM_THREADS"], workers=2)) == ["1", "1"]
    assert (os.environ["OMP_NUM_THREADS"], os.getenv("MKL_NUM_THREADS")) == ("7", None)


@pytest.mark.slow
def test_a_worker_that_dies_is_told() -> None:
    with pytest.raises(LostWorkerError, match=r"^a worker process ended: killed, or out of memory\. Fewer --workers"):
        list(in_order(os._exit, [9], workers=2))


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 2_000_000], ids=["small items", "items longer than a pipe"])
def test_nobody_waits_for_what_is_no_longer_wanted(size: int) -> None:
    items = [(0.0, b""), *((60.0, bytes(size)) for _ in range(5))]
    found = in_order(sleep_and_return, items, workers=2)
    next(found)
    start = time.monotonic()
    found.close()
    assert time.monotonic() - start < 30


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.05, 0.3, 0.8, 1.5])
def test_an_interruption_ends_all_processes_at_any_time(after: float) -> None:
    code = """
import sys
from detente.data.processes import in_order, sigterm_interrupts
from tests.data.test_processes import sleep_and_return

if __name__ == "__main__":
    print("begins", flush=True)
    with sigterm_interrupts():
        for _ in in_order(sleep_and_return, ((0.01, bytes(300_000)) for _ in range(10_000)), workers=2):
            pass
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "begins\n"
        time.sleep(after)
        process.terminate()
        assert "KeyboardInterrupt" in process.communicate(timeout=60)[1]  # its pipe is closed when all have ended


def sleep_and_return(item: tuple[float, bytes]) -> bytes:
    seconds, content = item
    time.sleep(seconds)
    return content


@pytest.mark.slow
def test_an_error_of_the_work_is_the_callers() -> None:
    with pytest.raises(ValueError, match="math domain error"):
        list(in_order(math.sqrt, [1, -1], workers=2))


def test_there_is_a_processor() -> None:
    assert 1 <= available_processors() <= (os.cpu_count() or 1)


def test_a_polite_kill_is_an_interruption_within_the_block_only() -> None:
    code = """
import signal
from detente.data.processes import sigterm_interrupts

try:
    with sigterm_interrupts():
        signal.raise_signal(signal.SIGTERM)
except KeyboardInterrupt:
    print("interrupted", signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
"""  # in a process of its own: only a main thread handles signals
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "interrupted True\n"
