"""What commands do with the tracking store: `detente sync`, `detente train --seeds`, the run of `detente evaluate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.quiet import quieten, quieten_mlflow
from detente.configs.errors import DetenteError

if TYPE_CHECKING:
    from detente.evaluation.evaluate import Evaluation

NOT_SENT = "not sent yet: detente sync"
"""In the place of a run's id."""


def sync_cli(
    outputs: Annotated[Path, typer.Argument(help="The output_dir of the trainings.")] = Path("outputs"),
    uri: Annotated[
        str | None, typer.Option(help="Another store, or its new address; default: the one each run was meant for.")
    ] = None,
) -> None:
    """Send the runs that couldn't be sent while the tracking server was away."""
    quieten_mlflow()
    from detente.train.tracking.sync import sync  # noqa: PLC0415

    results = sync(outputs, uri=uri)
    for one in results:
        typer.echo(f"sent    {one.name}: {one.run_id}" if one.problem is None else f"kept    {one.name}: {one.problem}")
    if not results:
        typer.echo(f"nothing to send in {outputs}")
    if kept := [one for one in results if one.problem]:
        first = f"the first to {kept[0].uri}: {kept[0].problem}"
        raise DetenteError(f"{len(kept)} of {len(results)} runs are not sent, {first}")


def train_seeds(config: str, overrides: list[str], seeds: int) -> None:
    """Train a config with several seeds."""
    quieten()
    from detente.configs.loading import load_config  # noqa: PLC0415

    loaded = load_config(config, overrides)
    from detente.train.seeds import train_with_seeds  # noqa: PLC0415

    done = train_with_seeds(loaded, seeds)
    for seed, run in done.runs.items():
        typer.echo(f"seed {seed}  macro-F1 {run.evaluation.model.scores.macro_f1:.3f}  {run.model}")
    typer.echo(done.in_words())
    typer.echo(f"run     {done.run_id or NOT_SENT}\nfolder  {done.folder}")


def log_evaluation(evaluation: "Evaluation", report: Path, model: str, examples: Path, *, since: float) -> None:
    """Put an evaluation into the tracking store, if there is one; MLflow takes seconds to load."""
    from detente.configs.store import store_exists  # noqa: PLC0415

    if not store_exists():
        return
    from detente.train.tracking.evaluation_run import log_evaluation_run  # noqa: PLC0415

    run_id = log_evaluation_run(evaluation, report, model=model, examples=examples, since=since)
    typer.echo(f"mlflow  {run_id or NOT_SENT}", err=True)
