"""The engine of one machine: worker processes make questions and token ids ahead, this one runs the model."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import ceil

from detente.data.processes import available_processors, in_order
from detente.inference.seconds import Seconds
from detente.inference.window import CHUNK, Asked, Asking, Input, Part, answer, chunks
from detente.models.predictor import Predictor

FEW = 400
"""So few records are done before worker processes have started."""
MOST_WORKERS = 16
"""One process that runs the model has no time to listen to more."""

Window = tuple[int, Sequence[Input]]
"""The number of a part, and its records."""
Piece = tuple[int | None, Sequence[Input]]
"""A chunk, and the number of the window that it completes."""


def choose_workers(wanted: int | None, records: int) -> int:
    """How many processes extract and tokenise; 1 is this one.

    Where nobody says, all processors but one have a worker, and this process runs the model with as many threads as
    torch takes by itself: workers wait while they are ahead of the model, so both get what the other leaves.
    """
    if wanted is not None:
        return wanted
    processors = available_processors()
    return 1 if records < FEW or processors < 2 else min(max(2, processors - 1), MOST_WORKERS)


def predict_windows(
    windows: Iterable[Window],
    predictor: Predictor,
    asking: Asking,
    *,
    part_size: int,
    workers: int,
    seconds: Seconds,
    progress: Callable[[int], object],
) -> Iterator[tuple[int, Part]]:
    """Yield the number and the part of each window, in order: those of `predict_window`, made faster.

    Args:
        windows: They are read no further ahead than the workers need.
        predictor: The model.
        asking: How records become questions.
        part_size: Records of a window: while the model is busy with one, the workers do the next.
        workers: Processes that extract and tokenise; 0 or 1 does it here.
        seconds: What the stages take is added to it.
        progress: Called with the number of records of each chunk that was made into questions.

    Raises:
        LostWorkerError: A worker was killed, or ran out of memory.
    """
    pieces = seconds.clocked("reading", _pieces(windows))
    found = in_order(partial(_ask, asking), pieces, workers=workers, ahead=ceil(part_size / CHUNK) + 2 * workers)
    asked: list[Asked] = []
    with closing(found):
        for one in _waited(found, seconds) if workers > 1 else found:
            asked.append(one)
            progress(one.facts.records)
            if one.completes is not None:
                yield one.completes, answer(asked, predictor, seconds)
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
