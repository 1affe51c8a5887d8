"""The runtimes that an exported model can be run by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from detente.configs.errors import InputError
from detente.models.export.onnx_runtime import OnnxSession, write_onnx
from detente.models.export.openvino_runtime import OpenvinoSession, write_openvino
from detente.models.export.process import check_extra, claim_threads
from detente.models.export.record import Backend, Precision
from detente.models.hardware import use_bf16


class Session(Protocol):
    """A graph that a runtime has loaded."""

    def __call__(self, tokens: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """Raw logits of a batch, which is what the model's encoding gives, by name."""
        ...


@dataclass(frozen=True)
class Runtime:
    """What runs a graph."""

    name: str
    """What its makers call it."""
    package: str
    """What it is imported as."""
    precisions: tuple[Precision, ...]
    """That it can compute in."""
    files: str
    """Pattern of the names of the graph's files."""
    write: Callable[[Path, Path, Precision], None]
    """Puts an ONNX graph into a model folder, for a precision."""
    open: Callable[[Path, Precision, int], Session]
    """Loads the graph of a folder, for a precision and so many threads."""


RUNTIMES: dict[Backend, Runtime] = {
    "onnx": Runtime("ONNX Runtime", "onnxruntime", ("fp32", "int8"), "model.onnx*", write_onnx, OnnxSession),
    "openvino": Runtime("OpenVINO", "openvino", ("fp32", "bf16"), "openvino_model.*", write_openvino, OpenvinoSession),
}

_AS_EXACT: dict[Precision, tuple[Precision, ...]] = {"fp32": ("fp32",), "bf16": ("bf16", "fp32"), "int8": ()}
"""What may be asked for by name of an export that was admitted in a precision."""


def open_session(folder: Path, backend: Backend, precision: Precision) -> Session:
    """Load the graph of a folder; from then on this runtime alone answers in this process.

    Raises:
        InputError: The runtime is not installed, or another one has answered.
    """
    runtime = RUNTIMES[backend]
    return runtime.open(folder, precision, claim_threads(runtime.name))


def check_installed(backend: Backend) -> None:
    """See that a model can be exported here.

    Raises:
        InputError: A package of the extra is not installed.
    """
    for package in ("onnx", "onnxscript", RUNTIMES[backend].package):
        check_extra(package, backend, f"is needed to export a model for {RUNTIMES[backend].name}")


def graph_files(folder: Path, backend: Backend) -> list[Path]:
    """The files of a graph, sorted by name."""
    return sorted(folder.glob(RUNTIMES[backend].files))


def precision_to_export(backend: Backend, dtype: str, *, int8: bool) -> Precision:
    """The precision of a new export.

    Args:
        backend: What is to run it.
        dtype: "auto" (bf16 where the runtime has it and the hardware is faster in it), "bf16" or "fp32".
        int8: Round the weights.

    Raises:
        InputError: The runtime has no such precision here.
    """
    runtime = RUNTIMES[backend]
    if int8 and dtype != "auto":
        raise InputError(f"--dtype: expected none beside --int8; found {dtype}")
    if not int8 and dtype == "auto":
        return "bf16" if "bf16" in runtime.precisions and _bf16_pays() else "fp32"
    for precision in runtime.precisions:
        if precision == ("int8" if int8 else dtype):
            return precision
    option, others = ("--int8", ()) if int8 else ("--dtype", ("auto",))
    known = ", ".join((*others, *(one for one in runtime.precisions if one != "int8" or int8)))
    raise InputError(f"{option}: expected a precision of {runtime.name}, {known}; found {'int8' if int8 else dtype}")


def precision_to_run(admitted: Precision, dtype: str) -> Precision:
    """The precision in which an export answers: that which it was admitted in, or one that is more exact.

    Args:
        admitted: What the export was checked in.
        dtype: "auto", "bf16" or "fp32"; auto is what was admitted, or fp32 on hardware that is not faster in bf16.

    Raises:
        InputError: The export was not checked in it.
    """
    if dtype == "auto":
        return "fp32" if admitted == "bf16" and not _bf16_pays() else admitted
    for precision in _AS_EXACT[admitted]:
        if dtype == precision:
            return precision
    raise InputError(
        f"--dtype: expected {' or '.join(('auto', *_AS_EXACT[admitted]))} for a model that was exported and checked in "
        f"{admitted}; found {dtype}. For another precision, export it again."
    )


def _bf16_pays() -> bool:
    return use_bf16("auto", torch.device("cpu"))
