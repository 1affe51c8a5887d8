"""Runs that are killed, for real: a few times on a tiny model."""

from pathlib import Path

import pytest

from benchmarks.kills import disturb
from benchmarks.prediction_speed import save_untrained

ARTICLES = [{"id": f"a{number}", "text": f"Norway praised Kenya {number} times."} for number in range(40)]


@pytest.mark.slow
def test_a_run_that_is_killed_ends_as_one_that_is_not(tmp_path: Path) -> None:
    model = save_untrained(tmp_path / "model", encoder="random:tiny")
    tally = disturb(model, ARTICLES, tmp_path, kills=2, options=["--workers", "0", "--part-size", "4"], forms=["out"])
    assert tally.kills == 2
    assert tally.runs >= 1
    assert (tally.same_bytes, tally.lost, tally.doubled) == (tally.runs, 0, 0)
