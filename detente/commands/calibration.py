"""A trained model for other texts: `detente calibrate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from detente.commands.arguments import ModelArgument, WantedPrecision
from detente.commands.quiet import quieten
from detente.configs.errors import InputError

if TYPE_CHECKING:
    from detente.train.recalibration import Recalibration


def calibrate_cli(
    model: ModelArgument,
    examples: Annotated[Path, typer.Argument(help="Labelled examples that the model was not trained on.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the new model.")],
    method: Annotated[str | None, typer.Option(help="temperature or vector; default: that of the model.")] = None,
    wanted_precision: WantedPrecision = None,
    conformal: Annotated[
        float | None, typer.Option(help="Wanted coverage of the sets of stances, as 0.9; default: that of the model.")
    ] = None,
) -> None:
    """Calibrate a trained model anew on labelled examples of the texts that it is to read."""
    from detente.configs.schema import CalibrationConfig  # noqa: PLC0415

    methods = get_args(CalibrationConfig.model_fields["method"].annotation)
    if method not in (None, *methods):
        raise InputError(f"--method: expected {' or '.join(methods)}; found {method}")
    quieten()
    from detente.train.recalibration import recalibrate  # noqa: PLC0415

    done = recalibrate(model, examples, output, method=method, wanted_precision=wanted_precision, conformal=conformal)
    _show(done)
    typer.echo(done.confidence.in_words())
    typer.echo(f"model  {done.folder}")


def _show(done: "Recalibration") -> None:
    if not done.compared:
        gone = "whether its texts are among these examples could not be checked"
        typer.echo(f"the training file is gone or has changed: {gone}", err=True)
    for name, what in (("ece", "ECE"), ("nll", "negative log-likelihood"), ("macro_f1", "macro-F1")):
        after = "unknown for a single group" if done.after is None else f"{getattr(done.after, name):.3f}"
        typer.echo(f"{what}  {getattr(done.before, name):.3f} before, {after} after (cross-fitted over groups)")
