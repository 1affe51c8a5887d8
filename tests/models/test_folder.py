"""The model folder: what it holds, what comes back, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from safetensors.torch import load_file, save_file

from detente.configs.errors import InputError
from detente.data.records import STANCES, Example
from detente.models.calibration import Calibration
from detente.models.conformal import ConformalSets
from detente.models.folder import FORMAT, ModelInfo, load_model, read_info, save_model
from detente.models.predictor import Predictor

FACTS: dict[str, Any] = {
    "config": {"name": "tiny", "model": {"encoder": "random:tiny"}},
    "data": {
        "train": {"file": "train.jsonl", "examples": 24, "support": 7, "neutral": 8, "oppose": 9, "sha256": "ab" * 32},
        "valid": {"file": "valid.jsonl", "examples": 6, "support": 1, "neutral": 2, "oppose": 3, "sha256": "cd" * 32},
    },
    "metrics": {},
}
CALIBRATION = Calibration(scale=(0.12345678901234567, 1.5, 2.0), bias=(0.25, -0.5, 0.25))
CURVE = {"answers": 1000, "thresholds": [0.3512345678901234], "kept": [800], "right": [800]}
METRICS = {
    "split": "test",
    "n": 60,
    "groups": 12,
    "models": {
        "model": {"macro_f1": 0.71249, "interval": [0.65, 0.7704]},
        "majority": {"macro_f1": 0.2, "interval": [0.15, 0.25]},
    },
}


@pytest.fixture
def trained(make_predictor: Callable[..., Predictor]) -> Predictor:
    """As training leaves it: with a calibration and a threshold."""
    predictor = make_predictor(max_length=80, threshold=0.3512345678901234)
    predictor.calibration = CALIBRATION
    return predictor


@pytest.fixture
def folder(trained: Predictor, tmp_path: Path) -> Path:
    save_model(trained, ModelInfo.of(trained, **FACTS), tmp_path / "some" / "model")
    return tmp_path / "some" / "model"


def load(folder: Path) -> Predictor:
    return load_model(folder, device="cpu", dtype="fp32")


def tamper(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def card(trained: Predictor, folder: Path, **facts: Any) -> str:
    save_model(trained, ModelInfo.of(trained, **(FACTS | facts)), folder)
    return (folder / "README.md").read_text(encoding="utf-8")


def test_a_loaded_model_answers_as_the_saved_one(
    trained: Predictor, make_predictor: Callable[..., Predictor], examples: list[Example], tmp_path: Path
):
    median = float(np.median(trained.predict_proba(examples).max(axis=1)))
    trained.confidence = make_predictor(threshold=median).confidence
    save_model(trained, ModelInfo.of(trained, **FACTS), tmp_path)
    answers = trained.predict(examples)
    assert load(tmp_path).predict(examples) == answers
    assert {answer.confident for answer in answers} == {True, False}


def test_a_loaded_model_keeps_its_settings(trained: Predictor, folder: Path):
    loaded = load(folder)
    assert (loaded.confidence, loaded.encoding.max_length) == (trained.confidence, 80)
    assert [one.probability for one in loaded.confidence.thresholds.values()] == [0.3512345678901234] * 3
    assert loaded.calibration == CALIBRATION
    assert loaded.encoding.marker_ids == trained.encoding.marker_ids


def test_a_loaded_model_has_the_same_weights(trained: Predictor, folder: Path):
    saved, loaded = trained.model.state_dict(), load(folder).model.state_dict()
    assert list(saved) == list(loaded)
    assert all(torch.equal(saved[name], loaded[name]) for name in saved)


def test_a_loaded_model_can_be_saved_again(trained: Predictor, folder: Path, tmp_path: Path):
    save_model(load(folder), read_info(folder), tmp_path / "again")
    for name in ("model.safetensors", "tokenizer.json", "detente.json", "README.md"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()


def test_the_folder_of_a_run_stands_for_its_model(folder: Path, examples: list[Example]):
    assert load(folder.parent).predict(examples) == load(folder).predict(examples)


def test_saving_replaces_what_is_there(trained: Predictor, folder: Path):
    trained.confidence = trained.confidence.at(0.75)
    save_model(trained, ModelInfo.of(trained, **FACTS), folder)
    assert load(folder).confidence.wanted_precision == 0.75


def test_the_folder_holds_no_pickle(folder: Path):
    assert {file.suffix for file in folder.rglob("*") if file.is_file()} == {".safetensors", ".json", ".md"}
    assert {"model.safetensors", "config.json", "tokenizer.json", "detente.json", "README.md"} <= {
        file.name for file in folder.iterdir()
    }


def test_detente_json_says_what_the_model_is(folder: Path):
    content = json.loads((folder / "detente.json").read_text(encoding="utf-8"))
    versions = content.pop("versions")
    assert content == FACTS | {
        "format": 1,
        "backend": "torch",
        "family": "pair",
        "labels": ["support", "neutral", "oppose"],
        "markers": ["<actor>", "</actor>", "<target>", "</target>"],
        "max_length": 80,
        "calibration": {"scale": [0.12345678901234567, 1.5, 2.0], "bias": [0.25, -0.5, 0.25]},
        "confidence": {"wanted_precision": 0.9, "curves": dict.fromkeys(STANCES, CURVE), "conformal": None},
    }
    assert versions.keys() == {
        "detente",
        "torch",
        "transformers",
        "tokenizers",
        "safetensors",
        "numpy",
        "scikit-learn",
        "python",
    }
    assert versions["torch"] == torch.__version__


def test_what_detente_json_says_is_read_back(trained: Predictor, folder: Path):
    assert read_info(folder) == ModelInfo.of(trained, **FACTS)


def test_the_card_without_metrics_says_so(trained: Predictor, tmp_path: Path):
    text = card(trained, tmp_path)
    assert "Not measured: the config names no test file." in text
    assert "macro-F1" not in text


def test_the_card_shows_the_figures_as_a_table(trained: Predictor, tmp_path: Path):
    text = card(trained, tmp_path, metrics=METRICS)
    assert "Measured on the test file (60 examples in 12 groups)" in text
    assert "|---|---|---|\n| model | 0.712 | 0.650 to 0.770 |\n| majority | 0.200 | 0.150 to 0.250 |\n" in text
    assert "Not measured" not in text


def test_the_card_shows_the_data_as_a_table(trained: Predictor, tmp_path: Path):
    rows = f"| train | 24 | 7 | 8 | 9 | `{'ab' * 8}` |\n| valid | 6 | 1 | 2 | 3 | `{'cd' * 8}` |\n"
    assert f"|---|---|---|---|---|---|\n{rows}" in card(trained, tmp_path)


def test_the_card_says_who_answered_examples_without_labels(trained: Predictor, tmp_path: Path):
    several = [
        {"file": f"{name}.jsonl", "examples": 3, "support": 0, "neutral": 0, "oppose": 0, "sha256": name * 16}
        for name in "ef"
    ]
    more = {"file": "e.jsonl, f.jsonl", "examples": 6, "support": 0, "neutral": 0, "oppose": 0, "sha256": "g" * 16}
    text = card(trained, tmp_path, data=FACTS["data"] | {"unlabelled": more | {"files": several}})
    lines = [("unlabelled", 6, "g"), ("unlabelled: e.jsonl", 3, "e"), ("unlabelled: f.jsonl", 3, "f")]
    rows = "".join(
        f"| {name} | {count} | said by the teacher | | | `{letter * 16}` |\n" for name, count, letter in lines
    )
    assert f"`{'cd' * 8}` |\n{rows}\n## Limits" in text


def test_the_card_explains_the_calibration(trained: Predictor, tmp_path: Path):
    text = card(trained, tmp_path)
    assert "at least 90%\nof the answers with its stance were right there" in text
    row = "0.351 | 80% of 1000 | 100.0% |"
    assert f"|---|---|---|---|\n| support | {row}\n| neutral | {row}\n| oppose | {row}\n" in text
    assert "sets of stances" not in text


def test_the_card_does_not_claim_a_precision_that_was_not_reached(trained: Predictor, tmp_path: Path):
    trained.confidence = trained.confidence.at(0.9999)
    assert "| support | never | 0% of 1000 |  |\n" in card(trained, tmp_path)


def test_the_card_tells_of_sets_where_there_are_any(trained: Predictor, tmp_path: Path):
    sets = ConformalSets(coverage=0.95, thresholds=(0.1, 0.2, 0.3), examples=(9, 9, 9))
    trained.confidence = trained.confidence.model_copy(update={"conformal": sets})
    assert "hold the right stance for 95% of the examples of each stance" in card(trained, tmp_path)


def test_another_precision_can_be_wanted_of_a_loaded_model(folder: Path, examples: list[Example]):
    assert load_model(folder, device="cpu", wanted_precision=0.9999).confidence.wanted_precision == 0.9999
    with pytest.raises(InputError, match=r"^wanted precision: expected a share above 0 and below 1"):
        load_model(folder, device="cpu", wanted_precision=95)


def test_the_card_opens_with_what_the_hub_reads(trained: Predictor, tmp_path: Path):
    _, front, body = card(trained, tmp_path).split("---\n", 2)
    facts = YAML(typ="safe").load(front)
    assert (facts["library_name"], facts["pipeline_tag"]) == ("transformers", "text-classification")
    assert body.startswith("# tiny\n")


@pytest.mark.parametrize("file", ["config.json", "detente.json"])
def test_a_calibration_that_was_changed_in_one_file_is_refused(folder: Path, file: str):
    scale = [2.5, 1.5, 2.0]
    changes = {
        "config.json": {"calibration_scale": scale},
        "detente.json": {"calibration": {"scale": scale, "bias": [0.25, -0.5, 0.25]}},
    }
    tamper(folder / file, **changes[file])
    with pytest.raises(
        InputError, match=f"^{folder}: expected one calibration in all files; found .*2.5.* Copy it whole"
    ):
        load(folder)


@pytest.mark.parametrize("file", ["config.json", "detente.json"])
def test_another_label_order_is_refused(folder: Path, file: str):
    order = ["oppose", "neutral", "support"]
    changes = {"config.json": {"id2label": dict(enumerate(order))}, "detente.json": {"labels": order}}
    tamper(folder / file, **changes[file])
    with pytest.raises(
        InputError, match=r"expected one label order in all files; found .*'oppose', 'neutral', 'support'"
    ):
        load(folder)


def test_another_label_order_is_refused_even_if_the_files_agree_on_it(folder: Path):
    order = ["oppose", "neutral", "support"]
    tamper(folder / "config.json", id2label=dict(enumerate(order)))
    tamper(folder / "detente.json", labels=order)
    with pytest.raises(InputError, match="expected one label order in all files"):
        load(folder)


def test_a_tokenizer_with_other_markers_is_refused(folder: Path):
    tamper(folder / "config.json", actor_id=5)
    with pytest.raises(
        InputError, match=r"expected one pair of marker ids in all files; found \(5, 194\) and \(192, 194\)\."
    ):
        load(folder)


def test_other_markers_in_detente_json_are_refused(folder: Path):
    tamper(folder / "detente.json", markers=["[A]", "[/A]", "[T]", "[/T]"])
    with pytest.raises(InputError, match="marker"):
        load(folder)


def test_a_folder_without_detente_json_is_refused(folder: Path):
    (folder / "detente.json").unlink()
    message = f"^{folder}: expected a model folder with detente.json in it; found none there$"
    for read in (load, read_info):
        with pytest.raises(InputError, match=message):
            read(folder)


def test_another_format_is_refused(folder: Path):
    tamper(folder / "detente.json", format=FORMAT + 1)
    with pytest.raises(InputError, match=f"expected format {FORMAT} of detente"):
        read_info(folder)


def test_a_family_that_this_version_does_not_know_is_refused(folder: Path):
    tamper(folder / "detente.json", family="triple")
    with pytest.raises(InputError, match="triple"):
        load(folder)


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", '{"format": 0}', b"\xff\xfe\x00"],
    ids=["empty", "no JSON", "a list", "an old format", "binary"],
)
def test_a_detente_json_of_another_shape_is_refused(folder: Path, content: str | bytes):
    path = folder / "detente.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read_info(folder)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected format 1 of detente; ")
    assert message.endswith(". Train the model again.")


def test_a_field_that_is_not_known_is_refused(folder: Path):
    tamper(folder / "detente.json", temprature=1.0)
    with pytest.raises(InputError, match="expected format 1 of detente"):
        read_info(folder)


def test_the_fault_in_detente_json_is_named(folder: Path):
    tamper(folder / "detente.json", max_length="long")
    with pytest.raises(InputError, match="max_length"):
        read_info(folder)


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_folder_that_lacks_a_file_is_refused(folder: Path, file: str):
    (folder / file).unlink()
    with pytest.raises(InputError, match=f"^{folder}: expected a whole model folder; "):
        load(folder)


@pytest.mark.parametrize("file", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_with_a_file_cut_short_is_refused(folder: Path, file: str):
    (folder / file).write_bytes((folder / file).read_bytes()[:100])
    with pytest.raises(InputError, match=f"^{folder}: expected a whole model folder; "):
        load(folder)


def test_weights_that_lack_a_layer_are_refused(folder: Path):
    weights = load_file(folder / "model.safetensors")
    del weights["out.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="expected a whole model folder"):
        load(folder)


def test_weights_of_another_shape_are_refused(folder: Path):
    weights = load_file(folder / "model.safetensors")
    weights["out.weight"] = weights["out.weight"][:2].contiguous()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="expected a whole model folder"):
        load(folder)
