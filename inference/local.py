"""The engine of one machine: worker processes do windows whole, or make questions and token ids ahead for a GPU."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import ceil

from detente.data.processes import available_processors, in_order
from detente.inference.parts import PackedPart, packed
from detente.inference.seconds import Seconds
from detente.inference.window import CHUNK, Asked, Asking, Input, Part, answer, chunks, predict_window
from detente.models.predictor import Predictor

FEW = 200
"""So few records are done before worker processes have started."""
MOST_WORKERS = 16
"""Each takes memory for a model and a parser, so more than these must be asked for."""

Window = tuple[int, Sequence[Input]]
"""The number of a part, and its records."""
Piece = tuple[int | None, Sequence[Input]]
"""A chunk, and the number of the window that it completes."""
Parts = Generator[tuple[int, PackedPart]]
"""Parts with their numbers."""


def choose_workers(wanted: int | None, records: int) -> int:
    """How many processes share the work; 1 is this one, and where nobody says, each processor gets one."""
    if wanted is not None:
        return wanted
    return 1 if records < FEW else min(available_processors(), MOST_WORKERS)


def predict_windows(
    windows: Iterable[Window],
    predictor: Predictor,
    asking: Asking,
    *,
    part_size: int,
    workers: int,
    seconds: Seconds,
    progress: Callable[[int], object],
) -> Parts:
    """Yield the number and the part of each window, in order: those of `predict_window`, made faster.

    On a CPU, a model in each worker, with one thread, leaves no processor waiting for another: threads that share a
    model's work would wait for those that a parser is in the way of. A model on an accelerator stays in this process.

    Args:
        windows: They are read no further ahead than the workers need.
        predictor: The model.
        asking: How records become questions.
        part_size: Records of a window: while an accelerator is busy with one, the workers do the next.
        workers: Processes that share the work; 0 or 1 does it here.
        seconds: What the stages take is added to it, summed over the workers.
        progress: Called with the number of records that were done, or made into questions.

    Raises:
        LostWorkerError: A worker was killed, or ran out of memory.
    """
    if workers > 1 and predictor.settings.get("device", "cpu") == "cpu":
        return _model_in_workers(windows, predictor, asking, workers, seconds, progress)
    return _model_here(windows, predictor, asking, part_size, workers, seconds, progress)


def _model_in_workers(
    windows: Iterable[Window],
    predictor: Predictor,
    asking: Asking,
    workers: int,
    seconds: Seconds,
    progress: Callable[[int], object],
) -> Parts:
    with closing(in_order(partial(_part, predictor, asking), windows, workers=workers)) as found:
        for number, part, took in found:
            seconds.add(took)
            progress(part.records)
            yield number, part


def _part(predictor: Predictor, asking: Asking, window: Window) -> tuple[int, PackedPart, Seconds]:
    number, records = window
    seconds = Seconds()
    return number, _packed(predict_window(records, predictor, asking, seconds), seconds), seconds


def _packed(part: Part, seconds: Seconds) -> PackedPart:
    with seconds.clock("writing"):
        return packed(part)


def _model_here(
    windows: Iterable[Window],
    predictor: Predictor,
    asking: Asking,
    part_size: int,
    workers: int,
    seconds: Seconds,
    progress: Callable[[int], object],
) -> Parts:
    pieces = seconds.clocked("reading", _pieces(windows))
    found = in_order(partial(_ask, asking), pieces, workers=workers, ahead=ceil(part_size / CHUNK) + 2 * workers)
    asked: list[Asked] = []
    with closing(found):
        for one in _waited(found, seconds) if workers > 1 else found:
            asked.append(one)
            progress(one.facts.records)
            if one.completes is not None:
                yield one.completes, _packed(answer(asked, predictor, seconds), seconds)
                asked = []


def _ask(asking: Asking, piece: Piece) -> Asked:
    completes, records = piece
    return replace(asking.ask(records), completes=completes)


def _pieces(windows: Iterable[Window]) -> Iterator[Piece]:
    for number, records in windows:
        cut = list(chunks(records))
        yield from ((None, chunk) for chunk in cut[:-1])
        yield number, cut[-1]


def _waited(found: Iterator[Asked], seconds: Seconds) -> Iterator[Asked]:
    """What workers found; the time until they have is waiting, but for what is read meanwhile."""
    read = seconds.reading
    try:
        yield from seconds.clocked("waiting", found)
    finally:
        seconds.waiting = max(0.0, seconds.waiting - (seconds.reading - read))
