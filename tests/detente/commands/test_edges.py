"""`detente edges`: what it writes and prints, and its exit status."""

from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest

from detente.data.reading import write_records
from detente.data.records import Prediction

Detente = Callable[..., tuple[int, str, str]]


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    """Norway supports Kenya in six stories; Kenya opposes Norway in one without a usable date."""
    rows = [("Norway", "Kenya", 0.7, 0.1, "2024-03-17")] * 6 + [("Kenya", "Norway", 0.1, 0.8, "2004-2005")]
    made = [
        Prediction(
            example_id=f"e{number}",
            actor=actor,
            target=target,
            text=f"Text {number}.",
            stance="support" if support > oppose else "oppose",
            p_support=support,
            p_neutral=1 - support - oppose,
            p_oppose=oppose,
            confident=support > oppose,
            published=published,
        )
        for number, (actor, target, support, oppose, published) in enumerate(rows)
    ]
    write_records(tmp_path / "in" / "predictions.parquet", made, Prediction)
    return tmp_path / "in"


def test_edges_are_written_and_the_strongest_shown(detente: Detente, predictions: Path) -> None:
    done = detente("edges", predictions, "-o", "edges.csv")
    assert done.status == 0
    assert done.out.splitlines()[-1] == "2 edges of 7 stories, from 7 predictions of 7 stories: edges.csv"
    row = next(line for line in done.out.splitlines() if "2024-03" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        *("Norway", "Kenya", "2024-03", "6", "+0.60", "+0.60 to +0.60", "")
    ]
    assert "too few stories" in done.out
    assert done.err == (
        "stories of no period, without a date precise enough: 1; their predictions have '2004-2005' (1)\n"
    )


def test_networks_are_of_all_time_unless_said_otherwise(detente: Detente, predictions: Path) -> None:
    assert detente("edges", predictions, "-o", "n.graphml").status == 0
    assert nx.read_graphml("n.graphml").edges["Kenya", "Norway"]["period"] == "all"
    assert detente("edges", predictions, "-o", "n.gexf", "--period", "week").status == 0
    assert nx.read_gexf("n.gexf").edges["Norway", "Kenya"]["spells"] == [("2024-03-11", "2024-03-17")]
    done = detente("edges", predictions, "-o", "m.graphml", "--period", "week")
    assert (done.status, Path("m.graphml").exists()) == (2, False)


def test_options_choose_what_is_counted(detente: Detente, predictions: Path) -> None:
    done = detente("edges", predictions, "-o", "e.jsonl", "--since", "2024", "--min-stories", 2, "--evidence", 1)
    assert done.out.endswith("1 edges of 6 stories, from 7 predictions of 7 stories: e.jsonl\n")
    assert Path("e.jsonl").read_text(encoding="utf-8").count("example_id") == 1
    done = detente("edges", predictions, "-o", "e.jsonl", "--confident-only", "--until", "2023", "--memory", "300MB")
    assert done.out == "0 edges of 0 stories, from 7 predictions of 7 stories: e.jsonl\n"
    assert "predictions left out, not confident: 1\nstories left out, not of that time: 6\n" in done.err
    assert "no edges: nothing is left to count" in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("-o", "e.net"), "e.net: expected a name that ends in .csv, .jsonl, .parquet, .graphml, .gexf"),
        (("-o", "e.csv", "--period", "decade"), "--period: expected day, week, month, year, all; found decade"),
        (("-o", "e.csv", "--since", "soon"), "since: expected a day (2024-03-17), week (2024-W11)"),
        (("-o", "in/predictions.parquet"), "expected an output that is none of the inputs"),
    ],
)
def test_wrong_options_are_told_before_anything_is_read(
    options: tuple, message: str, detente: Detente, predictions: Path
) -> None:
    done = detente("edges", predictions, *options)
    assert done.status == 2
    assert message in done.err
