"""Sending: nothing twice, nothing left out, whenever it is broken off."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from detente.train.tracking.journal import Head, Journal
from detente.train.tracking.sender import Sender
from detente.train.tracking.store import FAULTS

STEPS = 30


@pytest.fixture
def journal(workplace: Path) -> Iterator[Journal]:
    """Curves, settings, a dataset, a file, a text and an end."""
    made = Journal.begin(workplace / "outputs", Head(f"sqlite:///{workplace}/mlflow.db", "news", "quick", 1000))
    made.append("batch", metrics=[], params={"seed": "13"}, tags={"family": "pair"})
    made.append("datasets", datasets=[("train.jsonl", "abc", "{}", "train")])
    for step in range(STEPS):
        made.append("batch", metrics=[("train/loss", 1 / (step + 1), 2000 + step, step)], params={}, tags={})
    made.append("artifact", path=made.keep_text("figures", "metrics.json"), under="evaluation")
    made.append("end", status="FINISHED", time=9000)
    yield made
    made.release()


def only_run(client: MlflowClient) -> Run:
    (run,) = client.search_runs([client.get_experiment_by_name("news").experiment_id])
    return run


def check_whole(client: MlflowClient) -> None:
    run = only_run(client)
    assert (run.info.run_name, run.info.start_time, run.info.end_time, run.info.status) == (
        "quick",
        1000,
        9000,
        "FINISHED",
    )
    history = client.get_metric_history(run.info.run_id, "train/loss")
    assert [(one.step, one.timestamp) for one in history] == [(step, 2000 + step) for step in range(STEPS)]
    assert (run.data.params, run.data.tags["family"]) == ({"seed": "13"}, "pair")
    assert [(one.dataset.name, one.dataset.digest) for one in run.inputs.dataset_inputs] == [("train.jsonl", "abc")]
    assert [one.path for one in client.list_artifacts(run.info.run_id, "evaluation")] == ["evaluation/metrics.json"]


def test_a_journal_becomes_a_run_with_its_own_times(journal: Journal, client: MlflowClient) -> None:
    Sender(journal).send()
    check_whole(client)
    assert journal.is_sent


def test_curves_go_in_few_requests(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    send = MlflowClient.log_batch
    monkeypatch.setattr(MlflowClient, "log_batch", lambda *given, **named: (asked.append(1), send(*given, **named))[1])
    Sender(journal).send()
    assert len(asked) == 2


@pytest.mark.parametrize("request_name", ["create_run", "log_batch", "log_inputs", "log_artifact", "set_terminated"])
@pytest.mark.parametrize("answered", [False, True])
def test_an_attempt_that_broke_off_is_completed(
    journal: Journal, client: MlflowClient, monkeypatch: pytest.MonkeyPatch, request_name: str, *, answered: bool
) -> None:
    real = getattr(MlflowClient, request_name)

    def breaks(*given: object, **named: object) -> object:
        if answered:  # the store has done it, and the answer is lost
            real(*given, **named)
        raise OSError("the line is dead")

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, request_name, breaks)
        with pytest.raises(OSError, match="dead"):
            Sender(journal).send()
    Sender(Journal(journal.path)).send()
    check_whole(client)


def test_sending_all_of_it_again_changes_nothing(journal: Journal, client: MlflowClient) -> None:
    Sender(journal).send()
    journal.note(sent=0)
    Sender(journal).send()
    check_whole(client)


def test_a_store_that_does_not_know_the_run_gets_all_of_it(
    journal: Journal, client: MlflowClient, workplace: Path, empty_store: Path
) -> None:
    Sender(journal).send()
    (workplace / "other").mkdir()
    shutil.copy(empty_store, workplace / "other" / "mlflow.db")
    address = f"sqlite:///{workplace}/other/mlflow.db"
    Sender(journal, address).send()
    check_whole(MlflowClient(address))
    check_whole(client)


def test_what_a_store_refuses_hinders_nothing_else(
    journal: Journal, client: MlflowClient, caplog: pytest.LogCaptureFixture
) -> None:
    journal.append("batch", metrics=[("late", 1.0, 1, 0)], params={"seed": "14"}, tags={"after": "all"})
    Sender(journal).send()
    run = only_run(client)
    assert (run.data.params["seed"], run.data.metrics["late"], run.data.tags["after"]) == ("13", 1.0, "all")
    assert "refuses params of the run" in caplog.text
    assert journal.is_sent


def test_a_store_that_is_away_is_told(journal: Journal, away: Callable[[str | None], None]) -> None:
    away("no connection")
    with pytest.raises(FAULTS, match="no connection"):
        Sender(journal).send()
    assert not journal.is_sent


def test_a_request_that_fails_for_another_reason_is_tried_again(
    journal: Journal, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise MlflowException("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_batch", fails)
        with pytest.raises(MlflowException, match="full"):
            Sender(journal).send()
    Sender(journal).send()
    check_whole(client)
