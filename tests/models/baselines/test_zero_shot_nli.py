"""Stances as hypotheses: what is asked, how the answers are read, and which models are refused."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.data.records import AUTHOR, STANCES, Example, Stance
from detente.models.baselines.zero_shot_nli import ZeroShotNli, entailment_label, hypothesis, load_nli
from detente.models.encoders import RANDOM, load_encoder

HARDWARE = {"device": "cpu", "dtype": "fp32"}


def build(folder: Path, *overrides: str) -> ZeroShotNli:
    given = ["data.train=a", "data.valid=b", "model.family=zero_shot_nli", f"model.encoder={folder}"]
    return ZeroShotNli.build(load_config("base", [*given, *overrides]).model, **HARDWARE)


class Believes(torch.nn.Module):
    """Takes every hypothesis with one word in it for entailed, with a probability of 0.8, any other with 0.1."""

    config = SimpleNamespace(id2label={0: "entailment", 1: "not_entailment"}, type_vocab_size=0)

    def __init__(self, tokenizer: Any, word: str) -> None:
        super().__init__()
        self.tokenizer, self.word = tokenizer, word
        self.read: list[str] = []

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> SimpleNamespace:
        texts = self.tokenizer.batch_decode(input_ids)
        self.read += texts
        shares = torch.tensor([[0.8, 0.2] if self.word in text.split("[SEP]")[1] else [0.1, 0.9] for text in texts])
        return SimpleNamespace(logits=shares.log() + 5)


@pytest.fixture
def believes() -> Callable[[str], ZeroShotNli]:
    def make(word: str, max_length: int = 128) -> ZeroShotNli:
        _, tokenizer = load_encoder(RANDOM)
        return ZeroShotNli(Believes(tokenizer, word), tokenizer, max_length, **HARDWARE)

    return make


@pytest.mark.parametrize(
    ("word", "stance"), [("supports", Stance.SUPPORT), ("neutral", Stance.NEUTRAL), ("opposes", Stance.OPPOSE)]
)
def test_the_stance_whose_hypothesis_is_entailed_is_the_answer(
    believes: Callable[[str], ZeroShotNli], examples: list[Example], word: str, stance: Stance
):
    expected = [0.8 if one is stance else 0.1 for one in STANCES]
    assert believes(word).predict_proba(examples) == pytest.approx(np.tile(expected, (24, 1)))


def test_text_and_hypothesis_are_read_together(believes: Callable[[str], ZeroShotNli], examples: list[Example]):
    asked = believes("supports")
    asked.predict_proba(examples[:1])
    read = {text.replace(" [PAD]", "") for text in asked._reader.model.read}
    text = "Norway praised Kenya in round 0."
    assert read == {
        f"[CLS] {text} [SEP] Norway supports Kenya. [SEP]",
        f"[CLS] {text} [SEP] Norway is neutral towards Kenya. [SEP]",
        f"[CLS] {text} [SEP] Norway opposes Kenya. [SEP]",
    }


def test_hypotheses_name_the_actor_and_the_target():
    example = Example(id="1", actor="Norway", target="the {plan}", text="Norway met Kenya.")
    assert [hypothesis(example, stance) for stance in STANCES] == [
        "Norway supports the {plan}.",
        "Norway is neutral towards the {plan}.",
        "Norway opposes the {plan}.",
    ]
    author = example.model_copy(update={"actor": AUTHOR})
    assert hypothesis(author, Stance.SUPPORT) == "The author supports the {plan}."


def test_a_long_text_is_cut_around_its_mentions(believes: Callable[[str], ZeroShotNli]):
    text = "word " * 300 + "Norway met Kenya." + " word" * 300
    asked = believes("supports")
    asked.predict_proba([Example(id="1", actor="Norway", target="Kenya", text=text)])
    assert all("Norway met Kenya" in read for read in asked._reader.model.read)
    assert all(
        len(asked._reader.tokenizer(read, add_special_tokens=False)["input_ids"]) <= 128
        for read in asked._reader.model.read
    )


def test_a_long_target_leaves_room_for_the_text(believes: Callable[[str], ZeroShotNli]):
    example = Example(id="1", actor="Norway", target="a plan to " * 100, text="Norway met Kenya.")
    asked = believes("supports", max_length=64)
    assert asked.predict_proba([example]).shape == (1, 3)
    assert all("Norway met Kenya" in read for read in asked._reader.model.read)


def test_a_separator_in_the_text_is_plain_text(believes: Callable[[str], ZeroShotNli]):
    example = Example(id="1", actor="Norway", target="Kenya", text="Norway [SEP] supports Kenya.")
    assert believes("supports").predict_proba([example])[0] == pytest.approx([0.8, 0.1, 0.1])


def test_a_checkpoint_is_asked_with_its_own_head(nli_folder: Path, examples: list[Example]):
    nli = build(nli_folder)
    answers = nli.predict_proba(examples)
    assert answers.sum(axis=1) == pytest.approx(np.ones(24))
    model, tokenizer = load_nli(str(nli_folder))
    one = examples[0]
    with torch.inference_mode():
        logits = [
            model(**tokenizer(one.text, hypothesis(one, stance), return_tensors="pt")).logits[0].log_softmax(0)[2]
            for stance in STANCES
        ]
    assert answers[0] == pytest.approx(torch.stack(logits).softmax(0).numpy(), abs=1e-5)


def test_fitting_changes_nothing(nli_folder: Path, examples: list[Example]):
    nli = build(nli_folder)
    before = nli.predict_proba(examples)
    assert np.array_equal(nli.fit(examples).predict_proba(examples), before)


def test_a_loaded_one_gives_the_same_probabilities_to_the_last_bit(
    nli_folder: Path, examples: list[Example], tmp_path: Path
):
    saved = build(nli_folder, "model.max_length=40")
    (tmp_path / "model").mkdir()
    saved.save(tmp_path / "model")
    loaded = ZeroShotNli.load(tmp_path / "model", **HARDWARE)
    assert np.array_equal(loaded.predict_proba(examples), saved.predict_proba(examples))


@pytest.mark.parametrize("labels", [("entailment", "not_entailment"), ("Neutral", "Entailment", "Contradiction")])
def test_the_label_is_found_by_its_name(make_nli_folder: Callable[..., Path], labels: tuple[str, ...]):
    nli = build(make_nli_folder(*labels))
    assert labels[nli._entailment].lower() == "entailment"


def test_labels_without_names_are_refused():
    with pytest.raises(InputError) as caught:
        entailment_label({0: "LABEL_0", 1: "LABEL_1"})
    assert str(caught.value) == (
        "model.encoder: expected a model of natural language inference, with labels entailment, neutral and "
        "contradiction, or entailment and not_entailment; found the labels LABEL_0, LABEL_1"
    )


def test_an_encoder_without_a_head_is_refused(tmp_path: Path):
    for part in load_encoder(RANDOM):
        part.save_pretrained(tmp_path)
    with pytest.raises(InputError, match=r"expected a model that was trained on natural language inference; .* lacks"):
        load_nli(str(tmp_path))


@pytest.mark.parametrize("reference", ["nobody/nothing", "./nowhere", "random:tiny"])
def test_a_model_that_is_not_there_is_an_input_error(reference: str):
    with pytest.raises(InputError, match=f"natural language inference; '{reference}' cannot be loaded: "):
        load_nli(reference)


def test_pickled_weights_are_never_loaded(nli_folder: Path):
    model, _ = load_nli(str(nli_folder))
    (nli_folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), nli_folder / "pytorch_model.bin")
    with pytest.raises(InputError, match="cannot be loaded"):
        load_nli(str(nli_folder))
