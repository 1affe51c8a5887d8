"""An exported model's own files: the graph, and `export.json`, which says how it is run."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from detente.configs.errors import InputError
from detente.models.calibration import Calibration
from detente.models.confidence import Confidence
from detente.models.encoding import Encoding
from detente.models.export.predictor import ExportedPredictor
from detente.models.export.record import EXPORT_JSON, Backend, Precision, read_record
from detente.models.export.runtimes import graph_files, open_session, precision_to_run


def load_export(
    folder: Path, encoding: Encoding, *, calibration: Calibration, confidence: Confidence | None, dtype: str
) -> ExportedPredictor:
    """Load an export that was admitted.

    Args:
        folder: A model folder with `export.json`.
        encoding: That of the model.
        calibration: That of the model.
        confidence: That of the model.
        dtype: "auto" (what it was admitted in), "bf16" or "fp32".

    Raises:
        InputError: A file is missing or damaged, the runtime is not installed, or was not admitted in this precision.
    """
    record = read_record(folder)
    if checksums(graph_files(folder, record.backend)) != record.graph:
        raise InputError(f"{folder}: expected the graph that {EXPORT_JSON} describes; found another. Copy it whole.")
    precision = precision_to_run(record.precision, dtype)
    predictor = open_export(folder, encoding, record.backend, precision)
    predictor.files = (*predictor.files, folder / EXPORT_JSON)
    predictor.calibration, predictor.confidence = calibration, confidence
    return predictor


def open_export(folder: Path, encoding: Encoding, backend: Backend, precision: Precision) -> ExportedPredictor:
    """Load a graph, admitted or not, that is not calibrated."""
    session = open_session(folder, backend, precision)
    return ExportedPredictor(
        session, encoding, backend=backend, precision=precision, files=graph_files(folder, backend)
    )


def save_export(predictor: ExportedPredictor, folder: Path) -> None:
    """Copy the graph and `export.json` into another folder, or leave them where they are."""
    for path in predictor.files:
        if path.parent.resolve() != folder.resolve():
            shutil.copyfile(path, folder / path.name)


def checksums(files: Iterable[Path]) -> dict[str, str]:
    """SHA-256 of files, by their names."""
    found = {}
    for path in files:
        with path.open("rb") as file:
            found[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
