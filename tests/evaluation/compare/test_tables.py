"""A comparison as tables of text."""

from collections.abc import Callable

from detente.evaluation.compare import tables
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.contenders import Cost, Run

Make = Callable[..., Run]


def test_the_ranking_of_two_runs(make_run: Make) -> None:
    table = tables.ranking(compare([make_run("weak", range(0, 60, 2)), make_run("good", [1])]))
    assert table.header == ("", "macro-F1", "95% interval", "difference", "95% interval", "p", "")
    assert table.rows[0][:2] == ("good", "0.992")
    assert table.rows[0][3:] == ("", "", "", "best")
    assert table.rows[1][-2:] == ("< 0.001", "worse")
    assert {len(row) for row in table.rows} == {len(table.header)}


def test_the_ranking_of_several_with_seeds(make_run: Make) -> None:
    seeds = [make_run(f"a{seed}", [seed], seed) for seed in range(2)]
    table = tables.ranking(compare([*seeds, make_run("b", [1, 2]), make_run("c", range(0, 60, 2))]))
    assert {"over seeds", "corrected p"} <= set(table.header)
    assert {len(row) for row in table.rows} == {len(table.header)}
    assert [row[-1] for row in table.rows] == ["best", "can't be told apart", "worse"]
    spreads = {row[0]: row[3] for row in table.rows}
    assert spreads["a, 2 seeds"].startswith("2: sd 0.000, 0.992 to")
    assert spreads["b"] == "1 seed"


def test_right_answers_are_counted_for_single_runs(make_run: Make) -> None:
    table = tables.answers(compare([make_run("good", [1]), make_run("weak", range(0, 60, 2))]))
    assert table is not None
    assert table.rows == (("weak", "30", "1", "< 0.001", "< 0.001"),)
    seeds = [make_run(f"{name}{seed}", [seed], seed) for name in "ab" for seed in range(2)]
    assert tables.answers(compare(seeds)) is None


def test_in_short_only_slices_that_differ_are_shown(make_run: Make, make_evaluated: Callable) -> None:
    by = {"half": ["front"] * 60 + ["back"] * 60}
    runs = [make_run("good", evaluated=make_evaluated(by=by))]
    runs.append(make_run("weak", evaluated=make_evaluated(range(0, 60, 2), by=by)))
    comparison = compare(runs)
    full, short = tables.slices(comparison), tables.slices(comparison, 10)
    assert full is not None
    assert short is not None
    assert [row[0] for row in full.rows] == ["half: front", "half: back"]
    assert full.strong == {0}
    assert [row[0] for row in short.rows] == ["half: front"]
    assert {len(row) for row in full.rows} == {len(full.header)}
    alike = compare([make_run(name, evaluated=make_evaluated(by=by)) for name in "ab"])
    assert tables.slices(alike, 10) is None


def test_settings_that_differ_and_costs(make_run: Make) -> None:
    small = make_run("small", settings={"train.epochs": "3"}, cost=Cost(22_700_000, 90, 120.4))
    large = make_run("large", [1], settings={"train.epochs": "5"}, cost=Cost(3_000, 7300, None))
    comparison = compare([small, large])
    settings, costs = tables.settings(comparison), tables.costs(comparison)
    assert settings is not None
    assert settings.rows == (("train.epochs", "3", "5"),)
    assert costs is not None
    assert costs.header == ("", "parameters", "training", "answers a second")
    assert costs.rows == (("small", "22.7 M", "90 s", "120"), ("large", "3,000", "2.0 h", "-"))


def test_tables_without_content_are_left_out(make_run: Make) -> None:
    comparison = compare([make_run("a"), make_run("b", [1])])
    assert tables.settings(comparison) is None
    assert tables.costs(comparison) is None
    titles = [table.title for table in tables.all_tables(comparison)]
    assert titles == ["Ranking", "Figures", "Right answers"]
