"""An export answers as the model in torch, whatever is asked together."""

import copy
import itertools
from pathlib import Path

import numpy as np
import pytest

from detente.models.export.loading import open_export
from detente.models.export.predictor import ExportedPredictor
from detente.models.export.runtimes import RUNTIMES
from tests.exports import FAMILIES, any_runtime, need, runtimes, tiny, tiny_graph
from tests.models.test_packed import PAIRS, QUESTIONS, ask

NAMES = [f"Actor{letter}" for letter in "ABCDEFGH"]
CROWD = " and ".join(NAMES) + " met in Tull."
BATCHES = {
    "one pair": PAIRS[:1],
    "names without spans": [ask("(author)", "(nobody)"), ask("(author)", "Marrow")],
    "one text": PAIRS,
    "texts of many lengths": [
        *QUESTIONS,
        ask("Tull", "the union", "Tull left the union. " * 12),
        ask("A", "B", "A, B"),
    ],
    "many actors": [ask(actor, target, CROWD) for actor, target in itertools.permutations(NAMES, 2)],
}


@pytest.fixture
def export(family: str, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExportedPredictor:
    need(backend)
    any_runtime(monkeypatch)
    graph = tmp_path / "graph" / "model.onnx"
    graph.parent.mkdir()
    graph.write_bytes(tiny_graph(family).read_bytes())
    RUNTIMES[backend].write(graph, tmp_path, "fp32")
    export = open_export(tmp_path, tiny(family).encoding, backend, "fp32")
    export.calibration = tiny(family).calibration
    return export


@runtimes
@pytest.mark.parametrize("family", FAMILIES)
def test_it_answers_as_the_model_in_torch_for_batches_of_any_shape(export: ExportedPredictor, family: str):
    for name, questions in BATCHES.items():
        for batch_tokens in (1, 4096):
            export.batch_tokens = batch_tokens
            expected = tiny(family).predict_logits(questions)
            assert np.abs(export.predict_logits(questions) - expected).max() < 1e-4, name
    assert tiny(family).predict_logits(QUESTIONS)[:, 0].std() > 0.1  # they do differ


@runtimes
@pytest.mark.parametrize("family", FAMILIES[:1])
def test_another_process_gets_one_that_answers_the_same(export: ExportedPredictor, family: str):
    other = copy.copy(export)  # made of what a process is sent
    assert other.session is not export.session
    assert np.array_equal(other.predict_logits(PAIRS), export.predict_logits(PAIRS))


@runtimes
@pytest.mark.parametrize("family", FAMILIES[:1])
def test_no_answer_is_changed_by_the_next(export: ExportedPredictor, family: str):
    first = export.predict_logits(PAIRS[:1])
    kept = first.copy()
    export.predict_logits(PAIRS[5:6])
    assert np.array_equal(first, kept)


@pytest.mark.parametrize(("family", "backend"), [("pair", "onnx")])
def test_it_says_how_it_computes(export: ExportedPredictor):
    assert export.settings == {
        "predictor": "ExportedPredictor",
        "backend": "onnx",
        "device": "cpu",
        "dtype": "fp32",
        "batch_tokens": 1024,
    }


@pytest.mark.parametrize(("family", "backend"), [("pair", "onnx")])
def test_its_calibration_can_be_changed(export: ExportedPredictor):
    raw = export.calibration.undo(export.predict_logits(PAIRS))
    export.calibration = type(export.calibration)()
    assert export.predict_logits(PAIRS) == pytest.approx(raw, abs=1e-6)


def test_writing_the_graph_leaves_the_model_as_it_was():
    before = tiny("pair").calibration
    tiny_graph("pair")
    assert tiny("pair").calibration == before
    assert before.scale != (1.0, 1.0, 1.0)
