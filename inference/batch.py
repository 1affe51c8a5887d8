"""Articles or examples in, predictions out: from one file to millions of articles, a window at a time.

The main process reads and writes; worker processes make the parts, or, for a model on an accelerator, the questions and
token ids of the windows ahead. Each window becomes a part on the disk, at once and whole, so a run that is stopped goes
on where it was.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from detente.configs.errors import DetenteError, InputError, InterruptedRunError
from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.pairs import DEFAULT_PAIRS, PairSettings
from detente.data.ingest.files import count_records, find_files, passed_over, read_inputs
from detente.data.ingest.taken_ids import TakenIds
from detente.data.processes import LostWorkerError, sigterm_interrupts
from detente.data.progress import progress_bar
from detente.inference.arrivals import new_files
from detente.inference.local import Window, choose_workers, predict_windows
from detente.inference.manifest import Batch, Manifest, absolute, check_unchanged, fingerprints, new_manifest
from detente.inference.output import Output
from detente.inference.parts import article_ids, write_part
from detente.inference.summary import BatchResult
from detente.inference.window import Asking, Input, asking, chunks
from detente.models.predictor import Predictor

PART_SIZE = 64
"""Records whose predictions make a part."""


def predict_files(
    predictor: Predictor,
    inputs: Iterable[str | Path],
    output: str | Path,
    *,
    aliases: Aliases | None = None,
    pairs: PairSettings = DEFAULT_PAIRS,
    engine: Literal["local", "ray"] = "local",
    workers: int | None = 1,
    part_size: int = PART_SIZE,
    resume: bool = False,
    watch: str | Path | None = None,
    progress: bool = True,
) -> BatchResult:
    """Predict the stances of everything in the inputs, and write them to a file or to a folder of parts.

    Args:
        predictor: The model.
        inputs: Files, or folders of files: `.txt`, `.html`, `.jsonl`, `.csv`, `.parquet`. A record with an actor and a
            target is an example; any other is an article, and is asked for every pair of its actors.
        output: A `.jsonl`, `.csv` or `.parquet` file, which appears when all predictions are written; or, without an
            ending, a folder of Parquet parts that appear one by one.
        aliases: The user's own names for actors, which win over all rules.
        pairs: Which pairs of actors are asked about.
        engine: Who works: this machine, or the cluster that RAY_ADDRESS names. The predictions are the same.
        workers: Processes that share the work; 0 or 1 does it here, None chooses. The predictions are the same.
        part_size: Records whose predictions make a part: what is lost at most when a run is killed.
        resume: Go on with a run that was stopped; begin where there is none.
        watch: After the inputs, take the files of this folder, and new ones as they come; the output must be a folder.
        progress: Show a progress bar on standard error.

    Returns:
        Counts, and the inputs that gave no prediction.

    Raises:
        InputError: An input is missing or unknown, the output's ending is unknown, or there are parts at the output
            that are not to be gone on with, or that other inputs, another model or other settings have made.
        InterruptedRunError: Ctrl-C or SIGTERM came; with `watch`, that is the ordinary end.
        LostWorkerError: A worker was killed. After this and all that was said before, the run can be gone on with.
    """
    if watch and engine != "local":
        raise InputError(f"--watch: expected --engine local; found {engine}. A cluster is for what is there already.")
    place, given = Output(Path(output)), [Path(path) for path in inputs]
    folder = _watched(watch, place, given)
    place.check(given)
    given = [path for path in given if not _is_in(folder, path)]
    files = [file for file in find_files(given) if not place.holds(file) and not _is_in(folder, file)]
    how = asking(predictor, aliases, pairs)
    with place.locked():
        with _disk(place):
            manifest = place.begin(new_manifest(predictor, how, part_size=part_size, files=files), resume=resume)
        with progress_bar(total=0, desc="predict", unit="record", disable=not progress) as bar:
            run = _Run(predictor, how, place, manifest, engine, part_size, workers, bar)
            run.result.passed_over = [one for one in passed_over(given) if not place.holds(Path(one.place))]
            _work(run, files, folder)
    return run.result


def _watched(watch: str | Path | None, place: Output, given: Sequence[Path]) -> Path | None:
    if watch is None:
        if not given:
            raise InputError("expected inputs: files or folders, or --watch FOLDER; found none")
        return None
    if place.is_file:
        raise InputError(
            f"{place.path}: expected a folder to go with --watch, since it has no end; found a file name. "
            "Give a name without an ending."
        )
    if not Path(watch).is_dir():
        raise InputError(
            f"{watch}: expected a folder to watch; found {'a file' if Path(watch).exists() else 'nothing'}"
        )
    return Path(watch).resolve()


def _is_in(folder: Path | None, path: Path) -> bool:
    """Whether a path is left to those who watch a folder: what is there is taken as if it had just come."""
    return folder is not None and (folder == path.resolve() or folder in path.resolve().parents)


def _work(run: "_Run", files: Sequence[Path], watched: Path | None) -> None:
    """Do all batches, and what comes after them; say how to go on where that is cut off."""
    try:
        with sigterm_interrupts():
            run.do_batches(files)
            if watched:
                run.watch(watched)
    except KeyboardInterrupt as error:
        if not watched:
            raise InterruptedRunError(f"stopped. {run.place.how_to_go_on()}") from error
    except LostWorkerError as error:
        raise LostWorkerError(f"{error} {run.place.how_to_go_on()}") from error


@dataclass
class _Run:
    """A run over the batches of a manifest."""

    predictor: Predictor
    asking: Asking
    place: Output
    manifest: Manifest
    engine: str
    part_size: int
    workers: int | None
    bar: Any
    result: BatchResult = field(default_factory=BatchResult)
    _taken: TakenIds = field(default_factory=TakenIds)
    _pairs: int = 0

    def do_batches(self, named: Sequence[Path]) -> None:
        """Do those that are not finished, and see what the others gave; then the output is whole."""
        for batch in self.manifest.batches:
            if batch.watched and batch.parts is None:
                check_unchanged(batch)
            self._do(batch, [Path(file.path) for file in batch.files] if batch.watched else named)
        self._save(finished=True)
        with self.result.seconds.clock("writing"), _disk(self.place):
            self.place.finish()

    def watch(self, folder: Path) -> None:
        """Make a batch of the files that come into a folder, again and again."""
        known = {file.path for batch in self.manifest.batches for file in batch.files}
        if not self.bar.disable:
            self.bar.write(f"waiting for new files in {folder}; Ctrl-C ends it", file=sys.stderr)
        for files in new_files(folder, lambda file: absolute(file) not in known and not self.place.holds(file)):
            batch = Batch(files=fingerprints(files), watched=True, first_part=self._next_part())
            known.update(file.path for file in batch.files)
            self.manifest.batches.append(batch)
            self._save(finished=False)
            self._do(batch, files)
            self._save(finished=True)

    def _do(self, batch: Batch, files: Sequence[Path]) -> None:
        read_here = batch.parts is None and self.engine == "local"
        if batch.parts is None:
            batch.parts = self._predict(batch, files)
        if not read_here:
            self._remember_ids(batch)
        if batch.first_part == 0:
            self.place.rejects.unlink(missing_ok=True)  # those of an earlier run
        for number in batch.numbers:
            facts = self.result.add_part(self.place.part(number))
            with _disk(self.place):
                self.place.add_rejects(facts)
        self.result.rejects = self.place.rejects if self.place.rejects.is_file() else None

    def _predict(self, batch: Batch, files: Sequence[Path]) -> int:
        """Write the parts of a batch that are not there yet; returns how many it has."""
        count = count_records(files)
        self.bar.total += count
        return self._predict_there(batch, files) if self.engine == "ray" else self._predict_here(batch, files, count)

    def _predict_here(self, batch: Batch, files: Sequence[Path], count: int) -> int:
        seconds = self.result.seconds
        windows = _Windows(chunks(read_inputs(files, self._taken), self.part_size), batch.first_part)
        parts = predict_windows(
            windows.missing(self.place, self.bar),
            self.predictor,
            self.asking,
            part_size=self.part_size,
            workers=choose_workers(self.workers, count),
            seconds=seconds,
            progress=self.bar.update,
        )
        for number, part in parts:
            with seconds.clock("writing"), _disk(self.place):
                write_part(self.place.part(number), part)
            self._show(part.predictions)
        return windows.count

    def _predict_there(self, batch: Batch, files: Sequence[Path]) -> int:
        from detente.inference import distributed  # noqa: PLC0415  (Ray is an extra)

        seconds = self.result.seconds
        done = self.place.numbers(batch.first_part)
        self.bar.total -= self.part_size * len(done)
        source = distributed.WindowSource(files, self._taken, self.part_size, batch.first_part, frozenset(done))
        parts = distributed.predict_windows(source, self.predictor, self.asking, workers=self.workers, seconds=seconds)
        with closing(parts):
            for number, part in parts:
                with seconds.clock("writing"), _disk(self.place):
                    write_part(self.place.part(number), part)
                done.add(number)
                self.bar.update(part.records)
                self._show(part.predictions)
        return len(done)

    def _show(self, pairs: int) -> None:
        self._pairs += pairs
        self.bar.set_postfix(pairs=self._pairs, refresh=False)

    def _remember_ids(self, batch: Batch) -> None:
        """The ids of a batch that is not read again, so that no later article gets one of them."""
        for number in batch.numbers:
            for id_ in article_ids(self.place.part(number)):
                self._taken[id_] = 1

    def _next_part(self) -> int:
        return sum(batch.parts or 0 for batch in self.manifest.batches)

    def _save(self, *, finished: bool) -> None:
        self.manifest.finished = finished
        self.manifest.summary = self.result.figures()
        with _disk(self.place):
            self.place.save(self.manifest)


class _Windows:
    """The windows of a batch, numbered, and how many were read."""

    def __init__(self, windows: Iterable[Sequence[Input]], first: int) -> None:
        self._windows = windows
        self._first = first
        self.count = 0

    def missing(self, place: Output, bar: Any) -> Iterator[Window]:
        """Those without a part; the others are read as well, but nothing is made of them."""
        for records in self._windows:
            number = self._first + self.count
            self.count += 1
            if place.part(number).is_file():
                bar.total -= len(records)
            else:
                yield number, records


@contextmanager
def _disk(place: Output) -> Iterator[None]:
    """Tell how to go on where a disk is full, or gone."""
    try:
        yield
    except OSError as error:
        raise DetenteError(f"{place.folder}: can't be written: {error}. {place.how_to_go_on()}") from error
