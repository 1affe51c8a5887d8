"""From a config to a model, its report and its run; interrupted, resumed, and with several processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError, InterruptedRunError
from detente.configs.loading import load_config
from detente.configs.store import default_tracking_uri
from detente.data.reading import read_predictions, write_records
from detente.data.records import Example, Stance
from detente.inference.batch import predict_files
from detente.models.folder import load_model, read_info
from detente.models.predictor import EncoderPredictor
from detente.train import run as run_module
from detente.train.run import TrainedRun, resume_training, train_model
from detente.train.tracking import Tracker
from tests.conftest import make_example


def only_run(experiment: str = "debug") -> mlflow.entities.Run:
    client = MlflowClient(default_tracking_uri())
    runs = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    assert len(runs) == 1
    return runs[0]


class StoppedError(Exception):
    """Raised in place of a training."""


def stop(*_: object, **__: object) -> None:
    raise StoppedError


@pytest.mark.slow
def test_from_config_to_predictions_to_a_query_of_mlflow(finished: TrainedRun, workplace: Path) -> None:
    run = only_run()
    assert run.info.status == "FINISHED"
    assert run.info.run_id == finished.run_id
    assert run.data.metrics["test/macro_f1"] == pytest.approx(finished.evaluation.model.scores.macro_f1)
    (workplace / "article.txt").write_text("Norway condemned Kenya on Monday. Kenya met India.", encoding="utf-8")
    predictor = load_model(finished.reference, device="cpu")
    result = predict_files(predictor, [workplace / "article.txt"], workplace / "stances.parquet", progress=False)
    rows = list(read_predictions(workplace / "stances.parquet"))
    assert result.predictions == len(rows) > 0
    assert {"Norway", "Kenya"} <= {row.actor for row in rows}


@pytest.mark.slow
def test_the_run_holds_all_that_a_reader_of_the_ui_needs(finished: TrainedRun) -> None:
    client, run = MlflowClient(), only_run()
    artifacts = {item.path for item in client.list_artifacts(run.info.run_id)}
    evaluation = {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "evaluation")}
    assert {"config.yaml", "predictions.json", "audit", "evaluation"} <= artifacts
    assert {"report.html", "confusion_matrix.png", "calibration.png", "metrics.json"} <= evaluation
    assert run.data.params["train.learning_rate"] == "5e-05"
    assert 20 <= len(run.data.params) <= 40
    assert {"git.commit", "git.state", "data.train", "data.valid", "data.test", "family"} <= run.data.tags.keys()
    assert "Macro-F1" in run.data.tags["mlflow.note.content"]
    assert {item.dataset.name for item in run.inputs.dataset_inputs} == {"examples.jsonl"}
    assert len(client.get_metric_history(run.info.run_id, "val/macro_f1")) == 2
    assert {"baseline/names_only_macro_f1", "test/ece", "train/truncated"} <= run.data.metrics.keys()
    assert {f"test/{stance}_coverage_at_90" for stance in ("support", "oppose")} <= run.data.metrics.keys()
    assert {f"test/{name}" for name in finished.evaluation.sureness.flat()} <= run.data.metrics.keys()
    assert any(name.endswith("_confident_coverage") for name in run.data.metrics)
    assert client.get_model_version_by_alias("tiny", "challenger").run_id == run.info.run_id


@pytest.mark.slow
def test_an_accepted_leak_stands_on_the_name_plate_in_the_report_and_in_the_model(finished: TrainedRun) -> None:
    client, run = MlflowClient(), only_run()
    note = "texts 100.0%, groups 100.0%"
    assert run.data.tags["leaks"] == f"valid: {note}; test: {note}"
    assert (
        f"**The test file leaks**, by the share of its examples that the training file has: {note}."
        in (run.data.tags["mlflow.note.content"])
    )
    assert run.data.metrics["audit/test/texts_share"] == run.data.metrics["audit/valid/groups_share"] == 1.0
    assert run.data.metrics["audit/test/near_duplicates_share"] == 0.0
    assert run.data.metrics["audit/test/look_up_macro_f1"] == 1.0
    assert {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "audit")} == {
        "audit.html",
        "audit.json",
    }
    assert finished.leaks == {"valid": note, "test": note}
    assert f"debug on the test file, which leaks: {note}" in finished.report.read_text(encoding="utf-8")
    data = read_info(finished.model).data
    assert {name: part["leaks"] for name, part in data.items()} == {"train": None, "valid": note, "test": note}


def test_a_leak_that_is_not_accepted_fails_the_run_before_it_trains(
    workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "fine_tune", stop)
    with pytest.raises(InputError) as caught:
        train_model(load_config("debug", [*overrides, "audit.accept=[groups]"]))
    message = str(caught.value)
    file = workplace / "examples.jsonl"
    assert message.startswith(
        "expected at most 1.0% of a file's examples to stand in the training file (audit.max_share)"
    )
    assert f"{file}: texts: 100.0% of the examples (24) have their text in {file}, such as e0 with e0" in message
    assert "audit.accept=[groups, texts]" in message
    run = only_run()
    assert run.info.status == "FAILED"
    assert run.data.tags["leaks"].startswith("valid: texts 100.0%")
    assert list(workplace.glob("outputs/*/audit/audit.html"))


def test_parts_that_share_nothing_are_tagged_so(
    workplace: Path, overrides: list[str], examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("harbour", "tariff", "envoy", "border", "summit", "glacier")
    others = [
        one.model_copy(
            update={"text": f"{word} {word}s again.", "actor_span": None, "target_span": None, "group": word}
        )
        for word, one in zip(words, examples, strict=False)
    ]
    write_records(workplace / "others.jsonl", others, Example)
    monkeypatch.setattr(run_module, "fine_tune", stop)
    settings = [f"data.{part}={workplace / 'others.jsonl'}" for part in ("valid", "test")]
    with pytest.raises(StoppedError):
        train_model(load_config("debug", [*overrides, *settings, "audit.accept=[]"]))
    run = only_run()
    assert run.data.tags["leaks"] == "none"
    assert "leaks" not in run.data.tags["mlflow.note.content"]
    assert run.data.metrics["audit/test/groups_share"] == 0.0


@pytest.mark.slow
def test_the_sample_parts_pass_the_audit_of_the_quickstart(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "fine_tune", stop)
    with pytest.raises(StoppedError):
        train_model(load_config("quickstart", ["model.encoder=random:tiny"]))
    assert only_run("detente").data.tags["leaks"] == "none"


@pytest.mark.slow
def test_the_logged_model_answers_as_the_saved_one_and_sees_the_target(
    finished: TrainedRun, examples: list[Example]
) -> None:
    served = mlflow.pyfunc.load_model(finished.reference)
    rows = [{"actor": one.actor, "target": one.target, "text": one.text} for one in examples]
    answers = served.predict(rows)
    ours = load_model(finished.model).predict_proba(rows)
    np.testing.assert_allclose(answers[["p_support", "p_neutral", "p_oppose"]], ours, atol=1e-6)
    others = served.predict([row | {"target": "a plan to close the border"} for row in rows])
    assert not np.allclose(answers["p_support"], others["p_support"])
    with pytest.raises(mlflow.exceptions.MlflowException, match="target"):
        served.predict([{"actor": "Norway", "text": "Norway met Kenya."}])


@pytest.mark.slow
def test_the_model_folder_tells_where_it_comes_from(finished: TrainedRun) -> None:
    info = read_info(finished.model)
    assert info.data["train"]["examples"] == 24
    assert info.config["model"]["encoder"] == "random:tiny"
    assert not (finished.folder / "checkpoints").exists()
    assert load_config(finished.folder / "config.yaml").name == "debug"


@pytest.mark.slow
def test_each_file_of_a_mixture_is_tracked_and_stands_in_the_model(
    workplace: Path, overrides: list[str], examples: list[Example]
) -> None:
    for name, part in {"a": examples[:10], "b": examples[10:]}.items():
        write_records(workplace / f"{name}.jsonl", part, Example)
    files = f"[{workplace}/a.jsonl, {workplace}/b.jsonl]"
    run = train_model(load_config("debug", [*overrides, f"data.train={files}", f"data.valid={files}"]))
    assert run is not None
    told = read_info(run.model).data["train"]
    assert (told["file"], told["examples"]) == ("a.jsonl, b.jsonl", 24)
    assert [(one["file"], one["examples"]) for one in told["files"]] == [("a.jsonl", 10), ("b.jsonl", 14)]
    assert "| train: b.jsonl | 14 |" in (run.model / "README.md").read_text(encoding="utf-8")
    tracked = only_run()
    assert tracked.data.params["data.train"] == "a.jsonl, b.jsonl"
    assert tracked.data.tags["data.train"] == told["sha256"][:16] == tracked.data.tags["data.test"]
    digests = {one.dataset.name: one.dataset.digest for one in tracked.inputs.dataset_inputs}
    assert digests == {
        **{one["file"]: one["sha256"][:32] for one in told["files"]},
        "examples.jsonl": told["sha256"][:32],
    }
    assert tracked.data.metrics["audit/valid/texts_share"] == 1.0


def test_a_leak_between_any_two_files_is_found(
    workplace: Path, overrides: list[str], examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [
        one.model_copy(update={"text": f"{one.actor} sails {word}.", "actor_span": None, "target_span": None})
        for one, word in zip(examples, ("north", "south"), strict=False)
    ]
    write_records(workplace / "others.jsonl", [one.model_copy(update={"group": one.id}) for one in others], Example)
    write_records(workplace / "last.jsonl", examples[-1:], Example)
    monkeypatch.setattr(run_module, "fine_tune", stop)
    settings = ["data.train=[others.jsonl, last.jsonl]", "data.test=null", "audit.accept=[groups]"]
    with pytest.raises(
        InputError, match=r"examples\.jsonl: texts: 4\.2% .* in \S+others\.jsonl, \S+last\.jsonl, such as e23"
    ):
        train_model(load_config("debug", [*overrides, *settings]))


def test_a_near_copy_of_a_measuring_text_among_the_unlabelled_ones_is_found(
    workplace: Path, overrides: list[str], examples: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "Norway praised Kenya for the harbour, the railway, the new observatory and the patient work of its envoys."
    for name, ending in (("valid", "In the end"), ("more", "At the end")):
        one = examples[0].model_copy(update={"text": f"{text} {ending} all was signed.", "group": name})
        write_records(workplace / f"{name}.jsonl", [one], Example)
    monkeypatch.setattr(run_module, "way_to_learn", lambda _: stop)
    settings = ["data.valid=valid.jsonl", "data.test=null", "audit.accept=[]"]
    settings += ["data.unlabelled=more.jsonl", "train.teacher=big"]
    found = r"valid\.jsonl: near_duplicates: 100\.0% .* in \S+examples\.jsonl, \S+more\.jsonl, such as e0"
    with pytest.raises(InputError, match=found):
        train_model(load_config("debug", [*overrides, *settings]))


@pytest.mark.slow
def test_a_run_that_fails_is_failed_and_goes_on_when_resumed(
    workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power went out")

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "measure", broken)
        with pytest.raises(RuntimeError, match="power"):
            train_model(load_config("debug", overrides))
    failed = only_run()
    assert failed.info.status == "FAILED"
    assert resume_training(failed.info.run_id) is not None
    assert only_run().info.status == "FINISHED"
    with pytest.raises(InputError, match="this one has finished"):
        resume_training(failed.info.run_id)


@pytest.mark.slow
@pytest.mark.parametrize("taught", [False, True])
def test_a_resumed_training_ends_with_the_same_weights(
    workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch, *, taught: bool
) -> None:
    settings = ["train.dtype=fp32", "train.epochs=4", "train.learning_rate=1e-3"]
    if taught:
        others = [make_example(number, list(Stance)[number % 3]) for number in range(100, 124)]
        write_records(workplace / "others.jsonl", others, Example)
        write_records(workplace / "more.jsonl", [make_example(number, None) for number in range(200, 224)], Example)
        teacher = train_model(load_config("debug", [*overrides, "data.train=others.jsonl"]))
        assert teacher is not None
        settings += [f"train.teacher={teacher.model}", "data.unlabelled=more.jsonl"]
    config = load_config("debug", [*overrides, *settings])
    unbroken = train_model(config)
    tracker_class = run_module.MetricsCallback

    class StopsAfterTwoEpochs(tracker_class):  # type: ignore[misc, valid-type]
        def on_save(self, args: object, state: object, control: object, **_: object) -> None:
            if state.epoch == 2:  # type: ignore[attr-defined]
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "MetricsCallback", StopsAfterTwoEpochs)
        with pytest.raises(InterruptedRunError, match="detente train --resume") as stopped:
            train_model(config)
    folder = Path(str(stopped.value).rpartition(" ")[2])
    assert MlflowClient().get_run(json.loads((folder / "run.json").read_text())["run_id"]).info.status == "KILLED"
    resumed = resume_training(folder)
    assert resumed is not None
    assert unbroken is not None
    assert (resumed.model / "model.safetensors").read_bytes() == (unbroken.model / "model.safetensors").read_bytes()


@pytest.mark.slow
def test_a_run_stopped_while_its_model_is_logged_can_go_on(
    workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Tracker, "log_model", stopped)
        with pytest.raises(InterruptedRunError, match="detente train --resume") as told:
            train_model(load_config("debug", overrides))
    folder = Path(str(told.value).rpartition(" ")[2])
    before = (folder / "model" / "model.safetensors").read_bytes()
    resumed = resume_training(folder)
    assert resumed is not None
    assert resumed.reference.startswith("runs:/")
    assert (resumed.model / "model.safetensors").read_bytes() == before
    assert not (folder / "checkpoints").exists()


@pytest.mark.slow
@pytest.mark.parametrize("stopped_in", [3, 4])
def test_patience_is_counted_on_after_an_interruption(
    workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch, stopped_in: int
) -> None:
    """Nothing is ever learnt, so the first epoch is the best one, and three more are granted."""
    settings = ["train.learning_rate=1e-12", "train.epochs=9", "train.patience=3", "train.dtype=fp32"]
    config = load_config("debug", [*overrides, *settings])
    ended: list[float] = []
    tracker_class = run_module.MetricsCallback

    class Watches(tracker_class):  # type: ignore[misc, valid-type]
        def on_train_end(self, args: object, state: object, control: object, **_: object) -> None:
            ended.append(state.epoch)  # type: ignore[attr-defined]

    class Stops(tracker_class):  # type: ignore[misc, valid-type]
        def on_save(self, args: object, state: object, control: object, **_: object) -> None:
            if state.epoch == stopped_in:  # type: ignore[attr-defined]
                raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "MetricsCallback", Watches)
    train_model(config)
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "MetricsCallback", Stops)
        with pytest.raises(InterruptedRunError) as told:
            train_model(config)
    resume_training(Path(str(told.value).rpartition(" ")[2]))
    assert ended == [4, 4]


@pytest.mark.slow
def test_other_data_than_the_run_began_with_are_refused(
    workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_records(
        workplace / "mine.jsonl", [make_example(number, list(Stance)[number % 3]) for number in range(24)], Example
    )
    with monkeypatch.context() as patch:
        patch.setattr(run_module, "measure", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            train_model(load_config("debug", [*overrides, "data.train=mine.jsonl"]))
    write_records(
        workplace / "mine.jsonl", [make_example(number, list(Stance)[number % 3]) for number in range(27)], Example
    )
    with pytest.raises(InputError, match=r"expected the data that this run began with; data\.train changed since"):
        resume_training(only_run().info.run_id)


@pytest.mark.slow
def test_a_polite_kill_ends_the_run_as_killed(workplace: Path, overrides: list[str]) -> None:
    command = [sys.executable, "-m", "detente", "train", "debug", *overrides, "train.epochs=2000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not list(workplace.glob("outputs/*/checkpoints/checkpoint-*")) and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "detente train --resume" in messages
    assert only_run().info.status == "KILLED"


def test_a_folder_without_a_run_cannot_be_resumed(workplace: Path) -> None:
    with pytest.raises(InputError, match=r"expected a run's folder, its name in outputs/ or its MLflow run id"):
        resume_training("nothing")


def test_a_max_length_that_the_encoder_cannot_take_is_refused(workplace: Path, overrides: list[str]) -> None:
    with pytest.raises(InputError, match=r"model\.max_length: expected at most 512"):
        train_model(load_config("debug", [*overrides, "model.max_length=513"]))


@pytest.mark.slow
@pytest.mark.parametrize("family", ["pair", "packed"])
def test_two_processes_see_the_same_loss_and_gradient_as_one(
    workplace: Path, overrides: list[str], family: str
) -> None:
    settings = [
        f"model.family={family}",
        "train.batch_size=24",
        "train.epochs=1",
        "train.log_every=1",
        "train.dtype=fp32",
        "model.dropout=0.0",
    ]
    train = ["-m", "detente", "train", "debug", *overrides, *settings]
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    for experiment, launcher in (("one", []), ("two", torchrun)):
        command = [sys.executable, *launcher, *train, f"tracking.experiment={experiment}"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    one, two = (only_run(experiment).data.metrics for experiment in ("one", "two"))
    for name in ("train/loss", "train/grad_norm", "val/nll", "val/macro_f1"):
        assert two[name] == pytest.approx(one[name], rel=1e-4), name


@pytest.mark.parametrize(("test_file", "times"), [(True, 2), (False, 1)])
def test_a_trained_model_is_asked_once_for_each_file(
    workplace: Path,
    overrides: list[str],
    examples: list[Example],
    monkeypatch: pytest.MonkeyPatch,
    test_file: bool,
    times: int,
) -> None:
    asked: list[int] = []
    ask = EncoderPredictor.predict_logits

    def counted(self: EncoderPredictor, questions: list[Example], **given: Any) -> Any:
        asked.append(len(questions))
        return ask(self, questions, **given)

    monkeypatch.setattr(EncoderPredictor, "predict_logits", counted)
    run = train_model(load_config("debug", [*overrides, *([] if test_file else ["data.test=null"])]))
    assert run is not None
    assert ("tuned_on" in {finding.rule for finding in run.evaluation.verdict.findings}) is not test_file
    assert asked.count(len(examples)) == times
