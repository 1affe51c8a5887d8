"""The network of stances: `detente edges`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.configs.errors import InputError

if TYPE_CHECKING:
    from detente.data.records import Edge
    from detente.inference.edge_files import Written
    from detente.inference.story_counts import Coverage


def edges_cli(
    predictions: Annotated[
        list[Path], typer.Argument(help="Files or folders of predictions: .parquet, .jsonl, .csv.", show_default=False)
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File of edges: .csv, .jsonl, .parquet, .graphml or .gexf.")
    ],
    period: Annotated[
        str | None, typer.Option(help="day, week, month, year or all; default: all for networks, else month.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Only stories from this day, week, month or year on.")] = None,
    until: Annotated[str | None, typer.Option(help="Only stories up to the end of it.")] = None,
    min_stories: Annotated[int, typer.Option(min=1, help="Leave out edges of fewer stories.")] = 1,
    evidence: Annotated[int, typer.Option(min=0, help="Sentences with each edge, in .jsonl and .parquet.")] = 5,
    confident_only: Annotated[
        bool, typer.Option("--confident-only", help="Count confident predictions alone.")
    ] = False,
    memory: Annotated[str, typer.Option(help="What may be held in memory before it goes to disk.")] = "2GB",
) -> None:
    """Count the stories of predictions: who supports, who opposes whom, when, how surely, and by what evidence."""
    from detente.data.outputs import check_outputs  # noqa: PLC0415
    from detente.inference.edge_files import NETWORKS, WITHOUT_EVIDENCE, check_period, edge_format, write_edges  # noqa: PLC0415
    from detente.inference.edges import edges  # noqa: PLC0415
    from detente.inference.periods import PERIODS  # noqa: PLC0415
    from detente.inference.prediction_store import find_predictions  # noqa: PLC0415

    suffix = edge_format(output)
    chosen = next((one for one in PERIODS if one == (period or ("all" if suffix in NETWORKS else "month"))), None)
    if chosen is None:
        raise InputError(f"--period: expected {', '.join(PERIODS)}; found {period}")
    check_period(output, chosen)
    check_outputs([output], find_predictions(predictions))
    shown = 0 if suffix in WITHOUT_EVIDENCE else evidence
    with edges(
        predictions,
        period=chosen,
        evidence=shown,
        min_stories=min_stories,
        confident_only=confident_only,
        since=since,
        until=until,
        memory=memory,
    ) as found:
        _show(write_edges(output, found), found.coverage, output)


def _show(written: "Written", coverage: "Coverage", output: Path) -> None:
    if written.strongest:
        _show_strongest(written.strongest)
    for sentence in coverage.in_words():
        typer.echo(sentence, err=True)
    if not written.edges:
        typer.echo("no edges: nothing is left to count", err=True)
    read = f"{coverage.predictions} predictions of {coverage.stories} stories"
    typer.echo(f"{written.edges} edges of {coverage.counted} stories, from {read}: {output}")


def _show_strongest(strongest: "list[Edge]") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    names = ("actor", "target", "period", "stories", "mean stance", "95% interval", "change")
    table = Table(*names, title="the strongest: most support or opposition, in stories")
    for edge in strongest:
        change = "" if edge.change is None else f"{edge.change:+.2f}"
        figures = (str(edge.stories), f"{edge.mean_stance:+.2f}", _interval(edge.low, edge.high), change)
        table.add_row(escape(edge.actor), escape(edge.target), edge.period or "undated", *figures)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _interval(low: float | None, high: float | None) -> str:
    return "too few stories" if low is None or high is None else f"{low:+.2f} to {high:+.2f}"
