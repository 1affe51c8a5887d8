"""A baseline as a model: it answers questions, is calibrated, saved and loaded like a fine-tuned encoder."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from safetensors import SafetensorError

from detente.configs.errors import InputError
from detente.configs.schema import ModelConfig
from detente.data.records import STANCES, Example
from detente.models.baselines import BASELINES, CONTROLS
from detente.models.baselines.classifier import Baseline
from detente.models.baselines.frozen_encoder import FrozenEncoder
from detente.models.baselines.zero_shot_nli import ZeroShotNli
from detente.models.calibration import Calibration, Floats
from detente.models.confidence import Confidence
from detente.models.predictor import Predictor

READERS: dict[str, type[FrozenEncoder | ZeroShotNli]] = {"frozen_encoder": FrozenEncoder, "zero_shot_nli": ZeroShotNli}
"""The baselines that read with a pretrained model."""
DESCRIPTIONS = CONTROLS | {
    "masked_tfidf": "sees words and word triples around the pair, not their order",
    "frozen_encoder": "reads with a pretrained encoder that has learnt nothing of stances",
    "zero_shot_nli": "asks a model of natural language inference, and has learnt from no label but its calibration",
}
"""What each family does, to follow "it"."""
CHUNK = 1024
"""Examples that are answered between two reports of progress."""
LEAST = 1e-12
"""Probability of a stance that was never seen: its logarithm is finite, so that it can be calibrated."""


class BaselinePredictor(Predictor):
    """A baseline that answers; its raw logits are the logarithms of its probabilities.

    Args:
        family: Its name in a config.
        baseline: The classifier.
        calibration: What is applied to the logits.
        confidence: What it knows of its own sureness.
    """

    def __init__(
        self,
        family: str,
        baseline: Baseline,
        *,
        calibration: Calibration | None = None,
        confidence: Confidence | None = None,
    ) -> None:
        super().__init__(confidence=confidence)
        self.family = family
        self._baseline = baseline
        self._calibration = calibration or Calibration()

    @classmethod
    def build(cls, settings: ModelConfig, *, device: str, dtype: str) -> Self:
        """One that has learnt nothing yet.

        Raises:
            InputError: The family reads with a pretrained model, and there is none as the config names it.
        """
        if reader := READERS.get(settings.family):
            return cls(settings.family, reader.build(settings, device=device, dtype=dtype))
        return cls(settings.family, BASELINES[settings.family]())

    @classmethod
    def load(
        cls,
        family: str,
        folder: Path,
        *,
        calibration: Calibration,
        confidence: Confidence | None,
        device: str,
        dtype: str,
    ) -> Self:
        """One that was saved; all its probabilities are the same as before.

        Raises:
            InputError: A file is missing, or isn't what was saved.
        """
        try:
            reader = READERS.get(family)
            baseline: Baseline = (
                reader.load(folder, device=device, dtype=dtype) if reader else BASELINES[family]().load(folder)
            )
        except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
            raise InputError(f"{folder}: expected a whole model folder; {str(error).splitlines()[0]}") from error
        return cls(family, baseline, calibration=calibration, confidence=confidence)

    def save(self, folder: Path) -> None:
        """Put what was learnt into a folder that exists."""
        self._baseline.save(folder)

    def fit(self, examples: Sequence[Example]) -> Self:
        """Learn from labelled examples."""
        self._baseline.fit(examples)
        return self

    @property
    def calibration(self) -> Calibration:
        """What is applied to the logits."""
        return self._calibration

    @calibration.setter
    def calibration(self, calibration: Calibration) -> None:
        self._calibration = calibration

    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Floats:
        """Calibrated logits, of shape (n, 3)."""
        logits = np.zeros((len(examples), len(STANCES)))
        for start in range(0, len(examples), CHUNK):
            chunk = examples[start : start + CHUNK]
            logits[start : start + len(chunk)] = np.log(np.maximum(self._baseline.predict_proba(chunk), LEAST))
            if progress:
                progress(len(chunk))
        return self._calibration.apply(logits)
