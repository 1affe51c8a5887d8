"""The engine of a cluster: Ray Data reads windows in one task, and a pool of actors makes the parts of them.

A window is a block of its own, so a worker that is lost takes two windows along at most, which another one does again.
Actors send parts back as the bytes of their files, and the main process alone writes: no disk is shared, and no part is
ever there twice, or half.
"""

import json
import logging
import os
import warnings
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from detente.configs.errors import InputError
from detente.data.ingest.files import read_inputs
from detente.data.ingest.taken_ids import TakenIds
from detente.data.problems import Problem
from detente.data.processes import LostWorkerError, available_processors
from detente.data.records import Article, Example
from detente.inference.manifest import versions
from detente.inference.parts import PackedPart, packed
from detente.inference.seconds import Seconds
from detente.inference.window import Asking, chunks, predict_window
from detente.models.export.predictor import ExportedPredictor
from detente.models.predictor import Predictor

if os.environ.get("RAY_ADDRESS", "local") == "local":
    # read as Ray is imported; its name means more than it says: without, a Ray of one machine listens to the network
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
try:
    import ray
    from ray.data import ActorPoolStrategy, DataContext, Dataset, Datasource
    from ray.data.block import BlockMetadata
    from ray.data.datasource import ReadTask
    from ray.exceptions import RayError, RayTaskError
    from ray.util.annotations import RayDeprecationWarning
except ModuleNotFoundError as error:
    advice = "pip install 'detente[ray]', here and on all machines of the cluster"
    raise InputError(f"--engine ray: expected the package ray; it is not installed. {advice}") from error

RETRIES = 3
"""A window that has cost so many workers their lives, and then one more, ends the run: another would die of it, too."""
_RECORDS = TypeAdapter(list[Article | Example | Problem])
"""How the records of a window go to a worker: as JSON."""
_UNDER_WAY = 2
"""Windows that an actor has at once: it works on one, and the next is there when it has finished."""
_NOTHING = {"number": -1, "part": b"", "records": 0, "predictions": 0, "seconds": "{}", "refused": ""}
"""What an actor returns."""


@dataclass(frozen=True)
class WindowSource:
    """The windows of files, which one task reads on the machine of the main process, for ids depend on their order.

    Args:
        files: Where records are.
        taken: The ids that were given before.
        part_size: Records of a window.
        first: The number of the first window.
        done: Numbers of those that are read, for their ids count, and go no further.
    """

    files: Sequence[Path]
    taken: TakenIds
    part_size: int
    first: int
    done: frozenset[int]

    def blocks(self) -> Iterator[pa.Table]:
        """A table of one row for each window: its number, and its records."""
        windows = chunks(read_inputs(self.files, self.taken), self.part_size)
        for number, records in enumerate(windows, self.first):
            if number not in self.done:
                content = pa.array([_RECORDS.dump_json(list(records))], pa.large_binary())
                yield pa.table({"number": [number], "records": content})


def predict_windows(
    source: WindowSource, predictor: Predictor, asking: Asking, *, workers: int | None, seconds: Seconds
) -> Generator[tuple[int, PackedPart]]:
    """Yield the number and the part of each window as they are finished, in any order.

    Args:
        source: The windows.
        predictor: The model; each worker gets a copy of it, no matter where its folder is.
        asking: How records become questions.
        workers: Actors, each with a processor of its own; None takes all processors that there are.
        seconds: What the stages take, summed over the workers, is added to it.

    Raises:
        InputError: There is no such cluster, the model can't be sent, or a worker has other versions of the packages.
        LostWorkerError: Windows were lost again and again.
    """
    with _cluster(workers) as processors, _told():
        actors = workers or processors
        rows = _parts(source, _model(predictor, asking), actors, _share_of_gpus(predictor, actors)).iter_rows()
        for row in seconds.clocked("waiting", rows):
            if row["refused"]:
                raise InputError(row["refused"])
            seconds.add(Seconds(**json.loads(row["seconds"])))
            yield row["number"], PackedPart(row["part"], row["records"], row["predictions"])


class _Datasource(Datasource):  # type: ignore[misc]
    """Windows as Ray Data reads them: one task, whose blocks go on while it reads further."""

    def __init__(self, source: WindowSource) -> None:
        super().__init__()
        self._source = source

    def estimate_inmemory_data_size(self) -> None:
        """Nobody knows before all is read."""

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        """One, since ids that come again get a number by their order."""
        return [ReadTask(self._source.blocks, BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None))]


