"""A comparison as tables of text: the same ones in the terminal and on the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from detente.evaluation.compare.contenders import Cost
from detente.evaluation.compare.results import Comparison, Standing
from detente.evaluation.compare.words import p_figure, signed, slice_sentence, within

SLICES_SHOWN = 10
"""In the terminal, where they differ beyond chance."""


@dataclass(frozen=True)
class Table:
    """Cells of text under a header; the first column is a name."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    strong: frozenset[int] = frozenset()
    """Rows to be marked."""


def ranking(comparison: Comparison) -> Table:
    """The contenders, the best first."""
    several = len(comparison.others) > 1
    seeds = any(one.spread is not None for one in comparison.standings)
    corrected = (("corrected p",) if several else ()) + ("",)
    header = ("", comparison.figure.label, "95% interval", *(("over seeds",) if seeds else ()))
    note = "Differences are from the best. p: approximate randomisation over groups" + (
        ", or examples and seeds as random effects; corrected by Holm over all pairs."
        if seeds
        else "; corrected by Holm over all pairs."
        if several
        else "."
    )
    return Table(
        "Ranking",
        (*header, "difference", "95% interval", "p", *corrected),
        tuple(_standing_row(one, seeds=seeds, several=several) for one in comparison.standings),
        note,
        frozenset({0}),
    )


def figures(comparison: Comparison) -> Table:
    """Other figures, each with its difference from the best."""
    names = [one.contender.name for one in comparison.standings]
    rows = []
    for row in comparison.figures:
        cells = [f"{value:.3f}{_beside(one)}" for value, one in zip(row.values, row.differences, strict=True)]
        rows.append((row.name, *cells))
    note = "In brackets, the 95% interval of the difference from the best; not corrected for the number of figures."
    return Table("Figures", ("", *names), tuple(rows), note)


def answers(comparison: Comparison) -> Table | None:
    """Which examples single runs get right, against the best."""
    found = [(one.contender.name, difference.mcnemar) for one, difference in comparison.others]
    rows = tuple(
        (name, str(test.first_only), str(test.second_only), p_figure(test.p), p_figure(test.p_groups))
        for name, test in found
        if test
    )
    header = ("against the best", "only the best is right", "only this one is right", "McNemar", "McNemar for groups")
    note = "The first takes examples for independent, the second takes groups for independent."
    return Table("Right answers", header, rows, note) if rows else None


def slices(comparison: Comparison, most: int | None = None) -> Table | None:
    """The slices; in short, only those that differ beyond chance."""
    chosen = comparison.slices if most is None else [one for one in comparison.slices if one.shown][:most]
    several = len(comparison.others) > 1
    rows = tuple(
        (
            f"{one.dimension}: {one.value}",
            *((one.contender,) if several else ()),
            str(one.n),
            f"{one.best:.3f}",
            f"{one.other:.3f}",
            f"{one.other - one.best:+z.3f}",
            signed(one.interval),
            p_figure(one.p),
            p_figure(one.p_corrected),
        )
        for one in chosen
    )
    who = ("contender",) if several else ()
    compared = ("best", "this one" if several else comparison.others[0][0].contender.name)
    header = ("slice", *who, "examples", *compared, "difference", "95% interval", "p", "corrected p")
    note = "Corrected by Benjamini and Hochberg over all slices: of those below 0.05, one in twenty is chance."
    marked = frozenset(place for place, one in enumerate(chosen) if one.shown)
    return Table(f"Slices: {slice_sentence(comparison)}", header, rows, note, marked) if rows else None


def settings(comparison: Comparison) -> Table | None:
    """The settings, data and code that differ."""
    names = [one.contender.name for one in comparison.standings]
    rows = tuple((name, *values) for name, values in comparison.settings.items())
    return Table("Settings that differ", ("", *names), rows) if rows else None


def costs(comparison: Comparison) -> Table | None:
    """What each contender took; means over seeds."""
    columns: dict[str, Callable[[Cost], str]] = {
        "parameters": lambda cost: _millions(cost.parameters),
        "training": lambda cost: _duration(cost.training_seconds),
        "answers a second": lambda cost: _known(cost.examples_per_second, "{:.0f}"),
    }
    rows = tuple(
        (one.contender.name, *(show(one.contender.cost) for show in columns.values())) for one in comparison.standings
    )
    known = any(cell != "-" for row in rows for cell in row[1:])
    return Table("Cost", ("", *columns), rows, "As measured where each ran.") if known else None


def all_tables(comparison: Comparison) -> Sequence[Table]:
    """Every table of the page, in order."""
    tables = [
        ranking(comparison),
        figures(comparison),
        answers(comparison),
        slices(comparison),
        settings(comparison),
        costs(comparison),
    ]
    return [table for table in tables if table]


def _standing_row(one: Standing, *, seeds: bool, several: bool) -> tuple[str, ...]:
    difference = one.against_best
    cells = [one.contender.name, f"{one.value:.3f}", within(one.interval)]
    if seeds:
        cells.append(_seeds(one))
    if difference is None:
        return (*cells, "", "", "", *(("",) if several else ()), "best")
    cells += [f"{difference.value:+z.3f}", signed(difference.interval), p_figure(difference.p)]
    cells += [p_figure(difference.p_corrected)] if several else []
    return (*cells, "worse" if difference.shown else "can't be told apart")


def _seeds(one: Standing) -> str:
    if one.spread is None:
        return "1 seed"
    return f"{len(one.values)}: sd {one.spread:.3f}, {min(one.values):.3f} to {max(one.values):.3f}"


def _beside(difference: tuple[float, tuple[float, float]] | None) -> str:
    return f" ({signed(difference[1])})" if difference else ""


def _known(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _millions(count: float | None) -> str:
    return _known(count, "{:,.0f}") if count is None or count < 1e6 else f"{count / 1e6:.1f} M"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
