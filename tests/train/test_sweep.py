"""Sweeps: what they leave behind, trials that fail, are pruned or interrupted, and several workers on one."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import mlflow
import optuna
import pytest
from mlflow.tracking import MlflowClient
from optuna.trial import TrialState

from detente.configs.errors import DetenteError, InputError, InterruptedRunError
from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.configs.store import default_tracking_uri
from detente.data.dataset import fingerprint
from detente.data.reading import write_records
from detente.data.records import Example
from detente.models.folder import load_model, read_info
from detente.train import study as study_module
from detente.train import sweep as sweep_module
from detente.train import sweep_report as report_module
from detente.train import trainer as trainer_module
from detente.train.run import train_model
from detente.train.study import counted, failures
from detente.train.sweep import run_sweep
from detente.train.teacher import Teacher
from detente.train.trial_watcher import TrialWatcher
from tests.conftest import make_example

SPACE = "sweep.space={train.learning_rate: {low: 1e-4, high: 1e-1, log: true}, train.class_weights: [none, sqrt]}"
Run = mlflow.entities.Run


@pytest.fixture
def config(overrides: list[str], workplace: Path) -> Callable[..., Config]:
    """A sweep of three trials on the tiny examples; the test file doesn't exist."""
    settings = [f"data.test={workplace}/none.jsonl", "train.dtype=fp32", "train.learning_rate=1e-3", "sweep.trials=3"]
    return lambda *others, space=SPACE: load_config("debug", [*overrides, *settings, space, *others])


