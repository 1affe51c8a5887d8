"""Labels by people: `detente label export`, `import`, `agreement`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.apps import label_app
from detente.configs.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from detente.data.labelling.agreement import Agreement, Estimate
    from detente.data.labelling.coders import Merged
    from detente.data.labelling.votes import Coding
    from detente.data.records import Example, Prediction


@label_app.command("export")
def export_cli(
    examples: Annotated[Path, typer.Argument(help="Examples, labelled or not.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="tasks.json for Label Studio, or coders.csv for a spreadsheet.")
    ],
    predictions: Annotated[
        Path | None, typer.Option(help="What a model answered (detente predict), for the coders to correct.")
    ] = None,
) -> None:
    """Write examples for coders: tasks and page of Label Studio, or a spreadsheet."""
    suffix = output.suffix.lower()
    if suffix not in (".json", ".csv"):
        raise InputError(f"--output: expected a file that ends in .json or .csv; found '{output.name}'")
    from detente.data.labelling.label_studio import NO_MODEL, write_tasks  # noqa: PLC0415
    from detente.data.labelling.sheets import write_sheet  # noqa: PLC0415
    from detente.data.outputs import check_outputs  # noqa: PLC0415
    from detente.data.reading import read_examples  # noqa: PLC0415

    check_outputs([output], [examples, predictions])
    records = list(read_examples(examples))
    answers = _predictions_on(records, predictions) if predictions else {}
    if suffix == ".csv":
        count = write_sheet(output, records, answers)
        typer.echo(f"{count} rows: {output}")
    else:
        count = write_tasks(output, records, answers, predictions.stem if predictions else NO_MODEL)
        typer.echo(f"{count} tasks: {output}\nlabelling config: {output.with_suffix('.xml')}")
    if predictions:
        typer.echo(f"{len(answers)} with the model's answer, {count - len(answers)} without")


@label_app.command("import")
def import_cli(
    files: Annotated[list[Path], typer.Argument(help="Exports of Label Studio (.json) and coders' sheets (.csv).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Labelled examples: .jsonl, .csv or .parquet.")],
    coders: Annotated[Path | None, typer.Option(help="Write every vote of every coder here (.jsonl).")] = None,
) -> None:
    """Merge what coders answered into labelled examples, and list what they disagree on."""
    from detente.data.formats import file_format  # noqa: PLC0415
    from detente.data.labelling.coders import merge_votes, merged_files, read_coding, write_merged  # noqa: PLC0415
    from detente.data.labelling.votes import Vote  # noqa: PLC0415
    from detente.data.outputs import check_outputs  # noqa: PLC0415
    from detente.data.reading import write_records  # noqa: PLC0415

    if coders:
        file_format(coders)
    check_outputs([*merged_files(output), coders], files)
    coding = read_coding(files)
    merged = merge_votes(coding)
    written = write_merged(output, merged)
    if coders:
        written[coders] = write_records(coders, coding.votes, Vote)
    _show_merged(merged, coding)
    for path, count in written.items():
        typer.echo(f"{count:6} {path}")
    _end_with_problems(coding)


@label_app.command("agreement")
def agreement_cli(
    files: Annotated[list[Path], typer.Argument(help="As for import, or the .jsonl files of import --coders.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """Measure how far coders agree: Krippendorff's alpha, each stance, each pair of coders."""
    from detente.data.labelling.agreement import measure_agreement, read_votes  # noqa: PLC0415

    coding = read_votes(files)
    agreement = measure_agreement(coding.votes)
    if as_json:
        typer.echo(json.dumps(agreement.as_dict(), indent=2))
    else:
        _show_agreement(agreement)
    _end_with_problems(coding)


def _predictions_on(examples: "list[Example]", path: Path) -> "dict[str, Prediction]":
    """The predictions on these examples by id.

    Raises:
        InputError: None is, or one asks another question than the example of its id.
    """
    from detente.data.labelling.matching import match_predictions  # noqa: PLC0415
    from detente.data.reading import read_predictions  # noqa: PLC0415

    matches = match_predictions(examples, read_predictions(path))
    if matches.different:
        raise InputError(
            f"{path}: expected predictions on the examples that are exported; found another actor, target or text "
            f"under the id '{matches.different[0].id}'. Run detente predict on these examples."
        )
    if not matches.pairs:
        raise InputError(f"{path}: expected predictions on the examples that are exported; found none with their ids")
    return {example.id: prediction for example, prediction in matches.pairs}


def _show_merged(merged: "Merged", coding: "Coding") -> None:
    from detente.data.labelling.coders import BY_SEVERAL, Verdict  # noqa: PLC0415

    for verdict in Verdict:
        count = merged.verdicts[verdict]
        share = (
            f" ({count / merged.shared:.1%} of those with two or more coders)"
            if count and verdict in BY_SEVERAL
            else ""
        )
        if count:
            typer.echo(f"{count:6} {verdict}{share}")
    notes = {
        "with corrected spans": merged.moved_spans,
        "with spans that coders left differently": merged.disputed_spans,
        "without an answer": merged.without_votes,
    }
    for what, count in [*notes.items(), *sorted(coding.skipped.items())]:
        if count:
            typer.echo(f"{count:6} {what}")


def _end_with_problems(coding: "Coding") -> None:
    """Say what could not be used, and end with exit status 1 if anything could not."""
    for problem in coding.problems:
        typer.echo(f"  {problem.place}: {problem.reason}", err=True)
    if coding.problems:
        raise typer.Exit(1)


def _show_agreement(agreement: "Agreement") -> None:
    from rich.console import Console  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else 120)
    for table in (_figures_table(agreement), _pairs_table(agreement), _coders_table(agreement)):
        console.print(table)


def _figures_table(agreement: "Agreement") -> "Table":
    from rich.table import Table  # noqa: PLC0415

    title = f"{agreement.examples} examples of {agreement.groups} groups with two or more coders"
    table = Table("", "value", "95% interval", title=title)
    estimates = {
        "alpha, nominal": agreement.nominal_alpha,
        "alpha, ordinal (oppose < neutral < support)": agreement.ordinal_alpha,
        "agreement of two coders": agreement.agreement,
    }
    estimates |= {f"agreement on {stance}": estimate for stance, estimate in agreement.per_stance.items()}
    for name, estimate in estimates.items():
        table.add_row(name, _number(estimate.value), _interval(estimate))
    return table


def _pairs_table(agreement: "Agreement") -> "Table":
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(
        "coder", "coder", "examples", "agreement", "alpha, nominal", "alpha, ordinal", title="pairs of coders"
    )
    for pair in agreement.pairs:
        figures = (pair.agreement, pair.nominal_alpha, pair.ordinal_alpha)
        table.add_row(*map(escape, pair.coders), str(pair.examples), *map(_number, figures))
    return table


def _coders_table(agreement: "Agreement") -> "Table":
    from rich.markup import escape  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from detente.data.labelling.votes import ANSWERS  # noqa: PLC0415

    table = Table("coder", "answers", *ANSWERS, "agreement with others", title="coders")
    for one in agreement.coders:
        counts = [one.answers[answer] for answer in ANSWERS]
        table.add_row(escape(one.coder), str(sum(counts)), *map(str, counts), _number(one.agreement))
    return table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(estimate: "Estimate") -> str:
    return "-" if estimate.low is None else f"{_number(estimate.low)} to {_number(estimate.high)}"
