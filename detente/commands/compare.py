"""Runs against each other, and which model version is champion: `detente compare`, `detente promote`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.quiet import quieten_mlflow
from detente.configs.errors import DetenteError

if TYPE_CHECKING:
    from detente.evaluation.compare.results import Comparison
    from detente.evaluation.compare.tables import Table

ByOption = Annotated[str, typer.Option(help="The figure that decides: macro_f1, f_avg, accuracy or nll.")]
OnCommonOption = Annotated[
    bool, typer.Option("--on-common", help="If they were measured on different data, count the common examples.")
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Folder for compare.html and comparison.json.")]
UriOption = Annotated[str | None, typer.Option(help="Tracking store; default: MLFLOW_TRACKING_URI or ./mlflow.db.")]


def compare_cli(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN", help="MLflow run ids or names, folders of runs, models or reports, models:/NAME@ALIAS."
        ),
    ] = None,
    last: Annotated[int | None, typer.Option(min=2, help="Instead: so many runs, the newest of --experiment.")] = None,
    experiment: Annotated[str | None, typer.Option(help="An MLflow experiment, for --last.")] = None,
    by: ByOption = "macro_f1",
    on_common: OnCommonOption = False,
    output: OutputOption = Path("comparison"),
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
    log: Annotated[bool, typer.Option(help="Put the page into the tracking store.")] = True,
    uri: UriOption = None,
) -> None:
    """Say which run is better, and whether the difference is real; runs that differ by seed count as one."""
    quieten_mlflow()
    from detente.evaluation.compare.compare_runs import compare_runs  # noqa: PLC0415

    done = compare_runs(
        runs or [], output, experiment=experiment, last=last, by=by, on_common=on_common, log=log, uri=uri
    )
    if as_json:
        typer.echo(json.dumps(done.comparison.as_dict(), indent=2))
        return
    _show(done.comparison)
    typer.echo(f"page    {done.page}" + (f"\nmlflow  {done.run_id}" if done.run_id else ""))


def promote_cli(
    name: Annotated[str, typer.Argument(help="A registered model with a version called challenger.")],
    margin: Annotated[
        float | None, typer.Option(help="Also if it isn't worse by more than this; needs a --reason.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Whatever the comparison says; needs a --reason.")] = False,
    reason: Annotated[str | None, typer.Option(help="Kept in the version's tags and description.")] = None,
    by: ByOption = "macro_f1",
    on_common: OnCommonOption = False,
    output: OutputOption = Path("comparison"),
    uri: UriOption = None,
) -> None:
    """Make the challenger of a registered model its champion, if it is better beyond chance."""
    quieten_mlflow()
    from detente.evaluation.compare.promotion import Terms  # noqa: PLC0415
    from detente.evaluation.compare.registry import CHAMPION, promote  # noqa: PLC0415

    terms = Terms(margin=margin, force=force, reason=reason)
    done = promote(name, output, terms=terms, by=by, on_common=on_common, uri=uri)
    if done.comparison:
        _show(done.comparison)
    if not done.decision.promoted:
        raise DetenteError(
            f"{name}: version {done.version} is refused, version {done.champion} stays {CHAMPION}. It is "
            f"{done.decision.why}. If that will do, say so: --margin 0.01 (not worse by more than that) or --force, "
            "both with --reason"
        )
    typer.echo(f"{name}: version {done.version} is {CHAMPION} now: {done.decision.why}")


def _show(comparison: "Comparison") -> None:
    from detente.evaluation.compare import tables  # noqa: PLC0415
    from detente.evaluation.compare.words import headline, notes, slice_sentence  # noqa: PLC0415

    for sentence in headline(comparison):
        typer.echo(sentence)
    _show_table(tables.ranking(comparison))
    differing = tables.slices(comparison, tables.SLICES_SHOWN)
    if differing:
        _show_table(differing)
    else:
        typer.echo(slice_sentence(comparison))
    for table in (tables.settings(comparison), tables.costs(comparison)):
        if table:
            _show_table(table)
    for note in notes(comparison):
        typer.echo(f"- {note}")


def _show_table(table: "Table") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415

    header = [Column(escape(name), overflow="fold") for name in table.header]
    shown = RichTable(*header, title=escape(table.title), caption=escape(table.note))
    for row in table.rows:
        shown.add_row(*map(escape, row))
    Console(width=None if sys.stdout.isatty() else 120).print(shown)