@pytest.fixture
def untrained(monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    """Trials score their learning rate without a training; the configs of those that were to be trained."""
    trained: list[Config] = []

    def score(config: Config, *_: object) -> tuple[dict[int, float], object]:
        trained.append(config)
        return {config.seed: config.train.learning_rate}, SimpleNamespace(calibrate=lambda *_: None)

    monkeypatch.setattr(sweep_module, "train_seeds", score)
    monkeypatch.setattr(sweep_module, "freed_memory", contextlib.nullcontext)  # there is none, and it takes a while
    monkeypatch.setattr(sweep_module, "describe_model", lambda *_: None)
    monkeypatch.setattr(sweep_module, "save_model", lambda *given: given[2].mkdir())
    return trained


@pytest.fixture
def undrawn(untrained: list[Config], monkeypatch: pytest.MonkeyPatch) -> list[Config]:
    """The same without pictures, which take a second."""
    monkeypatch.setattr(report_module, "draw", lambda *_, **__: None)
    return untrained


def runs() -> tuple[Run, list[Run]]:
    """The run of the sweep, and those of its trials in order."""
    client = MlflowClient(default_tracking_uri())
    found = client.search_runs([client.get_experiment_by_name("debug").experiment_id])
    (parent,) = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    trials = [run for run in found if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]
    assert len(trials) == len(found) - 1
    return parent, sorted(trials, key=lambda run: int(run.data.tags["trial"]))


def artifacts(run: Run, folder: str | None = None) -> set[str]:
    return {Path(item.path).name for item in MlflowClient().list_artifacts(run.info.run_id, folder)}


@pytest.mark.slow
class TestRealTrainings:
    def test_the_best_config_trains_the_best_trial_again_exactly(
        self, config: Callable[..., Config], examples_file: Path
    ) -> None:
        sweep = run_sweep(config())
        parent, trials = runs()
        best = load_config(sweep.folder.best_config, [f"data.test={examples_file}"])
        run = train_model(best)
        assert run is not None
        figures = MlflowClient().get_run(run.run_id).data.metrics
        trial = trials[sweep.best.number].data.metrics
        exact = {name: value for name, value in trial.items() if name.startswith("best/")}
        assert len(exact) == 4
        assert {name: figures[name] for name in exact} == exact
        assert sweep.best.value == figures["best/macro_f1"] == parent.data.metrics["sweep/macro_f1"]
        assert sweep.best.value == max(run.data.metrics["sweep/macro_f1"] for run in trials)

    def test_the_best_model_is_kept_and_no_other(self, config: Callable[..., Config], examples_file: Path) -> None:
        sweep = run_sweep(config())
        assert [number for number, _ in sweep.folder.trials()] == [sweep.best.number]
        assert len(list(sweep.folder.path.rglob("*.safetensors"))) == 1
        assert not list(sweep.folder.path.rglob("checkpoint*"))
        assert sweep.model is not None
        info = read_info(sweep.model)
        assert info.config["train"]["learning_rate"] == sweep.best.params["train.learning_rate"]
        assert set(info.data) == {"train", "valid"}
        question = {"actor": "Norway", "target": "Kenya", "text": "Norway praised Kenya."}
        assert len(load_model(sweep.model, device="cpu").predict([question])) == 1

    def test_curves_and_truncation_are_on_the_run_of_a_trial(self, config: Callable[..., Config]) -> None:
        run_sweep(config("sweep.trials=1"))
        (trial,) = runs()[1]
        assert len(MlflowClient().get_metric_history(trial.info.run_id, "val/macro_f1")) == 2
        assert {"val/nll", "train/truncated", "best/nll"} <= trial.data.metrics.keys()

    def test_a_trial_may_be_the_mean_of_seeds(self, config: Callable[..., Config]) -> None:
        sweep = run_sweep(config("sweep.seeds=2", "sweep.trials=1"))
        (trial,) = runs()[1]
        figures = trial.data.metrics
        single = [figures["sweep/seed_13"], figures["sweep/seed_14"]]
        assert sweep.best.value == pytest.approx(sum(single) / 2)
        assert figures["best/macro_f1"] == single[0]
        assert "the mean of seeds 13 to 14" in sweep.folder.best_config.read_text(encoding="utf-8")
        assert load_config(sweep.folder.best_config).seed == 13
        alone = run_sweep(config("name=alone", "seed=14", "sweep.trials=1"))
        assert alone.best.value == single[1]

    @pytest.mark.parametrize(
        ("log_every", "reason"),
        [(1, "the gradient is not a number at step 1"), (10_000, "answers to the validation examples are not numbers")],
    )
    def test_a_training_that_diverges_fails_and_the_sweep_goes_on(
        self, config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, log_every: int, reason: str
    ) -> None:
        weights = trainer_module.class_weights
        broken = {"sqrt": float("nan"), "none": 1.0}
        monkeypatch.setattr(trainer_module, "class_weights", lambda labels, how: weights(labels, how) * broken[how])
        space = "sweep.space={train.class_weights: [none, sqrt]}"
        settings = ["sweep.sampler=grid", "train.class_weights=sqrt", f"train.log_every={log_every}"]
        sweep = run_sweep(config(*settings, space=space))
        (failure,) = failures(sweep.study).items()
        assert failure[0] == 0
        assert failure[1].startswith(f"the training diverged: {reason}")
        assert sweep.best.number == 1

    def test_settings_that_contradict_each_other_fail_and_the_sweep_goes_on(
        self, config: Callable[..., Config]
    ) -> None:
        space = "sweep.space={train.batch_size: [7, 8]}"
        sweep = run_sweep(config("sweep.sampler=grid", "train.accumulation_steps=2", "train.batch_size=7", space=space))
        failed, good = runs()[1]
        assert (failed.info.status, good.info.status) == ("FAILED", "FINISHED")
        assert failed.data.tags["sweep.state"] == "fail"
        assert failed.data.tags["sweep.reason"].startswith("train.batch_size: expected a multiple of 1 processes x 2")
        assert "error.txt" in artifacts(failed)
        assert sweep.best.params == {"train.batch_size": 8}
        assert len(sweep.study.trials) == 2

    def test_a_hopeless_trial_is_pruned_and_marked(
        self, config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class PrunesTheSecond(optuna.pruners.BasePruner):
            def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
                return trial.number == 1

        monkeypatch.setattr(study_module, "make_pruner", lambda _: PrunesTheSecond())
        sweep = run_sweep(config())
        pruned = runs()[1][1]
        assert [trial.state.name for trial in sweep.study.trials] == ["COMPLETE", "PRUNED", "COMPLETE"]
        assert pruned.info.status == "FINISHED"
        assert pruned.data.tags["sweep.state"] == "pruned"
        assert pruned.data.tags["sweep.reason"] == "pruned at step 3 of 6"
        assert "sweep/macro_f1" not in pruned.data.metrics
        assert sweep.study.trials[1].intermediate_values.keys() == {50}
        assert sweep.study.trials[2].intermediate_values.keys() == {50, 100}

    def test_the_precision_of_the_arithmetic_may_be_searched(self, config: Callable[..., Config]) -> None:
        space = "sweep.space={train.dtype: [fp32, bf16]}"
        sweep = run_sweep(config("sweep.sampler=grid", space=space))
        assert {trial.params["train.dtype"] for trial in counted(sweep.study, TrialState.COMPLETE)} == {"fp32", "bf16"}

    def test_a_stop_keeps_what_is_finished_and_the_same_command_goes_on(
        self, config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        evaluate = TrialWatcher.on_evaluate

        def stop_the_second(watcher: TrialWatcher, *given: object, **named: object) -> None:
            if watcher._trial is not None and watcher._trial.number == 1:
                raise KeyboardInterrupt
            evaluate(watcher, *given, **named)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(TrialWatcher, "on_evaluate", stop_the_second)
            with pytest.raises(InterruptedRunError, match=r"stopped after 1 of 3 trials\. The same command"):
                run_sweep(config())
        parent, trials = runs()
        assert [run.info.status for run in (parent, *trials)] == ["KILLED", "FINISHED", "KILLED"]
        sweep = run_sweep(config())
        parent, trials = runs()
        assert [run.info.status for run in (parent, *trials)] == [
            "FINISHED",
            "FINISHED",
            "KILLED",
            "FINISHED",
            "FINISHED",
        ]
        assert trials[2].data.params == trials[1].data.params
        assert len(counted(sweep.study, TrialState.COMPLETE)) == 3
        unbroken = run_sweep(config("name=unbroken"))
        assert unbroken.best.params == sweep.best.params
        assert unbroken.best.value == sweep.best.value

    def test_two_processes_share_the_trials(self, overrides: list[str], workplace: Path) -> None:
        settings = [*overrides, "train.epochs=1", "evaluation.bootstrap=9", "sweep.trials=6", SPACE]
        command = [sys.executable, "-m", "detente", "sweep", "debug", *settings]
        workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        tables = [worker.communicate(timeout=300)[0] for worker in workers]
        assert [worker.returncode for worker in workers] == [0, 0]
        parent, trials = runs()
        assert parent.info.status == "FINISHED"
        assert [run.data.tags["trial"] for run in trials] == list("012345")
        assert len({run.data.params["train.learning_rate"] for run in trials}) == 6
        assert len({run.data.tags["detente.process"] for run in trials}) == 2
        assert any("6 trials: 6 complete" in " ".join(table.split()) for table in tables)
        assert len(list(workplace.rglob("*.safetensors"))) == 1

    def test_a_killed_worker_loses_its_trial_to_the_next(self, overrides: list[str], workplace: Path) -> None:
        settings = [*overrides, "data.test=null", "train.epochs=4000", "sweep.trials=1", SPACE]
        command = [sys.executable, "-m", "detente", "sweep", "debug", *settings]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 120
        while not list(workplace.rglob("checkpoint-*")) and worker.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        assert worker.poll() is None, worker.communicate()
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate(timeout=60)
        shorter = load_config("debug", settings)
        study = study_module.open_study(
            shorter, sweep_module.sweep_folder(shorter), sweep_module.load_splits(shorter.data)
        )
        assert [trial.state.name for trial in study.trials] == ["RUNNING"]
        study_module.give_back_dead(study)
        again = study_module.take_trial(study, shorter)
        assert again is not None
        assert again.params == study.trials[0].params


@pytest.mark.slow
class TestRecord:
    def test_the_run_shows_the_search_and_the_best(self, config: Callable[..., Config], untrained: list) -> None:
        sweep = run_sweep(config())
        parent, trials = runs()
        assert parent.info.status == "FINISHED"
        assert parent.data.params["space.train.learning_rate"] == "0.0001 to 0.1, log"
        assert parent.data.params["space.train.class_weights"] == "none, sqrt"
        assert "train.learning_rate" not in parent.data.params
        assert parent.data.params["train.epochs"] == "2"
        assert parent.data.tags["best.train.learning_rate"] == str(sweep.best.params["train.learning_rate"])
        assert parent.data.tags["best.trial"] == str(sweep.best.number)
        assert parent.data.metrics["sweep/macro_f1"] == sweep.best.value
        assert {"best.yaml", "sweep.yaml", "trials.csv", "plots", "audit"} <= artifacts(parent)
        assert artifacts(parent, "plots") == {"history.png", "importances.png", "settings.png", "curves.png"}
        note = parent.data.tags["mlflow.note.content"]
        assert "3 trials: 3 complete, 0 pruned, 0 failed." in note
        assert "`detente train outputs/sweeps/debug/best.yaml`" in note
        assert [dict(run.data.params).keys() for run in trials] == [sweep.best.params.keys()] * 3
        assert [run.data.tags["sweep.state"] for run in trials] == ["complete"] * 3

    def test_the_best_config_says_where_it_comes_from_and_names_the_test_file(
        self, config: Callable[..., Config], undrawn: list, workplace: Path
    ) -> None:
        sweep = run_sweep(config())
        first, second, *_ = sweep.folder.best_config.read_text(encoding="utf-8").splitlines()
        assert first == "# detente train outputs/sweeps/debug/best.yaml"
        figure = f"macro_f1 {sweep.best.value:.4f} on the validation file"
        assert second == f"# Trial {sweep.best.number} of the sweep debug, the best of 3: {figure}."
        best = load_config(sweep.folder.best_config)
        assert best.train.learning_rate == sweep.best.params["train.learning_rate"] == sweep.best.value
        assert best.data.test == workplace / "none.jsonl"
        assert (best.name, best.sweep.space) == ("debug", {})

    def test_unlabelled_examples_are_not_about_the_test_file_either(
        self, config: Callable[..., Config], workplace: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        test, others = ([make_example(number) for number in range(start, start + 4)] for start in (100, 200))
        write_records(workplace / "none.jsonl", test, Example)
        write_records(workplace / "more.jsonl", [*test[:2], *others], Example)
        taught = config("data.unlabelled=more.jsonl", "train.teacher=big")
        monkeypatch.setattr(sweep_module, "find_teacher", lambda _: Teacher("big", frozenset(), lambda _: None))
        splits = sweep_module.splits_of_sweep(taught)
        assert [one.text for one in splits.unlabelled] == [one.text for one in others]
        assert [name for name, _ in splits.items()] == ["train", "valid", "unlabelled"]
        knowing = Teacher("big", frozenset({fingerprint(test)}), lambda _: None)
        monkeypatch.setattr(sweep_module, "find_teacher", lambda _: knowing)
        with pytest.raises(InputError, match=r"hasn't learnt from data\.test; found that big has"):
            sweep_module.splits_of_sweep(taught)

    def test_the_table_has_a_line_for_each_trial(self, config: Callable[..., Config], undrawn: list) -> None:
        lines = run_sweep(config()).folder.table.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("number,state,value,duration,params_train.class_weights,params_train.learning_rate")
        assert [line.split(",")[:2] for line in lines[1:]] == [[str(number), "COMPLETE"] for number in range(3)]

    def test_pictures_leave_matplotlib_as_it_was(self, config: Callable[..., Config], untrained: list) -> None:
        before = (plt.get_backend(), dict(plt.rcParams), plt.get_fignums())
        run_sweep(config())
        assert (plt.get_backend(), dict(plt.rcParams), plt.get_fignums()) == before

    def test_one_trial_is_no_picture(self, config: Callable[..., Config], untrained: list) -> None:
        sweep = run_sweep(config("sweep.trials=1"))
        assert not sweep.folder.plots.exists()
        assert "plots" not in artifacts(runs()[0])


class TestGoingOn:
    def test_the_same_command_has_nothing_left_to_do(self, config: Callable[..., Config], undrawn: list) -> None:
        first = run_sweep(config())
        again = run_sweep(config())
        assert len(undrawn) == 3
        assert (again.run_id, again.best.number) == (first.run_id, first.best.number)

    def test_more_trials_go_on(self, config: Callable[..., Config], undrawn: list) -> None:
        first = [trial.params for trial in run_sweep(config()).study.trials]
        longer = run_sweep(config("sweep.trials=5"))
        assert len(undrawn) == 5
        assert [trial.params for trial in longer.study.trials][:3] == first
        assert len(runs()[1]) == 5

    def test_another_config_under_the_same_name_is_refused(self, config: Callable[..., Config], undrawn: list) -> None:
        run_sweep(config())
        with pytest.raises(InputError, match=r"train\.epochs: 2 then, 3 now"):
            run_sweep(config("train.epochs=3"))
        run_sweep(config("train.epochs=3", "name=other", "sweep.trials=1"))

    def test_when_the_time_is_up_no_trial_begins(
        self, config: Callable[..., Config], undrawn: list, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clock = iter(range(0, 1000, 25))
        monkeypatch.setattr(sweep_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
        sweep = run_sweep(config("sweep.timeout=1"))
        assert len(sweep.study.trials) == 2

    def test_the_same_settings_are_not_trained_twice(self, config: Callable[..., Config], undrawn: list) -> None:
        sweep = run_sweep(config("sweep.trials=4", space="sweep.space={train.class_weights: [none]}"))
        assert len(undrawn) == 1
        assert [trial.value for trial in sweep.study.trials] == [1e-3] * 4
        tags = [run.data.tags for run in runs()[1]]
        assert [one.get("sweep.reason") for one in tags] == [None, *["the same settings as trial 0"] * 3]

    def test_of_equals_the_first_trial_keeps_its_model_though_it_ends_last(
        self, config: Callable[..., Config], undrawn: list, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mine = config("sweep.trials=2", space="sweep.space={train.class_weights: [none, sqrt]}")
        score = sweep_module.train_seeds

        def while_another_worker_trains(*given: object) -> object:
            if not undrawn:
                undrawn.append(mine)
                assert run_sweep(mine).best.number == 1
            return score(*given)

        monkeypatch.setattr(sweep_module, "train_seeds", while_another_worker_trains)
        sweep = run_sweep(mine)
        assert [trial.value for trial in sweep.study.trials] == [1e-3] * 2
        assert sweep.best.number == 0
        assert sweep.model == sweep.folder.trial(0).model

    def test_the_lowest_nll_is_the_best(self, config: Callable[..., Config], undrawn: list) -> None:
        sweep = run_sweep(config("sweep.metric=nll"))
        assert sweep.metric == "nll"
        assert sweep.best.value == min(trial.value for trial in sweep.study.trials)
        assert sweep.model == sweep.folder.trial(sweep.best.number).model
        assert runs()[0].data.metrics["sweep/nll"] == sweep.best.value


class TestFailing:
    def test_a_trial_without_memory_fails_and_the_sweep_goes_on(
        self, config: Callable[..., Config], undrawn: list, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        score = sweep_module.train_seeds

        def run_out(config: Config, *given: object) -> object:
            if len(undrawn) == 1:
                undrawn.append(config)
                raise RuntimeError("out of memory: tried to allocate much")
            return score(config, *given)  # type: ignore[arg-type]

        monkeypatch.setattr(sweep_module, "train_seeds", run_out)
        sweep = run_sweep(config())
        assert failures(sweep.study) == {1: "RuntimeError: out of memory: tried to allocate much"}
        assert [run.info.status for run in runs()[1]] == ["FINISHED", "FAILED", "FINISHED"]
        assert not sweep.folder.trial(1).path.exists()

    def test_a_fault_of_ours_ends_the_sweep_and_gives_the_trial_back(
        self, config: Callable[..., Config], undrawn: list, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fault(*_: object) -> None:
            raise KeyError("a fault")

        with monkeypatch.context() as patch:
            patch.setattr(sweep_module, "train_seeds", fault)
            with pytest.raises(KeyError, match="a fault"):
                run_sweep(config())
        assert [run.info.status for run in (runs()[0], *runs()[1])] == ["FAILED", "FAILED"]
        assert len(counted(run_sweep(config()).study, TrialState.COMPLETE)) == 3

    def test_a_sweep_of_failures_says_why(
        self, config: Callable[..., Config], undrawn: list, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fault(*_: object) -> None:
            raise ValueError("no such thing")

        monkeypatch.setattr(sweep_module, "train_seeds", fault)
        with pytest.raises(DetenteError) as caught:
            run_sweep(config("sweep.trials=2"))
        reason = "ValueError: no such thing"
        assert str(caught.value) == f"no trial was completed\n  trial 0: {reason}\n  trial 1: {reason}"
        assert runs()[0].info.status == "FAILED"

    def test_a_leak_is_refused_before_any_trial(self, config: Callable[..., Config], undrawn: list) -> None:
        with pytest.raises(InputError, match=r"audit\.max_share"):
            run_sweep(config("audit.accept=[]"))
        assert undrawn == []

    def test_without_a_space_there_is_nothing_to_do(self, config: Callable[..., Config]) -> None:
        with pytest.raises(
            InputError, match=r"sweep\.space: expected settings to search, such as train\.learning_rate"
        ):
            run_sweep(config(space="sweep.trials=3"))

    @pytest.mark.parametrize("space", ["model.family=lookup", "sweep.space={model.family: [pair, lookup]}"])
    def test_baselines_are_not_searched(self, config: Callable[..., Config], space: str) -> None:
        with pytest.raises(InputError, match=r"model\.family: expected one that is fine-tuned, .*; found lookup"):
            run_sweep(config(space))

    def test_several_processes_for_one_trial_are_refused(
        self, config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WORLD_SIZE", "2")
        with pytest.raises(InputError, match="expected one process for each trial"):
            run_sweep(config())

    def test_without_optuna_it_says_what_to_install(self) -> None:
        code = "import sys; sys.modules['optuna'] = None; import detente; detente.run_sweep"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
        assert "expected the package optuna, which chooses the trials of a sweep; it is not installed." in done.stderr
        assert "pip install 'detente[sweep]'" in done.stderr
