"""The commands. Each one parses, calls the function that does the work, and shows the result.

Heavy modules are imported inside the commands, so that `detente --help` answers at once.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

import detente.commands  # noqa: F401  (it adds its commands to the groups)
from detente.commands.apps import data_app, label_app
from detente.commands.arguments import ModelArgument, WantedPrecision
from detente.commands.calibration import calibrate_cli
from detente.commands.compare import compare_cli, promote_cli
from detente.commands.edges import edges_cli
from detente.commands.evaluation import retraining, show_evaluation, show_folds, train_folds
from detente.commands.export import export_cli
from detente.commands.predict import predict_cli
from detente.commands.quiet import quieten
from detente.commands.report import report_cli
from detente.commands.sweep import sweep_cli
from detente.commands.tracking import NOT_SENT, log_evaluation, sync_cli, train_seeds
from detente.configs.errors import DetenteError, InputError

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
    folds: Annotated[
        int | None, typer.Option(help="Cross-validate on data.train: so many models, each tested on its own fold.")
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Train so many times with other seeds, as one run.")] = None,
) -> None:
    """Train, evaluate and track a model; print the run id and the model folder."""
    if (config is None) == (resume is None):
        found = "neither" if config is None else "both"
        raise InputError(f"detente train: expected a config, or --resume RUN; found {found}")
    if resume and (overrides or check or folds or seeds):
        raise InputError("detente train: --resume goes on with the config of the run; it takes no settings, no --check")
    if check and config:
        _check(config, overrides or [])
        return
    if config and (folds is not None or seeds is not None):
        _train_several(config, overrides or [], folds, seeds)
        return
    quieten()
    from detente.configs.loading import load_config  # noqa: PLC0415

    loaded = load_config(config, overrides or []) if config else None
    from detente.train.run import resume_training, train_model  # noqa: PLC0415

    if resume:
        from detente.train.cross_validation import resume_cross_validation  # noqa: PLC0415

        if folded := resume_cross_validation(resume):
            show_folds(folded)
            return
    run = train_model(loaded) if loaded else resume_training(str(resume))
    if run is None:
        return
    show_evaluation(run.evaluation)
    for part, note in run.leaks.items():
        typer.echo(f"the {part} file leaks: {note}", err=True)
    typer.echo(f"run     {run.run_id or NOT_SENT}\nmodel   {run.model}\nmlflow  {run.reference}\nreport  {run.report}")


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
    learning_curve: Annotated[
        bool,
        typer.Option("--learning-curve", help="Also train anew on parts of the training file: what more labels bring."),
    ] = False,
    curve_seeds: Annotated[int, typer.Option(min=1, help="Trainings for each size of the learning curve.")] = 3,
    log: Annotated[bool, typer.Option(help="Put the report into the tracking store, if there is one.")] = True,
) -> None:
    """Measure a model on labelled examples, beside its baselines."""
    quieten()
    began = time.time()
    from detente.evaluation.suite import evaluate_file  # noqa: PLC0415

    evaluation = evaluate_file(
        model,
        examples,
        output,
        train=train,
        skip_invalid=skip_invalid,
        with_behaviour=behaviour,
        wanted_precision=wanted_precision,
        learning_curve=retraining(learning_curve, curve_seeds),
    )
    if log:
        log_evaluation(evaluation, output, model, examples, since=began)
    if (output / "rejected.jsonl").is_file():
        typer.echo(f"bad records: {output / 'rejected.jsonl'}", err=True)
    if as_json:
        typer.echo(json.dumps(evaluation.as_dict(), indent=2))
        return
    show_evaluation(evaluation)
    if not evaluation.baselines:
        gone = "the training file is gone or has changed. Name it with --train."
        typer.echo(f"No baselines, no slices of seen and unseen: {gone}", err=True)
    taken = ", ".join(f"{name} {seconds:.1f}" for name, seconds in evaluation.sections.items())
    typer.echo(f"seconds {sum(evaluation.sections.values()):.1f}: {taken}")
    typer.echo(f"report  {output / 'report.html'}")


app.command("predict")(predict_cli)
app.command("calibrate")(calibrate_cli)
app.command("export")(export_cli)
app.command("sweep")(sweep_cli)
app.command("compare")(compare_cli)
app.command("promote")(promote_cli)
app.command("sync")(sync_cli)
app.command("edges")(edges_cli)
app.command("report")(report_cli)


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
    typer.echo(f"http://127.0.0.1:{port}/#/experiments?workflowType=machine_learning  (Ctrl-C ends it)")
    sys.stdout.flush()
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri, "--workers", "1"]
    # the job consumers are for tracing of language models, and take a gigabyte
    environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    # in the place of this process, so that whoever stops this one stops the server
    os.execve(sys.executable, [*command, "--host", "127.0.0.1", "--port", str(port)], environment)  # noqa: S606


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


def _train_several(config: str, overrides: list[str], folds: int | None, seeds: int | None) -> None:
    if folds is not None and seeds is not None:
        raise InputError("detente train: expected --folds or --seeds; found both")
    if folds is not None:
        train_folds(config, overrides, folds)
    if seeds is not None:
        train_seeds(config, overrides, seeds)


def _check(config: str, overrides: list[str]) -> None:
    from detente.configs.loading import dump_config, load_config  # noqa: PLC0415
    from detente.data.audit.leaks import audit  # noqa: PLC0415
    from detente.data.audit.limits import check_leaks  # noqa: PLC0415
    from detente.data.dataset import load_splits  # noqa: PLC0415

    loaded = load_config(config, overrides)
    splits = load_splits(loaded.data)
    audits = {name: audit(splits.learnt, part) for name, part in splits.measured()}
    check_leaks(audits, loaded.audit, loaded.data.audited_files())
    typer.echo(dump_config(loaded))
    typer.echo("good: " + ", ".join(f"{len(examples)} {name} examples" for name, examples in splits.items()))
