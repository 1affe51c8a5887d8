"""Several seeds as one run with children."""

from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError, InterruptedRunError
from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.train import run as run_module
from detente.train.run import measure, resume_training
from detente.train.run_folder import find_run_folder
from detente.train.seeds import train_with_seeds


@pytest.mark.slow
def test_each_seed_is_a_child_and_the_parent_has_mean_and_spread(workplace: Path, overrides: list[str]) -> None:
    settings = ["tracking.register_as=tiny", "train.epochs=1", "evaluation.baselines=[majority]"]
    done = train_with_seeds(load_config("debug", [*overrides, *settings]), 2)
    client = MlflowClient(f"sqlite:///{workplace}/mlflow.db")
    parent = client.get_run(str(done.run_id))
    query = f"tags.mlflow.parentRunId = '{done.run_id}'"
    children = client.search_runs([parent.info.experiment_id], query)
    assert {run.info.run_name for run in children} == {"debug pair/tiny seed 13", "debug pair/tiny seed 14"}
    assert {run.data.tags["detente.kind"] for run in children} == {"seed"}
    values = [run.data.metrics["macro_f1"] for run in children]
    assert parent.data.metrics["macro_f1"] == parent.data.metrics["test/macro_f1"] == pytest.approx(mean(values))
    assert parent.data.metrics["macro_f1_std"] == pytest.approx(stdev(values))
    assert (parent.info.run_name, parent.data.tags["detente.kind"]) == ("debug 2 seeds", "seeds")
    assert "mean and standard deviation of 2 seeds" in parent.data.tags["mlflow.note.content"]
    (version,) = client.search_model_versions("name = 'tiny'")
    assert version.run_id == done.runs[13].run_id
    with pytest.raises(InputError, match="expected a run's folder"):
        find_run_folder(done.folder)


def test_one_seed_is_no_spread(workplace: Path, overrides: list[str]) -> None:
    with pytest.raises(InputError, match=r"--seeds: expected at least 2; found 1"):
        train_with_seeds(load_config("debug", overrides), 1)


def test_several_processes_are_refused(workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match=r"--seeds: expected one process; found several"):
        train_with_seeds(load_config("debug", overrides), 2)


@pytest.mark.slow
def test_what_was_stopped_is_told_and_goes_on_by_itself(
    workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_the_first(config: Config, *given: Any, **more: Any) -> Any:
        if config.seed == 14:
            raise KeyboardInterrupt
        return measure(config, *given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "measure", only_the_first)
        with pytest.raises(
            InterruptedRunError, match=r"1 of 3 finished\. Finish the last with: detente train --res"
        ) as told:
            train_with_seeds(load_config("debug", [*overrides, "train.epochs=1"]), 3)
    resumed = resume_training(str(told.value).rpartition(" ")[2])
    assert resumed is not None
    assert resumed.folder.name == "seed-14"
    assert resumed.reference.startswith("runs:/")
