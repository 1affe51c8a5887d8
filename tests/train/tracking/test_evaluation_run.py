"""The run of `detente evaluate`."""

import time
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.evaluation.suite import evaluate_file
from detente.train.run import TrainedRun
from detente.train.tracking.evaluation_run import log_evaluation_run


@pytest.mark.slow
def test_it_is_linked_to_the_model_and_to_the_run_that_trained_it(
    finished: TrainedRun, workplace: Path, client: MlflowClient
) -> None:
    (workplace / "ev").mkdir()
    (workplace / "ev" / "notes.txt").write_text("the user's own", encoding="utf-8")
    since = time.time() + 0.01
    time.sleep(0.02)
    evaluation = evaluate_file(finished.model, workplace / "examples.jsonl", workplace / "ev", with_behaviour=False)
    about = {"model": str(finished.model), "examples": workplace / "examples.jsonl", "since": since}
    run = client.get_run(str(log_evaluation_run(evaluation, workplace / "ev", **about)))
    trained = client.get_run(str(finished.run_id))
    assert run.info.experiment_id == trained.info.experiment_id
    assert run.info.run_name == "evaluate debug on examples.jsonl"
    assert run.data.tags["detente.kind"] == "evaluation"
    assert run.data.tags["detente.model_run"] == finished.run_id
    assert [one.model_id for one in run.inputs.model_inputs] == [one.model_id for one in trained.outputs.model_outputs]
    (dataset,) = run.inputs.dataset_inputs
    assert (dataset.dataset.name, dataset.tags[0].value) == ("examples.jsonl", "evaluation")
    assert run.data.metrics["macro_f1"] == pytest.approx(evaluation.model.scores.macro_f1)
    logged = client.get_logged_model(run.inputs.model_inputs[0].model_id)
    assert run.info.run_id in {one.run_id for one in logged.metrics}
    files = {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "evaluation")}
    assert {"report.html", "metrics.json", "predictions.parquet"} <= files
    assert "notes.txt" not in files