class _Worker:
    """An actor: it has a copy of the model, and makes a part of a window.

    Args:
        model: Where Ray keeps the model, the settings of the questions, and the versions to have.
    """

    def __init__(self, model: "ray.ObjectRef[Any]") -> None:
        self._predictor, self._asking, expected = ray.get(model)
        self._difference = _difference(expected, _facts(self._predictor))

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The part of a window; or nothing but a reason, where this machine would give other answers."""
        if self._difference:
            return {**_NOTHING, "refused": f"a worker on {ray.util.get_node_ip_address()}: {self._difference}"}
        seconds = Seconds()
        records = _RECORDS.validate_json(row["records"])
        part = predict_window(records, self._predictor, self._asking, seconds)
        with seconds.clock("writing"):
            made = packed(part)
        counts = {"records": made.records, "predictions": made.predictions}
        took = json.dumps(asdict(seconds))
        return {**_NOTHING, "number": row["number"], "part": made.content, "seconds": took, **counts}


def _parts(source: WindowSource, model: "ray.ObjectRef[Any]", actors: int, gpus: float) -> Dataset:
    context = DataContext.get_current().copy()
    context.target_max_block_size = 1  # no window is put together with others
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # it warns of what is set here
    here = {"ray.io/node-id": ray.get_runtime_context().get_node_id()}
    with DataContext.current(context), warnings.catch_warnings():
        warnings.simplefilter("ignore", RayDeprecationWarning)  # retries have no parameter of their own yet
        # reading takes no processor: where each has an actor, it would wait for one for ever
        windows = ray.data.read_datasource(_Datasource(source), override_num_blocks=1, num_cpus=0, label_selector=here)
        return windows.map(
            _Worker,
            fn_constructor_args=(model,),
            compute=ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=_UNDER_WAY),
            num_cpus=1,
            num_gpus=gpus,
            max_task_retries=RETRIES,
        )


@contextmanager
def _cluster(workers: int | None) -> Iterator[int]:
    """Join the cluster that RAY_ADDRESS names, or be one; gives the number of its processors."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ours = not ray.is_initialized()
    if ours:
        _join(workers)
    try:
        yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        if ours:
            ray.shutdown()


def _join(workers: int | None) -> None:
    address = os.environ.get("RAY_ADDRESS", "local")
    settings: dict[str, Any] = {"logging_level": logging.WARNING, "log_to_driver": False}
    if address == "local":
        settings |= {"num_cpus": workers or available_processors(), "include_dashboard": False}
        settings |= {"_node_ip_address": "127.0.0.1"}
    try:
        ray.init(address=address, **settings)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"RAY_ADDRESS: expected a cluster at {address}; {reason}") from error


@contextmanager
def _told() -> Iterator[None]:
    """Say what is the cluster's fault; an error in a task of ours stays what it is."""
    try:
        yield
    except RayTaskError:
        raise
    except RayError as error:
        reason = str(error).splitlines()[0]
        raise LostWorkerError(f"the cluster lost a window {RETRIES + 1} times, or itself: {reason}") from error


def _model(predictor: Predictor, asking: Asking) -> "ray.ObjectRef[Any]":
    """Put what all workers need where Ray sends it to each machine once."""
    if isinstance(predictor, ExportedPredictor):  # it is read from its files, which other machines don't have
        name = predictor.backend
        raise InputError(
            f"--engine ray: expected a model that can be sent to workers; found one of {name}. Use that of torch."
        )
    return ray.put((predictor, asking, _facts(predictor)))


def _facts(predictor: Predictor) -> dict[str, Any]:
    """What decides the answers on a machine, beside what it is sent."""
    return {**versions(), **predictor.settings}


def _difference(expected: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
    for name, value in expected.items():
        if found.get(name) != value:
            return f"expected {name} {value}, as the main process has; found {found.get(name)}. Install the same."
    return None


def _share_of_gpus(predictor: Predictor, actors: int) -> float:
    """What an actor gets of a GPU where the model is on one: they share them, since most of their work is not there."""
    if predictor.settings.get("device") != "cuda":
        return 0.0
    gpus: float = ray.cluster_resources().get("GPU", 0)
    return min(1.0, gpus / actors)
