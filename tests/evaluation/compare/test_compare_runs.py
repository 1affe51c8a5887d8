"""Runs found, compared, written and logged."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError
from detente.evaluation.compare.compare_runs import compare_runs
from detente.evaluation.evaluated import EVALUATED, write_evaluated

Log = Callable[..., str]


def test_runs_are_compared_and_the_page_is_logged(log_run: Log, client: MlflowClient, tmp_path: Path) -> None:
    done = compare_runs([log_run("weak", range(0, 60, 2)), log_run("good")], tmp_path / "out")
    assert done.comparison.best.contender.name == "good"
    assert done.page == tmp_path / "out" / "compare.html"
    assert done.run_id is not None
    assert client.get_run(done.run_id).info.status == "FINISHED"


def test_the_last_runs_of_an_experiment_with_their_seeds(log_run: Log, tmp_path: Path) -> None:
    for seed in range(2):
        for name, wrong in (("a", [seed]), ("b", range(seed, 60, 2))):
            log_run(
                f"{name}{seed}", wrong, config=f"name: {name}\nseed: {seed}\nmodel: {name}\n", tags={"config": name}
            )
    done = compare_runs([], tmp_path, experiment="stances", last=4, log=False)
    assert [one.contender.name for one in done.comparison.standings] == ["a, 2 seeds", "b, 2 seeds"]
    assert done.run_id is None


def test_folders_are_compared_without_a_store(
    make_evaluated: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, wrong in (("one", [1]), ("two", [2, 3])):
        (tmp_path / name).mkdir()
        write_evaluated(tmp_path / name / EVALUATED, make_evaluated(wrong))
    done = compare_runs(["one", "two"], tmp_path / "out")
    assert done.run_id is None
    assert [one.contender.name for one in done.comparison.standings] == ["one", "two"]
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, "neither"),
        ({"last": 3}, "--last"),
        ({"experiment": "x"}, "--experiment"),
        ({"references": ["a"], "last": 3, "experiment": "x"}, "runs and --last and --experiment"),
    ],
)
def test_runs_are_named_one_way_or_the_other(given: dict, found: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"expected runs, or --last N with --experiment NAME; found {found}$"):
        compare_runs(given.pop("references", []), tmp_path, **given)
