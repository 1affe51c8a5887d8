"""Data cards: `detente data card`."""

from pathlib import Path
from typing import Annotated

import typer

from detente.commands.apps import data_app


@data_app.command("card")
def card_cli(
    examples: Annotated[list[Path], typer.Argument(help="Files of examples: the parts of one data set.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The card, Markdown; it must not exist yet.")],
    name: Annotated[str | None, typer.Option(help="What the data set is called; default: its folder.")] = None,
) -> None:
    """Describe examples in a data card: counts, sources, and blanks for what only their owner knows."""
    from detente.data.card import write_card  # noqa: PLC0415

    summary = write_card(examples, output, name=name)
    typer.echo(f"{len(summary.words)} examples of {len(summary.parts)} files: {output}")
    typer.echo("fill in what is marked TO FILL IN")
