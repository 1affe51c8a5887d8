"""Ids are counted as a Counter does, in less memory."""

import pytest

from detente.data.ingest import taken_ids
from detente.data.ingest.taken_ids import TakenIds


def test_ids_are_counted_as_a_counter_does_across_the_merges_of_its_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taken_ids, "_FRESH", 7)
    taken, names = TakenIds(), [f"a{number % 50}" for number in range(120)]
    for name in names:
        taken[name] += 1
    assert [taken[f"a{number}"] for number in (0, 19, 20, 49, 50)] == [3, 3, 2, 2, 0]
