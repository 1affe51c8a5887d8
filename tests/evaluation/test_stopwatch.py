"""Seconds add up by section."""

import pytest

from detente.evaluation import stopwatch
from detente.evaluation.stopwatch import Stopwatch


def test_a_section_counts_what_happens_inside_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 2.0, 5.0, 6.0, 10.0, 13.0])
    monkeypatch.setattr(stopwatch.time, "perf_counter", lambda: next(times))
    watch = Stopwatch()
    for name in ("answers", "figures", "answers"):
        with watch.section(name):
            pass
    assert watch.seconds == {"answers": 5.0, "figures": 1.0}
    assert list(watch.seconds) == ["answers", "figures"]
