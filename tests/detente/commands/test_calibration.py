"""`detente calibrate`: what it prints, and which options it refuses."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detente.configs.loading import load_config, portable
from detente.data.dataset import describe
from detente.data.reading import write_records
from detente.data.records import STANCES, Example
from detente.models.folder import ModelInfo, load_model, save_model
from detente.models.predictor import Predictor

Detente = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def files(predictor: Predictor, examples: list[Example], tmp_path: Path) -> None:
    """A model, the file that it was trained on, and sixty other examples."""
    write_records(tmp_path / "train.jsonl", examples, Example)
    config = portable(load_config("debug", [f"data.train={tmp_path / 'train.jsonl'}"]))
    data = {"train": {"file": "train.jsonl", **describe(examples)}}
    save_model(predictor, ModelInfo.of(predictor, config=config, data=data, metrics={}), tmp_path / "model")
    rows = [
        {"id": str(n), "actor": "Mali", "target": "Chad", "text": f"Day {n}: {n * 7919} words of Mali on Chad."}
        for n in range(60)
    ]
    mine = [Example(label=STANCES[n % 3], group=f"g{n // 6}", **row) for n, row in enumerate(rows)]
    write_records(tmp_path / "mine.jsonl", mine, Example)


def test_what_has_changed_is_shown(detente: Detente, tmp_path: Path) -> None:
    status, out, err = detente("calibrate", "model", "mine.jsonl", "-o", "new", "--wanted-precision", 0.8)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert [line.split("  ")[0] for line in lines[:3]] == ["ECE", "negative log-likelihood", "macro-F1"]
    assert all(" before, " in line and line.endswith(" after (cross-fitted over groups)") for line in lines[:3])
    assert lines[3].startswith("confident answers, 80% of them right: on the calibration examples ")
    assert lines[4] == "model  new"
    assert load_model(tmp_path / "new").confidence.wanted_precision == 0.8


def test_that_the_training_file_is_gone_is_told(detente: Detente, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").unlink()
    status, _, err = detente("calibrate", "model", "mine.jsonl", "-o", "new")
    assert status == 0
    assert err == (
        "the training file is gone or has changed: whether its texts are among these examples could not be checked\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "isotonic"], "--method: expected temperature or vector; found isotonic"),
        (["--conformal", "2"], "conformal: expected a share above 0 and below 1, such as 0.95; found 2"),
    ],
)
def test_options_out_of_range_are_refused(options: list[str], message: str, detente: Detente, tmp_path: Path) -> None:
    assert detente("calibrate", "model", "mine.jsonl", "-o", "new", *options) == (2, "", f"detente: {message}\n")
    assert not (tmp_path / "new").exists()
