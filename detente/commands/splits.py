"""Splits and audits: `detente data split`, `detente data audit`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.apps import data_app

if TYPE_CHECKING:
    from detente.data.audit.leaks import Audit
    from detente.data.split_files import SplitResult


@data_app.command("split")
def split_cli(
    examples: Annotated[Path, typer.Argument(help="Examples, labelled or not.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the parts and their audit.")],
    by: Annotated[
        str,
        typer.Option(help="group, time (the newest part is the test), unseen-actors or unseen-pairs (in the test)."),
    ] = "group",
    shares: Annotated[str, typer.Option(help="Of train, valid and test.")] = "0.8,0.1,0.1",
    seed: Annotated[int, typer.Option(min=0, help="Of the split; the same seed gives the same parts.")] = 13,
) -> None:
    """Split examples into parts that share no text or near-duplicate, article, story or group."""
    from detente.data.split_files import far_off, parse_shares, split_file  # noqa: PLC0415

    wanted = parse_shares(shares)
    result = split_file(examples, output, shares=wanted, by=by, seed=seed)
    _show_parts(result)
    for name, share in far_off(result.parts, wanted).items():
        found = f"expected {getattr(wanted, name):.1%} of the examples in {name}; found {share:.1%}"
        typer.echo(f"{found}, since groups are not cut. Look for a very large one, or ask for other shares.", err=True)
    if aside := result.parts.set_aside:
        typer.echo(
            f"{len(aside)} set aside: their groups went to the test part, but what they ask about stands in the others "
            f"too: {output / 'set_aside.jsonl'}",
            err=True,
        )
    _show_verdicts(result.audits, "train")
    typer.echo(f"parts   {output}\naudit   {result.report}")


@data_app.command("audit")
def audit_cli(
    train: Annotated[Path, typer.Argument(help="What a model learns from.")],
    others: Annotated[list[Path], typer.Argument(metavar="TEST...", help="What it is measured on.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for audit.html and audit.json.")] = None,
) -> None:
    """Say what of a test file stands in the training file, and what can be guessed without reading."""
    from detente.data.audit.audit_files import audit_files, part_names  # noqa: PLC0415
    from detente.data.audit.report import write_audit  # noqa: PLC0415

    audits = audit_files(train, others)
    name = part_names([train, *others])[0]
    _show_verdicts(audits, name)
    if output:
        typer.echo(f"audit   {write_audit(audits, output, train=name)}")


def _show_parts(result: "SplitResult") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from detente.data.records import STANCES  # noqa: PLC0415

    labels = [*STANCES, None]
    parts = {name: examples for name, examples in vars(result.parts).items() if examples}
    totals = {label: sum(one.label is label for part in parts.values() for one in part) for label in labels}
    total = sum(totals.values())
    table = Table("part", "examples", *(label or "no label" for label in labels if totals[label]))
    for name, examples in parts.items():
        counts = {label: sum(one.label is label for one in examples) for label in labels if totals[label]}
        cells = [f"{count} ({count / totals[label]:.1%})" for label, count in counts.items()]
        table.add_row(name.replace("_", " "), f"{len(examples)} ({len(examples) / total:.1%})", *cells)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _show_verdicts(audits: "Mapping[str, Audit]", train: str) -> None:
    from detente.data.audit.report import verdict  # noqa: PLC0415

    for name, audit in audits.items():
        typer.echo(f"{name}:")
        for sentence in verdict(audit, name=name, train=train):
            typer.echo(f"  {sentence}")
