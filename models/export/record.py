"""What `export.json` says: how an exported model is run, what it was made of, and what its admission has measured."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal, get_args

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from detente.configs.errors import InputError

EXPORT_JSON = "export.json"
FORMAT: Final = 1

Backend = Literal["onnx", "openvino"]
Precision = Literal["fp32", "bf16", "int8"]
BACKENDS: tuple[Backend, ...] = get_args(Backend)

_PACKAGES = ("detente", "torch", "transformers", "onnx", "onnxscript", "onnxruntime", "openvino", "nncf")


class Limits(BaseModel):
    """How far an export may be from the model in torch and fp32; None stands for no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    difference: float | None
    """Largest absolute difference of a probability."""
    agreement: float
    """Least share of the examples with the same stance."""
    macro_f1_loss: float | None
    """Of macro-F1, in [0, 1]; a gain is no fault."""
    ece_difference: float | None
    """Of the expected calibration error, either way."""


class Parity(BaseModel):
    """An export beside the model in torch and fp32, on labelled examples."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    examples: int
    file: str
    sha256: str
    """Fingerprint of the examples; see `detente.data.dataset.fingerprint`."""
    difference: float
    """Largest absolute difference of a probability."""
    agreement: float
    """Share of the examples with the same stance."""
    macro_f1: float
    """Of the export."""
    macro_f1_torch: float
    ece: float
    """Of the export."""
    ece_torch: float
    limits: Limits

    @property
    def macro_f1_difference(self) -> float:
        """Negative where the export is worse."""
        return self.macro_f1 - self.macro_f1_torch

    @property
    def ece_difference(self) -> float:
        """Positive where the export is worse."""
        return self.ece - self.ece_torch


class ExportRecord(BaseModel):
    """What `export.json` says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = FORMAT
    backend: Backend
    precision: Precision
    """What it was admitted with: that of the weights if int8, else of the computation."""
    graph: dict[str, str]
    """SHA-256 of the graph's files."""
    source: dict[str, str]
    """SHA-256 of the files of the model that it was made of."""
    versions: dict[str, str]
    machine: str
    """Where it was admitted: another kind of processor may round otherwise."""
    parity: Parity


def versions() -> dict[str, str]:
    """Versions of Python and of the packages, where they are installed, that have a part in an export."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """The kind of this machine's processor, and its vector instructions."""
    return f"{platform.system()} {platform.machine()} {torch.backends.cpu.get_cpu_capability()}"


def write_record(record: ExportRecord, folder: Path) -> None:
    """Write `export.json`."""
    (folder / EXPORT_JSON).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path) -> ExportRecord:
    """Read `export.json`.

    Raises:
        InputError: It is missing, or is not what `detente export` writes.
    """
    path = folder / EXPORT_JSON
    try:
        return ExportRecord.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{folder}: expected a whole exported model; {EXPORT_JSON} is missing") from error
    except (ValidationError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: expected format {FORMAT} of an export; {reason}. Export the model again.") from error
