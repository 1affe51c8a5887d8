"""Levitation: each kind of encoder, at chance, gives what its own pass gives, and hides what is not to be seen."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from transformers import (
    AutoModel,
    BertConfig,
    DebertaV2Config,
    ElectraConfig,
    GPT2Config,
    ModernBertConfig,
    MPNetConfig,
    RobertaConfig,
)

from detente.configs.errors import InputError
from detente.models.levitated import ENCODERS, check_encoder, levitate

SIZE = {
    "vocab_size": 50,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
TOKENS = 9


def config(kind: str, **settings: Any) -> Any:
    """A small configuration of a kind of encoder."""
    makers: dict[str, Callable[..., Any]] = {
        "bert": BertConfig,
        "electra": ElectraConfig,
        "roberta": RobertaConfig,
        "mpnet": MPNetConfig,
        "deberta-v2": DebertaV2Config,
        "modernbert": ModernBertConfig,
    }
    own: dict[str, dict[str, Any]] = {
        "deberta-v2": {  # as in DeBERTa-v3
            "relative_attention": True,
            "position_buckets": 4,
            "max_relative_positions": -1,
            "pos_att_type": ["p2c", "c2p"],
            "norm_rel_ebd": "layer_norm",
            "share_att_key": True,
            "position_biased_input": False,
            "type_vocab_size": 0,
        },
        "modernbert": {"local_attention": 4, "global_attn_every_n_layers": 2, "pad_token_id": 0, "cls_token_id": 1},
    }
    return makers[kind](**SIZE | own.get(kind, {}) | settings)


@pytest.fixture(params=["bert", "electra", "roberta", "mpnet", "deberta-v2", "modernbert"])
def encoder(request: pytest.FixtureRequest) -> Any:
    """Each kind of encoder, with large weights at chance, so that what is seen makes a difference."""
    torch.manual_seed(3)
    model = AutoModel.from_config(config(request.param)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


@pytest.fixture
def ids() -> torch.Tensor:
    """Two texts of token ids."""
    return torch.randint(5, 50, (2, TOKENS), generator=torch.Generator().manual_seed(5))


def everything(ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The order as positions, and all tokens visible to all."""
    return torch.arange(ids.shape[1]).expand_as(ids), torch.ones(*ids.shape, ids.shape[1], dtype=torch.bool)


@torch.no_grad()
def test_tokens_in_their_order_that_see_all_give_the_encoder_s_own_states(encoder: Any, ids: torch.Tensor):
    expected = encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    assert torch.allclose(levitate(encoder, ids, *everything(ids)), expected, atol=1e-5)


@torch.no_grad()
def test_a_token_at_another_s_place_is_as_if_it_stood_there(encoder: Any, ids: torch.Tensor):
    """The last token takes the place of the fourth, which nobody sees: so the text reads with it there."""
    moved = torch.cat([ids[:, :3], ids[:, -1:], ids[:, 4:-1]], dim=1)
    expected = encoder(input_ids=moved, attention_mask=torch.ones_like(moved)).last_hidden_state
    positions, visible = everything(ids)
    positions, visible = positions.clone(), visible.clone()
    positions[:, -1] = 3
    visible[:, :, 3] = False
    visible[:, 3, 3] = True
    found = levitate(encoder, ids, positions, visible)
    assert torch.allclose(found[:, -1], expected[:, 3], atol=1e-5)
    assert torch.allclose(found[:, :3], expected[:, :3], atol=1e-5)


@torch.no_grad()
def test_what_a_token_may_not_see_makes_no_difference_to_it(encoder: Any, ids: torch.Tensor):
    positions, visible = everything(ids)
    visible = visible.clone()
    visible[:, :-1, -1] = False
    other = ids.clone()
    other[:, -1] = (ids[:, -1] - 4) % 45 + 5
    first, second = (levitate(encoder, tokens, positions, visible) for tokens in (ids, other))
    assert torch.equal(first[:, :-1], second[:, :-1])
    assert not torch.allclose(first[:, -1], second[:, -1], atol=1e-3)


@torch.no_grad()
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_fast_attention_gives_the_same(encoder: Any, ids: torch.Tensor, attention: str):
    if encoder.config.model_type in ("deberta-v2",):
        pytest.skip("DeBERTa has one attention only")
    positions, visible = everything(ids)
    visible = visible.clone()
    visible[:, :-2, -2:] = False
    expected = levitate(encoder, ids, positions, visible)
    encoder.set_attn_implementation(attention)
    assert torch.allclose(levitate(encoder, ids, positions, visible), expected, atol=1e-5)


def test_every_kind_of_the_design_is_known():
    assert {"bert", "roberta", "mpnet", "deberta-v2", "modernbert"} <= set(ENCODERS)


def test_an_encoder_of_another_kind_is_refused():
    with pytest.raises(InputError, match=r"expected an encoder of the kinds bert, .*'gpt2'.*model\.family=pair"):
        check_encoder(GPT2Config())


def test_an_encoder_with_a_convolution_is_refused():
    with pytest.raises(InputError, match="convolution over neighbours"):
        check_encoder(config("deberta-v2", conv_kernel_size=3))


def test_positions_that_are_counted_as_tokens_stand_are_refused():
    with pytest.raises(InputError, match=r"expected absolute positions.*'relative_key'"):
        check_encoder(config("bert", position_embedding_type="relative_key"))
