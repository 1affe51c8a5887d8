"""What tracking costs a training: `make bench-logging`.

The quickstart on part of its training file, with tracking into a SQLite file and with a tracker that does nothing, in
turn. Two figures: the share of the training's processor time that is spent in logging, on the training's thread and on
those beside it, which doesn't depend on what else the machine does; and the difference on the clock, which does.
Writing the model down and sending it counts apart: it is copied, once for each training, whatever the training takes.
"""

import argparse
import contextlib
import functools
import logging
import os
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.table import Table

from detente.configs.loading import load_config
from detente.data.reading import read_examples, write_records
from detente.data.records import Example
from detente.train.run import train_model
from detente.train.tracking import Tracker
from detente.train.tracking.journal import Journal
from detente.train.tracking.post import Post
from detente.train.tracking.sender import Sender

_METERED: dict[str, list[tuple[type, str]]] = {
    "the training's own calls": [
        (Tracker, name)
        for name in ("log_start", "log_audit", "log_metrics", "log_validation", "log_measured", "log_facts", "describe")
    ],
    "the run, opened": [(Post, "open")],
    "the model, written": [(Tracker, "log_model")],
    "the model, sent": [(Sender, "_model")],
    "all else, sent": [(Sender, "_batch"), (Sender, "_datasets"), (Sender, "_artifact"), (Sender, "_end")],
}
_APART = ("the model, written", "the model, sent")


class Meter:
    """Processor time by name; a call inside a metered call isn't counted twice."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inside = threading.local()

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, metered."""

        @functools.wraps(function)
        def metered(*given: Any, **named: Any) -> Any:
            if getattr(self._inside, "yes", False):
                return function(*given, **named)
            self._inside.yes, start = True, time.thread_time()
            try:
                return function(*given, **named)
            finally:
                self._inside.yes = False
                self.seconds[name] += time.thread_time() - start

        return metered

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Meter what is to be metered."""
        with contextlib.ExitStack() as stack:
            for name, places in _METERED.items():
                for owner, method in places:
                    stack.enter_context(patch.object(owner, method, self.around(name, getattr(owner, method))))
            yield


@contextlib.contextmanager
def untracked() -> Iterator[None]:
    """A tracker that does nothing."""
    nothing = {"open": lambda _: None, "close": lambda _: True}
    silent = patch.object(Journal, "append", lambda *_, **__: None), patch.object(Tracker, "log_model", lambda *_: None)
    with patch.multiple(Post, **nothing), silent[0], silent[1]:
        yield


def measure(overrides: list[str], arm: contextlib.AbstractContextManager[None]) -> tuple[float, float]:
    """Seconds on the clock, and of processor time, of one training."""
    config = load_config("quickstart", overrides)
    clock, processor = time.perf_counter(), time.process_time()
    with arm:
        train_model(config)
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    """Run both arms in turn and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=1500, help="of the training file")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("settings", nargs="*", help="more settings, as train.log_every=1")
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    samples = Path(load_config("quickstart").data.train)  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as folder:
        train = Path(folder) / "train.jsonl"
        write_records(train, list(read_examples(samples))[: arguments.examples], Example)
        common = [f"data.train={train}", f"output_dir={folder}/outputs", f"tracking.uri=sqlite:///{folder}/mlflow.db"]
        common += ["evaluation.bootstrap=100", "audit.max_share=1.0", *arguments.settings]
        measure([*common, "train.epochs=1", "model.encoder=random:tiny"], contextlib.nullcontext())  # imports, set-up
        meter, tracked, silent = Meter(), [], []
        for _ in range(arguments.rounds):
            tracked.append(measure(common, meter.on()))
            silent.append(measure(common, untracked()))
    show(meter, tracked, silent)


def show(meter: Meter, tracked: list[tuple[float, float]], silent: list[tuple[float, float]]) -> None:
    """Print the shares."""
    total = sum(processor for _, processor in tracked)
    table = Table("part", "seconds", "share", title=f"processor time of {len(tracked)} trainings: {total:.1f} s")
    for name in _METERED:
        table.add_row(name, f"{meter.seconds[name]:.2f}", f"{meter.seconds[name] / total:.2%}")
    counted = sum(seconds for name, seconds in meter.seconds.items() if name not in _APART)
    table.add_row("logging without the model", f"{counted:.2f}", f"{counted / total:.2%}")
    Console().print(table)
    clock = [statistics.median(seconds for seconds, _ in arm) for arm in (tracked, silent)]
    print(
        f"on the clock: {clock[0]:.1f} s tracked, {clock[1]:.1f} s not: {clock[0] / clock[1] - 1:+.2%}, model included"
    )


if __name__ == "__main__":
    main()
