"""What to label next, what the labels say, and which to look at again: `detente label next`, `estimate`, `errors`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.apps import label_app
from detente.configs.errors import InputError

if TYPE_CHECKING:
    from detente.data.labelling.label_errors import Suspects

SUSPECTS_SHOWN = 15

PredictionsArgument = Annotated[Path, typer.Argument(help="What detente predict wrote.")]


@label_app.command("next")
def next_cli(
    predictions: PredictionsArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Examples to label: .jsonl, .csv or .parquet.")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 200,
    random_share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share drawn at random, which measures the model.")
    ] = 0.2,
    labelled: Annotated[
        list[Path] | None, typer.Option(help="Examples that are labelled, or with the coders; may be given again.")
    ] = None,
    examples: Annotated[
        Path | None, typer.Option(help="The examples that were predicted, to keep their group, holder and meta.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another draw.")] = 0,
) -> None:
    """Choose what to label next: what the model is unsure of, and a random part that measures it."""
    from detente.data.labelling.selection import choose_next, keep_originals  # noqa: PLC0415
    from detente.data.reading import read_examples, write_records  # noqa: PLC0415
    from detente.data.records import Example  # noqa: PLC0415

    _check_output(output, [predictions, *(labelled or []), *([examples] if examples else [])])
    taken = (example for path in labelled or [] for example in read_examples(path))
    selection = choose_next(predictions, n, random_share=random_share, taken=taken, seed=seed)
    chosen = keep_originals(selection.examples, read_examples(examples)) if examples else selection.examples
    write_records(output, chosen, Example)
    _note("left out, labelled or with the coders", selection.taken)
    _note("left out, asks the same as another one", selection.repeated)
    typer.echo(
        f"{len(chosen)} of {selection.pool} to label: {output}\n"
        f"  {selection.drawn} drawn at random, {len(chosen) - selection.drawn} because the model is unsure"
    )
    _note("missing, there are no more", n - len(chosen))


@label_app.command("estimate")
def estimate_cli(
    labelled: Annotated[Path, typer.Argument(help="What detente label next chose, labelled.")],
    predictions: PredictionsArgument,
) -> None:
    """Estimate the model's accuracy on all predictions from the labels of the random part."""
    from detente.data.reading import read_examples, read_predictions  # noqa: PLC0415
    from detente.evaluation.random_part import estimate_accuracy  # noqa: PLC0415

    estimate = estimate_accuracy(read_examples(labelled), read_predictions(predictions))
    for name, value, (low, high) in (
        ("accuracy", estimate.accuracy, estimate.accuracy_interval),
        ("macro-F1", estimate.macro_f1, estimate.macro_f1_interval),
    ):
        typer.echo(f"{name}  {value:.3f}  (95% interval {low:.3f} to {high:.3f})")
    stances = ", ".join(f"{count} {stance}" for stance, count in estimate.per_stance.items())
    typer.echo(f"from {estimate.labels} labels drawn at random: {stances}")
    _note("left out, not drawn at random", estimate.chosen)
    _note("drawn at random but not labelled, which leans towards what is easy to label", estimate.open)
    _note("drawn at random but without a prediction of the same actor, target and text", estimate.without)


@label_app.command("errors")
def errors_cli(
    labelled: Annotated[Path, typer.Argument(help="Labelled examples.")],
    predictions: Annotated[
        Path, typer.Argument(help="Predictions for them by models that did not learn from them (cross-validated).")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Table of suspects: .csv.")],
) -> None:
    """List labels that are likely wrong, the likeliest first (needs cleanlab)."""
    from detente.data.formats import write_rows  # noqa: PLC0415
    from detente.data.labelling.label_errors import COLUMNS, find_label_errors  # noqa: PLC0415
    from detente.data.reading import read_examples, read_predictions  # noqa: PLC0415

    _check_output(output, [labelled, predictions])
    if output.suffix.lower() != ".csv":
        raise InputError(f"{output}: expected a table for a spreadsheet, .csv; found '{output.name}'")
    suspects = find_label_errors(read_examples(labelled), read_predictions(predictions))
    write_rows(output, COLUMNS, suspects.rows())
    _show_suspects(suspects)
    _note("left out, no label", suspects.unlabelled)
    _note("left out, no prediction of the same actor, target and text", suspects.without)
    if suspects.warning:
        typer.echo(f"warning: {suspects.warning}", err=True)
    typer.echo(f"{len(suspects.found)} of {suspects.compared} labels are likely wrong: {output}")


def _check_output(output: Path, inputs: list[Path]) -> None:
    from detente.data.formats import file_format  # noqa: PLC0415
    from detente.data.outputs import check_outputs  # noqa: PLC0415

    file_format(output)
    check_outputs([output], inputs)


def _note(what: str, count: int) -> None:
    if count > 0:
        typer.echo(f"{what}: {count}", err=True)


def _show_suspects(suspects: "Suspects") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    if not suspects.found:
        return
    title = f"the {min(SUSPECTS_SHOWN, len(suspects.found))} least believable of {len(suspects.found)} labels"
    table = Table("actor", "target", "label", "suggested", "p(label)", "text", title=title)
    for one in suspects.found[:SUSPECTS_SHOWN]:
        names = (escape(one.example.actor), escape(one.example.target))
        text = escape(one.example.text)
        table.add_row(*names, str(one.example.label), one.suggested.value, f"{one.p_label:.3f}", text)
    Console(width=None if sys.stdout.isatty() else 120).print(table)
