"""What a run takes of its machine: processors, memory, disk, network and graphics cards, as MLflow measures them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlflow.system_metrics.metrics.base_metrics_monitor import BaseMetricsMonitor
from mlflow.system_metrics.metrics.cpu_monitor import CPUMonitor
from mlflow.system_metrics.metrics.disk_monitor import DiskMonitor
from mlflow.system_metrics.metrics.gpu_monitor import GPUMonitor
from mlflow.system_metrics.metrics.network_monitor import NetworkMonitor

_SHORTEST, _LONGEST = 1.0, 30.0
"""Seconds between two samples: few at the beginning, so that a short run has some, more and more up to this."""


@contextmanager
def watched_system(log: Callable[[dict[str, float], int], object]) -> Iterator[None]:
    """Log figures under `system/` until the block is left.

    Args:
        log: Gets the figures and the number of the sample.
    """
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(log, done), name="detente-system", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(log: Callable[[dict[str, float], int], object], done: threading.Event) -> None:
    monitors, wait, sample = _monitors(), _SHORTEST, 0
    while not done.wait(wait):
        log({f"system/{name}": value for monitor in monitors for name, value in _taken(monitor).items()}, sample)
        wait, sample = min(2 * wait, _LONGEST), sample + 1


def _taken(monitor: BaseMetricsMonitor) -> dict[str, float]:
    monitor.collect_metrics()
    figures = dict(monitor.aggregate_metrics())
    monitor.clear_metrics()
    return figures


def _monitors() -> list[BaseMetricsMonitor]:
    monitors = [CPUMonitor(), DiskMonitor(), NetworkMonitor()]
    try:
        return [*monitors, GPUMonitor()]
    except (ImportError, RuntimeError):  # no NVIDIA card, or not the package that asks it
        return monitors
