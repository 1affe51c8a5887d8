"""Encoders with tokens that hover over a text: each token is told its position and which tokens it may see.

Levitated markers (Ye et al. 2022, "Packed Levitated Marker", arXiv 2109.06067) stand after the text, take the positions
of the words that they stand for, see the text, and are not seen by it. So a text is encoded once, whatever is asked.

Encoders differ in how they take positions: added to the embeddings (BERT, RoBERTa), as a bias of the attention (MPNet),
as content-position terms (DeBERTa), or by rotating keys and queries (ModernBERT). Each way is a function here.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers.models.deberta_v2.modeling_deberta_v2 import make_log_bucket_position

from detente.configs.errors import InputError


def levitate(encoder: Any, input_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Tensor:
    """The last states of tokens that stand where they are told to, and see what they may.

    Args:
        encoder: A `PreTrainedModel` without a head, of a kind in `ENCODERS`.
        input_ids: Shape (batch, tokens).
        position_ids: Shape (batch, tokens), counted from 0.
        visible: Shape (batch, tokens, tokens), true where the row's token may see the column's; each sees one at least.

    Returns:
        Shape (batch, tokens, size).
    """
    states = ENCODERS[encoder.config.model_type](encoder, input_ids, position_ids, visible)
    if not isinstance(states, Tensor):
        raise TypeError(f"expected the states as one tensor; found {type(states).__name__}")
    return states


def check_encoder(config: Any) -> None:
    """Refuse an encoder whose tokens cannot hover.

    Raises:
        InputError: It is of an unknown kind, or mixes neighbouring tokens outside its attention.
    """
    if config.model_type not in ENCODERS:
        raise InputError(
            f"model.encoder: expected an encoder of the kinds {', '.join(ENCODERS)} for model.family packed; found "
            f"'{config.model_type}', whose positions can't be set. Use model.family=pair."
        )
    if getattr(config, "conv_kernel_size", 0):
        raise InputError(
            "model.encoder: expected an encoder that mixes tokens by attention alone for model.family packed; this "
            "one has a convolution over neighbours. Use model.family=pair."
        )
    if getattr(config, "position_embedding_type", "absolute") not in (None, "absolute"):
        raise InputError(
            f"model.encoder: expected absolute positions for model.family packed; found "
            f"'{config.position_embedding_type}', which count tokens as they stand. Use model.family=pair."
        )


def _bert(encoder: Any, input_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Any:
    mask = _additive(visible, encoder.dtype)
    return encoder(input_ids=input_ids, attention_mask=mask, position_ids=position_ids).last_hidden_state


def _roberta(encoder: Any, input_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Any:
    """RoBERTa numbers its positions from the padding id on."""
    offset = encoder.config.pad_token_id + 1
    return _bert(encoder, input_ids, position_ids + offset, visible)


def _mpnet(encoder: Any, input_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Any:
    """MPNet's own pass computes the bias of the attention from the order of the tokens; this one from positions."""
    states = encoder.embeddings(input_ids=input_ids, position_ids=position_ids + encoder.embeddings.padding_idx + 1)
    stack = encoder.encoder
    bucket = stack.relative_position_bucket(_distances(position_ids), num_buckets=32)
    bias = stack.relative_attention_bias(bucket).permute(0, 3, 1, 2)
    mask = _additive(visible, states.dtype)
    for layer in stack.layer:
        states = layer(states, mask, bias, output_attentions=False)[0]
    return states


def _deberta(encoder: Any, input_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Any:
    """DeBERTa's layers take the distances between tokens, one matrix for each head of each example."""
    padding = visible.diagonal(dim1=1, dim2=2)
    states = encoder.embeddings(input_ids=input_ids, position_ids=position_ids, mask=padding)
    stack = encoder.encoder
    distances = -_distances(position_ids)
    if stack.position_buckets > 0:
        distances = make_log_bucket_position(distances, stack.position_buckets, stack.max_relative_positions)
    heads = encoder.config.num_attention_heads
    distances = distances.long().repeat_interleave(heads, dim=0)[None]
    return stack(states, visible[:, None], output_hidden_states=False, relative_pos=distances).last_hidden_state


def _modernbert(encoder: Any, input_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Any:
    """ModernBERT's sliding layers see only tokens near by: near by position, here, not by order."""
    near = _distances(position_ids).abs() <= encoder.config.sliding_window
    masks = {"full_attention": visible, "sliding_attention": visible & near}
    return encoder(
        input_ids=input_ids,
        attention_mask={name: _additive(mask, encoder.dtype) for name, mask in masks.items()},
        position_ids=position_ids,
    ).last_hidden_state


ENCODERS: dict[str, Callable[[Any, Tensor, Tensor, Tensor], Any]] = {
    "bert": _bert,
    "electra": _bert,
    "roberta": _roberta,
    "xlm-roberta": _roberta,
    "camembert": _roberta,
    "mpnet": _mpnet,
    "deberta-v2": _deberta,
    "modernbert": _modernbert,
}
"""The kinds of encoders that can be packed, by their `model_type`; DeBERTa-v3 calls itself deberta-v2."""


def _additive(visible: Tensor, dtype: torch.dtype) -> Tensor:
    """The mask that is added to the scores of the attention, of shape (batch, 1, tokens, tokens)."""
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill(~visible, torch.finfo(dtype).min)[
        :, None
    ]


def _distances(position_ids: Tensor) -> Tensor:
    """The key's position less the query's, of shape (batch, tokens, tokens)."""
    return position_ids[:, None, :] - position_ids[:, :, None]
