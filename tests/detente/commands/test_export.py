"""`detente export`, and the commands that then use the export."""

from collections.abc import Callable
from pathlib import Path

import pytest

from detente.evaluation import admission
from detente.models.export.predictor import ExportedPredictor
from tests.exports import any_runtime, copy_graph, need, save_tiny

Detente = Callable[..., tuple[int, str, str]]
ONNX = ("export", "model", "--backend", "onnx", "--examples", "valid.jsonl", "-o", "export")


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "write_graph", copy_graph)
    any_runtime(monkeypatch)
    save_tiny("packed", tmp_path)


def test_an_export_is_used_like_any_model(detente: Detente, tmp_path: Path):
    need("onnx")
    status, out, err = detente(*ONNX)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        "examples",
        "agreement",
        "macro-F1",
        "ECE",
        "backend",
        "model",
    ]
    assert out.endswith("backend     onnx fp32\nmodel       export\n")
    assert err.splitlines() == [
        "answering 60 examples in torch and fp32",
        "writing the graph for ONNX Runtime, fp32",
        "answering them in ONNX Runtime, fp32",
    ]
    assert detente("predict", "export", "valid.jsonl", "-o", "new.jsonl").status == 0
    assert len((tmp_path / "new.jsonl").read_text().splitlines()) == 60
    assert detente("evaluate", "export", "valid.jsonl", "--no-behaviour").status == 0
    assert (tmp_path / "evaluation-report" / "report.html").is_file()


def test_a_refused_export_ends_with_status_one_and_says_what_was_measured(
    detente: Detente, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    need("onnx")
    right = ExportedPredictor._forward
    monkeypatch.setattr(ExportedPredictor, "_forward", lambda self, batch: right(self, batch)[..., ::-1])
    status, out, err = detente(*ONNX)
    assert (status, out) == (1, "")
    assert "is not kept:\n  examples    60 of valid.jsonl\n  agreement" in err
    assert not (tmp_path / "export").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--backend", "tensorrt"], "--backend: expected onnx or openvino; found tensorrt"),
        (["--dtype", "fp16"], "--dtype: expected auto, bf16 or fp32; found fp16"),
        (["--dtype", "bf16"], "--dtype: expected a precision of ONNX Runtime, auto, fp32; found bf16"),
    ],
)
def test_options_out_of_range_are_refused(options: list[str], message: str, detente: Detente, tmp_path: Path):
    assert detente(*ONNX, *options) == (2, "", f"detente: {message}\n")
    assert not (tmp_path / "export").exists()
