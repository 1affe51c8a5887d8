"""OpenVINO: the fast one on Intel and AMD processors. It computes in fp32 or bf16, as it is told on loading a graph."""

import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from detente.models.export.process import import_extra

GRAPH = "openvino_model.xml"

_REPORTS = "openvino_telemetry"
_HINTS = {"fp32": "f32", "bf16": "bf16"}
"""Left alone, OpenVINO computes in bf16 wherever the processor has it."""


class OpenvinoSession:
    """Runs `openvino_model.xml`.

    Args:
        folder: Where it lies.
        precision: "fp32" or "bf16".
        threads: Of the one stream of work.

    Raises:
        InputError: OpenVINO is not installed.
    """

    def __init__(self, folder: Path, precision: str, threads: int) -> None:
        core = _openvino().Core()
        settings = {
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,  # other processes have the same cores
        }
        compiled = core.compile_model(core.read_model(folder / GRAPH), "CPU", settings)
        self._inputs = [one.get_any_name() for one in compiled.inputs]
        self._request = compiled.create_infer_request()

    def __call__(self, tokens: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """The logits of a batch."""
        return np.array(self._request.infer({name: tokens[name] for name in self._inputs})[0])  # it reuses its own


def write_openvino(graph: Path, folder: Path, precision: str) -> None:  # noqa: ARG001
    """Put an ONNX graph into a model folder in OpenVINO's form, its weights in fp32 whatever it will compute in.

    It is read by the runtime itself, which takes less than its converter for torch, and a graph that is known already.
    """
    openvino = _openvino()
    openvino.save_model(openvino.Core().read_model(graph), folder / GRAPH, compress_to_fp16=False)


def _openvino() -> ModuleType:
    """The package. Its import alone would report to its maker, by a package that it can also do without."""
    hidden = [] if "openvino" in sys.modules else [_REPORTS]
    known = {name: sys.modules.pop(name) for name in hidden if name in sys.modules}
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not there
    try:
        return import_extra("openvino", "openvino", "runs the graph of an exported model")
    finally:
        for name in hidden:
            del sys.modules[name]
        sys.modules.update(known)
