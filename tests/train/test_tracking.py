"""Opening a store, and ending runs that can't end themselves."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.train.dead_runs import close_dead_runs
from detente.train.run_folder import RunFolder, find_run_folder, new_run_folder
from detente.train.tracking import open_store, tracked_run


def test_artifacts_lie_beside_the_database_wherever_the_command_runs(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_config("debug").tracking.model_copy(
        update={"uri": f"sqlite:///{workplace}/mlflow.db", "experiment": "elsewhere"}
    )
    (workplace / "sub").mkdir()
    monkeypatch.chdir(workplace / "sub")
    client, experiment = open_store(settings)
    assert client.get_experiment(experiment).artifact_location == (workplace / "mlartifacts").as_uri()


def test_a_store_that_cannot_be_opened_is_named(workplace: Path) -> None:
    settings = load_config("debug").tracking.model_copy(update={"uri": "sqlite:////proc/nowhere/mlflow.db"})
    with pytest.raises(InputError, match=r"tracking\.uri: expected an MLflow store; sqlite:////proc/nowhere"):
        open_store(settings)


def test_a_run_whose_process_is_gone_is_killed_and_a_living_one_is_not(workplace: Path, overrides: list[str]) -> None:
    config = load_config("debug", overrides)
    client, experiment = open_store(config.tracking)
    tags = {"detente.process": f"{socket.gethostname()}:999999:1"}
    dead = client.create_run(experiment, tags=tags).info.run_id
    foreign = client.create_run(experiment, tags={"detente.process": "another-host:999999:1"}).info.run_id
    with tracked_run(config, new_run_folder(config)) as tracker:
        close_dead_runs(client, experiment)
        statuses = {run: client.get_run(run).info.status for run in (dead, foreign, tracker.run_id)}
    assert statuses == {dead: "KILLED", foreign: "RUNNING", tracker.run_id: "RUNNING"}


def test_an_error_inside_a_run_ends_it_as_failed(workplace: Path, overrides: list[str]) -> None:
    config = load_config("debug", overrides)
    folder = new_run_folder(config)
    with pytest.raises(ZeroDivisionError), tracked_run(config, folder):
        _ = 1 / 0
    assert MlflowClient().get_run(str(folder.run_id)).info.status == "FAILED"


@pytest.mark.slow
def test_processes_that_meet_on_a_fresh_store_do_not_destroy_it(tmp_path: Path) -> None:
    code = (
        "from detente.configs.loading import load_config\n"
        "from detente.train.tracking import open_store\n"
        "open_store(load_config('debug').tracking)"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path) for _ in range(2)]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]


def test_two_runs_in_one_second_get_folders_of_their_own(workplace: Path, overrides: list[str]) -> None:
    config = load_config("debug", overrides)
    first, second = new_run_folder(config), new_run_folder(config)
    assert first.path != second.path
    assert load_config(second.config_file) == config


def test_a_run_is_found_by_folder_by_name_and_by_run_id(workplace: Path, overrides: list[str]) -> None:
    folder = new_run_folder(load_config("debug", overrides))
    folder.remember("abc123")
    for reference in (folder.path, folder.path.name, "abc123"):
        assert find_run_folder(reference)[0] == folder
    assert RunFolder(workplace).run_id is None
