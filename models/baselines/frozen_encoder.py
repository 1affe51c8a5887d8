"""Logistic regression over what a pretrained encoder makes of a pair: what fine-tuning has to add to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from detente.configs.schema import ModelConfig
from detente.data.records import Example
from detente.models.baselines.reading import FrozenReader
from detente.models.baselines.regression import StanceRegression
from detente.models.baselines.state import State
from detente.models.calibration import Floats, stance_indices
from detente.models.encoders import load_encoder, max_positions
from detente.models.encoding import PairEncoding
from detente.models.pair import build_pair_classifier, without_pooler

ENCODER = "encoder"
"""The folder in a model folder that holds the encoder."""


class FrozenEncoder:
    """A logistic regression that reads what the `pair` family reads, from an encoder that stays as it is.

    The features are the mean of all states and the states of the two markers that open the mentions. Markers are new to
    the encoder; they have the embeddings of words of theirs ("who", "whom").

    Args:
        encoder: A `PreTrainedModel` without a head that knows the markers.
        encoding: Turns examples into its token ids.
        device: "auto" (an accelerator if there is one) or "cpu".
        dtype: "auto" (bf16 where the hardware is faster in it), "bf16" or "fp32".
    """

    def __init__(self, encoder: Any, encoding: PairEncoding, *, device: str = "auto", dtype: str = "auto") -> None:
        self._encoding = encoding
        self._reader = FrozenReader(without_pooler(encoder), encoding.tokenizer, device=device, dtype=dtype)
        self._regression = StanceRegression(C=0.01, max_iter=1000)

    @classmethod
    def build(cls, settings: ModelConfig, *, device: str, dtype: str) -> Self:
        """One that has learnt nothing yet, on the encoder of a config.

        Raises:
            InputError: There is no such encoder.
        """
        encoder, tokenizer = load_encoder(settings.used_encoder, revision=settings.revision)
        encoding = PairEncoding(tokenizer, min(settings.max_length, max_positions(encoder.config)))
        model = build_pair_classifier(encoder, encoding, dropout=0.0)
        return cls(model.encoder, encoding, device=device, dtype=dtype)

    @classmethod
    def load(cls, folder: Path, *, device: str, dtype: str) -> Self:
        """The one that was saved.

        Raises:
            InputError: The encoder is missing or damaged.
            OSError, ValueError, TypeError, KeyError, SafetensorError: Another file is missing, or isn't what was saved.
        """
        state = State.load(folder)
        encoder, tokenizer = load_encoder(str((folder / ENCODER).resolve()))
        loaded = cls(encoder, PairEncoding(tokenizer, state.facts["max_length"]), device=device, dtype=dtype)
        loaded._regression.load(state, 3 * encoder.config.hidden_size)
        return loaded

    def save(self, folder: Path) -> None:
        """Write the encoder and the regression."""
        self._reader.model.save_pretrained(folder / ENCODER)
        self._encoding.tokenizer.save_pretrained(folder / ENCODER)
        State({"max_length": self._encoding.max_length}, self._regression.arrays).save(folder)

    def fit(self, examples: Sequence[Example]) -> Self:
        """Learn from labelled examples."""
        features = self.features(examples)
        mean, scale = features.mean(axis=0), features.std(axis=0) + np.float32(1e-6)
        gold = stance_indices([example.label for example in examples if example.label])
        self._regression.fit((features - mean) / scale, gold).standardise(mean, scale)
        return self

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3); a stance that was never seen has none."""
        return self._regression.predict_proba(self.features(examples))

    def features(self, examples: Sequence[Example]) -> NDArray[np.float32]:
        """The mean state, the actor's and the target's, side by side: shape (n, 3 * hidden size)."""
        return self._reader.read(self._encoding.encode(examples), self._pair_states)

    def _pair_states(self, outputs: Any, tokens: Mapping[str, Tensor]) -> Tensor:
        states = outputs.last_hidden_state.float()
        rows = torch.arange(len(states), device=states.device)
        mentions = [states[rows, (tokens["input_ids"] == id_).int().argmax(dim=1)] for id_ in self._encoding.marker_ids]
        mask = tokens["attention_mask"].unsqueeze(-1)
        return torch.cat([(states * mask).sum(dim=1) / mask.sum(dim=1), *mentions], dim=-1)
