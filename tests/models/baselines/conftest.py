"""A tiny model of natural language inference with random weights."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from detente.models.encoders import RANDOM, load_encoder


@pytest.fixture
def make_nli_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes such a model with these labels."""

    def make(*labels: str) -> Path:
        torch.manual_seed(0)
        _, tokenizer = load_encoder(RANDOM)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            initializer_range=0.3,
            id2label=dict(enumerate(labels)),
            label2id={label: place for place, label in enumerate(labels)},
        )
        folder = tmp_path / "nli-checkpoint"
        BertForSequenceClassification(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture
def nli_folder(make_nli_folder: Callable[..., Path]) -> Path:
    """One with the three labels that most have."""
    return make_nli_folder("CONTRADICTION", "NEUTRAL", "ENTAILMENT")
