"""Opening a store."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.train.tracking.store import connect
from detente.train.tracking.view import HEADLINE, VIEW_TAG


def test_artifacts_lie_beside_the_database_wherever_the_command_runs(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workplace / "sub").mkdir()
    monkeypatch.chdir(workplace / "sub")
    client, experiment = connect(f"sqlite:///{workplace}/mlflow.db", "elsewhere")
    assert client.get_experiment(experiment).artifact_location == (workplace / "mlartifacts").as_uri()


def test_a_new_experiment_says_what_it_holds_and_which_figure_counts(workplace: Path) -> None:
    client, experiment = connect(f"sqlite:///{workplace}/mlflow.db", "news")
    tags = client.get_experiment(experiment).tags
    assert tags["mlflow.experiment.primaryMetric.name"] == HEADLINE
    assert "without a prefix are the headline" in tags["mlflow.note.content"]
    assert f"metrics.`{HEADLINE}`" in json.loads(json.loads(tags[VIEW_TAG])["state"])["selectedColumns"]
    assert connect(f"sqlite:///{workplace}/mlflow.db", "news")[1] == experiment


@pytest.mark.slow
def test_processes_that_meet_on_a_fresh_store_do_not_destroy_it(tmp_path: Path) -> None:
    code = f"from detente.train.tracking.store import connect\nconnect('sqlite:///{tmp_path}/fresh.db', 'news')"
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path) for _ in range(2)]
    assert [process.wait(timeout=300) for process in processes] == [0, 0]
    assert MlflowClient(f"sqlite:///{tmp_path}/fresh.db").get_experiment_by_name("news")
