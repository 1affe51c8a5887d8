"""A search over settings: `detente sweep`."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from detente.commands.quiet import quieten
from detente.commands.tracking import NOT_SENT

if TYPE_CHECKING:
    from detente.configs.schema import Config
    from detente.train.sweep import Sweep

TRIALS_SHOWN = 15


def sweep_cli(
    config: Annotated[str, typer.Argument(help="A YAML file with a part sweep:, or the name of a shipped config.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="Settings, as sweep.trials=40.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Check config and data, then stop.")] = False,
) -> None:
    """Try settings and write down the best as a config (needs Optuna).

    The same command again goes on where it stopped. Begun several times at once, the processes share the trials.
    """
    from detente.configs.loading import load_config  # noqa: PLC0415

    loaded = load_config(config, overrides or [])
    quieten()
    from detente.train.sweep import run_sweep  # noqa: PLC0415, I001  (it says what to install)
    import optuna  # noqa: PLC0415

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if check:
        _check(loaded)
    else:
        _show(run_sweep(loaded))


def _check(config: "Config") -> None:
    from detente.configs.loading import dump_config  # noqa: PLC0415
    from detente.data.audit.leaks import audit  # noqa: PLC0415
    from detente.data.audit.limits import check_leaks  # noqa: PLC0415
    from detente.train.search_space import trials_at_most  # noqa: PLC0415
    from detente.train.sweep import check_sweep, splits_of_sweep  # noqa: PLC0415

    check_sweep(config)
    splits = splits_of_sweep(config)
    check_leaks({"valid": audit(splits.learnt, splits.valid)}, config.audit, config.data.audited_files())
    typer.echo(dump_config(config))
    counts = ", ".join(f"{len(examples)} {name} examples" for name, examples in splits.items())
    typer.echo(f"good: {trials_at_most(config.sweep)} trials, {counts}")


def _show(sweep: "Sweep") -> None:
    from detente.train.study import failures  # noqa: PLC0415
    from detente.train.sweep_report import train_command  # noqa: PLC0415

    _show_table(sweep)
    for trial, reason in failures(sweep.study).items():
        typer.echo(f"trial {trial} failed: {reason}", err=True)
    typer.echo(f"best    trial {sweep.best.number}: {sweep.metric} {sweep.best.value:.4f} on the validation file")
    typer.echo(f"run     {sweep.run_id or NOT_SENT}\nconfig  {sweep.folder.best_config}")
    if sweep.model:
        typer.echo(f"model   {sweep.model}")
    typer.echo(f"next    {train_command(sweep.folder.best_config)}")


def _show_table(sweep: "Sweep") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from detente.train.sweep_report import counts, ranked, setting_words  # noqa: PLC0415

    trials, names = ranked(sweep.study), list(sweep.best.params)
    shown = trials[:TRIALS_SHOWN]
    title = counts(sweep.study) + ("" if len(shown) == len(trials) else f"; the best {len(shown)}")
    table = Table("trial", sweep.metric, *names, title=title)
    for trial in shown:
        table.add_row(str(trial.number), f"{trial.value:.4f}", *(setting_words(trial.params[name]) for name in names))
    Console(width=None if sys.stdout.isatty() else 120).print(table)
