"""`detente compare` and `detente promote`: what they print where, what they write, and their exit status."""

import json
import shutil
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from detente.evaluation.evaluated import EVALUATED, Evaluated, write_evaluated

Detente = Callable[..., tuple[int, str, str]]
SIZE = 120


def evaluated(wrong: Collection[int], size: int = SIZE) -> Evaluated:
    """Three examples to a group, half of them of the outlet "[bold]"; at some places the answer is wrong."""
    places = np.arange(size)
    gold = places % 3
    said = np.where(np.isin(places, list(wrong)), (gold + 1) % 3, gold)
    return Evaluated(
        split="test",
        sha256="f" * 64,
        seconds=1.0,
        ids=[f"e{place}" for place in places],
        questions=[("Norway", "Kenya", f"Norway met Kenya, round {place}.") for place in places],
        groups=[f"g{place // 3}" for place in places],
        gold=gold,
        probabilities=np.eye(3)[said] * 0.7 + 0.1,
        by={"outlet": ["[bold]" if place < size // 2 else "other" for place in places]},
    )


@pytest.fixture(autouse=True)
def _no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # mlflow sets it whenever a store is chosen


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Folders good, weak, alike (to good), and longer (more examples)."""
    runs = {"good": [1, 5], "weak": range(0, 60, 2), "alike": [3, 70]}
    for name, table in {
        **{name: evaluated(wrong) for name, wrong in runs.items()},
        "longer": evaluated([], 150),
    }.items():
        (tmp_path / name).mkdir()
        write_evaluated(tmp_path / name / EVALUATED, table)
    return tmp_path


@pytest.fixture
def register(tmp_path: Path, empty_store: Path) -> Callable[..., str]:
    """Logs a run with these wrong answers and registers it as "stances" under an alias; returns the run's id."""
    shutil.copy(empty_store, tmp_path / "mlflow.db")
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    experiment = client.create_experiment("news", artifact_location=(tmp_path / "artifacts").as_uri())
    client.create_registered_model("stances")

    def make(name: str, wrong: Collection[int], alias: str) -> str:
        run = client.create_run(experiment, run_name=name)
        write_evaluated(tmp_path / EVALUATED, evaluated(wrong))
        client.log_artifact(run.info.run_id, str(tmp_path / EVALUATED), "evaluation")
        client.set_terminated(run.info.run_id)
        source = f"{run.info.artifact_uri}/model"
        version = client.create_model_version("stances", source, run_id=run.info.run_id).version
        client.set_registered_model_alias("stances", alias, version)
        return str(run.info.run_id)

    return make


def champion(folder: Path) -> str:
    client = MlflowClient(f"sqlite:///{folder}/mlflow.db")
    return str(client.get_model_version_by_alias("stances", "champion").version)


class TestCompare:
    def test_folders_are_compared(self, detente: Detente, reports: Path) -> None:
        status, out, err = detente("compare", "weak", "good", "-o", "out")
        assert (status, err) == (0, "")
        assert out.startswith("good is better than weak: macro-F1 0.983 against 0.")
        assert "Ranking" in out
        assert "outlet: [bold]" in out
        assert "- 120 examples of 40 groups, file test, fingerprint ffffffffffff." in out
        assert out.endswith("page    out/compare.html\n")
        assert (reports / "out" / "compare.html").is_file()

    def test_no_difference_is_called_none(self, detente: Detente, reports: Path) -> None:
        out = detente("compare", "alike", "good").out
        assert " can't be told apart on these examples" in out
        assert "0 of 2 slices differ from " in out
        assert (reports / "comparison" / "comparison.json").is_file()

    def test_the_figures_are_printed_as_json(self, detente: Detente, reports: Path) -> None:
        done = detente("compare", "weak", "good", "--json", "--by", "accuracy")
        figures = json.loads(done.out)
        assert figures["figure"] == "accuracy"
        assert figures == json.loads((reports / "comparison" / "comparison.json").read_text(encoding="utf-8"))

    def test_other_data_are_refused_or_owned_to(self, detente: Detente, reports: Path) -> None:
        status, out, err = detente("compare", "good", "longer")
        assert (status, out) == (2, "")
        assert err.startswith("detente: expected runs that were evaluated on the same examples; found\n  good: 120 ex")
        assert "longer alone has 30 examples (e120, e121, e122, ...)" in err
        assert "--on-common" in err
        status, out, _ = detente("compare", "good", "longer", "--on-common")
        assert status == 0
        assert "evaluated on different data. Only the common examples count; left out: 30 of longer." in out

    def test_long_names_are_shown_whole(self, detente: Detente, reports: Path) -> None:
        name = "quickstart-20260101-120000-with-a-long-name-that-somebody-gave-it"
        (reports / "good").rename(reports / name)
        table = detente("compare", name, "weak").out.partition("Ranking")[2]
        cells = [line.split("│")[1].strip() for line in table.splitlines() if line.startswith("│")]
        assert "".join(cells).startswith(name)

    def test_one_run_is_refused(self, detente: Detente, reports: Path) -> None:
        assert detente("compare", "good") == (2, "", "detente: expected at least two runs to compare; found 1\n")

    def test_no_run_is_refused(self, detente: Detente) -> None:
        message = "detente: expected runs, or --last N with --experiment NAME; found neither\n"
        assert detente("compare") == (2, "", message)

    def test_an_unknown_run_is_refused(self, detente: Detente, reports: Path) -> None:
        status, _, err = detente("compare", "good", "gone")
        assert status == 2
        assert err.startswith("detente: gone: found no such folder, and no store where it may be a run; sqlite:///")
        assert "expected the tracking store of a training; found none. Run this where detente train ran" in err

    def test_runs_of_a_store_are_compared_and_logged(self, detente: Detente, register: Callable[..., str]) -> None:
        register("first", [1], "a")
        register("second", range(0, 60, 2), "b")
        status, out, err = detente("compare", "--last", 2, "--experiment", "news")
        assert (status, err) == (0, "")
        assert "\nmlflow  " in out
        assert "\nmlflow  " not in detente("compare", "first", "models:/stances@b", "--no-log").out


class TestPromote:
    def test_a_better_challenger_becomes_champion(
        self, detente: Detente, register: Callable[..., str], tmp_path: Path
    ) -> None:
        register("old", range(0, 60, 2), "champion")
        register("new", [1], "challenger")
        status, out, err = detente("promote", "stances")
        assert (status, err) == (0, "")
        assert "stances: version 2 is champion now: better beyond chance: macro-F1 0.992 against the champion's" in out
        assert champion(tmp_path) == "2"

    def test_a_refusal_is_exit_status_1_and_says_why(
        self, detente: Detente, register: Callable[..., str], tmp_path: Path
    ) -> None:
        register("old", [1], "champion")
        register("new", [5], "challenger")
        status, out, err = detente("promote", "stances")
        assert status == 1
        assert "can't be told apart" in out
        assert err.startswith(
            "detente: stances: version 2 is refused, version 1 stays champion. It is not better beyond chance: "
        )
        assert champion(tmp_path) == "1"

    def test_a_margin_and_force_need_a_reason(
        self, detente: Detente, register: Callable[..., str], tmp_path: Path
    ) -> None:
        register("old", [1], "champion")
        register("new", [5], "challenger")
        assert detente("promote", "stances", "--margin", 0.1).status == 2
        assert detente("promote", "stances", "--force").status == 2
        done = detente("promote", "stances", "--margin", 0.1, "--reason", "half the size")
        assert done.status == 0
        assert champion(tmp_path) == "2"

    def test_an_unknown_model_is_exit_status_2(self, detente: Detente, register: Callable[..., str]) -> None:
        status, _, err = detente("promote", "other")
        assert status == 2
        assert err.startswith("detente: other: expected a registered model of sqlite:///")
