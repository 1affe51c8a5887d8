"""From a classifier in torch to an ONNX graph that takes any number of rows, tokens and pairs.

The graph gives raw logits: the calibration stays outside, in `detente.json`, where `detente calibrate` can change it.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from detente.configs.errors import DetenteError
from detente.data.records import Example
from detente.models.calibration import Calibration
from detente.models.predictor import EncoderPredictor

OUTPUT = "logits"

_SAMPLE = [
    Example(id=str(number), actor=actor, target=target, text=text)
    for number, (actor, target, text) in enumerate(
        [
            ("Velland", "Ostria", "Velland welcomed the plan of Ostria."),
            ("Ostria", "Velland", "Velland welcomed the plan of Ostria."),
            ("Marrow", "the harbour union", "Marrow met the harbour union in Tull."),
            ("Tull", "(author)", "Marrow met the harbour union in Tull."),
        ]
    )
]
"""What goes through the model while its operations are written down: several rows, and several pairs in each."""


class ExportError(DetenteError):
    """The model could not be written as a graph."""


class _Graph(nn.Module):
    """A classifier whose inputs are positional and whose output is the logits alone."""

    def __init__(self, model: Any, names: list[str]) -> None:
        super().__init__()
        self.model = model
        self.names = names

    def forward(self, *tokens: Tensor) -> Tensor:
        logits: Tensor = self.model(**dict(zip(self.names, tokens, strict=True))).logits
        return logits


def write_graph(predictor: EncoderPredictor, path: Path) -> None:
    """Write a model as an ONNX graph, by `torch.export`, in fp32.

    Args:
        predictor: On the CPU.
        path: The file; weights of more than 2 GB lie beside it.

    Raises:
        ExportError: The exporter can't write the operations of this encoder.
    """
    calibration = predictor.calibration
    predictor.calibration = Calibration()
    try:
        _export(predictor).save(path)
    except torch.onnx.OnnxExporterError as error:
        raise ExportError(
            f"expected an encoder whose operations can be exported; torch.onnx says: {str(error).splitlines()[0]}"
        ) from error
    finally:
        predictor.calibration = calibration


def _export(predictor: EncoderPredictor) -> torch.onnx.ONNXProgram:
    batch = predictor.encoding.pad(predictor.encoding.encode(_SAMPLE))
    rows, tokens, pairs = (torch.export.Dim(name) for name in ("rows", "tokens", "pairs"))
    shapes = tuple({0: rows, 1: pairs if name == "pairs" else tokens} for name in batch)
    program = torch.onnx.export(
        _Graph(predictor.model, list(batch)).eval(),
        tuple(batch.values()),
        input_names=list(batch),
        output_names=[OUTPUT],
        dynamic_shapes={"tokens": shapes},
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise ExportError("expected a graph from torch.onnx; found none")
    return program
