"""The model folder of a baseline."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.configs.schema import BASELINE_FAMILIES, CalibrationConfig
from detente.data.records import Example
from detente.models.baselines.predictor import BaselinePredictor
from detente.models.folder import ModelInfo, load_model, read_info, save_model

FACTS: dict[str, Any] = {"data": {}, "metrics": {}}


@pytest.fixture
def make_folder(examples: list[Example], tmp_path: Path, nli_folder: Path):
    """Fits, calibrates and saves a baseline; returns it and its folder."""

    def make(family: str) -> tuple[BaselinePredictor, Path]:
        encoder = nli_folder if family == "zero_shot_nli" else "random:tiny"
        given = ["data.train=a", "data.valid=b", f"model.family={family}", f"model.encoder={encoder}"]
        config = load_config("base", given)
        predictor = BaselinePredictor.build(config.model, device="cpu", dtype="fp32").fit(examples)
        predictor.calibrate(examples, CalibrationConfig(method="vector", wanted_precision=0.6, conformal=0.9))
        info = ModelInfo.of(predictor, config=config.model_dump(mode="json"), **FACTS)
        save_model(predictor, info, tmp_path / "model")
        return predictor, tmp_path / "model"

    return make


@pytest.mark.parametrize("family", sorted(BASELINE_FAMILIES))
def test_a_loaded_model_answers_as_the_saved_one(make_folder, family: str, examples: list[Example]):
    saved, folder = make_folder(family)
    loaded = load_model(folder, device="cpu", dtype="fp32")
    assert np.array_equal(loaded.predict_proba(examples), saved.predict_proba(examples))
    assert loaded.predict(examples) == saved.predict(examples)


@pytest.mark.parametrize("family", ["lookup", "names_only", "frozen_encoder", "zero_shot_nli"])
def test_a_loaded_model_can_be_saved_again(make_folder, family: str, tmp_path: Path):
    _, folder = make_folder(family)
    save_model(load_model(folder), read_info(folder), tmp_path / "again")
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    files = [file for file in files if file.name not in ("tokenizer_config.json", "config.json")]  # name their origin
    assert len(files) >= 3
    for name in files:
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_detente_json_says_what_the_model_is(make_folder):
    predictor, folder = make_folder("names_only")
    content = json.loads((folder / "detente.json").read_text(encoding="utf-8"))
    assert (content["family"], content["markers"], content["max_length"]) == ("names_only", [], None)
    assert content["config"]["model"]["family"] == "names_only"
    assert content["calibration"]["scale"] == list(predictor.calibration.scale)
    assert "scikit-learn" in content["versions"]
    assert read_info(folder).confidence == predictor.confidence


@pytest.mark.parametrize(
    ("family", "encoder"), [("majority", ""), ("frozen_encoder", "encoder `random:tiny`, "), ("lookup", "")]
)
def test_the_card_says_that_it_is_a_baseline(make_folder, family: str, encoder: str):
    card = (make_folder(family)[1] / "README.md").read_text(encoding="utf-8")
    assert "library_name: detente\n" in card
    assert f"Family `{family}`,\n{encoder}trained with detente" in card
    assert "A **baseline**, for models to be compared with: it " in card


def test_another_wanted_precision_can_be_asked_for(make_folder):
    loaded = load_model(make_folder("masked_tfidf")[1], wanted_precision=0.99)
    assert loaded.confidence is not None
    assert loaded.confidence.wanted_precision == 0.99


def test_another_family_than_the_files_are_of_is_refused(make_folder):
    _, folder = make_folder("majority")
    path = folder / "detente.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"family": "text_only"}))
    with pytest.raises(InputError, match="expected a whole model folder"):
        load_model(folder)
