"""The commands. Each one parses, calls the function that does the work, and shows the result.

Heavy modules are imported inside the commands, so that `detente --help` answers at once.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import detente.commands  # noqa: F401  (it adds its commands to the groups)
from detente.commands.apps import data_app, label_app
from detente.commands.arguments import ModelArgument, WantedPrecision
from detente.commands.calibration import calibrate_cli
from detente.commands.compare import compare_cli, promote_cli
from detente.commands.quiet import quieten
from detente.commands.sweep import sweep_cli
from detente.configs.errors import DetenteError, InputError

if TYPE_CHECKING:
    from detente.data.problems import Problem
    from detente.evaluation.evaluate import Evaluation
    from detente.inference.batch import BatchResult

PAIRS_SHOWN = 15

app = typer.Typer(
    help="Reads news and says who supports, who opposes and who stays neutral towards whom.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(data_app, name="data")
app.add_typer(label_app, name="label")


def main() -> None:
    """Run a command; an error that we foresee is a message and an exit status, not a traceback."""
    try:
        app()
    except DetenteError as error:
        typer.echo(f"detente: {error}", err=True)
        sys.exit(error.exit_status)


@app.command("train")
def train_cli(
    config: Annotated[str | None, typer.Argument(help="A YAML file, or the name of a shipped config.")] = None,
    overrides: Annotated[list[str] | None, typer.Argument(help="Settings, as train.epochs=5.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Check config and data, then stop.")] = False,
    resume: Annotated[
        str | None, typer.Option(help="Go on with an interrupted run: its folder or MLflow run id.")
    ] = None,
) -> None:
    """Train, evaluate and track a model; print the run id and the model folder."""
    if (config is None) == (resume is None):
        found = "neither" if config is None else "both"
        raise InputError(f"detente train: expected a config, or --resume RUN; found {found}")
    if resume and (overrides or check):
        raise InputError("detente train: --resume goes on with the config of the run; it takes no settings, no --check")
    if check and config:
        _check(config, overrides or [])
        return
    quieten()
    from detente.configs.loading import load_config  # noqa: PLC0415

    loaded = load_config(config, overrides or []) if config else None
    from detente.train.run import resume_training, train_model  # noqa: PLC0415

    run = train_model(loaded) if loaded else resume_training(str(resume))
    if run is None:
        return
    _show_evaluation(run.evaluation)
    for part, note in run.leaks.items():
        typer.echo(f"the {part} file leaks: {note}", err=True)
    typer.echo(f"run     {run.run_id}\nmodel   {run.model}\nmlflow  {run.reference}\nreport  {run.report}")


@app.command("predict")
def predict_cli(
    model: ModelArgument,
    inputs: Annotated[list[Path], typer.Argument(help="Files or folders: .txt, .html, .jsonl, .csv, .parquet.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File of predictions: .jsonl, .csv or .parquet.")],
    aliases: Annotated[
        Path | None, typer.Option(help="Your own names: a CSV of alias, actor, kind, country. They win over all rules.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto or cpu.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto (bf16 where the hardware has it), bf16 or fp32.")] = "auto",
    wanted_precision: WantedPrecision = None,
) -> None:
    """Find the stances in articles, or answer examples."""
    _require("--device", device, ("auto", "cpu"))
    _require("--dtype", dtype, ("auto", "bf16", "fp32"))
    quieten()
    from detente.data.extraction.actors.aliases import read_aliases  # noqa: PLC0415
    from detente.inference.batch import predict_files  # noqa: PLC0415
    from detente.models.folder import load_model  # noqa: PLC0415

    own = read_aliases(aliases) if aliases else None
    predictor = load_model(model, device=device, dtype=dtype, wanted_precision=wanted_precision)
    result = predict_files(predictor, inputs, output, aliases=own)
    _show_stances(result)
    _report("passed over", result.passed_over)
    _report("gave no question", result.silent)
    _report("could not be read", result.failed)
    if result.cut:
        typer.echo(f"{result.cut} pairs were not asked: their sentences have too many", err=True)
    typer.echo(
        f"{result.predictions} predictions of {result.articles} articles and {result.examples} examples: {output}"
    )
    if predictor.confidence:
        typer.echo(predictor.confidence.in_words())
    if result.failed:
        raise typer.Exit(1)


@app.command("evaluate")
def evaluate_cli(
    model: ModelArgument,
    examples: Annotated[Path, typer.Argument(help="Labelled examples.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the report.")] = Path("evaluation-report"),
    train: Annotated[
        Path | None, typer.Option(help="What the baselines learn from; default: the model's own file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
    skip_invalid: Annotated[bool, typer.Option(help="Set bad records aside, with the reasons.")] = False,
    behaviour: Annotated[bool, typer.Option(help="Also see what moves the answers: some thousand questions.")] = True,
    wanted_precision: WantedPrecision = None,
) -> None:
    """Measure a model on labelled examples, beside its baselines."""
    quieten()
    from detente.evaluation.suite import evaluate_file  # noqa: PLC0415

    evaluation = evaluate_file(
        model,
        examples,
        output,
        train=train,
        skip_invalid=skip_invalid,
        with_behaviour=behaviour,
        wanted_precision=wanted_precision,
    )
    if (output / "rejected.jsonl").is_file():
        typer.echo(f"bad records: {output / 'rejected.jsonl'}", err=True)
    if as_json:
        typer.echo(json.dumps(evaluation.as_dict(), indent=2))
        return
    _show_evaluation(evaluation)
    if not evaluation.baselines:
        gone = "the training file is gone or has changed. Name it with --train."
        typer.echo(f"No baselines, no slices of seen and unseen: {gone}", err=True)
    typer.echo(f"report  {output / 'report.html'}")


app.command("calibrate")(calibrate_cli)
app.command("sweep")(sweep_cli)
app.command("compare")(compare_cli)
app.command("promote")(promote_cli)


@app.command("ui")
def ui_cli(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 5000,
    uri: Annotated[
        str | None, typer.Option(help="Tracking store; default: MLFLOW_TRACKING_URI or ./mlflow.db.")
    ] = None,
) -> None:
    """Open the MLflow UI on the tracking store of this folder."""
    from detente.configs.store import default_tracking_uri  # noqa: PLC0415

    uri = uri or default_tracking_uri()
    if uri.startswith(("http://", "https://")):
        typer.echo(f"The tracking server has a UI of its own: {uri}")
        return
    if uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).is_file():
        raise InputError(f"{uri}: expected the store of a training; found none. Run detente train here, or give --uri.")
    typer.echo(f"http://127.0.0.1:{port}/#/experiments  (choose 'Model training' in the side bar; Ctrl-C ends it)")
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri, "--workers", "1"]
    # the job consumers are for tracing of language models, and take a gigabyte
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    done = subprocess.run([*command, "--host", "127.0.0.1", "--port", str(port)], env=environment, check=False)
    raise typer.Exit(done.returncode)


@data_app.command("check")
def check_data_cli(
    examples: Annotated[Path, typer.Argument(help="Examples, labelled or not.")],
    labelled: Annotated[bool, typer.Option(help="A missing label is a fault.")] = False,
    skip_invalid: Annotated[Path | None, typer.Option(help="Set bad records aside in this file and go on.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the good records here.")] = None,
) -> None:
    """Validate a file of examples; convert it between .jsonl, .csv and .parquet with -o."""
    from detente.data.outputs import check_outputs  # noqa: PLC0415
    from detente.data.reading import read_examples, write_records  # noqa: PLC0415
    from detente.data.records import Example  # noqa: PLC0415

    check_outputs([output, skip_invalid], [examples])
    records = read_examples(examples, labelled=labelled, rejects=skip_invalid)
    count = write_records(output, records, Example) if output else sum(1 for _ in records)
    typer.echo(f"{count} good examples in {examples}" + (f", written to {output}" if output else ""))
    if skip_invalid and skip_invalid.is_file():
        with skip_invalid.open(encoding="utf-8") as lines:
            typer.echo(f"{sum(1 for _ in lines)} bad records: {skip_invalid}", err=True)


def _check(config: str, overrides: list[str]) -> None:
    from detente.configs.loading import dump_config, load_config  # noqa: PLC0415
    from detente.data.audit.leaks import audit  # noqa: PLC0415
    from detente.data.audit.limits import check_leaks  # noqa: PLC0415
    from detente.data.dataset import load_splits  # noqa: PLC0415

    loaded = load_config(config, overrides)
    splits = load_splits(loaded.data)
    audits = {name: audit(splits.train, part) for name, part in splits.items() if name != "train"}
    check_leaks(audits, loaded.audit, {name: loaded.data.files(name) for name, _ in splits.items()})
    typer.echo(dump_config(loaded))
    typer.echo("good: " + ", ".join(f"{len(examples)} {name} examples" for name, examples in splits.items()))


def _require(option: str, value: str, accepted: tuple[str, ...]) -> None:
    if value not in accepted:
        raise InputError(f"{option}: expected {', '.join(accepted)}; found {value}")


def _show_evaluation(evaluation: "Evaluation") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    names = ("macro-F1", "95% interval", "F_avg", "accuracy", "ECE", "F1 support", "F1 neutral", "F1 oppose")
    table = Table(
        "", *names, title=f"{evaluation.split}: {len(evaluation.examples)} examples of {evaluation.groups} groups"
    )
    for name, one in {"model": evaluation.model, **evaluation.baselines}.items():
        scores = one.scores
        interval = f"{one.interval[0]:.3f} to {one.interval[1]:.3f}"
        figures = [scores.f_avg, scores.accuracy, scores.ece, *(row.f1 for row in scores.per_stance.values())]
        table.add_row(name, f"{scores.macro_f1:.3f}", interval, *(f"{figure:.3f}" for figure in figures))
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    if evaluation.sureness:
        typer.echo("\n".join(evaluation.sureness.in_words()))
    typer.echo(evaluation.verdict.conclusion)
    for finding in evaluation.verdict.findings:
        typer.echo(f"- {finding.text}")


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


def _report(what: str, problems: "list[Problem]") -> None:
    if problems:
        typer.echo(f"{len(problems)} {'input' if len(problems) == 1 else 'inputs'} {what}:", err=True)
    for problem in problems:
        typer.echo(f"  {problem.place}: {problem.reason}", err=True)
