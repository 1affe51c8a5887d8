"""The packed family: a text is encoded once, and all questions about it ride along."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    PreTrainedModel,
)
from transformers.modeling_outputs import SequenceClassifierOutput

from detente.configs.errors import InputError
from detente.data.records import STANCES
from detente.models.encoding import IGNORED
from detente.models.levitated import check_encoder, levitate
from detente.models.packed_encoding import NO_QUERY, PADDING, PackedEncoding
from detente.models.pair import PairConfig, add_markers, without_pooler
from detente.models.scaling import calibrated_logits


class PackedConfig(PairConfig):
    """Configuration of a `PackedClassifier`: that of a `PairClassifier`."""

    model_type = "detente-packed"

    def __init__(self, encoder: Any = None, **kwargs: Any) -> None:  # without it, transformers makes one of its own
        super().__init__(encoder, **kwargs)


class Reader(nn.Module):
    """A layer in which each pair reads the text on its own; pairs don't see each other."""

    def __init__(self, size: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(size, heads, dropout=dropout)
        self.feed_forward = nn.Sequential(nn.Linear(size, 2 * size), nn.GELU(), nn.Linear(2 * size, size))
        self.norms = nn.ModuleList([nn.LayerNorm(size), nn.LayerNorm(size)])
        self.dropout = nn.Dropout(dropout)

    def forward(self, pairs: Tensor, text: Tensor, hidden: Tensor) -> Tensor:
        """Update the states of pairs, of shape (batch, pairs, size), from a text's, some of which are hidden."""
        asks, told = (_tokens_first(one) for one in (self.norms[0](pairs), text))
        read, _ = self.attention(asks, told, told, key_padding_mask=hidden, need_weights=False)
        pairs = pairs + self.dropout(read.transpose(0, 1))
        updated: Tensor = pairs + self.dropout(self.feed_forward(self.norms[1](pairs)))
        return updated


def _tokens_first(states: Tensor) -> Tensor:
    """As the attention takes them; laid out anew, or it would copy its weights for each text."""
    return states.transpose(0, 1).contiguous()


class PackedClassifier(PreTrainedModel):  # type: ignore[misc]
    """An encoder of a text and of the queries about it, and a classifier of pairs of queries."""

    config_class = PackedConfig
    base_model_prefix = "encoder"
    supports_gradient_checkpointing = True
    _supports_sdpa = True
    accepts_loss_kwargs = False  # else the Trainer scales the loss by accumulation steps and processes

    def __init__(self, config: PackedConfig) -> None:
        super().__init__(config)
        self.encoder = without_pooler(AutoModel.from_config(config.encoder))
        size, heads = config.encoder.hidden_size, config.encoder.num_attention_heads
        self.ask = nn.Linear(2 * size, size)
        self.reader = Reader(size, heads, config.dropout)
        self.norm = nn.LayerNorm(size)
        self.dense = nn.Linear(3 * size, size)
        self.dropout = nn.Dropout(config.dropout)
        self.out = nn.Linear(size, len(STANCES))
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        position_ids: Tensor | None = None,
        query_ids: Tensor | None = None,
        pairs: Tensor | None = None,
        labels: Tensor | None = None,
        **kwargs: Any,
    ) -> SequenceClassifierOutput:
        """Score a batch of texts.

        Args:
            input_ids: Shape (batch, tokens): each row a text, then its queries.
            position_ids: Shape (batch, tokens).
            query_ids: Shape (batch, tokens): 0 for the text, -1 for padding, else the number of the token's query.
            pairs: Shape (batch, pairs, 2): where the actor's and the target's query begin.
            labels: Shape (batch, pairs), indices of `STANCES`; -100 where a row has no such pair.
            kwargs: Ignored.

        Returns:
            Logits of shape (batch, pairs, 3), calibrated, and the mean cross-entropy if there are labels.

        Raises:
            InputError: The batch is not one of `PackedEncoding.pad`, as where a text-classification pipeline asks.
        """
        if position_ids is None or query_ids is None or pairs is None:
            raise InputError(
                "a packed model: expected texts with queries (position_ids, query_ids, pairs); found token ids alone. "
                "A text-classification pipeline can't ask it: use detente.load_model(FOLDER).predict([...])."
            )
        is_text = query_ids == NO_QUERY
        same = (query_ids[:, :, None] == query_ids[:, None, :]) & (query_ids[:, None, :] != PADDING)
        states = levitate(self.encoder, input_ids, position_ids, same | is_text[:, None, :])
        logits = calibrated_logits(self._score(states, is_text, pairs), self.config)
        loss = None
        if labels is not None:
            loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED)
        return SequenceClassifierOutput(loss=loss, logits=logits)

    def _score(self, states: Tensor, is_text: Tensor, pairs: Tensor) -> Tensor:
        rows = torch.arange(states.shape[0], device=states.device)[:, None]
        actor, target = states[rows, pairs[..., 0]], states[rows, pairs[..., 1]]
        text = states[:, : _longest(is_text)]
        read = self.ask(torch.cat([actor, target], dim=-1))
        read = self.reader(read, text, ~is_text[:, : text.shape[1]])
        features = self.dropout(torch.cat([self.norm(read), actor, target], dim=-1))
        logits: Tensor = self.out(self.dropout(functional.gelu(self.dense(features))))
        return logits


def _longest(is_text: Tensor) -> int:
    """Tokens of the longest text; all tokens in a graph that is exported, whose shapes can't hang on values."""
    return is_text.shape[1] if torch.compiler.is_compiling() else int(is_text.sum(dim=1).max())


def build_packed_classifier(encoder: Any, encoding: PackedEncoding, *, dropout: float) -> PackedClassifier:
    """Put a fresh classifier on an encoder, whose vocabulary is enlarged by the markers.

    Args:
        encoder: A `PreTrainedModel` without a head; it becomes part of the classifier.
        encoding: The encoding that will feed it; its markers start as the words that they stand for.
        dropout: In the reader and before the last layer.

    Raises:
        InputError: The tokens of this encoder cannot be given positions.
    """
    check_encoder(encoder.config)
    add_markers(encoder, encoding)
    actor_id, target_id = encoding.marker_ids
    model = PackedClassifier(PackedConfig(encoder.config, actor_id=actor_id, target_id=target_id, dropout=dropout))
    model.encoder = without_pooler(encoder)
    return model


AutoConfig.register(PackedConfig.model_type, PackedConfig)
AutoModelForSequenceClassification.register(PackedConfig, PackedClassifier)
