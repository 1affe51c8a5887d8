"""The pair family: one pass of the encoder for each (actor, target, text)."""

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import SequenceClassifierOutput

from detente.data.records import STANCES
from detente.models.encoding import PairEncoding
from detente.models.scaling import calibrated_logits


class PairConfig(PreTrainedConfig):  # type: ignore[misc]
    """Configuration of a `PairClassifier`.

    Args:
        encoder: The encoder's own configuration.
        actor_id, target_id: Ids of the tokens that open the actor and the target.
        dropout: Before the last layer.
        calibration_scale, calibration_bias: What the logits of the stances are multiplied by, and what is added then;
            fitted on validation data after training.
    """

    model_type = "detente-pair"
    sub_configs: ClassVar[dict[str, Any]] = {"encoder": AutoConfig}

    def __init__(
        self,
        encoder: Any = None,
        actor_id: int = 0,
        target_id: int = 0,
        dropout: float = 0.1,
        calibration_scale: Sequence[float] = (1.0, 1.0, 1.0),
        calibration_bias: Sequence[float] = (0.0, 0.0, 0.0),
        **kwargs: Any,
    ) -> None:
        if isinstance(encoder, dict):
            encoder = AutoConfig.for_model(**encoder)
        self.encoder = encoder
        self.actor_id = actor_id
        self.target_id = target_id
        self.dropout = dropout
        self.calibration_scale = list(calibration_scale)
        self.calibration_bias = list(calibration_bias)
        kwargs.setdefault("id2label", dict(enumerate(STANCES)))
        kwargs.setdefault("label2id", {stance.value: index for index, stance in enumerate(STANCES)})
        super().__init__(**kwargs)


class PairClassifier(PreTrainedModel):  # type: ignore[misc]
    """An encoder, and a classifier over its states at the tokens that open the actor and the target.

    The read-out is that of Baldini Soares et al. 2019 ("Matching the Blanks", entity start states), here with the
    mean over all tokens besides.
    """

    config_class = PairConfig
    base_model_prefix = "encoder"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True
    accepts_loss_kwargs = False  # else the Trainer scales the loss by accumulation steps and processes

    def __init__(self, config: PairConfig) -> None:
        super().__init__(config)
        self.encoder = without_pooler(AutoModel.from_config(config.encoder))
        size = config.encoder.hidden_size
        self.dense = nn.Linear(3 * size, size)
        self.dropout = nn.Dropout(config.dropout)
        self.out = nn.Linear(size, len(STANCES))
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
        **kwargs: Any,
    ) -> SequenceClassifierOutput:
        """Score a batch.

        Args:
            input_ids: Shape (batch, tokens); each row holds both opening markers once.
            attention_mask: Shape (batch, tokens).
            token_type_ids: Shape (batch, tokens); ignored if the encoder has no segments.
            labels: Shape (batch,), indices of `STANCES`.
            kwargs: Passed on to the encoder.

        Returns:
            Logits of shape (batch, 3), calibrated, and the mean cross-entropy if there are labels.
        """
        if token_type_ids is not None and getattr(self.config.encoder, "type_vocab_size", 0) > 1:
            kwargs["token_type_ids"] = token_type_ids
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask, **kwargs).last_hidden_state
        rows = torch.arange(input_ids.shape[0], device=input_ids.device)
        actor = states[rows, (input_ids == self.config.actor_id).int().argmax(dim=1)]
        target = states[rows, (input_ids == self.config.target_id).int().argmax(dim=1)]
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        weights = (mask / mask.sum(dim=1, keepdim=True)).unsqueeze(-1).to(states.dtype)
        features = torch.cat([(states * weights).sum(dim=1), actor, target], dim=-1)
        logits = self.out(self.dropout(functional.gelu(self.dense(self.dropout(features)))))
        logits = calibrated_logits(logits, self.config)
        loss = functional.cross_entropy(logits, labels) if labels is not None else None
        return SequenceClassifierOutput(loss=loss, logits=logits)


def build_pair_classifier(encoder: Any, encoding: PairEncoding, *, dropout: float) -> PairClassifier:
    """Put a fresh classifier on an encoder, whose vocabulary is enlarged by the markers.

    Args:
        encoder: A `PreTrainedModel` without a head; it becomes part of the classifier.
        encoding: The encoding that will feed it; its markers start as the words that they stand for.
        dropout: Before the last layer.
    """
    add_markers(encoder, encoding)
    actor_id, target_id = encoding.marker_ids
    model = PairClassifier(PairConfig(encoder.config, actor_id=actor_id, target_id=target_id, dropout=dropout))
    model.encoder = without_pooler(encoder)
    return model


def add_markers(encoder: Any, encoding: Any) -> None:
    """Enlarge the vocabulary by an encoding's markers, which start as the words that they stand for."""
    encoder.resize_token_embeddings(len(encoding.tokenizer), mean_resizing=False)
    embeddings = encoder.get_input_embeddings().weight
    with torch.no_grad():
        for marker, word in encoding.marker_words():
            embeddings[marker] = embeddings[word].mean(dim=0)


def without_pooler(encoder: Any) -> Any:
    """Drop the layer that we don't read: distributed training refuses parameters that get no gradient."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    return encoder


AutoConfig.register(PairConfig.model_type, PairConfig)
AutoModelForSequenceClassification.register(PairConfig, PairClassifier)
