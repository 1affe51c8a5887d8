"""An exported model that answers questions, as the model that it was made of does."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from detente.data.records import STANCES
from detente.models.calibration import Calibration, Floats
from detente.models.confidence import Confidence
from detente.models.encoding import Encoding, Row
from detente.models.export.record import Backend, Precision
from detente.models.export.runtimes import Session, open_session
from detente.models.hardware import pick_batch_tokens
from detente.models.predictor import RowsPredictor


class ExportedPredictor(RowsPredictor):
    """A graph that a runtime runs on the CPU.

    Args:
        session: Runs the graph, which gives raw logits of shape (rows, 3) or (rows, examples of the most, 3).
        encoding: Turns examples into token ids.
        backend, precision: How the session computes.
        files: What to copy where the model is saved anew.
        calibration: What is applied to the logits.
        confidence: What it knows of its own sureness.
        batch_tokens: Tokens a batch, padding included.
    """

    def __init__(
        self,
        session: Session,
        encoding: Encoding,
        *,
        backend: Backend,
        precision: Precision,
        files: Sequence[Path] = (),
        calibration: Calibration | None = None,
        confidence: Confidence | None = None,
        batch_tokens: int = pick_batch_tokens(torch.device("cpu")),
    ) -> None:
        super().__init__(encoding, confidence=confidence, batch_tokens=batch_tokens)
        self.session = session
        self.backend = backend
        self.precision = precision
        self.files = tuple(files)
        self._calibration = calibration or Calibration()

    def __getstate__(self) -> dict[str, Any]:
        """For another process of this machine, which loads the graph from its files."""
        return {name: value for name, value in self.__dict__.items() if name != "session"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What another process sent."""
        self.__dict__ |= state
        self.session = open_session(self.files[0].parent, self.backend, self.precision)

    @property
    def settings(self) -> dict[str, Any]:
        """See `Predictor`."""
        return super().settings | {"backend": self.backend, "device": "cpu", "dtype": self.precision}

    @property
    def calibration(self) -> Calibration:
        """What is applied to the logits of the graph."""
        return self._calibration

    @calibration.setter
    def calibration(self, calibration: Calibration) -> None:
        self._calibration = calibration

    def _forward(self, batch: Sequence[Row]) -> Floats:
        """Calibrated logits of shape (rows, examples of the most, 3)."""
        tokens = {name: tensor.numpy() for name, tensor in self.encoding.pad(batch).items()}
        logits = np.asarray(self.session(tokens), dtype=np.float64).reshape(len(batch), -1, len(STANCES))
        return self._calibration.apply(logits)
