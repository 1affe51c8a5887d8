"""A trained model that answers questions."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from scipy.special import softmax
from transformers import AutoModelForSequenceClassification

from detente.configs.errors import InputError
from detente.configs.schema import CalibrationConfig
from detente.data.reading import to_record
from detente.data.records import FROM_META, STANCES, Example, Prediction, Stance
from detente.models.batches import batches_by_length
from detente.models.calibration import Calibration, Floats, fit_calibration
from detente.models.confidence import Confidence, measure_confidence
from detente.models.conformal import fit_sets
from detente.models.encoding import Encoding, Row
from detente.models.hardware import pick_batch_tokens, pick_device, use_bf16
from detente.models.scaling import get_calibration, set_calibration


class Predictor(ABC):
    """Answers (actor, target, text) questions with calibrated probabilities.

    Args:
        confidence: What it knows of its own sureness; without it, all answers are confident, and there are no sets.
    """

    folder: Path | None = None
    """Where it was loaded from."""

    def __init__(self, *, confidence: Confidence | None = None) -> None:
        self.confidence = confidence

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the answers beside the model folder: a run that is gone on with must have the same."""
        return {"predictor": type(self).__name__}

    def predict(
        self, examples: Iterable[Example | Mapping[str, Any]], *, progress: Callable[[int], object] | None = None
    ) -> list[Prediction]:
        """Answer the examples, in their order.

        Args:
            examples: Examples, or mappings with at least actor, target and text.
            progress: Called with the number of examples of each finished batch.

        Raises:
            InputError: A mapping is not an example.
        """
        checked = as_examples(examples)
        return self.answers(checked, self.predict_logits(checked, progress=progress))

    def answers(self, examples: Sequence[Example], logits: Floats) -> list[Prediction]:
        """The examples with what their calibrated logits, of shape (n, 3), say."""
        probabilities = np.asarray(softmax(logits, axis=1))
        sure = probabilities.max(axis=1) >= self._thresholds()[probabilities.argmax(axis=1)]
        sets = self._sets(probabilities)
        rows = zip(examples, probabilities, sure, sets, strict=True)
        return [_answer(example, row, bool(one), stances) for example, row, one, stances in rows]

    def predict_proba(
        self, examples: Iterable[Example | Mapping[str, Any]], *, progress: Callable[[int], object] | None = None
    ) -> Floats:
        """Probabilities of support, neutral and oppose, of shape (n, 3); see `predict`."""
        return np.asarray(softmax(self.predict_logits(as_examples(examples), progress=progress), axis=1))

    @abstractmethod
    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Floats:
        """Calibrated logits, of shape (n, 3)."""

    @property
    @abstractmethod
    def calibration(self) -> Calibration:
        """What `predict_logits` applies to raw logits."""

    @calibration.setter
    @abstractmethod
    def calibration(self, calibration: Calibration) -> None: ...

    def calibrate(self, examples: Sequence[Example], settings: CalibrationConfig) -> Floats:
        """Fit the calibration, the thresholds and the sets anew on labelled examples that the model didn't learn from.

        Returns:
            The calibrated logits of the examples, of shape (n, 3): what `predict_logits` would say of them now.

        Raises:
            ValueError: There are no examples, or one has no label.
        """
        gold = [example.label for example in examples if example.label is not None]
        raw = self.calibration.undo(self.predict_logits(examples))
        self.calibration = fit_calibration(raw, gold, settings.method)
        logits = self.calibration.apply(raw)
        probabilities = np.asarray(softmax(logits, axis=1))
        sets = fit_sets(probabilities, gold, settings.conformal) if settings.conformal else None
        self.confidence = measure_confidence(probabilities, gold, settings.wanted_precision, sets)
        return logits

    def _thresholds(self) -> Floats:
        if self.confidence is None:
            return np.zeros(len(STANCES))
        return np.array([one.probability for one in self.confidence.thresholds.values()])

    def _sets(self, probabilities: Floats) -> Sequence[tuple[Stance, ...] | None]:
        if self.confidence is None or self.confidence.conformal is None:
            return [None] * len(probabilities)
        return self.confidence.conformal.sets(probabilities)


class RowsPredictor(Predictor):
    """Answers with a network that reads rows of tokens, in batches of about equal lengths; how it is run is another's.

    Args:
        encoding: Turns examples into rows of token ids.
        confidence: What it knows of its own sureness.
        batch_tokens: Tokens a batch, padding included.
    """

    def __init__(self, encoding: Encoding, *, confidence: Confidence | None = None, batch_tokens: int) -> None:
        super().__init__(confidence=confidence)
        self.encoding = encoding
        self.batch_tokens = batch_tokens

    @property
    def settings(self) -> dict[str, Any]:
        """See `Predictor`."""
        return super().settings | {"batch_tokens": self.batch_tokens}

    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Floats:
        """Calibrated logits, of shape (n, 3)."""
        return self.predict_rows(self.encoding.encode(examples), len(examples), progress=progress)

    def predict_rows(
        self, encoded: Sequence[Row], count: int, *, progress: Callable[[int], object] | None = None
    ) -> Floats:
        """Calibrated logits, of shape (count, 3), of examples that were encoded elsewhere.

        Args:
            encoded: What `encoding` made of the examples, in any order.
            count: How many examples there are; the rows answer each of them once.
            progress: Called with the number of examples of each finished batch.
        """
        logits = np.zeros((count, len(STANCES)))
        for batch in batches_by_length([len(one.input_ids) for one in encoded], self.batch_tokens):
            rows = [encoded[i] for i in batch]
            for row, answers in zip(rows, self._forward(rows), strict=True):
                logits[row.items] = answers[: len(row.items)]
            if progress:
                progress(sum(len(row.items) for row in rows))
        return logits

    @abstractmethod
    def _forward(self, batch: Sequence[Row]) -> Floats:
        """Calibrated logits of shape (rows, examples of the most, 3)."""


