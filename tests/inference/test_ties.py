"""Who with whom."""

import pytest

from detente.data.records import Edge
from detente.inference.ties import ties


def edge(actor: str, target: str, support: float, oppose: float, stories: int = 4, period: str = "all") -> Edge:
    return Edge(
        actor=actor,
        target=target,
        period=period,
        stories=stories,
        sentences=stories,
        support=support,
        neutral=stories - support - oppose,
        oppose=oppose,
        confident=0,
        confident_support=0,
        confident_neutral=0,
        confident_oppose=0,
        mean_stance=(support - oppose) / stories,
        outlets=1,
    )


def test_both_directions_and_all_periods_are_one_tie() -> None:
    found = ties([edge("B", "A", 3, 1), edge("A", "B", 0.5, 1, 2, "2024"), edge("A", "B", 0, 2, 2, "2025")])
    (tie,) = found
    assert (tie.first, tie.second, tie.stories, tie.support, tie.neutral, tie.oppose) == ("A", "B", 8, 3.5, 0.5, 4)
    assert (tie.weight, tie.mean_stance) == (-0.5, pytest.approx(-0.0625))


def test_ties_are_sorted_and_nobody_is_tied_to_themselves() -> None:
    found = ties([edge("C", "B", 1, 0), edge("A", "A", 1, 0), edge("C", "A", 1, 0)])
    assert [(tie.first, tie.second) for tie in found] == [("A", "C"), ("B", "C")]


def test_no_edges_make_no_ties() -> None:
    assert ties([]) == []
