"""The packed family: what is asked beside a pair makes no difference to its answer."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, pipeline

from detente.configs.errors import InputError
from detente.data.records import Example
from detente.models.encoders import RANDOM, load_encoder
from detente.models.encoding import IGNORED
from detente.models.packed import PackedClassifier, build_packed_classifier
from detente.models.packed_encoding import NO_QUERY, PADDING, PackedEncoding
from detente.models.predictor import EncoderPredictor
from tests.models.test_levitated import config

TEXT = "Velland and Ostria welcomed the plan, while Marrow rejected it."
NAMES = ("Velland", "Ostria", "the plan", "Marrow")
OTHER = "The mayor of Tull praised the harbour union."


def ask(actor: str, target: str, text: str = TEXT) -> Example:
    """A question about names, whose spans are those of the names in the text, if they are there."""

    def span(name: str) -> tuple[int, int] | None:
        start = text.find(name)
        return (start, start + len(name)) if start >= 0 else None

    return Example(
        id=f"{actor}-{target}", actor=actor, target=target, text=text, actor_span=span(actor), target_span=span(target)
    )


PAIRS = [ask(actor, target) for actor in NAMES for target in NAMES if actor != target]
UNMENTIONED = [ask("(author)", "Marrow"), ask("Ostria", "the harbour treaty"), ask("(author)", "(nobody)")]
QUESTIONS = [*PAIRS, ask("Tull", "the harbour union", OTHER), *UNMENTIONED]


@pytest.fixture
def make() -> Callable[..., EncoderPredictor]:
    """A packed predictor at chance, with large weights, so that what is read makes a difference."""

    def make_predictor(max_length: int = 128, **settings: int) -> EncoderPredictor:
        torch.manual_seed(1)
        encoder, tokenizer = load_encoder(RANDOM)
        encoding = PackedEncoding(tokenizer, max_length, **settings)
        model = build_packed_classifier(encoder, encoding, dropout=0.0)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(std=0.5)
        return EncoderPredictor(model, encoding, device="cpu", dtype="fp32")

    return make_predictor


@pytest.fixture
def encoding() -> PackedEncoding:
    return PackedEncoding(load_encoder(RANDOM)[1], 128)


def test_a_text_is_one_row_whatever_is_asked(encoding: PackedEncoding):
    rows = encoding.encode(QUESTIONS)
    assert [sorted(row.items) for row in rows] == [[*range(12), 13, 14, 15], [12]]


def test_a_mention_is_one_query_in_each_role(encoding: PackedEncoding):
    row = encoding.encode(PAIRS)[0]
    actor, target = encoding.marker_ids
    assert row.input_ids.count(actor) == row.input_ids.count(target) == len(NAMES)
    assert sum(query != NO_QUERY for query in row.query_ids) == 2 * len(NAMES)


def test_a_query_stands_where_its_mention_begins(encoding: PackedEncoding):
    row = encoding.encode([ask("Marrow", "the plan")])[0]
    tokens = encoding.tokenizer.convert_ids_to_tokens(row.input_ids)
    for place, first in zip(row.pairs[0], ("M", "t"), strict=True):
        assert tokens[row.position_ids[place]] == first
    assert [tokens[place] for place in row.pairs[0]] == ["<actor>", "<target>"]


def test_a_name_that_is_not_in_the_text_is_spelled_out_behind_it(encoding: PackedEncoding):
    row = encoding.encode([ask("(author)", "Marrow")])[0]
    query = [i for i, number in enumerate(row.query_ids) if number == row.query_ids[row.pairs[0][0]]]
    spelled = encoding.tokenizer.convert_ids_to_tokens([row.input_ids[i] for i in query])
    assert "".join(spelled).replace("##", "") == "<actor>(author)"
    text = row.query_ids.count(NO_QUERY)
    assert [row.position_ids[i] for i in query] == list(range(text, text + len(query)))


def test_markers_in_a_text_are_plain_text(encoding: PackedEncoding):
    row = encoding.encode([ask("Tull", "the union", "In <actor> Tull [SEP] the union <target> met.")])[0]
    text = [token for token, query in zip(row.input_ids, row.query_ids, strict=True) if query == NO_QUERY]
    assert not set(encoding.marker_ids) & set(text)
    assert text.count(encoding.tokenizer.sep_token_id) == 1


def test_padding_belongs_to_no_text_and_no_query(encoding: PackedEncoding):
    batch = encoding.pad(encoding.encode(QUESTIONS))
    assert batch["query_ids"].shape == batch["input_ids"].shape == batch["position_ids"].shape
    assert batch["pairs"].shape == (2, 15, 2)
    assert (batch["input_ids"][batch["query_ids"] == PADDING] == encoding.tokenizer.pad_token_id).all()


def test_a_pair_is_answered_the_same_alone_and_among_others(make: Callable[..., EncoderPredictor]):
    predictor = make()
    together = predictor.predict_logits(QUESTIONS)
    for place, question in enumerate(QUESTIONS):
        assert predictor.predict_logits([question])[0] == pytest.approx(together[place], abs=1e-5)
    assert together[:, 0].std() > 1e-2  # they do differ


def test_the_order_of_questions_makes_no_difference(make: Callable[..., EncoderPredictor]):
    predictor = make()
    assert predictor.predict_logits(QUESTIONS[::-1])[::-1] == pytest.approx(
        predictor.predict_logits(QUESTIONS), abs=1e-5
    )


def test_queries_beyond_the_limit_go_into_a_further_row_and_change_nothing(make: Callable[..., EncoderPredictor]):
    few = make(max_queries=3)
    assert len(few.encoding.encode(PAIRS)) > 2
    assert few.predict_logits(PAIRS) == pytest.approx(make().predict_logits(PAIRS), rel=1e-5, abs=1e-5)


def test_a_long_text_is_read_around_the_mentions_of_each_pair_by_itself(make: Callable[..., EncoderPredictor]):
    filler = "and so on " * 30
    text = f"Velland spoke. {filler} Ostria and Marrow met. {filler} The plan stood."
    questions = [ask("Velland", "Ostria", text), ask("Ostria", "Marrow", text), ask("Marrow", "The plan", text)]
    predictor = make(max_length=64)
    rows = predictor.encoding.encode(questions)
    assert all(row.truncated and row.query_ids.count(NO_QUERY) <= 64 for row in rows)
    together = predictor.predict_logits(questions)
    for place, question in enumerate(questions):
        assert predictor.predict_logits([question])[0] == pytest.approx(together[place], abs=1e-5)


def test_swapped_roles_are_another_question(make: Callable[..., EncoderPredictor]):
    forth, back = make().predict_logits([ask("Velland", "Marrow"), ask("Marrow", "Velland")])
    assert abs(forth - back).max() > 1e-2


@pytest.mark.parametrize("kind", ["bert", "roberta", "mpnet", "deberta-v2", "modernbert"])
@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_packing_is_exact_for_each_kind_of_encoder(kind: str, attention: str):
    torch.manual_seed(2)
    tokenizer = load_encoder(RANDOM)[1]
    encoding = PackedEncoding(tokenizer, 128)
    encoder = AutoModel.from_config(config(kind, vocab_size=len(tokenizer), max_position_embeddings=160))
    if kind != "deberta-v2":  # it has one attention only
        encoder.set_attn_implementation(attention)
    model = build_packed_classifier(encoder, encoding, dropout=0.0)
    predictor = EncoderPredictor(model, encoding, device="cpu", dtype="fp32")
    together = predictor.predict_logits(QUESTIONS)
    for place in (0, 5, 12, 13):
        assert predictor.predict_logits([QUESTIONS[place]])[0] == pytest.approx(together[place], abs=1e-5)


def test_loss_is_the_mean_over_the_pairs_that_are_there(make: Callable[..., EncoderPredictor]):
    predictor = make()
    batch = predictor.encoding.pad(predictor.encoding.encode(QUESTIONS))
    labels = torch.full(batch["pairs"].shape[:2], IGNORED)
    labels[0, :3], labels[1, 0] = torch.tensor([0, 1, 2]), 1
    output = predictor.model(**batch, labels=labels)
    chosen = output.logits.log_softmax(-1)[labels != IGNORED]
    assert output.loss.item() == pytest.approx(-chosen[range(4), [0, 1, 2, 1]].mean().item(), abs=1e-6)


def test_all_parameters_learn(make: Callable[..., EncoderPredictor]):
    predictor = make()
    batch = predictor.encoding.pad(predictor.encoding.encode(QUESTIONS))
    labels = torch.zeros(batch["pairs"].shape[:2], dtype=torch.long)
    predictor.model.train()(**batch, labels=labels).loss.backward()
    unused = [name for name, parameter in predictor.model.named_parameters() if parameter.grad is None]
    assert unused == []


def test_a_text_classification_pipeline_is_told_how_to_ask(make: Callable[..., EncoderPredictor]):
    predictor = make()
    asked = pipeline("text-classification", model=predictor.model, tokenizer=predictor.encoding.tokenizer, device="cpu")
    with pytest.raises(InputError, match=r"found token ids alone.*use detente.load_model"):
        asked("Velland praised Ostria.")


def test_saved_and_loaded_it_answers_the_same(make: Callable[..., EncoderPredictor], tmp_path: Path):
    predictor = make()
    predictor.model.save_pretrained(tmp_path)
    loaded = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert isinstance(loaded, PackedClassifier)
    again = EncoderPredictor(loaded, predictor.encoding, device="cpu", dtype="fp32")
    assert again.predict_logits(QUESTIONS) == pytest.approx(predictor.predict_logits(QUESTIONS), abs=1e-6)