class EncoderPredictor(RowsPredictor):
    """A fine-tuned encoder that answers.

    Args:
        model: A classifier of rows, with logits of shape (rows, 3) or (rows, examples of the most, 3).
        encoding: Turns examples into token ids.
        confidence: What it knows of its own sureness.
        device: "auto" (an accelerator if there is one) or "cpu".
        dtype: "auto" (bf16 where the hardware is faster in it), "bf16" or "fp32".
        batch_tokens: Tokens a batch, padding included; None: what suits the device.
    """

    def __init__(
        self,
        model: Any,
        encoding: Encoding,
        *,
        confidence: Confidence | None = None,
        device: str = "auto",
        dtype: str = "auto",
        batch_tokens: int | None = None,
    ) -> None:
        self.device = pick_device(device)
        tokens = pick_batch_tokens(self.device) if batch_tokens is None else batch_tokens
        super().__init__(encoding, confidence=confidence, batch_tokens=tokens)
        self.model = model.to(self.device).eval()
        self.bf16 = use_bf16(dtype, self.device)

    @property
    def settings(self) -> dict[str, Any]:
        """See `Predictor`."""
        dtype = "bf16" if self.bf16 else "fp32"
        return super().settings | {"backend": "torch", "device": self.device.type, "dtype": dtype}

    @property
    def calibration(self) -> Calibration:
        """That of the model's config."""
        return get_calibration(self.model.config)

    @calibration.setter
    def calibration(self, calibration: Calibration) -> None:
        set_calibration(self.model.config, calibration)

    def __getstate__(self) -> dict[str, Any]:
        """For another process; torch would share the weights through /dev/shm, of which containers have little."""
        weights = {name: tensor.cpu().contiguous() for name, tensor in self.model.state_dict().items()}
        return self.__dict__ | {"model": (self.model.config, save_tensors(weights))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What another process sent."""
        config, weights = state["model"]
        model = AutoModelForSequenceClassification.from_config(config)
        model.load_state_dict(load_tensors(weights))
        self.__dict__ |= state | {"model": model.to(state["device"]).eval()}

    def predict_rows(
        self, encoded: Sequence[Row], count: int, *, progress: Callable[[int], object] | None = None
    ) -> Floats:
        """See `RowsPredictor`; the weights are made bf16 once for all batches, not for each."""
        # in inference mode, autocast would keep no weights
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            return super().predict_rows(encoded, count, progress=progress)

    def _forward(self, batch: Sequence[Row]) -> Floats:
        """Logits of shape (rows, examples of the most, 3)."""
        tokens = {name: tensor.to(self.device) for name, tensor in self.encoding.pad(batch).items()}
        logits = self.model(**tokens).logits.float().cpu()
        return np.asarray(logits, dtype=np.float64).reshape(len(batch), -1, len(STANCES))


def _answer(example: Example, probabilities: Floats, confident: bool, stances: tuple[Stance, ...] | None) -> Prediction:
    return Prediction(
        example_id=example.id,
        actor=example.actor,
        target=example.target,
        text=example.text,
        actor_span=example.actor_span,
        target_span=example.target_span,
        stance=STANCES[int(probabilities.argmax())],
        p_support=float(probabilities[0]),
        p_neutral=float(probabilities[1]),
        p_oppose=float(probabilities[2]),
        confident=confident,
        stances=stances,
        group=example.group,
        holder=example.holder,
        **{name: str(example.meta[name]) for name in FROM_META if example.meta.get(name) is not None},
    )


def as_examples(examples: Iterable[Example | Mapping[str, Any]]) -> list[Example]:
    """Examples as they are, and mappings validated; those without an id are numbered from 1.

    Raises:
        InputError: A mapping is not an example.
    """
    if isinstance(examples, Mapping | Example):
        raise InputError("expected a list of examples; found a single one: put it in a list")
    checked = []
    for number, item in enumerate(examples, start=1):
        if not isinstance(item, Example | Mapping):
            raise InputError(
                f"example {number}: expected an Example or a mapping with actor, target and text; "
                f"found {type(item).__name__}"
            )
        example = item if isinstance(item, Example) else to_record(dict(item), Example, default_id=str(number))
        if isinstance(example, list):
            raise InputError(f"example {number}: {'; '.join(example)}")
        checked.append(example)
    return checked
