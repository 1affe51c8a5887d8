"""Edges as files of all kinds."""

import csv
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pyarrow.parquet as pq
import pytest

from detente.configs.errors import InputError
from detente.data.records import Edge, Prediction
from detente.inference.edge_files import STRONGEST, edge_format, write_edges
from detente.inference.edges import Edges, edges

Say = Callable[..., Prediction]
Save = Callable[..., Path]


@pytest.fixture
def months(say: Say, save: Save) -> Edges:
    """An edge with an interval, one with a change, one without a date; one of the names begins as a formula does."""
    january = [say("=A", "B", 0.1, number / 10, published="2024-01-09", actor_span=(0, 2)) for number in range(6)]
    return edges(save(*january, say("=A", "B", 0.8, 0.0, published="2024-02-01"), say("B", "-", 0.2, 0.3)))


def test_jsonl_and_parquet_hold_everything(months: Edges, tmp_path: Path) -> None:
    them = list(months)
    for name in ("e.jsonl", "e.parquet"):
        assert write_edges(tmp_path / "new" / name, months).edges == 3
    lines = (tmp_path / "new" / "e.jsonl").read_text(encoding="utf-8").splitlines()
    assert [Edge.model_validate_json(line) for line in lines] == them
    table = pq.read_table(tmp_path / "new" / "e.parquet")
    assert [Edge.model_validate(row) for row in table.to_pylist()] == them
    assert table.column_names == list(Edge.model_fields)
    assert [str(table.schema.field(name).type) for name in ("stories", "low", "period")] == [
        "int64",
        "double",
        "string",
    ]
    assert len(them[0].evidence) == 5
    assert them[0].evidence[0].actor_span == (0, 2)


def test_csv_is_safe_to_open_and_has_no_evidence(months: Edges, tmp_path: Path) -> None:
    write_edges(tmp_path / "e.csv", months)
    with (tmp_path / "e.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [name for name in Edge.model_fields if name != "evidence"]
    assert [(row["actor"], row["target"], row["period"]) for row in rows] == [
        ("'=A", "B", "2024-01"),
        ("'=A", "B", "2024-02"),
        ("B", "'-", ""),
    ]
    assert rows[0]["mean_stance"] == "-0.15"  # a number, not a formula
    assert rows[2]["low"] == ""


def test_networks_open_in_networkx(months: Edges, tmp_path: Path) -> None:
    write_edges(tmp_path / "e.gexf", months)
    assert nx.read_gexf(tmp_path / "e.gexf").edges["=A", "B"]["stories"][1][0] == 1
    with pytest.raises(InputError, match=r"e\.graphml: expected period all, since GraphML has no time; found month"):
        write_edges(tmp_path / "e.graphml", months)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet", ".graphml", ".gexf"])
def test_the_same_predictions_give_the_same_bytes(suffix: str, say: Say, save: Save, tmp_path: Path) -> None:
    said = [say("A", "B", number / 20, 0.1, published="2024-01-09") for number in range(10)]
    for number, them in enumerate((said, said[::-1])):
        with edges(save(*them, name=f"{number}.parquet"), period="all") as found:
            write_edges(tmp_path / f"{number}{suffix}", found)
    assert (tmp_path / f"0{suffix}").read_bytes() == (tmp_path / f"1{suffix}").read_bytes()
    assert not list(tmp_path.glob(".partial*"))


def test_the_strongest_are_those_of_most_stories_for_or_against(say: Say, save: Save, tmp_path: Path) -> None:
    few = [say(f"T{number:02}", "B", 0.5 + number / 50, 0.0) for number in range(STRONGEST + 1)]
    many = [say("M", "B", 0.0, 0.5) for _ in range(3)]
    with edges(save(*few, *many)) as found:
        strongest = write_edges(tmp_path / "e.csv", found).strongest
    assert [edge.actor for edge in strongest] == ["M", *(f"T{number:02}" for number in range(STRONGEST, 1, -1))]


def test_other_endings_are_refused() -> None:
    with pytest.raises(InputError, match=r"ends in \.csv, \.jsonl, \.parquet, \.graphml, \.gexf; found 'e\.net'"):
        edge_format(Path("e.net"))
