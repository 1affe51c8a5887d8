"""ONNX Runtime: the portable one. It computes in fp32, or with int8 weights where the graph has them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from detente.models.export.process import import_extra

GRAPH = "model.onnx"


class OnnxSession:
    """Runs `model.onnx`.

    Args:
        folder: Where it lies.
        precision: What it was exported in; the graph itself knows.
        threads: Of an operation; operations follow one another.

    Raises:
        InputError: ONNX Runtime is not installed.
    """

    def __init__(self, folder: Path, precision: str, threads: int) -> None:
        runtime = _runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        self._session = runtime.InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"])
        self._inputs = [one.name for one in self._session.get_inputs()]

    def __call__(self, tokens: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """The logits of a batch."""
        return np.asarray(self._session.run(None, {name: tokens[name] for name in self._inputs})[0])


def write_onnx(graph: Path, folder: Path, precision: str) -> None:
    """Put a graph into a model folder; for int8, its weights are rounded, with a scale for each output channel.

    The activations are rounded as they come ("dynamic quantisation"), so that no examples are needed. The weights take
    7 bits: processors without VNNI instructions add up pairs of products in 16 bits, which 8 would overflow.
    """
    if precision != "int8":
        for path in graph.parent.glob(f"{graph.name}*"):  # the graph knows the file beside it by its name
            shutil.move(path, folder / path.name)
        return
    quantization = import_extra("onnxruntime.quantization", "onnx", "rounds the weights of a graph")
    quantization.quantize_dynamic(
        graph,
        folder / GRAPH,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        reduce_range=True,
        weight_type=quantization.QuantType.QInt8,
        use_external_data_format=len(list(graph.parent.glob(f"{graph.name}*"))) > 1,
    )


def _runtime() -> ModuleType:
    runtime = import_extra("onnxruntime", "onnx", "runs the graph of an exported model")
    runtime.disable_telemetry_events()  # builds for Windows have some
    return runtime
