import pytest

from detente.train import step_clock
from detente.train.step_clock import StepClock


def test_time_outside_the_steps_is_told_from_time_in_them(monkeypatch):
    times = iter([0.0, 1.0, 4.0, 5.0, 8.0, 10.0])  # an epoch of 10 seconds, with two steps of 3 seconds each
    monkeypatch.setattr(step_clock, "_now", lambda: next(times))
    clock = StepClock()
    assert clock.outside is None
    clock.on_epoch_begin(None, None, None)
    for _ in range(2):
        clock.on_step_begin(None, None, None)
        clock.on_step_end(None, None, None)
    clock.on_epoch_end(None, None, None)
    assert clock.outside == pytest.approx(0.4)
