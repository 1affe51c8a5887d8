"""Real trainings, as `detente train` leaves them, compared by all their names."""

import shutil
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.loading import load_config
from detente.evaluation.compare.compare_runs import compare_runs
from detente.evaluation.compare.folders import read_run
from detente.evaluation.compare.registry import promote
from detente.evaluation.suite import evaluate_file
from detente.train.run import TrainedRun, train_model


def trained(examples_file: Path, *settings: str) -> TrainedRun:
    files = [f"data.{part}={examples_file}" for part in ("train", "valid", "test")]
    run = train_model(load_config("debug", [*files, "train.device=cpu", "train.epochs=1", *settings]))
    assert run is not None
    return run


@pytest.mark.slow
def test_trainings_are_compared_promoted_and_measured_again(
    client: MlflowClient, examples_file: Path, tmp_path: Path
) -> None:
    runs = [trained(examples_file, f"seed={seed}", "tracking.register_as=tiny") for seed in (1, 2)]
    runs.append(trained(examples_file, "train.learning_rate=1e-3"))
    done = compare_runs([runs[0].run_id, str(runs[1].folder), str(runs[2].model)], tmp_path / "out")
    comparison = done.comparison
    assert {len(one.contender.runs) for one in comparison.standings} == {1, 2}
    assert {"seed", "train.learning_rate"} <= set(comparison.settings)
    logged = {run.run_id: run for run in comparison.runs}
    for run in runs:
        found = logged[run.run_id]
        assert found.evaluated.probabilities == pytest.approx(run.evaluation.model.probabilities)
        assert found.cost.parameters == read_run(run.folder).cost.parameters
        assert found.cost.parameters is not None
        assert found.cost.training_seconds is not None
        assert found.leaks == "texts 100.0%, groups 100.0%"
    value = next(one.value for one in comparison.standings if len(one.contender.runs) == 1)
    assert value == pytest.approx(runs[2].evaluation.model.scores.macro_f1)

    assert promote("tiny", tmp_path / "out").decision.promoted
    assert client.get_model_version_by_alias("tiny", "champion").run_id == runs[1].run_id

    for place, run in enumerate(runs[:2]):
        evaluate_file(run.model, examples_file, tmp_path / f"report{place}", with_behaviour=False)
    again = compare_runs([str(tmp_path / f"report{place}") for place in range(2)], tmp_path / "again").comparison
    assert set(again.settings) == {"seed"}
    costs = [run.cost for run in again.runs]
    assert all(cost.examples_per_second and cost.parameters for cost in costs)


@pytest.mark.slow
def test_a_model_without_its_evaluation_is_told_to_be_measured(
    client: MlflowClient, examples_file: Path, tmp_path: Path
) -> None:
    run = trained(examples_file)
    shutil.move(run.model, tmp_path / "moved")
    report = tmp_path / "moved" / "report"
    evaluate_file(tmp_path / "moved", examples_file, report, with_behaviour=False)
    done = compare_runs([str(report), run.run_id], tmp_path / "out")
    assert set(done.comparison.settings) <= {"code"}
