"""The benchmark as it is run: what it computes, keeps, skips and writes."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest

from benchmarks.accuracy import __main__ as benchmark
from benchmarks.accuracy import answering
from detente.data.reading import read_examples, write_records
from detente.data.records import Example
from detente.train import run as run_module

Run = Callable[..., int]
TRAINED = ("--config", "debug", "--families", "pair", "--corpora", "dse", "--resamples", "20")


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the benchmark on the invented corpora, its output in `out`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("DETENTE_CORPORA", str(data))

    def run_benchmark(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["benchmarks.accuracy", "--output", "out", *map(str, arguments)])
        return benchmark.main()

    return run_benchmark


def cells(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / "out" / "cells").iterdir())


def test_without_corpora_there_is_nothing_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DETENTE_CORPORA", str(tmp_path / "nothing"))
    assert run() == 0
    assert "nothing: no corpora there; name their folder in DETENTE_CORPORA" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_baselines_are_measured_once_on_each_corpus_and_on_all(
    run: Run, tmp_path: Path, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--families", "majority", "names_only", "--resamples", 20) == 0
    names = [f"{model}-{on}" for model in ("majority", "names_only") for on in ("all", "cameo3c", "dse", "seesaw_ctx")]
    assert cells(tmp_path) == names
    first = capsys.readouterr().out
    assert "8 cells, 0 of them finished before" in first
    assert "| dse | names_only |" in first
    report = (tmp_path / "out" / "accuracy.md").read_text(encoding="utf-8")
    assert report in first
    assert secret not in report
    assert run("--families", "baselines", "--corpora", "dse", "cameo3c", "--resamples", 20) == 0
    again = capsys.readouterr().out
    assert "14 cells, 4 of them finished before" in again
    assert "| all | majority |" in again


def test_a_changed_training_file_is_learnt_anew(
    run: Run, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--families", "majority", "--corpora", "cameo3c", "--resamples", 20)
    assert run(*arguments) == 0
    (data / "dse" / "train_clean.jsonl.gz").replace(data / "cameo3c" / "train.jsonl.gz")
    capsys.readouterr()
    assert run(*arguments) == 0
    assert "1 cells, 0 of them finished before" in capsys.readouterr().out
    assert cells(tmp_path) == ["majority-cameo3c"]


def test_nothing_begins_when_the_time_is_up(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--families", "majority", "--minutes", 0, "--resamples", 20) == 0
    assert "the time is up; 4 cells are left for the next time" in capsys.readouterr().out
    assert cells(tmp_path) == []


def test_two_benchmarks_do_not_run_at_once(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    with filelock.FileLock(tmp_path / "out" / "lock"):
        assert run("--families", "majority") == 2
    assert "another benchmark is running there" in capsys.readouterr().err


def test_a_cell_that_fails_is_told_and_the_others_go_on(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ("--families", "majority", "pair", "--config", "debug", "--corpora", "dse", "--seeds", 1)
    assert run(*settings, "--settings", "model.encoder=./nowhere", "--resamples", 20) == 1
    assert cells(tmp_path) == ["majority-dse"]
    assert "pair-debug-dse-1: failed: " in capsys.readouterr().err


@pytest.mark.slow
def test_models_are_trained_tracked_kept_and_scored_again_as_folders(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*TRAINED, "--seeds", 1, 2, "--settings", "train.device=cpu", "train.epochs=1") == 0
    assert cells(tmp_path) == ["pair-debug-dse-1", "pair-debug-dse-2"]
    assert "| dse | pair-debug | 2 |" in capsys.readouterr().out
    kept = [json.loads((tmp_path / "out" / "cells" / f"{name}.json").read_text()) for name in cells(tmp_path)]
    folders = [one["notes"]["folder"] for one in kept]
    assert (tmp_path / "out" / "mlflow.db").is_file()
    assert run("--model", *folders, "--name", "mine", "--resamples", 20) == 0
    out = capsys.readouterr().out
    assert "| dse | mine | 2 |" in out
    assert "| dse | pair-debug | 2 |" not in out
    mine = json.loads((tmp_path / "out" / "cells" / "mine-dse-1.json").read_text())
    assert mine["logits"] == kept[0]["logits"]
    assert mine["calibration"] == kept[0]["calibration"]


@pytest.mark.slow
def test_a_model_that_was_trained_before_its_cell_was_lost_is_not_trained_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (*TRAINED, "--seeds", 1, "--settings", "train.device=cpu", "train.epochs=1")
    assert run(*settings) == 0
    (tmp_path / "out" / "cells" / "pair-debug-dse-1.json").unlink()
    monkeypatch.setattr(answering, "train_model", None)
    assert run(*settings) == 0
    assert cells(tmp_path) == ["pair-debug-dse-1"]


@pytest.mark.slow
@pytest.mark.parametrize("changed", ["code", "valid", "unlabelled"])
def test_a_model_of_other_code_or_data_is_not_taken_for_the_same(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    settings = ["train.device=cpu", "train.epochs=1"]
    if changed == "unlabelled":
        assert run(*TRAINED, "--seeds", 9, "--name", "big", "--settings", *settings) == 0
        (teacher,) = (tmp_path / "out" / "runs").glob("pair-big-*/model")
        shutil.copy(data / "cameo3c" / "train.jsonl.gz", tmp_path / "more.jsonl.gz")
        settings += [f"train.teacher={teacher}", f"data.unlabelled={tmp_path / 'more.jsonl.gz'}"]
    arguments = (*TRAINED, "--seeds", 1, "--settings", *settings)
    assert run(*arguments) == 0
    assert run(*arguments) == 0
    folders = list((tmp_path / "out" / "runs").glob("pair-debug-*"))
    assert len(folders) == 1
    if changed == "code":
        monkeypatch.setattr(answering, "_code", lambda: "other")
    file = data / "dse" / "valid_clean.jsonl.gz" if changed == "valid" else tmp_path / "more.jsonl.gz"
    if changed != "code":
        write_records(file, list(read_examples(file))[2:], Example)
    assert run(*arguments) == 0
    assert len(list((tmp_path / "out" / "runs").glob("pair-debug-*"))) == 2


@pytest.mark.slow
def test_a_training_that_broke_off_goes_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the power went out")

    settings = (*TRAINED, "--seeds", 1, "--settings", "train.device=cpu", "train.epochs=1")
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "save_model", broken)
        with pytest.raises(RuntimeError, match="power"):
            run(*settings)
    assert cells(tmp_path) == []
    monkeypatch.setattr(answering, "train_model", None)
    assert run(*settings) == 0
    assert cells(tmp_path) == ["pair-debug-dse-1"]


@pytest.mark.slow
@pytest.mark.parametrize("family", [name for name in answering.FAMILIES if name not in ("pair", "zero_shot_nli")])
def test_every_family_can_be_measured(run: Run, tmp_path: Path, family: str) -> None:
    settings = ("--config", "debug", "--corpora", "dse", "--resamples", 20, "--seeds", 1, 2)
    assert run(*settings, "--families", family, "--settings", "train.device=cpu", "train.epochs=1") == 0
    seeds = (1,) if family in answering.WITHOUT_CHANCE else (1, 2)
    assert cells(tmp_path) == [f"{family}-debug-dse-{seed}" for seed in seeds]


@pytest.mark.slow
def test_recipes_are_tried_out_side_by_side_on_a_share_of_the_texts(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, weights in (("plain", "none"), ("weighted", "sqrt")):
        settings = ("train.device=cpu", "train.epochs=1", f"train.class_weights={weights}")
        assert run(*TRAINED, "--seeds", 1, "--share", 0.5, "--name", name, "--settings", *settings) == 0
    assert cells(tmp_path) == ["pair-plain-dse_x_0.5-1", "pair-weighted-dse_x_0.5-1"]
    assert "| dse x 0.5 | pair-weighted | 1 |" in capsys.readouterr().out


@pytest.mark.parametrize("share", ["0", "1.5", "half"])
def test_a_share_is_a_number_up_to_one(run: Run, share: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(*TRAINED, "--share", share)
    assert "--share" in capsys.readouterr().err


@pytest.mark.slow
def test_other_settings_are_trained_anew(run: Run, tmp_path: Path) -> None:
    for epochs in (1, 2):
        assert run(*TRAINED, "--seeds", 1, "--settings", "train.device=cpu", f"train.epochs={epochs}") == 0
    assert cells(tmp_path) == ["pair-debug-dse-1"]
    assert sum(path.is_dir() for path in (tmp_path / "out" / "runs").iterdir()) == 2
