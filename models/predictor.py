"""A trained model that answers questions."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from scipy.special import softmax

from detente.configs.errors import InputError
from detente.data.reading import to_record
from detente.data.records import STANCES, Example, Prediction
from detente.models.calibration import Floats
from detente.models.encoding import Encoded, PairEncoding
from detente.models.hardware import pick_device, use_bf16

BATCH_TOKENS = 4096


class Predictor(ABC):
    """Answers (actor, target, text) questions with calibrated probabilities.

    Args:
        threshold: Probability from which on an answer is confident.
    """

    def __init__(self, *, threshold: float = 0.0) -> None:
        self.threshold = threshold

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
        probabilities = self.predict_proba(checked, progress=progress)
        return [self._answer(example, row) for example, row in zip(checked, probabilities, strict=True)]

    def predict_proba(
        self, examples: Iterable[Example | Mapping[str, Any]], *, progress: Callable[[int], object] | None = None
    ) -> Floats:
        """Probabilities of support, neutral and oppose, of shape (n, 3); see `predict`."""
        return np.asarray(softmax(self.predict_logits(as_examples(examples), progress=progress), axis=1))

    @abstractmethod
    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Floats:
        """Calibrated logits, of shape (n, 3)."""

    def _answer(self, example: Example, probabilities: Floats) -> Prediction:
        article = example.meta.get("article_id")
        return Prediction(
            example_id=example.id,
            article_id=None if article is None else str(article),
            actor=example.actor,
            target=example.target,
            text=example.text,
            actor_span=example.actor_span,
            target_span=example.target_span,
            stance=STANCES[int(probabilities.argmax())],
            p_support=float(probabilities[0]),
            p_neutral=float(probabilities[1]),
            p_oppose=float(probabilities[2]),
            confident=bool(probabilities.max() >= self.threshold),
        )


class EncoderPredictor(Predictor):
    """A fine-tuned encoder that answers.

    Args:
        model: A classifier that maps a batch of token ids to logits of shape (batch, 3).
        encoding: Turns examples into token ids.
        threshold: Probability from which on an answer is confident.
        device: "auto" (an accelerator if there is one) or "cpu".
        precision: "auto" (bf16 where the hardware has it), "bf16" or "fp32".
        batch_tokens: Tokens a batch, padding included.
    """

    def __init__(
        self,
        model: Any,
        encoding: PairEncoding,
        *,
        threshold: float = 0.0,
        device: str = "auto",
        precision: str = "auto",
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        super().__init__(threshold=threshold)
        self.device = pick_device(device)
        self.model = model.to(self.device).eval()
        self.encoding = encoding
        self.bf16 = use_bf16(precision, self.device)
        self.batch_tokens = batch_tokens

    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Floats:
        """Calibrated logits, of shape (n, 3)."""
        logits = np.zeros((len(examples), len(STANCES)))
        encoded = self.encoding.encode(examples)
        for batch in _batches_by_length([len(one.input_ids) for one in encoded], self.batch_tokens):
            logits[batch] = self._forward([encoded[i] for i in batch])
            if progress:
                progress(len(batch))
        return logits

    def _forward(self, batch: Sequence[Encoded]) -> Floats:
        tokens = {name: tensor.to(self.device) for name, tensor in self.encoding.pad(batch).items()}
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            return np.asarray(self.model(**tokens).logits.float().cpu(), dtype=np.float64)


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


def _batches_by_length(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices in batches of about equal lengths, the longest first, so that little is padded."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > batch_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
