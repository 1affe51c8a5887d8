"""`detente compare`: runs found, compared, written and logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detente.configs.errors import InputError
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.contenders import Run
from detente.evaluation.compare.report import write_comparison
from detente.evaluation.compare.results import Comparison
from detente.evaluation.compare.runs import find_runs, last_runs, log_comparison, open_client


@dataclass(frozen=True)
class Compared:
    """A comparison, its page, and the MLflow run that holds both, if one of the runs is tracked."""

    comparison: Comparison
    page: Path
    run_id: str | None


def compare_runs(
    references: Sequence[str],
    output: Path,
    *,
    experiment: str | None = None,
    last: int | None = None,
    by: str = "macro_f1",
    on_common: bool = False,
    log: bool = True,
    uri: str | None = None,
) -> Compared:
    """Compare runs, write the page, and log it.

    Args:
        references: Runs as `find_runs` takes them; none, if the last ones of an experiment are meant.
        output: Folder for `compare.html` and `comparison.json`.
        experiment: Of which the last runs are compared.
        last: How many.
        by: The figure that decides: macro_f1, f_avg, accuracy or nll.
        on_common: Compare on the examples that all runs were measured on, if there are others.
        log: Put the page into the tracking store, as a run of its own.
        uri: The tracking store; by default `MLFLOW_TRACKING_URI`, or the SQLite file where the command runs.

    Raises:
        InputError: There are no such runs, just one, or they were measured on different examples.
        DetenteError: The comparison is done but can't be logged.
    """
    runs = _runs(references, experiment, last, uri)
    comparison = compare(runs, by=by, on_common=on_common)
    page = write_comparison(comparison, output)
    tracked = any(run.experiment_id for run in runs)
    run_id = log_comparison(open_client(uri), comparison, output) if log and tracked else None
    return Compared(comparison, page, run_id)


def _runs(references: Sequence[str], experiment: str | None, last: int | None, uri: str | None) -> list[Run]:
    if references and last is None and experiment is None:
        return find_runs(references, uri=uri)
    if not references and last is not None and experiment is not None:
        return last_runs(experiment, last, uri=uri)
    raise InputError("expected runs, or --last N with --experiment NAME; found " + _found(references, last, experiment))


def _found(references: Sequence[str], last: int | None, experiment: str | None) -> str:
    given = {"runs": references, "--last": last, "--experiment": experiment}
    return " and ".join(name for name, value in given.items() if value) or "neither"
