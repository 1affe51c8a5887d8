"""Runs of a real tracking store, by all their names; and comparisons that are logged there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import DetenteError, InputError
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.report import write_comparison
from detente.evaluation.compare.runs import find_runs, last_runs, log_comparison, open_client
from detente.evaluation.evaluated import EVALUATED, write_evaluated

Log = Callable[..., str]
Register = Callable[..., str]


class TestFindRuns:
    def test_a_run_has_its_evaluation_settings_and_cost(self, log_run: Log) -> None:
        tags = {
            "data.train": "f" * 16,
            "detente.version": "0.1.0",
            "git.commit": "abcdef0123456789",
            "git.state": "changed",
            "detente.process": "laptop:12:34",
            "leaks": "valid: groups 3.0%; test: texts 9.0%, groups 2.0%",
        }
        config = "name: quick\nseed: 13\ndata: {train: /there/train.jsonl}\ntrain: {epochs: 3}\ntracking: {uri: x}\n"
        run_id = log_run("first", [1], config=config, tags=tags)
        (run,) = find_runs([run_id])
        assert (run.name, run.run_id, run.config) == ("first", run_id, "quick")
        assert run.settings == {
            "seed": "13",
            "data.train": "train.jsonl ffffffffffff",
            "data.valid": "None",
            "data.test": "None",
            "data.unlabelled": "None",
            "train.epochs": "3",
            "code": "detente 0.1.0, commit abcdef012345 with changes",
        }
        assert (run.cost.parameters, run.cost.training_seconds, run.cost.examples_per_second) == (22e6, 60, 60)
        assert (run.machine, run.leaks) == ("laptop", "texts 9.0%, groups 2.0%")
        assert len(run.evaluated.ids) == 120

    def test_a_run_is_found_by_id_name_and_uri(self, log_run: Log) -> None:
        run_id = log_run("first")
        for reference in (run_id, "first", f"runs:/{run_id}/model", "runs:/first"):
            assert [run.run_id for run in find_runs([reference])] == [run_id]

    def test_a_run_is_found_by_version_and_alias(self, log_run: Log, register: Register) -> None:
        run_id = log_run("first")
        register(run_id, "champion")
        for reference in ("models:/tiny@champion", "models:/tiny/1"):
            (run,) = find_runs([reference])
            assert (run.name, run.run_id) == ("tiny version 1", run_id)

    def test_a_folder_of_a_tracked_run_has_the_times_of_the_store(
        self, log_run: Log, make_evaluated: Callable, tmp_path: Path
    ) -> None:
        run_id = log_run("first")
        (tmp_path / "outputs" / "evaluation").mkdir(parents=True)
        write_evaluated(tmp_path / "outputs" / "evaluation" / EVALUATED, make_evaluated([5]))
        (tmp_path / "outputs" / "run.json").write_text(f'{{"run_id": "{run_id}"}}', encoding="utf-8")
        (run,) = find_runs([str(tmp_path / "outputs")])
        assert (run.name, run.cost.training_seconds, run.experiment_id is None) == ("first", 60, False)
        assert run.evaluated.probabilities[5].argmax() != run.evaluated.gold[5]

    def test_a_folder_needs_no_store(
        self, make_evaluated: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        (tmp_path / "report").mkdir()
        write_evaluated(tmp_path / "report" / EVALUATED, make_evaluated())
        (tmp_path / "run.json").write_text('{"run_id": "abc"}', encoding="utf-8")
        (run,) = find_runs(["report"])
        assert (run.name, run.run_id) == ("report", None)
        assert not (tmp_path / "mlflow.db").exists()

    def test_runs_of_one_name_get_their_ids(self, log_run: Log) -> None:
        ids = [log_run("same", [place]) for place in range(2)]
        assert [run.name for run in find_runs(ids)] == [f"same ({run_id[:8]})" for run_id in ids]

    @pytest.mark.parametrize("reference", ["nothing", "f" * 32, 'a"b', "models:/none@champion", "models:/tiny@none"])
    def test_an_unknown_run_is_named(
        self, reference: str, log_run: Log, register: Register, client: MlflowClient
    ) -> None:
        register(log_run("first"), "champion")
        with pytest.raises(InputError) as error:
            find_runs([reference])
        assert str(error.value).startswith(f"{reference}: expected a ")
        assert client.tracking_uri in str(error.value)

    def test_a_name_that_several_have_is_refused_with_their_ids(self, log_run: Log) -> None:
        ids = {log_run("same"), log_run("same")}
        with pytest.raises(InputError, match=r"same: expected the name of one run; 2 have it\. Give an id: ") as error:
            find_runs(["same"])
        assert all(run_id in str(error.value) for run_id in ids)

    def test_a_run_without_predictions_is_told_how_to_get_some(self, log_run: Log) -> None:
        run_id = log_run("broken", status="FAILED")
        with pytest.raises(InputError) as error:
            find_runs([run_id])
        assert str(error.value) == (
            f"broken ({run_id}): expected a run with evaluation/evaluated.parquet; it has none, its status is FAILED. "
            f"Measure its model: detente evaluate runs:/{run_id}/model EXAMPLES -o DIR, and compare DIR"
        )

    def test_a_run_given_twice_is_refused(self, log_run: Log) -> None:
        run_id = log_run("first")
        with pytest.raises(InputError, match="first: expected each run once; first is named twice"):
            find_runs([run_id, "first"])

    def test_a_version_without_a_run_is_refused(self, client: MlflowClient, tmp_path: Path) -> None:
        client.create_registered_model("tiny")
        client.create_model_version("tiny", str(tmp_path / "artifacts"))
        with pytest.raises(InputError, match="expected a version that a run logged; found one without a run"):
            find_runs(["models:/tiny/1"])

    def test_a_run_whose_config_is_lost_is_compared_nevertheless(self, log_run: Log) -> None:
        run_id = log_run("first", config="a: [")
        (run,) = find_runs([run_id])
        assert run.settings["code"] == "detente unknown"
        assert "seed" not in run.settings


class TestOpenClient:
    def test_without_a_store_none_is_made(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        with pytest.raises(InputError, match=r"mlflow\.db: expected the tracking store of a training; found none"):
            find_runs(["first"])
        assert not list(tmp_path.iterdir())

    def test_a_store_that_is_none_is_named(self) -> None:
        with pytest.raises(InputError, match="nowhere://x: expected an MLflow store; it can't be opened"):
            open_client("nowhere://x").search_experiments()

    def test_the_store_can_be_given(self, log_run: Log, client: MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
        log_run("first")
        monkeypatch.chdir("/")
        assert find_runs(["first"], uri=client.tracking_uri)[0].name == "first"


class TestLastRuns:
    def test_the_newest_evaluated_runs_come_in_their_order(self, log_run: Log) -> None:
        for number in range(4):
            log_run(f"run{number}")
        log_run("broken", status="FAILED")
        assert [run.name for run in last_runs("stances", 3)] == ["run1", "run2", "run3"]

    def test_comparisons_are_not_runs(self, log_run: Log, client: MlflowClient, tmp_path: Path) -> None:
        runs = find_runs([log_run("a", [1]), log_run("b")])
        comparison = compare(runs)
        write_comparison(comparison, tmp_path / "out")
        log_comparison(client, comparison, tmp_path / "out")
        assert [run.name for run in last_runs("stances", 5)] == ["a", "b"]

    def test_an_unknown_experiment_is_named_with_the_known_ones(self, log_run: Log) -> None:
        log_run("first")
        with pytest.raises(InputError, match=r"other: expected an experiment of .*, of Default, stances; found none"):
            last_runs("other", 2)


class TestLogComparison:
    def test_the_page_and_its_figures_are_a_run_of_their_own(
        self, log_run: Log, client: MlflowClient, tmp_path: Path
    ) -> None:
        ids = [log_run("weak", range(0, 60, 2)), log_run("good", [1])]
        comparison = compare(find_runs(ids))
        write_comparison(comparison, tmp_path / "out")
        (tmp_path / "out" / "private.txt").write_text("not ours", encoding="utf-8")
        run_id = log_comparison(client, comparison, tmp_path / "out")
        assert run_id is not None
        run = client.get_run(run_id)
        assert (run.info.status, run.info.run_name) == ("FINISHED", "comparison: good, weak")
        assert run.data.tags["detente.kind"] == "comparison"
        assert run.data.tags["detente.compared"] == f"{ids[1]},{ids[0]}"
        assert run.data.tags["mlflow.note.content"].startswith("good is better than weak: macro-F1 0.992 against")
        assert {item.path for item in client.list_artifacts(run_id)} == {"compare.html", "comparison.json"}
        assert run.data.metrics["comparison/lead"] > 0
        assert run.data.metrics["comparison/p_corrected"] < 0.001

    def test_a_comparison_of_folders_alone_is_not_logged(
        self, make_run: Callable, client: MlflowClient, tmp_path: Path
    ) -> None:
        comparison = compare([make_run("a"), make_run("b", [1])])
        assert log_comparison(client, comparison, tmp_path) is None

    def test_a_store_that_does_not_take_it_is_named(self, log_run: Log, client: MlflowClient, tmp_path: Path) -> None:
        comparison = compare(find_runs([log_run("a", [1]), log_run("b")]))
        with pytest.raises(DetenteError, match=r"the comparison is in .*, but sqlite.* doesn't take it \(--no-log\)"):
            log_comparison(client, comparison, tmp_path / "not written")
