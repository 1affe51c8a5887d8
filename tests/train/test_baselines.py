"""A baseline through all commands, as if it were a model."""

import json
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.tracking import MlflowClient
from transformers import BertConfig, BertForSequenceClassification

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.configs.schema import BASELINE_FAMILIES
from detente.configs.store import default_tracking_uri
from detente.data.reading import read_examples, read_predictions, write_records
from detente.data.records import Example
from detente.evaluation.suite import evaluate_file
from detente.inference.batch import predict_files
from detente.models.encoders import RANDOM, load_encoder
from detente.models.folder import load_model, read_info
from detente.train import run as run_module
from detente.train.run import TrainedRun, resume_training, train_model

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


@pytest.fixture
def settings(workplace: Path) -> list[str]:
    """A little of the samples, and few resamples."""
    for part in ("train", "valid", "test"):
        examples = list(read_examples(SAMPLES / f"{part}.jsonl", labelled=True))[:60]
        write_records(workplace / f"{part}.jsonl", examples, Example)
    return [
        *(f"data.{part}={workplace / part}.jsonl" for part in ("train", "valid", "test")),
        *("evaluation.bootstrap=20", "evaluation.baselines=[majority, lookup]", "train.device=cpu", "train.dtype=fp32"),
    ]


@pytest.fixture
def nli_folder(workplace: Path) -> Path:
    """A model of natural language inference with random weights."""
    _, tokenizer = load_encoder(RANDOM)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    labels = {"entailment": 0, "neutral": 1, "contradiction": 2}
    names = {place: label for label, place in labels.items()}
    config = BertConfig(vocab_size=len(tokenizer), id2label=names, label2id=labels, **sizes)
    BertForSequenceClassification(config).save_pretrained(workplace / "nli")
    tokenizer.save_pretrained(workplace / "nli")
    return workplace / "nli"


def train(settings: list[str], family: str, *more: str) -> TrainedRun:
    run = train_model(load_config("baseline", [*settings, f"model.family={family}", *more]))
    assert run is not None
    return run


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(BASELINE_FAMILIES))
def test_a_baseline_goes_from_config_to_predictions_evaluation_and_mlflow(
    settings: list[str], workplace: Path, nli_folder: Path, family: str
) -> None:
    encoder = {"frozen_encoder": "random:tiny", "zero_shot_nli": str(nli_folder)}.get(family, "null")
    run = train(settings, family, f"model.encoder={encoder}")
    assert read_info(run.model).family == family
    assert {file.suffix for file in run.model.rglob("*") if file.is_file()} <= {".json", ".safetensors", ".md"}

    predictor = load_model(run.reference, device="cpu", dtype="fp32")
    predicted = predict_files(predictor, [workplace / "test.jsonl"], workplace / "stances.jsonl", progress=False)
    assert predicted.predictions == 60
    rows = list(read_predictions(workplace / "stances.jsonl"))
    assert [row.p_support for row in rows] == [one.p_support for one in run.evaluation.predictions]

    again = evaluate_file(run.model, workplace / "test.jsonl", workplace / "report", with_behaviour=False)
    assert again.model.scores.macro_f1 == run.evaluation.model.scores.macro_f1

    asked = [{"actor": row.actor, "target": row.target, "text": row.text} for row in rows]
    served = mlflow.pyfunc.load_model(run.reference).predict(asked)
    columns = ["p_support", "p_neutral", "p_oppose"]
    np.testing.assert_allclose(served[columns], load_model(run.model).predict_proba(asked), atol=1e-6)


def test_the_run_tells_what_it_trained_and_no_setting_that_it_did_not_read(settings: list[str]) -> None:
    run = train(settings, "names_only", "model.encoder=random:tiny")
    tracked = MlflowClient().get_run(run.run_id)
    assert tracked.info.status == "FINISHED"
    assert (tracked.data.tags["family"], tracked.data.tags["encoder"]) == ("names_only", "none")
    assert tracked.data.tags["mlflow.note.content"].startswith("**baseline**: names_only model, encoder `none`, seed")
    assert {"seed", "model.family", "calibration.method", "data.train"} <= tracked.data.params.keys()
    assert not [name for name in tracked.data.params if name.startswith(("train.", "model.encoder", "model.dropout"))]
    assert tracked.data.metrics["test/macro_f1"] == run.evaluation.model.scores.macro_f1


def test_a_baseline_that_was_interrupted_goes_on(settings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power went out")

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "measure", broken)
        with pytest.raises(RuntimeError, match="power"):
            train(settings, "majority")
    (failed,) = MlflowClient().search_runs([MlflowClient().get_experiment_by_name("detente").experiment_id])
    resumed = resume_training(failed.info.run_id)
    assert resumed is not None
    assert resumed.run_id == failed.info.run_id
    assert not (resumed.folder / "checkpoints").exists()


def test_a_model_of_inference_that_is_not_there_stops_before_the_run_is_opened(settings: list[str]) -> None:
    with pytest.raises(InputError, match="expected the hub id or the folder of a model of natural language inference"):
        train(settings, "zero_shot_nli", "model.encoder=./nowhere")
    assert MlflowClient(default_tracking_uri()).get_experiment_by_name("detente") is None


def test_the_shipped_config_trains_on_the_samples(workplace: Path) -> None:
    run = train_model(load_config("baseline", ["evaluation.bootstrap=20", "evaluation.baselines=[majority]"]))
    assert run is not None
    assert run.evaluation.model.scores.macro_f1 > run.evaluation.baselines["majority"].scores.macro_f1 + 0.3
    content = json.loads((run.model / "detente.json").read_text(encoding="utf-8"))
    assert content["data"]["train"]["examples"] == 6904
