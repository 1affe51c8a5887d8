"""Figures of the machine."""

import time

import pytest

from detente.train.tracking import system
from detente.train.tracking.system import watched_system


def test_processors_and_memory_are_logged_until_the_block_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_SHORTEST", 0.05)
    logged: list[tuple[dict[str, float], int]] = []
    with watched_system(lambda figures, step: logged.append((figures, step))):
        deadline = time.monotonic() + 20
        while len(logged) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
    count = len(logged)
    assert [step for _, step in logged] == list(range(count))
    assert {"system/cpu_utilization_percentage", "system/system_memory_usage_percentage"} <= logged[0][0].keys()
    time.sleep(0.3)
    assert len(logged) == count
