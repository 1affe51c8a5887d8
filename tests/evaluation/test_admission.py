"""`detente export` from Python: what it writes, what it refuses, and that nothing is left of what was refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.configs.schema import CalibrationConfig
from detente.data.reading import write_records
from detente.data.records import Example
from detente.evaluation import admission
from detente.evaluation.admission import RefusedExportError, export_model
from detente.models.export import graph as graphs
from detente.models.export.predictor import ExportedPredictor
from detente.models.export.record import EXPORT_JSON, read_record
from detente.models.export.runtimes import graph_files
from detente.models.folder import load_model, read_info, save_model
from tests.exports import FAMILIES, LABELLED, any_runtime, copy_graph, need, runtimes, save_tiny, tiny
from tests.models.test_packed import QUESTIONS


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "write_graph", copy_graph)
    any_runtime(monkeypatch)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@runtimes
@pytest.mark.parametrize("family", FAMILIES)
def test_an_export_is_loaded_and_answers_like_its_model(family: str, backend: str, tmp_path: Path):
    need(backend)
    model, examples = save_tiny(family, tmp_path)
    done = export_model(model, tmp_path / "new" / "export", examples, backend, dtype="fp32")
    export = load_model(done.folder)
    assert isinstance(export, ExportedPredictor)
    source = load_model(model, device="cpu", dtype="fp32")
    assert (export.calibration, export.confidence) == (source.calibration, source.confidence)
    assert np.abs(export.predict_proba(QUESTIONS) - source.predict_proba(QUESTIONS)).max() < 1e-4
    assert [answer.confident for answer in export.predict(QUESTIONS)] == [
        answer.confident for answer in source.predict(QUESTIONS)
    ]
    assert files(tmp_path / "new") == {"export"}  # nothing else is left


def test_the_record_says_what_was_made_of_what_and_how_near_it_comes(tmp_path: Path):
    need("onnx")
    model, examples = save_tiny("pair", tmp_path)
    done = export_model(model, tmp_path / "export", examples, "onnx")
    assert read_record(done.folder) == done.record
    content = json.loads((done.folder / EXPORT_JSON).read_text())
    assert (content["backend"], content["precision"]) == ("onnx", "fp32")
    assert set(content["graph"]) == {"model.onnx"}
    assert set(content["source"]) >= {"config.json", "detente.json", "model.safetensors", "tokenizer.json"}
    assert {"python", "torch", "onnxruntime"} <= set(content["versions"])
    parity = content["parity"]
    assert (parity["examples"], parity["file"], parity["agreement"]) == (60, "valid.jsonl", 1)
    assert parity["difference"] < 1e-4
    assert parity["macro_f1"] == parity["macro_f1_torch"]
    assert set(parity["limits"]) == {"difference", "agreement", "macro_f1_loss", "ece_difference"}
    assert read_info(done.folder) == read_info(model).model_copy(update={"backend": "onnx"})
    assert "model.safetensors" not in files(done.folder)


def test_what_openvino_rounds_is_admitted_by_its_own_limits(tmp_path: Path):
    need("openvino")
    model, examples = save_tiny("packed", tmp_path)
    done = export_model(model, tmp_path / "export", examples, "openvino", dtype="bf16", tolerance=1000)
    assert done.record.precision == "bf16"
    assert done.record.parity.limits.difference is None
    exact, rounded = (load_model(done.folder, dtype=dtype) for dtype in ("fp32", "bf16"))
    assert (exact.settings["dtype"], rounded.settings["dtype"]) == ("fp32", "bf16")
    expected = tiny("packed").predict_proba(QUESTIONS)
    assert np.abs(exact.predict_proba(QUESTIONS) - expected).max() < 1e-4


def test_int8_is_smaller_and_near(tmp_path: Path):
    need("onnx")
    model, examples = save_tiny("packed", tmp_path)
    exact = export_model(model, tmp_path / "exact", examples, "onnx")
    rounded = export_model(model, tmp_path / "rounded", examples, "onnx", int8=True, tolerance=1000)
    assert rounded.record.precision == "int8"
    sizes = [graph_files(done.folder, "onnx")[0].stat().st_size for done in (rounded, exact)]
    assert sizes[0] < sizes[1]
    difference = np.abs(load_model(rounded.folder).predict_proba(QUESTIONS) - tiny("packed").predict_proba(QUESTIONS))
    assert 1e-4 < difference.max() < 0.5


@runtimes
def test_an_export_that_answers_otherwise_is_refused_and_nothing_is_left(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    need(backend)
    model, examples = save_tiny("pair", tmp_path)
    before = files(tmp_path)
    right = ExportedPredictor._forward
    monkeypatch.setattr(ExportedPredictor, "_forward", lambda self, batch: right(self, batch)[..., ::-1])
    with pytest.raises(RefusedExportError) as caught:
        export_model(model, tmp_path / "export", examples, backend, dtype="fp32")
    message = str(caught.value)
    assert message.startswith("the export answers otherwise than the model in torch and fp32, and is not kept:\n")
    for part in ("examples    60 of valid.jsonl", "macro-F1", "ECE", "probabilities differ by at most 0.001 expected"):
        assert part in message
    assert caught.value.exit_status == 1
    assert files(tmp_path) == before


def test_an_export_is_calibrated_and_saved_like_any_model(tmp_path: Path):
    need("onnx")
    model, examples = save_tiny("pair", tmp_path)
    done = export_model(model, tmp_path / "export", examples, "onnx")
    export = load_model(done.folder)
    raw = export.calibration.undo(export.predict_logits(LABELLED))
    export.calibrate(LABELLED, CalibrationConfig(method="temperature", wanted_precision=0.8, conformal=None))
    info = read_info(done.folder).model_copy(
        update={"calibration": export.calibration, "confidence": export.confidence}
    )
    save_model(export, info, tmp_path / "again")
    again = load_model(tmp_path / "again")
    assert again.calibration == export.calibration != load_model(model).calibration
    assert again.predict_logits(LABELLED) == pytest.approx(export.calibration.apply(raw), abs=1e-5)
    assert files(tmp_path / "again") == files(done.folder)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.onnx").unlink(), "expected the graph that export.json describes"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"x"), "expected the graph that export.json describes"),
        (lambda folder: (folder / EXPORT_JSON).unlink(), "export.json is missing"),
        (lambda folder: (folder / EXPORT_JSON).write_text("{}"), "expected format 1 of an export"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "expected a whole model folder"),
    ],
    ids=["no graph", "another graph", "no record", "another record", "no tokenizer"],
)
def test_a_damaged_export_is_refused(damage: object, message: str, exported: Path):
    damage(exported)
    with pytest.raises(InputError, match=message):
        load_model(exported)


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    need("onnx")
    model, examples = save_tiny("pair", tmp_path)
    return export_model(model, tmp_path / "export", examples, "onnx").folder


def test_an_export_is_not_exported_again(exported: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"expected a model in torch; found an export for ONNX Runtime"):
        export_model(exported, tmp_path / "again", tmp_path / "valid.jsonl", "onnx")


def test_what_is_there_is_not_written_over(exported: Path, tmp_path: Path):
    with pytest.raises(InputError, match=r"expected a new folder to write to; found something there"):
        export_model(tmp_path / "model", exported, tmp_path / "valid.jsonl", "onnx")


def test_examples_without_labels_are_refused(tmp_path: Path):
    need("onnx")
    model, examples = save_tiny("pair", tmp_path)
    write_records(examples, [], Example)
    with pytest.raises(InputError, match=r"expected labelled examples|found none"):
        export_model(model, tmp_path / "export", examples, "onnx")


def test_a_tolerance_that_is_none_is_refused(tmp_path: Path):
    model, examples = save_tiny("pair", tmp_path)
    with pytest.raises(InputError, match="tolerance: expected a number above 0, such as 2; found 0"):
        export_model(model, tmp_path / "export", examples, "onnx", tolerance=0)


def test_a_runtime_that_is_not_installed_is_named_before_anything_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    model, examples = save_tiny("pair", tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "onnxscript", None)
    with pytest.raises(InputError, match=r"the package onnxscript.*pip install 'detente\[openvino\]'"):
        export_model(model, tmp_path / "export", examples, "openvino")


def test_an_encoder_that_cannot_be_exported_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    import torch  # noqa: PLC0415

    def fail(*_: object, **__: object) -> None:
        raise torch.onnx.OnnxExporterError("no such operation\nand a long tale")

    monkeypatch.setattr(torch.onnx, "export", fail)
    with pytest.raises(graphs.ExportError, match=r"torch.onnx says: no such operation$"):
        graphs.write_graph(tiny("pair"), tmp_path / "model.onnx")
