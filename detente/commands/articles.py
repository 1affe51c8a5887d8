"""Articles in: `detente data ingest`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.apps import data_app

if TYPE_CHECKING:
    from detente.data.ingest.aside import IngestResult

PROBLEMS_SHOWN = 20


@data_app.command("ingest")
def ingest_cli(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Files or folders: .txt, .html, .warc, .rss, .atom, .xml (feeds), .jsonl, .csv, .parquet; "
            "- is JSON Lines on standard input."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File of articles: .jsonl, .csv or .parquet.")],
    rejects: Annotated[
        Path | None, typer.Option(help="Write what is set aside to this JSON Lines file, each with its reason.")
    ] = None,
) -> None:
    """Turn raw news into clean English articles, one story for all copies of a text."""
    from detente.data.ingest.ingest import ingest_files  # noqa: PLC0415

    result = ingest_files(inputs, output, rejects=rejects)
    _show_set_aside(result)
    if rejects and rejects.is_file():
        typer.echo(f"set aside: {rejects}", err=True)
    typer.echo(f"{result.articles} articles of {result.stories} stories: {output}")
    typer.echo(f"{result.same_text} with the very text of an earlier one")
    typer.echo(f"{result.lines_dropped} lines of boilerplate dropped and kept in meta")
    if result.failed or not result.articles:
        raise typer.Exit(1)


def _show_set_aside(result: "IngestResult") -> None:
    for language, count in sorted(result.foreign.items(), key=lambda one: (-one[1], one[0])):
        typer.echo(f"{count} set aside: in {language}", err=True)
    if result.empty:
        typer.echo(f"{result.empty} set aside: no article in it", err=True)
    for reason, count in sorted(result.passed_over.items()):
        typer.echo(f"{count} passed over: {reason}", err=True)
    if result.failed:
        typer.echo(f"{len(result.failed)} could not be read:", err=True)
    for problem in result.failed[:PROBLEMS_SHOWN]:
        typer.echo(f"  {problem.place}: {problem.reason}", err=True)
    if len(result.failed) > PROBLEMS_SHOWN:
        typer.echo(f"  and {len(result.failed) - PROBLEMS_SHOWN} more; --rejects FILE lists all", err=True)
