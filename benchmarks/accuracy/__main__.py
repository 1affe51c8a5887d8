"""How good the models are on public corpora, beside their baselines, with intervals: `make bench-accuracy`.

Every model is trained on each corpus and on all of them together, and scored on the validation files of all corpora.
The corpora are in DETENTE_CORPORA. What is finished is kept in the output folder and not done again as long as code,
settings and data are the same, so the benchmark can be stopped at any time. One thing is trained at a time.

Changes to the recipe are compared on half of the texts for one epoch, each with a name of its own in one output folder:
--families packed --corpora all --share 0.5 --name weighted --settings train.epochs=1 train.class_weights=sqrt
"""

import argparse
import os
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import datasets
import filelock
import transformers

from benchmarks.accuracy.answering import FAMILIES, WITHOUT_CHANCE, Job, baseline_job, model_job, training_job
from benchmarks.accuracy.cells import Answered, Cell, read_cells, write_cell
from benchmarks.accuracy.corpora import TRAIN_SETS, Questions, TrainSet, load_questions, part_of, train_sets
from benchmarks.accuracy.rows import make_rows
from benchmarks.accuracy.table import render, render_model
from detente.configs.errors import DetenteError, DivergedError, InputError
from detente.models.baselines import BASELINES

BASELINES_ALIAS = "baselines"
"""Stands for all plain baselines."""
NEEDS_ANOTHER_ENCODER = "zero_shot_nli"


def main() -> int:
    """Compute what is missing, and write the table."""
    options = _parser().parse_args()
    _quieten()
    questions = load_questions(options.data, resamples=options.resamples)
    trainable = train_sets(options.data)
    if not questions or not trainable:
        print(f"{options.data}: no corpora there; name their folder in DETENTE_CORPORA. Nothing to do.")
        return 0
    cells = options.output / "cells"
    cells.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(options.output / "lock", timeout=0)
    try:
        with nullcontext() if options.model else lock:
            jobs = list(plan(options, trainable, questions))
            failed = compute(jobs, questions, cells, minutes=options.minutes)
    except filelock.Timeout:
        print(f"{options.output}: another benchmark is running there; one thing is trained at a time.", file=sys.stderr)
        return 2
    given = {job.cell for job in jobs} if options.model else set()
    show(read_cells(cells, questions), questions, options.output / "accuracy.md", given=given)
    return 1 if failed else 0


def plan(
    options: argparse.Namespace, trainable: Mapping[str, TrainSet], questions: Mapping[str, Questions]
) -> Iterator[Job]:
    """What is to be computed: given models, or baselines first, then the families, seed by seed."""
    if options.model:
        yield from (model_job(folder, options.name, trainable, questions) for folder in options.model)
        return
    sets = [train for name, train in trainable.items() if name in options.corpora]
    if options.share is not None:
        sets = [part_of(train, options.share, options.output) for train in sets]
    families = [one for name in options.families for one in (BASELINES if name == BASELINES_ALIAS else [name])]
    yield from (baseline_job(name, train, questions) for name in BASELINES if name in families for train in sets)
    for number, seed in enumerate(options.seeds):
        for family in (one for one in FAMILIES if one in families and not (number and one in WITHOUT_CHANCE)):
            for train in (one for one in sets if one.valid):
                yield training_job(
                    family,
                    train,
                    seed,
                    questions,
                    config=options.config,
                    settings=options.settings,
                    folder=options.output,
                    name=options.name,
                )


def compute(
    jobs: Sequence[Job], questions: Mapping[str, Questions], folder: Path, *, minutes: float | None
) -> list[Cell]:
    """Compute the cells that aren't kept yet, until the time is up; a cell that has begun is finished.

    Returns:
        The cells that failed.
    """
    begun, failed = time.monotonic(), []
    kept = read_cells(folder, questions)
    missing = [job for job in jobs if job.cell not in kept or kept[job.cell].fingerprint != job.fingerprint]
    print(f"{len(jobs)} cells, {len(jobs) - len(missing)} of them finished before", flush=True)
    for number, job in enumerate(missing, start=1):
        if minutes is not None and time.monotonic() - begun > 60 * minutes:
            print(f"the time is up; {len(missing) - number + 1} cells are left for the next time", flush=True)
            break
        place = f"[{number}/{len(missing)}] {job.cell.name}"
        print(f"{place}: begun", flush=True)
        try:
            answered = job.run(questions)
        except (InputError, DivergedError) as error:
            failed.append(job.cell)
            print(f"{place}: failed: {error}", file=sys.stderr, flush=True)
            continue
        write_cell(answered, folder)
        print(f"{place}: {_in_short(answered, questions)} in {answered.seconds:.0f} s", flush=True)
    return failed


def show(
    cells: Mapping[Cell, Answered], questions: Mapping[str, Questions], report: Path, *, given: Collection[Cell]
) -> None:
    """Write the report of everything that is kept; print it, or the given models alone."""
    rows = make_rows(cells, questions)
    text = render(rows, questions)
    report.write_text(text, encoding="utf-8")
    alone = [row for row in rows if any(one.cell in given for one in row.seeds)]
    print("\n" + ("\n\n".join(render_model(row, rows, questions) for row in alone) if given else text))
    print(f"report  {report}")


def _in_short(answered: Answered, questions: Mapping[str, Questions]) -> str:
    (row,) = make_rows({answered.cell: answered}, questions)
    return ", ".join(f"{name} {result.headline[0]:.3f}" for name, result in row.results.items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks.accuracy", description=__doc__)
    corpora = Path(os.environ.get("DETENTE_CORPORA", "../shared/corpora"))
    families = [BASELINES_ALIAS, *BASELINES, *FAMILIES]
    usual = [BASELINES_ALIAS, *(one for one in FAMILIES if one != NEEDS_ANOTHER_ENCODER)]
    parser.add_argument("--data", type=Path, default=corpora, help="folder of the corpora")
    parser.add_argument("--output", type=Path, default=Path("outputs/bench-accuracy"))
    parser.add_argument("--families", nargs="+", choices=families, default=usual, metavar="FAMILY")
    parser.add_argument("--corpora", nargs="+", choices=TRAIN_SETS, default=list(TRAIN_SETS), help="to train on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[13, 14, 15])
    parser.add_argument("--minutes", type=float, help="begin nothing new after so long")
    parser.add_argument("--config", default="corpora", help="config of the trained models")
    parser.add_argument("--settings", nargs="+", default=[], help="for the config, as train.epochs=3")
    parser.add_argument("--model", type=Path, nargs="+", default=[], help="score these model folders, train nothing")
    parser.add_argument("--name", help="call given models NAME (several are its seeds), trained ones FAMILY-NAME")
    parser.add_argument("--share", type=_share, help="learn from this share of the texts only, to try a recipe out")
    parser.add_argument("--resamples", type=int, default=1000)
    return parser


def _share(text: str) -> float:
    if not 0 < (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError(f"expected a number above 0, at most 1; found {text}")
    return share


def _quieten() -> None:
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DetenteError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)
