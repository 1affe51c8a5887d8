"""A baseline in a model's place: calibrated logits, progress, and what is refused on loading."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.configs.schema import BASELINE_FAMILIES, CalibrationConfig
from detente.data.records import Example, Stance
from detente.models.baselines import BASELINES
from detente.models.baselines import predictor as predictor_module
from detente.models.baselines.predictor import DESCRIPTIONS, READERS, BaselinePredictor
from detente.models.calibration import Calibration

CALIBRATION = Calibration(scale=(0.5, 1.5, 0.7), bias=(0.1, -0.2, 0.3))
HARDWARE = {"device": "cpu", "dtype": "fp32"}


def build(family: str, encoder: str | Path = "random:tiny") -> BaselinePredictor:
    given = ["data.train=a", "data.valid=b", f"model.family={family}", f"model.encoder={encoder}"]
    return BaselinePredictor.build(load_config("base", given).model, **HARDWARE)


def load(family: str, folder: Path) -> BaselinePredictor:
    return BaselinePredictor.load(family, folder, calibration=CALIBRATION, confidence=None, **HARDWARE)


def test_every_family_of_the_config_is_known_and_described():
    assert {*BASELINES, *READERS} == BASELINE_FAMILIES == set(DESCRIPTIONS)


@pytest.mark.parametrize("family", BASELINES)
def test_uncalibrated_probabilities_are_those_of_the_baseline(family: str, examples: list[Example]):
    expected = BASELINES[family]().fit(examples).predict_proba(examples)
    assert build(family).fit(examples).predict_proba(examples) == pytest.approx(expected)


@pytest.mark.parametrize("family", sorted(BASELINE_FAMILIES))
def test_a_loaded_predictor_answers_as_the_saved_one(
    family: str, examples: list[Example], tmp_path: Path, nli_folder: Path
):
    saved = build(family, nli_folder if family == "zero_shot_nli" else "random:tiny").fit(examples)
    saved.calibration = CALIBRATION
    (tmp_path / "model").mkdir()
    saved.save(tmp_path / "model")
    loaded = load(family, tmp_path / "model")
    assert loaded.family == family
    assert np.array_equal(loaded.predict_proba(examples), saved.predict_proba(examples))
    files = {file.suffix for file in (tmp_path / "model").rglob("*") if file.is_file()}
    assert files == {".json", ".safetensors"}


def test_the_calibration_is_applied_to_the_logarithms(examples: list[Example]):
    predictor = build("text_only").fit(examples)
    raw = predictor.predict_logits(examples)
    predictor.calibration = CALIBRATION
    assert np.array_equal(predictor.predict_logits(examples), CALIBRATION.apply(raw))
    assert np.exp(raw).sum(axis=1) == pytest.approx(np.ones(24))


@pytest.mark.parametrize("method", ["temperature", "vector"])
def test_a_stance_that_was_never_seen_can_be_calibrated(examples: list[Example], method: str):
    predictor = build("majority").fit([one for one in examples if one.label is not Stance.OPPOSE])
    predictor.calibrate(examples, CalibrationConfig(method=method, wanted_precision=0.9, conformal=None))
    probabilities = predictor.predict_proba(examples)
    assert np.isfinite(predictor.predict_logits(examples)).all()
    assert 0 < probabilities[0, 2] < 1


def test_calibration_mends_what_a_baseline_is_too_sure_of(examples: list[Example]):
    predictor = build("names_only").fit(examples[:2])
    gold = [list(Stance).index(one.label) for one in examples if one.label]
    before = -np.log(predictor.predict_proba(examples)[range(24), gold]).mean()
    predictor.calibrate(examples, CalibrationConfig(method="vector", wanted_precision=0.9, conformal=None))
    assert -np.log(predictor.predict_proba(examples)[range(24), gold]).mean() < before
    assert predictor.confidence is not None


def test_progress_adds_up_and_chunks_change_nothing(examples: list[Example], monkeypatch: pytest.MonkeyPatch):
    predictor = build("masked_tfidf").fit(examples)
    whole = predictor.predict_logits(examples)
    steps: list[int] = []
    monkeypatch.setattr(predictor_module, "CHUNK", 10)
    assert np.array_equal(predictor.predict_logits(examples, progress=steps.append), whole)
    assert steps == [10, 10, 4]


@pytest.mark.parametrize("family", sorted(BASELINE_FAMILIES - {"zero_shot_nli"}))
def test_no_examples_give_no_answers(family: str, examples: list[Example]):
    assert build(family).fit(examples).predict([]) == []


@pytest.mark.parametrize("family", ["majority", "lookup", "names_only", "frozen_encoder"])
@pytest.mark.parametrize("file", ["baseline.json", "baseline.safetensors"])
def test_a_folder_that_lacks_a_file_or_has_it_cut_short_is_refused(
    family: str, file: str, examples: list[Example], tmp_path: Path
):
    build(family).fit(examples).save(tmp_path)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:1])
    with pytest.raises(InputError, match=f"^{tmp_path}: expected a whole model folder; "):
        load(family, tmp_path)
    (tmp_path / file).unlink()
    with pytest.raises(InputError, match=f"^{tmp_path}: expected a whole model folder; "):
        load(family, tmp_path)


@pytest.mark.parametrize(
    ("family", "facts"),
    [
        ("names_only", {}),
        ("names_only", {"vocabulary": ["actor=norway"]}),
        ("names_only", {"vocabulary": ["a"] * 3}),
        ("names_only", {"vocabulary": [["a"], ["b"], ["c"]]}),
        ("names_only", []),
        ("lookup", {"digests": [["a"], ["b"]]}),
        ("lookup", {"digests": 3}),
    ],
)
def test_other_facts_than_were_saved_are_refused(family: str, facts: object, examples: list[Example], tmp_path: Path):
    build(family).fit(examples).save(tmp_path)
    (tmp_path / "baseline.json").write_text(json.dumps(facts), encoding="utf-8")
    with pytest.raises(InputError, match=f"^{tmp_path}: expected a whole model folder; "):
        load(family, tmp_path)


def test_arrays_of_another_shape_are_refused(examples: list[Example], tmp_path: Path):
    build("text_only").fit(examples).save(tmp_path)
    arrays = load_file(tmp_path / "baseline.safetensors")
    save_file(arrays | {"weights": arrays["weights"][:2].copy()}, tmp_path / "baseline.safetensors")
    with pytest.raises(
        InputError, match=r"baseline\.safetensors must hold weights of shape \(3, \d+\); found \(2, \d+\)"
    ):
        load("text_only", tmp_path)


@pytest.mark.parametrize(("family", "part"), [("frozen_encoder", "encoder"), ("zero_shot_nli", "nli")])
@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_folder_whose_pretrained_model_is_damaged_is_refused(
    family: str, part: str, file: str, examples: list[Example], tmp_path: Path, nli_folder: Path
):
    (tmp_path / "model").mkdir()
    build(family, nli_folder if part == "nli" else "random:tiny").fit(examples).save(tmp_path / "model")
    (tmp_path / "model" / part / file).unlink()
    with pytest.raises(InputError, match=f"{tmp_path / 'model' / part}"):
        load(family, tmp_path / "model")
