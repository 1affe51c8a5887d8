"""An evaluation in the terminal, `detente train --folds`, and what `detente evaluate --learning-curve` adds."""

import sys
from typing import TYPE_CHECKING

import typer

from detente.commands.quiet import quieten
from detente.commands.tracking import NOT_SENT

if TYPE_CHECKING:
    from detente.evaluation.evaluate import Evaluation
    from detente.evaluation.suite import Retrain
    from detente.train.cross_validation import CrossValidation


def show_evaluation(evaluation: "Evaluation") -> None:
    """The figures beside the baselines, the confident answers, and the verdict."""
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
    for curve in evaluation.learning_curve.curves if evaluation.learning_curve else ():
        typer.echo(f"{curve.name}: {curve.words}")
    _show_verdict(evaluation)


def train_folds(config: str, overrides: list[str], folds: int) -> None:
    """Cross-validate a config on its training file."""
    quieten()
    from detente.configs.loading import load_config  # noqa: PLC0415

    # the parts come out of the training file; a config of one's own needs no other
    loaded = load_config(config, [*overrides, "data.valid=not read", "data.test=null"])
    from detente.train.cross_validation import cross_validate  # noqa: PLC0415

    typer.echo(f"{folds} trainings, one after another; data.valid and data.test are not read", err=True)
    show_folds(cross_validate(loaded, folds))


def show_folds(done: "CrossValidation") -> None:
    """The pooled figures, and the spread over the folds."""
    show_evaluation(done.evaluation)
    if folds := done.evaluation.folds:
        values = ", ".join(f"{value:.3f}" for value in folds.values["macro_f1"])
        mean, spread = folds.mean["macro_f1"], folds.spread["macro_f1"]
        typer.echo(f"macro-F1 of the folds: {values}; mean {mean:.3f}, standard deviation {spread:.3f}")
    typer.echo(f"run     {done.run_id or NOT_SENT}\nfolds   {done.folder}\nreport  {done.report}")


def retraining(wanted: bool, seeds: int) -> "Retrain | None":
    """How a learning curve's models are trained, if one is wanted."""
    if not wanted:
        return None
    from detente.train.learning_curve import Retraining  # noqa: PLC0415

    return Retraining(seeds, lambda line: typer.echo(line, err=True))


def _show_verdict(evaluation: "Evaluation") -> None:
    verdict = evaluation.verdict
    typer.echo(verdict.conclusion)
    for finding in verdict.findings:
        typer.echo(f"- {finding.text}")
    typer.echo(f"It may be used for: {'; '.join(verdict.may)}.")
    typer.echo(f"It may not be used for: {'; '.join(verdict.may_not)}.")
