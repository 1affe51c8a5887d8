"""`detente export`: a model for another runtime, which is written only if it answers as the model in torch does."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from detente.configs.errors import DetenteError, InputError
from detente.data.reading import read_examples
from detente.data.records import Example
from detente.evaluation.parity import faults, in_words, limits_of, measure_parity
from detente.models.export.graph import write_graph
from detente.models.export.loading import checksums, open_export
from detente.models.export.onnx_runtime import GRAPH
from detente.models.export.predictor import ExportedPredictor
from detente.models.export.record import Backend, ExportRecord, Parity, Precision, machine, versions, write_record
from detente.models.export.runtimes import RUNTIMES, check_installed, precision_to_export
from detente.models.families import TUNED
from detente.models.folder import ModelInfo, load_model, read_info, save_model
from detente.models.references import resolve_model

_DECISIVE = (".json", ".safetensors")
"""The endings of the files that a model's answers hang on."""


class RefusedExportError(DetenteError):
    """An export answers otherwise than the model that it was made of."""


@dataclass(frozen=True)
class Export:
    """A model that was admitted."""

    folder: Path
    record: ExportRecord


def export_model(
    model: str | Path,
    output: Path,
    examples: str | Path,
    backend: Backend,
    *,
    dtype: str = "auto",
    int8: bool = False,
    tolerance: float = 1.0,
    progress: Callable[[str], object] = lambda _: None,
) -> Export:
    """Write a model for another runtime, if its answers to labelled examples stay within limits.

    Args:
        model: See `load_model`.
        output: The new folder.
        examples: A file of labelled examples, best those that the model was validated on.
        backend: What is to run it.
        dtype: "auto" (bf16 where the runtime and the hardware have it), "bf16" or "fp32".
        int8: Round the weights to 8 bits.
        tolerance: How many times the limits of a rounded model may be exceeded.
        progress: Called with what is done next.

    Raises:
        InputError: The model can't be exported, the output exists, the runtime is missing or has no such precision.
        RefusedExportError: The answers differ too much; nothing is written.
    """
    folder = resolve_model(model)
    info = _check(folder, output, tolerance)
    precision = precision_to_export(backend, dtype, int8=int8)
    check_installed(backend)
    labelled = _read(examples)
    source = load_model(folder, device="cpu", dtype="fp32")
    progress(f"answering {len(labelled)} examples in torch and fp32")
    expected = source.predict_proba(labelled)
    with _folder_beside(output) as made:
        progress(f"writing the graph for {RUNTIMES[backend].name}, {precision}")
        exported = _write(source, made, backend, precision)
        save_model(exported, info.model_copy(update={"backend": backend}), made)
        progress(f"answering them in {RUNTIMES[backend].name}, {precision}")
        answers, limits = exported.predict_proba(labelled), limits_of(precision, tolerance)
        parity = measure_parity(labelled, expected, answers, file=Path(examples).name, limits=limits)
        _admit(parity)
        record = _record(exported, folder, parity)
        write_record(record, made)
    return Export(output, record)


def _check(folder: Path, output: Path, tolerance: float) -> ModelInfo:
    info = read_info(folder)
    if info.backend != "torch":
        raise InputError(
            f"{folder}: expected a model in torch; found an export for {RUNTIMES[info.backend].name}. "
            "Export the model that it was made of."
        )
    if info.family not in TUNED:
        raise InputError(f"{folder}: expected a model of the families {', '.join(TUNED)}; found {info.family}")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{output}: expected a new folder to write to; found something there. Give another name.")
    if not tolerance > 0:
        raise InputError(f"tolerance: expected a number above 0, such as 2; found {tolerance:g}")
    return info


def _read(file: str | Path) -> list[Example]:
    examples = list(read_examples(file, labelled=True))
    if not examples:
        raise InputError(f"{file}: expected labelled examples to compare the answers on; found none")
    return examples


def _record(exported: ExportedPredictor, source: Path, parity: Parity) -> ExportRecord:
    return ExportRecord(
        backend=exported.backend,
        precision=exported.precision,
        graph=checksums(exported.files),
        source=checksums(sorted(path for path in source.iterdir() if path.suffix in _DECISIVE)),
        versions=versions(),
        machine=machine(),
        parity=parity,
    )


def _write(source: Any, folder: Path, backend: Backend, precision: Precision) -> ExportedPredictor:
    """Write the graph and load it, calibrated like its source."""
    with TemporaryDirectory() as scratch:
        graph = Path(scratch) / GRAPH
        write_graph(source, graph)
        RUNTIMES[backend].write(graph, folder, precision)
    exported = open_export(folder, source.encoding, backend, precision)
    exported.calibration, exported.confidence = source.calibration, source.confidence
    return exported


def _admit(parity: Parity) -> None:
    if found := faults(parity):
        measured = "\n".join(f"  {line}" for line in (*in_words(parity), *found))
        raise RefusedExportError(
            f"the export answers otherwise than the model in torch and fp32, and is not kept:\n{measured}"
        )


@contextmanager
def _folder_beside(output: Path) -> Iterator[Path]:
    """A folder that takes the place of the output if all goes well, and is gone otherwise."""
    made = output.with_name(f".{output.name}-{os.getpid()}")
    made.mkdir(parents=True)
    try:
        yield made
        if output.exists():
            output.rmdir()
        made.rename(output)
    finally:
        shutil.rmtree(made, ignore_errors=True)
