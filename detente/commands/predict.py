"""From articles to stances: `detente predict`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.arguments import ModelArgument, WantedPrecision
from detente.commands.quiet import quieten
from detente.configs.errors import InputError

if TYPE_CHECKING:
    from detente.data.problems import Problem
    from detente.inference.summary import BatchResult

PAIRS_SHOWN = 15
PROBLEMS_SHOWN = 20


def predict_cli(
    model: ModelArgument,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A .jsonl, .csv or .parquet file; or a folder of parts.")
    ],
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files or folders: .txt, .html, .warc, .rss, .atom, .xml (feeds), .jsonl, .csv, .parquet.",
            show_default=False,
        ),
    ] = None,
    aliases: Annotated[
        Path | None, typer.Option(help="Your own names: a CSV of alias, actor, kind, country. They win over all rules.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local; or ray, on the cluster of RAY_ADDRESS: an extra.")] = "local",
    workers: Annotated[
        int | None,
        typer.Option(
            min=0, help="Processes that share the work; 0, 1: this one does it. Default: by processors and articles."
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
    part_size: Annotated[
        int, typer.Option(min=1, help="Articles that are kept at once; a killed run loses one or two times as many.")
    ] = 64,
    watch: Annotated[
        Path | None, typer.Option(help="Then take the files of this folder, and new ones as they come, until Ctrl-C.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto or cpu.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto (bf16 where the hardware is faster in it), bf16 or fp32.")] = "auto",
    wanted_precision: WantedPrecision = None,
) -> None:
    """Find the stances in articles, or answer examples: one file, or millions of articles."""
    _require("--engine", engine, ("local", "ray"))
    _require("--device", device, ("auto", "cpu"))
    _require("--dtype", dtype, ("auto", "bf16", "fp32"))
    quieten()
    from detente.data.extraction.actors.aliases import read_aliases  # noqa: PLC0415
    from detente.inference.batch import predict_files  # noqa: PLC0415
    from detente.models.folder import load_model  # noqa: PLC0415

    own = read_aliases(aliases) if aliases else None
    predictor = load_model(model, device=device, dtype=dtype, wanted_precision=wanted_precision)
    result = predict_files(
        predictor,
        inputs or [],
        output,
        aliases=own,
        engine="ray" if engine == "ray" else "local",
        workers=workers,
        part_size=part_size,
        resume=resume,
        watch=watch,
    )
    _show(result, output)
    if predictor.confidence:
        typer.echo(predictor.confidence.in_words())
    if result.rejected and not watch:
        raise typer.Exit(1)


def _require(option: str, value: str, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise InputError(f"{option}: expected {', '.join(accepted)}; found {value}")


def _show(result: "BatchResult", output: Path) -> None:
    _show_stances(result)
    _report("passed over", result.passed_over, len(result.passed_over))
    _report("gave no question", result.silent, result.unasked)
    _report("could not be read", result.failed, result.rejected)
    if result.rejects:
        typer.echo(f"all that gave no predictions, with the reasons: {result.rejects}", err=True)
    if result.cut:
        typer.echo(f"{result.cut} pairs were not asked: their sentences have too many", err=True)
    typer.echo(
        f"{result.predictions} predictions of {result.articles} articles and {result.examples} examples: {output}"
    )
    typer.echo(f"seconds: {result.seconds.in_words()}")


def _show_stances(result: "BatchResult") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    if not result.pairs:
        return
    title = f"the {min(PAIRS_SHOWN, len(result.pairs))} most frequent of {len(result.pairs)} confident stances"
    table = Table("actor", "stance", "target", "texts", title=title)
    colours = {"support": "green", "oppose": "red"}
    for (actor, target, stance), count in result.pairs.most_common(PAIRS_SHOWN):
        table.add_row(escape(actor), f"[{colours[stance]}]{stance}s[/]", escape(target), str(count))
    Console(width=None if sys.stdout.isatty() else 100).print(table)


def _report(what: str, problems: "list[Problem]", count: int) -> None:
    if problems:
        typer.echo(f"{count} {'input' if count == 1 else 'inputs'} {what}:", err=True)
    for problem in problems[:PROBLEMS_SHOWN]:
        typer.echo(f"  {problem.place}: {problem.reason}", err=True)
    if count > PROBLEMS_SHOWN:
        typer.echo(f"  and {count - PROBLEMS_SHOWN} more", err=True)
