"""Runs that are opened and closed: in a store that is there, that is away, and that comes back."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError, InterruptedRunError
from detente.configs.schema import Config
from detente.train.dead_runs import close_dead_runs
from detente.train.run_folder import RunFolder, new_run_folder
from detente.train.tracking import tracked_run
from detente.train.tracking.journal import Journal, unsent
from detente.train.tracking.sync import sync


def waiting() -> list[Journal]:
    return list(unsent(Path("outputs")))


def runs(client: MlflowClient) -> dict[str, object]:
    experiment = client.get_experiment_by_name("debug")
    return {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])} if experiment else {}


def test_a_run_that_is_sent_leaves_no_journal(config: Config, folder: RunFolder, client: MlflowClient) -> None:
    with tracked_run(config, folder) as tracker:
        tracker.log_metrics({"train/loss": 1.0}, 10)
        assert tracker.run_id == folder.run_id
        assert len(waiting()) == 1
    assert not waiting()
    run = client.get_run(str(folder.run_id))
    assert (run.info.status, run.data.metrics) == ("FINISHED", {"train/loss": 1.0})
    assert run.info.run_name == "debug pair/tiny seed 13"
    assert run.data.tags["detente.kind"] == "training"
    assert {"mlflow.user", "mlflow.source.name"} <= run.data.tags.keys()


def test_an_error_inside_a_run_ends_it_as_failed(config: Config, folder: RunFolder, client: MlflowClient) -> None:
    with pytest.raises(ZeroDivisionError), tracked_run(config, folder):
        _ = 1 / 0
    assert client.get_run(str(folder.run_id)).info.status == "FAILED"


def test_an_interruption_ends_it_as_killed_and_says_how_to_go_on(
    config: Config, folder: RunFolder, client: MlflowClient
) -> None:
    with pytest.raises(InterruptedRunError, match=f"detente train --resume {folder.path}"), tracked_run(config, folder):
        raise KeyboardInterrupt
    assert client.get_run(str(folder.run_id)).info.status == "KILLED"


def test_a_run_goes_on_as_the_same_run(config: Config, folder: RunFolder, client: MlflowClient) -> None:
    for step in (1, 2):
        with tracked_run(config, folder) as tracker:
            tracker.log_metrics({"train/loss": 1 / step}, step)
    assert [one.step for one in client.get_metric_history(str(folder.run_id), "train/loss")] == [1, 2]
    assert len(runs(client)) == 1


def test_a_store_that_is_no_store_is_refused_at_once(config: Config, folder: RunFolder) -> None:
    tracking = config.tracking.model_copy(update={"uri": "sqlite:////proc/nowhere/mlflow.db"})
    with (
        pytest.raises(InputError, match=r"tracking\.uri: expected an MLflow store; sqlite:////proc/nowhere"),
        tracked_run(config.model_copy(update={"tracking": tracking}), folder),
    ):
        pass
    assert not waiting()


class TestAStoreThatIsAway:
    def test_the_run_goes_on_is_kept_and_sent_later(
        self,
        config: Config,
        folder: RunFolder,
        client: MlflowClient,
        away: Callable[[str | None], None],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        away("no connection")
        with tracked_run(config, folder) as tracker:
            tracker.log_metrics({"train/loss": 1.0}, 10)
            assert tracker.run_id is None
        assert "can't be reached: no connection. The run goes on; it is kept in" in caplog.text
        assert "Send it later: detente sync" in caplog.text
        assert not runs(client)
        away(None)
        (one,) = sync(Path("outputs"))
        assert (one.problem, one.run_id) == (None, folder.run_id)
        run = client.get_run(str(folder.run_id))
        assert (run.info.status, run.data.metrics) == ("FINISHED", {"train/loss": 1.0})
        assert run.info.end_time - run.info.start_time < 60_000
        assert sync(Path("outputs")) == []
        assert len(runs(client)) == 1

    def test_it_may_go_away_and_come_back_while_the_run_goes_on(
        self, config: Config, folder: RunFolder, client: MlflowClient, away: Callable[[str | None], None]
    ) -> None:
        with tracked_run(config, folder) as tracker:
            tracker.log_metrics({"train/loss": 1.0}, 10)
            away("no connection")
            tracker.log_metrics({"train/loss": 0.5}, 20)
        (journal,) = waiting()
        assert not journal.is_sent
        away(None)
        assert [one.problem for one in sync(Path("outputs"))] == [None]
        assert [one.step for one in client.get_metric_history(str(folder.run_id), "train/loss")] == [10, 20]

    def test_parents_are_sent_before_their_children(
        self, config: Config, folder: RunFolder, client: MlflowClient, away: Callable[[str | None], None]
    ) -> None:
        away("no connection")
        with tracked_run(config, folder, kind="sweep", name="the sweep") as parent:
            for number in (1, 2):
                child = RunFolder(folder.path / f"trial-{number}")
                child.path.mkdir()
                with tracked_run(config, child, parent=parent, kind="trial", name=f"trial {number}") as tracker:
                    tracker.log_metrics({"sweep/macro_f1": 0.5 + number})
            away(None)
        assert {one.name: one.problem for one in sync(Path("outputs"))} == {"trial 1": None, "trial 2": None}
        found = runs(client)
        assert found.keys() == {"the sweep", "trial 1", "trial 2"}
        parents = {found[name].data.tags["mlflow.parentRunId"] for name in ("trial 1", "trial 2")}
        assert parents == {found["the sweep"].info.run_id}

    def test_a_child_waits_for_its_parent(
        self, config: Config, folder: RunFolder, client: MlflowClient, away: Callable[[str | None], None]
    ) -> None:
        child = RunFolder(folder.path / "trial-1")
        child.path.mkdir()
        away("no connection")
        with tracked_run(config, folder, name="the sweep") as parent:
            away(None)
            with tracked_run(config, child, parent=parent, name="trial 1"):
                pass
            (synced,) = [one for one in sync(Path("outputs")) if one.name == "trial 1"]
            assert synced.problem == "the run that it is a part of isn't there yet"
        assert [one.name for one in sync(Path("outputs")) if one.problem is None] == ["trial 1"]
        assert len(runs(client)) == 2

    def test_an_interrupted_run_goes_on_in_its_journal(
        self, config: Config, folder: RunFolder, client: MlflowClient, away: Callable[[str | None], None]
    ) -> None:
        def interrupted() -> None:
            with tracked_run(config, folder) as tracker:
                tracker.log_metrics({"train/loss": 1.0}, 10)
                raise KeyboardInterrupt

        away("no connection")
        with pytest.raises(InterruptedRunError):
            interrupted()
        with tracked_run(config, folder) as tracker:
            tracker.log_metrics({"train/loss": 0.5}, 20)
        assert len(waiting()) == 1
        away(None)
        sync(Path("outputs"))
        assert client.get_run(str(folder.run_id)).info.status == "FINISHED"
        assert [one.step for one in client.get_metric_history(str(folder.run_id), "train/loss")] == [10, 20]


class TestSync:
    def test_a_run_that_still_goes_on_is_left_alone(self, config: Config, folder: RunFolder) -> None:
        with tracked_run(config, folder):
            (one,) = sync(Path("outputs"))
        assert one.problem == "it still goes on"

    @pytest.mark.slow
    def test_a_run_whose_process_was_killed_is_sent_as_killed(
        self, config: Config, folder: RunFolder, client: MlflowClient, workplace: Path
    ) -> None:
        code = (
            "import os, sys\n"
            "from detente.configs.loading import load_config\n"
            "from detente.train.run_folder import RunFolder\n"
            "from detente.train.tracking import tracked_run\n"
            "from pathlib import Path\n"
            "folder = RunFolder(Path(sys.argv[1]))\n"
            "with tracked_run(load_config(folder.config_file), folder) as tracker:\n"
            "    tracker.log_metrics({'train/loss': 1.0}, 10)\n"
            "    os._exit(9)\n"
        )
        done = subprocess.run([sys.executable, "-c", code, folder.path], env=os.environ, check=False)
        assert done.returncode == 9
        assert not client.get_run(str(folder.run_id)).data.metrics
        assert [one.problem for one in sync(workplace / "outputs")] == [None]
        run = client.get_run(str(folder.run_id))
        assert (run.info.status, run.data.metrics) == ("KILLED", {"train/loss": 1.0})

    def test_a_damaged_journal_hinders_no_other(
        self, config: Config, folder: RunFolder, away: Callable[[str | None], None]
    ) -> None:
        away("no connection")
        with tracked_run(config, folder):
            pass
        away(None)
        (Path("outputs") / "unsent" / "x").mkdir()
        (Path("outputs") / "unsent" / "x" / "journal.jsonl").write_text("no json\n", encoding="utf-8")
        problems = [one.problem for one in sync(Path("outputs"))]
        assert problems.count(None) == 1
        assert [True for problem in problems if problem and "it is damaged" in problem] == [True]


def test_a_run_whose_process_is_gone_is_killed_and_a_living_one_is_not(
    config: Config, folder: RunFolder, client: MlflowClient
) -> None:
    with tracked_run(config, folder) as tracker:
        experiment = client.get_run(str(tracker.run_id)).info.experiment_id
        host = client.get_run(str(tracker.run_id)).data.tags["detente.process"].partition(":")[0]
        dead = client.create_run(experiment, tags={"detente.process": f"{host}:999999:1"}).info.run_id
        foreign = client.create_run(experiment, tags={"detente.process": "another-host:999999:1"}).info.run_id
        close_dead_runs(client, experiment)
        statuses = {run: client.get_run(run).info.status for run in (dead, foreign, str(tracker.run_id))}
    assert statuses == {dead: "KILLED", foreign: "RUNNING", folder.run_id: "RUNNING"}


def test_the_next_run_closes_the_dead_ones(config: Config, folder: RunFolder, client: MlflowClient) -> None:
    with tracked_run(config, folder) as tracker:
        first = client.get_run(str(tracker.run_id))
    host = first.data.tags["detente.process"].partition(":")[0]
    tags = {"detente.process": f"{host}:999999:1"}
    dead = client.create_run(first.info.experiment_id, tags=tags).info.run_id
    with tracked_run(config, new_run_folder(config)):
        assert client.get_run(dead).info.status == "KILLED"


def test_spread_is_that_of_the_children(config: Config, folder: RunFolder, client: MlflowClient) -> None:
    with tracked_run(config, folder) as tracker:
        tracker.log_spread({"macro_f1": [0.5, 0.7]})
    metrics = client.get_run(str(folder.run_id)).data.metrics
    assert metrics == pytest.approx(
        {"macro_f1": 0.6, "macro_f1_std": 0.1414, "macro_f1_min": 0.5, "macro_f1_max": 0.7}, abs=1e-4
    )
