"""The network of stances as a page: `detente report`."""

from pathlib import Path
from typing import Annotated

import typer

from detente.configs.errors import InputError


def report_cli(
    predictions: Annotated[
        list[Path], typer.Argument(help="Files or folders of predictions: .parquet, .jsonl, .csv.", show_default=False)
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The page, .html.")] = Path("report.html"),
    period: Annotated[str, typer.Option(help="day, week, month, year, or all for no timelines.")] = "month",
    evidence: Annotated[int, typer.Option(min=1, help="Sentences shown for each pair and period.")] = 3,
    title: Annotated[str, typer.Option(help="The page's title.")] = "Who supports, who opposes whom",
    memory: Annotated[str, typer.Option(help="What may be held in memory before it goes to disk.")] = "2GB",
) -> None:
    """Write a page with the network of stances, its camps, a matrix, timelines and the sentences that they rest on."""
    from detente.data.outputs import check_outputs  # noqa: PLC0415
    from detente.inference.periods import PERIODS  # noqa: PLC0415
    from detente.inference.prediction_store import find_predictions  # noqa: PLC0415
    from detente.inference.report.page import write_report  # noqa: PLC0415

    chosen = next((one for one in PERIODS if one == period), None)
    if chosen is None:
        raise InputError(f"--period: expected {', '.join(PERIODS)}; found {period}")
    check_outputs([output], find_predictions(predictions))
    done = write_report(predictions, output, period=chosen, evidence=evidence, title=title, memory=memory)
    for sentence in done.coverage.in_words():
        typer.echo(sentence, err=True)
    camps = f"{done.camps} camps" if done.camps else "no camps found"
    typer.echo(
        f"{done.actors} actors and targets, {done.pairs} pairs, {camps}, from {done.coverage.stories} stories: {output}"
    )
