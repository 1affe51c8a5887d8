"""Evaluated models on disk."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from detente.configs.errors import InputError
from detente.evaluation.compare.folders import (
    MODEL_JSON,
    count_parameters,
    read_run,
    settings_of,
    write_model_facts,
)
from detente.evaluation.evaluated import EVALUATED, write_evaluated

CONFIG = {
    "name": "quick",
    "seed": 13,
    "output_dir": "outputs",
    "data": {"train": "a/train.jsonl", "valid": ["x/one.csv", "y/two.csv"], "test": None, "skip_invalid": False},
    "train": {"epochs": 3},
    "tracking": {"uri": None},
}
FACTS = {"config": CONFIG, "data": {"train": {"sha256": "f" * 64}}, "versions": {"detente": "0.1.0"}, "metrics": {}}


@pytest.fixture
def run_folder(tmp_path: Path, make_evaluated: Callable) -> Path:
    """As a training leaves it."""
    for name in ("model", "evaluation"):
        (tmp_path / "run" / name).mkdir(parents=True)
    (tmp_path / "run" / "model" / "detente.json").write_text(json.dumps(FACTS), encoding="utf-8")
    weights = {"a": np.zeros((3, 4), dtype=np.float32), "b": np.zeros(5, dtype=np.float32)}
    save_file(weights, tmp_path / "run" / "model" / "model.safetensors")
    write_evaluated(tmp_path / "run" / "evaluation" / EVALUATED, make_evaluated([1]))
    return tmp_path / "run"


@pytest.mark.parametrize("part", ["", "model", "evaluation"])
def test_a_run_is_read_from_its_folder_its_model_and_its_evaluation(part: str, run_folder: Path) -> None:
    run = read_run(run_folder / part)
    assert run.name == str(run_folder / part)
    assert run.evaluated.ids[0] == "e0"
    assert (run.config, run.cost.parameters, run.cost.examples_per_second) == ("quick", 17, 60.0)
    assert run.settings["train.epochs"] == "3"
    assert run.run_id is None


def test_the_mlflow_run_of_a_folder_is_known(run_folder: Path, make_evaluated: Callable) -> None:
    (run_folder / "run.json").write_text('{"run_id": "abc"}', encoding="utf-8")
    assert read_run(run_folder / "model").run_id == "abc"
    (run_folder / "other").mkdir()
    write_evaluated(run_folder / "other" / EVALUATED, make_evaluated([1]))
    (run_folder / "other" / MODEL_JSON).write_text(json.dumps(FACTS | {"parameters": 1}), encoding="utf-8")
    assert read_run(run_folder / "other").run_id is None, "a report of another model, in the folder of the run"


def test_a_report_tells_what_model_it_is_of(run_folder: Path, make_evaluated: Callable, tmp_path: Path) -> None:
    report = tmp_path / "report"
    report.mkdir()
    write_evaluated(report / EVALUATED, make_evaluated([1], seconds=None))
    write_model_facts(report, run_folder / "model")
    run = read_run(report)
    assert run.settings == read_run(run_folder).settings
    assert (run.cost.parameters, run.cost.examples_per_second) == (17, None)


def test_an_evaluation_alone_will_do(make_evaluated: Callable, tmp_path: Path) -> None:
    write_evaluated(tmp_path / EVALUATED, make_evaluated())
    run = read_run(tmp_path)
    assert (run.settings, run.config, run.cost.parameters) == ({}, None, None)


def test_settings_are_those_that_change_the_model() -> None:
    assert settings_of(CONFIG, {"train": "f" * 64}, "detente 0.1.0") == {
        "seed": "13",
        "data.train": "train.jsonl ffffffffffff",
        "data.valid": "one.csv, two.csv",
        "data.test": "None",
        "data.unlabelled": "None",
        "data.skip_invalid": "False",
        "train.epochs": "3",
        "code": "detente 0.1.0",
    }


def test_a_folder_without_an_evaluation_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected an evaluation with evaluated\.parquet.*detente evaluate .*-o DIR"):
        read_run(tmp_path)


def test_damaged_facts_about_the_model_are_named(make_evaluated: Callable, tmp_path: Path) -> None:
    write_evaluated(tmp_path / EVALUATED, make_evaluated())
    (tmp_path / MODEL_JSON).write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="expected JSON about the model; it is damaged"):
        read_run(tmp_path)


def test_weights_that_are_not_there_or_damaged_are_not_counted(tmp_path: Path) -> None:
    assert count_parameters(tmp_path) is None
    (tmp_path / "model.safetensors").write_bytes(b"x")
    assert count_parameters(tmp_path) is None
