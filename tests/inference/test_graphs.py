"""Networks in networkx, and back from GraphML and GEXF."""

from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest

from detente.configs.errors import InputError
from detente.data.records import Edge, Prediction
from detente.inference.edges import Edges, edges
from detente.inference.graphs import moving_network, network, write_gexf, write_graphml

Say = Callable[..., Prediction]
Save = Callable[..., Path]
NAMELESS = {"actor", "target", "actor_kind", "target_kind", "evidence", "period"}


@pytest.fixture
def predictions(say: Say, save: Save) -> Path:
    """Six stories of January and one of March in which A opposes B, which has a kind; one without a date, back."""
    january = [
        say("A", "B", 0.1, 0.1 + number / 10, published="2024-01-09", target_kind="country") for number in range(6)
    ]
    return save(*january, say("A", "B", 0.8, 0.0, published="2024-03-01"), say("B", "A", 0.2, 0.3))


@pytest.fixture
def whole(predictions: Path) -> Edges:
    return edges(predictions, period="all", evidence=0)


def figures(edge: Edge) -> dict:
    return {name: value for name, value in edge if name not in NAMELESS and value is not None}


@pytest.mark.parametrize(("write", "read"), [(write_graphml, nx.read_graphml), (write_gexf, nx.read_gexf)])
def test_a_network_comes_back_with_all_attributes(
    write: Callable, read: Callable, whole: Edges, tmp_path: Path
) -> None:
    write(tmp_path / "network", network(whole, whole.nodes()))
    graph = read(tmp_path / "network")
    assert dict(graph.nodes(data=True)) == {
        "A": {"label": "A", "stories": 8},
        "B": {"label": "B", "stories": 8, "kind": "country"},
    }
    assert isinstance(graph, nx.DiGraph)
    there, back = list(whole)
    known = graph.edges["A", "B"]
    assert {name: known[name] for name in figures(there)} == figures(there)
    assert (known["weight"], known["period"], known["signed_weight"]) == (7, "all", pytest.approx(-0.7))
    assert type(known["stories"]) is int
    assert "low" in known
    assert "low" not in graph.edges["B", "A"]
    assert graph.edges["B", "A"]["mean_stance"] == back.mean_stance


def test_a_network_over_time_has_spells(predictions: Path, tmp_path: Path) -> None:
    with edges(predictions, period="month", evidence=0) as found:
        write_gexf(tmp_path / "n.gexf", moving_network(found, found.nodes()))
    graph = nx.read_gexf(tmp_path / "n.gexf")
    assert graph.graph["mode"] == "dynamic"
    known = graph.edges["A", "B"]
    january, march = ("2024-01-01", "2024-01-31"), ("2024-03-01", "2024-03-31")
    assert known["spells"] == [january, march]
    assert known["stories"] == [(6, *january), (1, *march)]
    assert known["mean_stance"] == [(-0.25, *january), (0.8, *march)]
    assert [days for _, *days in known["low"]] == [list(january)]
    assert known["weight"] == 7
    assert not graph.has_edge("B", "A")  # it has no date


def test_edges_of_several_periods_are_no_network_of_one(predictions: Path) -> None:
    with (
        edges(predictions) as found,
        pytest.raises(InputError, match="A and B: expected one edge for a network of one"),
    ):
        network(found)


@pytest.mark.parametrize(("write", "read"), [(write_graphml, nx.read_graphml), (write_gexf, nx.read_gexf)])
def test_names_that_xml_cannot_hold_are_mended_and_kept_apart(
    write: Callable, read: Callable, say: Say, save: Save, tmp_path: Path
) -> None:
    path = save(say("A\x00", "A\x01", 0.9, 0.0, actor_kind="\x02"), say("<B> & 'C'", "a\U0001f54a\uffff", 0.0, 0.9))
    with edges(path, period="all") as found:
        write(tmp_path / "n", network(found))
    graph = read(tmp_path / "n")
    assert set(graph) == {"A\ufffd", "A\ufffd (2)", "<B> & 'C'", "a\U0001f54a\ufffd"}
    assert graph.nodes["A\ufffd"]["kind"] == "\ufffd"


def test_a_network_of_nothing_can_be_written_and_read(tmp_path: Path) -> None:
    write_graphml(tmp_path / "n.graphml", network([]))
    write_gexf(tmp_path / "n.gexf", moving_network([]))
    assert len(nx.read_graphml(tmp_path / "n.graphml")) == len(nx.read_gexf(tmp_path / "n.gexf")) == 0


def test_the_day_of_writing_is_not_in_the_file(whole: Edges, tmp_path: Path) -> None:
    write_gexf(tmp_path / "n.gexf", network(whole))
    text = (tmp_path / "n.gexf").read_text(encoding="utf-8")
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<gexf ')
    assert "lastmodified" not in text
