"""A model of natural language inference, asked whether a text says that the actor supports the target.

The method is that of Yin, Hay and Roth (2019): each stance is a hypothesis, and the one that the text is
likeliest to entail is the answer. Nothing is learnt from labels but the calibration.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from safetensors import SafetensorError
from scipy.special import log_softmax, softmax
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from detente.configs.errors import InputError
from detente.configs.schema import ModelConfig
from detente.data.records import AUTHOR, STANCES, Example, Stance
from detente.models.baselines.reading import FrozenReader
from detente.models.baselines.state import State
from detente.models.calibration import Floats
from detente.models.encoders import max_positions
from detente.models.encoding import Encoded, with_spans
from detente.models.tokens import template, token_range, tokenize, window

NLI = "nli"
"""The folder in a model folder that holds the model of inference."""
HYPOTHESES = {
    Stance.SUPPORT: "{actor} supports {target}.",
    Stance.NEUTRAL: "{actor} is neutral towards {target}.",
    Stance.OPPOSE: "{actor} opposes {target}.",
}
ENTAILMENT = "entailment"


class ZeroShotNli:
    """Stance probabilities by how likely a text is to entail that the actor supports or opposes the target.

    Args:
        model: A sequence classifier with a label "entailment", in any case.
        tokenizer: Its fast tokenizer.
        max_length: Tokens of text and hypothesis together; a longer text is cut around its mentions.
        device: "auto" (an accelerator if there is one) or "cpu".
        dtype: "auto" (bf16 where the hardware is faster in it), "bf16" or "fp32".

    Raises:
        InputError: The model has no such label.
    """

    def __init__(
        self, model: Any, tokenizer: Any, max_length: int, *, device: str = "auto", dtype: str = "auto"
    ) -> None:
        self._entailment = entailment_label(model.config.id2label)
        self._max_length = max_length
        self._frame = template(tokenizer, 2)
        self._reader = FrozenReader(model, tokenizer, device=device, dtype=dtype)

    @classmethod
    def build(cls, settings: ModelConfig, *, device: str, dtype: str) -> Self:
        """The one that a config names.

        Raises:
            InputError: There is no such model, or it isn't one of natural language inference.
        """
        model, tokenizer = load_nli(settings.used_encoder, revision=settings.revision)
        max_length = min(settings.max_length, max_positions(model.config))
        return cls(model, tokenizer, max_length, device=device, dtype=dtype)

    @classmethod
    def load(cls, folder: Path, *, device: str, dtype: str) -> Self:
        """The one that was saved.

        Raises:
            InputError: The model of inference is missing or damaged.
            OSError, ValueError, KeyError, SafetensorError: Another file is missing, or isn't what was saved.
        """
        max_length = State.load(folder).facts["max_length"]
        return cls(*load_nli(str((folder / NLI).resolve())), max_length, device=device, dtype=dtype)

    def save(self, folder: Path) -> None:
        """Write the model of inference."""
        self._reader.model.save_pretrained(folder / NLI)
        self._reader.tokenizer.save_pretrained(folder / NLI)
        State({"max_length": self._max_length}).save(folder)

    def fit(self, examples: Sequence[Example]) -> Self:
        """Nothing: it learns from no labels."""
        return self

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3): those of being entailed, scaled to one in all."""
        rows = self._encode([with_spans(example) for example in examples])
        logits = self._reader.read(rows, lambda outputs, _: outputs.logits).astype(np.float64)
        entailed = log_softmax(logits, axis=1)[:, self._entailment].reshape(len(examples), len(STANCES))
        return np.asarray(softmax(entailed, axis=1))

    def _encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """Text and hypothesis, for each example and each stance in the label order."""
        texts = tokenize(self._reader.tokenizer, [example.text for example in examples])
        asked = [(example, hypothesis(example, stance)) for example in examples for stance in STANCES]
        hypotheses = tokenize(self._reader.tokenizer, [text for _, text in asked])
        return [self._pair(example, texts[example.text], hypotheses[text][0]) for example, text in asked]

    def _pair(self, example: Example, text: tuple[list[int], list[tuple[int, int]]], hypothesis: list[int]) -> Encoded:
        ids, offsets = text
        second = hypothesis[: self._max_length // 2]
        places = [token_range(offsets, span) for span in (example.actor_span, example.target_span) if span]
        kept = window(len(ids), places, self._max_length - len(self._frame.special) - len(second))
        input_ids, token_type_ids = self._frame.fill([ids[place] for place in kept], second)
        return Encoded(input_ids, token_type_ids, truncated=len(kept) < len(ids))


def hypothesis(example: Example, stance: Stance) -> str:
    """What the text entails if the actor has this stance towards the target."""
    actor = "The author" if example.actor == AUTHOR else example.actor
    return HYPOTHESES[stance].format(actor=actor, target=example.target)


def load_nli(reference: str, *, revision: str | None = None) -> tuple[Any, Any]:
    """Load a model of natural language inference in fp32 and its tokenizer.

    Args:
        reference: A hub id or a folder.
        revision: A commit or tag of a hub id.

    Raises:
        InputError: There is no such model, its files are damaged, it has no head, or its tokenizer gives no offsets.
    """
    revision = revision or "main"
    try:
        tokenizer = AutoTokenizer.from_pretrained(reference, revision=revision)
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            reference, revision=revision, dtype=torch.float32, use_safetensors=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"model.encoder: expected the hub id or the folder of a model of natural language inference; '{reference}' "
            f"cannot be loaded: {str(error).splitlines()[0]}"
        ) from error
    if missing := sorted(loading["missing_keys"]):
        raise InputError(
            f"model.encoder: expected a model that was trained on natural language inference; '{reference}' lacks the "
            f"weights {', '.join(missing[:3])}"
        )
    if not tokenizer.is_fast:
        raise InputError(f"model.encoder: expected a model with a fast tokenizer; '{reference}' has none")
    return model, tokenizer


def entailment_label(labels: Mapping[int, str]) -> int:
    """The place of "entailment" among the labels of a model of natural language inference.

    Some know entailment, neutral and contradiction, others entailment and not_entailment.

    Raises:
        InputError: There is no such label.
    """
    places = {name.lower(): place for place, name in labels.items()}
    if ENTAILMENT not in places:
        raise InputError(
            "model.encoder: expected a model of natural language inference, with labels entailment, neutral and "
            f"contradiction, or entailment and not_entailment; found the labels {', '.join(labels.values())}"
        )
    return places[ENTAILMENT]
