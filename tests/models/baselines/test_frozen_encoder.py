"""Features of an encoder that stays as it is, and what is learnt from them."""

from pathlib import Path

import numpy as np
import pytest
import torch

from detente.configs.loading import load_config
from detente.configs.schema import ModelConfig
from detente.data.records import Example
from detente.models.baselines.frozen_encoder import FrozenEncoder

HARDWARE = {"device": "cpu", "dtype": "fp32"}


def settings(*overrides: str) -> ModelConfig:
    given = ["data.train=a", "data.valid=b", "model.family=frozen_encoder", "model.encoder=random:tiny"]
    return load_config("base", [*given, *overrides]).model


@pytest.fixture
def frozen() -> FrozenEncoder:
    torch.manual_seed(0)
    return FrozenEncoder.build(settings(), **HARDWARE)


def test_features_are_the_mean_state_and_those_of_the_two_markers(frozen: FrozenEncoder, examples: list[Example]):
    encoding, encoder = frozen._encoding, frozen._reader.model
    tokens = encoding.pad(encoding.encode(examples[:1]))
    with torch.inference_mode():
        states = encoder(**tokens).last_hidden_state[0]
    actor, target = (tokens["input_ids"][0].tolist().index(id_) for id_ in encoding.marker_ids)
    expected = torch.cat([states.mean(dim=0), states[actor], states[target]]).numpy()
    assert frozen.features(examples[:1]) == pytest.approx(expected[None], abs=1e-5)


def test_the_batch_of_an_example_does_not_change_its_features(frozen: FrozenEncoder, examples: list[Example]):
    longer = [one.model_copy(update={"text": one.text + " And more." * place}) for place, one in enumerate(examples)]
    alone = np.concatenate([frozen.features([example]) for example in longer])
    assert frozen.features(longer) == pytest.approx(alone, abs=1e-5)
    assert np.abs(alone - alone[::-1]).max() > 1e-3


def test_fitting_leaves_the_encoder_as_it_is(frozen: FrozenEncoder, examples: list[Example]):
    before = {name: tensor.clone() for name, tensor in frozen._reader.model.state_dict().items()}
    frozen.fit(examples)
    after = frozen._reader.model.state_dict()
    assert all(torch.equal(after[name], before[name]) for name in before)
    assert not any(parameter.requires_grad for parameter in frozen._reader.model.parameters())


def test_it_learns_what_its_features_tell(frozen: FrozenEncoder, examples: list[Example]):
    answers = frozen.fit(examples).predict_proba(examples)
    assert answers.shape == (24, 3)
    assert answers.sum(axis=1) == pytest.approx(np.ones(24))
    right = [list(type(one.label)).index(one.label) for one in examples]
    assert (answers.argmax(axis=1) == right).mean() > 0.9


def test_a_loaded_one_gives_the_same_probabilities_to_the_last_bit(
    frozen: FrozenEncoder, examples: list[Example], tmp_path: Path
):
    saved = frozen.fit(examples)
    saved.save(tmp_path)
    loaded = FrozenEncoder.load(tmp_path, **HARDWARE)
    assert np.array_equal(loaded.predict_proba(examples), saved.predict_proba(examples))
    assert loaded._encoding.max_length == 256


def test_an_encoder_that_takes_less_gets_less(examples: list[Example]):
    frozen = FrozenEncoder.build(settings("model.max_length=4000"), **HARDWARE)
    assert frozen._encoding.max_length == 512
    long = examples[0].model_copy(update={"text": examples[0].text + " word" * 2000})
    assert frozen.features([long]).shape == (1, 96)


def test_bf16_gives_nearly_the_same_features(examples: list[Example]):
    features = []
    for dtype in ("fp32", "bf16"):
        torch.manual_seed(0)
        features.append(FrozenEncoder.build(settings(), device="cpu", dtype=dtype).features(examples))
    assert 0 < np.abs(features[0] - features[1]).max() < 0.1
