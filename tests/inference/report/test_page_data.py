"""Edges as columns."""

import pytest

from detente.data.records import AUTHOR, Edge, Evidence, Stance
from detente.inference.edges import Node
from detente.inference.report.page_data import page_data, web_address


def make_edge(actor: str, target: str, period: str | None = "all", **changes: object) -> Edge:
    values = {
        "actor": actor,
        "target": target,
        "period": period,
        "stories": 2,
        "sentences": 3,
        "support": 1.5,
        "neutral": 0.25,
        "oppose": 0.25,
        "confident": 1,
        "confident_support": 1,
        "confident_neutral": 0,
        "confident_oppose": 0,
        "mean_stance": 0.625,
        "outlets": 1,
    }
    return Edge.model_validate(values | changes)


def make_evidence(text: str = "A praised B.", **changes: object) -> Evidence:
    values = {
        "example_id": text,
        "text": text,
        "stance": Stance.SUPPORT,
        "p_support": 0.9,
        "p_oppose": 0.02,
        "confident": True,
    }
    return Evidence.model_validate(values | changes)


def test_periods_come_in_order_with_their_days_and_the_undated_last() -> None:
    edges = [make_edge("A", "B", period) for period in ("2024-02", "2023-12", None)]
    periods = page_data([Node("A", None, 2), Node("B", None, 2)], [make_edge("A", "B")], edges).network["periods"]
    assert [one["name"] for one in periods] == ["all", "2023-12", "2024-02", "undated"]
    assert periods[2] == {"name": "2024-02", "first": "2024-02-01", "last": "2024-02-29"}


def test_a_sentence_stands_on_the_page_once() -> None:
    evidence = (make_evidence(), make_evidence("B is praised by A."))
    whole, month = make_edge("A", "B", evidence=evidence), make_edge("A", "B", "2024-02", evidence=evidence[:1])
    found = page_data([Node("A", None, 2), Node("B", None, 2)], [whole], [month]).evidence
    assert found["texts"] == ["A praised B.", "B is praised by A."]
    assert found["edges"] == [[0, 1], [0]]


def test_authors_are_many_people_and_tie_nobody() -> None:
    nodes = [Node(AUTHOR, "author", 2), Node("B", "country", 2)]
    data = page_data(nodes, [make_edge(AUTHOR, "B")], ())
    assert data.network["author"] == 0
    assert data.camps.why_none == "no two actors are tied by support"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=c", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)//https://", False),
        ("file:///etc/hosts", False),
        ("data:text/html,x", False),
        ("http://[bad", False),
        ("https:nowhere", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, *, kept: bool) -> None:
    assert web_address(url) == (url if kept else None)
