"""A cross-validation: each example is answered by the model of its fold, once, and all answers are one evaluation."""

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.data.dataset import Splits, fingerprint, read_labelled
from detente.data.folds import split_into_folds
from detente.data.reading import read_examples, write_records
from detente.data.records import STANCES, Example, Stance
from detente.models.folder import load_model
from detente.train import cross_validation
from detente.train.cross_validation import CrossValidation, cross_validate, resume_cross_validation
from detente.train.run_folder import RunFolder, new_run_folder

VERBS = {Stance.SUPPORT: "praised", Stance.NEUTRAL: "met", Stance.OPPOSE: "condemned"}
WORDS = ("harbour", "glacier", "orchestra", "tariff", "envoy", "border", "summit", "ledger", "wheat", "chess", "tram")


def make_labels() -> list[Example]:
    """60 examples of 20 articles."""
    chance = random.Random(0)
    made = []
    for number in range(60):
        label = STANCES[number % 3]
        text = f"Norway {VERBS[label]} Kenya over the {' '.join(chance.choices(WORDS, k=10))}."
        group = f"g{number // 3}"
        made.append(Example(id=f"e{number}", actor="Norway", target="Kenya", text=text, label=label, group=group))
    return made


@pytest.fixture
def labels(workplace: Path) -> list[Example]:
    """In labels.jsonl."""
    write_records(workplace / "labels.jsonl", make_labels(), Example)
    return make_labels()


def config(*settings: str) -> Config:
    few = ("evaluation.bootstrap=20", "evaluation.baselines=[majority, names_only]", "data.test=null")
    return load_config("baseline", ["data.train=labels.jsonl", *few, *settings])


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[CrossValidation]:
    """A cross-validation that ran to its end."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copy(empty_store, folder / "mlflow.db")
    write_records(folder / "labels.jsonl", make_labels(), Example)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield cross_validate(config(), 3)


def test_all_examples_are_answered_once_by_a_model_that_never_saw_their_group(done: CrossValidation) -> None:
    evaluation, labels = done.evaluation, make_labels()
    assert [example.id for example in evaluation.examples] == [example.id for example in labels]
    assert [answer.example_id for answer in evaluation.predictions] == [example.id for example in labels]
    for number in (1, 2, 3):
        fold = done.folder / f"fold-{number}"
        parts = {part: list(read_examples(fold / f"{part}.jsonl")) for part in ("train", "valid", "test")}
        groups = [{example.group for example in part} for part in parts.values()]
        assert not groups[0] & groups[2]
        assert not groups[1] & groups[2]
        assert not groups[0] & groups[1]
        own = load_model(fold / "model").predict_proba(parts["test"])
        pooled = {answer.example_id: answer for answer in evaluation.predictions}
        assert [pooled[example.id].p_support for example in parts["test"]] == pytest.approx(own[:, 0].tolist())


def test_the_baselines_are_out_of_fold_too_and_what_was_seen_is_told_by_fold(done: CrossValidation) -> None:
    assert list(done.evaluation.baselines) == ["majority", "names_only"]
    assert {one.name for one in done.evaluation.slices} >= {"text: unseen", "actor: seen in training"}
    assert not [one for one in done.evaluation.slices if one.name == "text: seen in training"]


def test_mean_and_spread_over_the_folds_stand_in_the_report_and_the_figures(done: CrossValidation) -> None:
    folds = done.evaluation.folds
    assert folds is not None
    assert [fold.test for fold in folds.folds] == [
        sum(1 for _ in read_examples(done.folder / f"fold-{n}" / "test.jsonl")) for n in (1, 2, 3)
    ]
    page = done.report.read_text(encoding="utf-8")
    assert "Over the folds" in page
    assert f"{folds.mean['macro_f1']:.3f}" in page
    plain = json.loads((done.folder / "evaluation" / "metrics.json").read_text(encoding="utf-8"))
    assert plain["folds"]["spread"]["macro_f1"] == pytest.approx(folds.spread["macro_f1"])


def test_each_fold_is_a_child_of_one_run(done: CrossValidation) -> None:
    client = MlflowClient(f"sqlite:///{done.folder.parents[1]}/mlflow.db")
    parent = client.get_run(str(done.run_id))
    children = client.search_runs([parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'")
    assert len(children) == 3
    assert {run.data.tags["detente.kind"] for run in children} == {"fold"}
    assert parent.data.tags["detente.kind"] == "cross-validation"
    assert parent.data.params["folds"] == "3"
    assert parent.data.metrics["test/macro_f1"] == pytest.approx(done.evaluation.folds.mean["macro_f1"])
    assert parent.data.metrics["test/macro_f1_std"] == pytest.approx(done.evaluation.folds.spread["macro_f1"])


def test_an_interrupted_one_goes_on_with_the_folds_that_are_left(
    labels: list[Example], workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []
    original = cross_validation.train_on

    def watched(splits: Any, config: Config, folder: Any, **settings: Any) -> Any:
        trained.append(folder.path.name)
        if trained == ["fold-1", "fold-2"]:
            raise RuntimeError("the power went out")
        return original(splits, config, folder, **settings)

    monkeypatch.setattr(cross_validation, "train_on", watched)
    with pytest.raises(RuntimeError, match="power"):
        cross_validate(config(), 2)
    (folder,) = (workplace / "outputs").glob("baseline-folds-*")
    done = resume_cross_validation(folder)
    assert trained == ["fold-1", "fold-2", "fold-2"]
    assert done is not None
    assert len(done.evaluation.predictions) == 60
    with pytest.raises(InputError, match="this cross-validation has finished"):
        resume_cross_validation(folder)


def test_another_run_is_not_taken_for_one(workplace: Path) -> None:
    assert resume_cross_validation(new_run_folder(config("name=plain")).path) is None


def test_several_processes_are_refused(labels: list[Example], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(InputError, match="--folds: expected one process; found several"):
        cross_validate(config(), 3)


def test_what_can_not_be_dealt_leaves_no_run(labels: list[Example], workplace: Path) -> None:
    with pytest.raises(InputError, match="--folds 15: expected examples of at least 30 groups"):
        cross_validate(config(), 15)
    assert not (workplace / "outputs").exists()


def test_a_teacher_who_knows_the_folds_is_refused_before_there_is_a_run(
    labels: list[Example], workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = fingerprint(list(read_examples("labels.jsonl")))
    monkeypatch.setattr(cross_validation, "learnt_by", lambda name: frozenset({known} if name == "big" else {"others"}))
    tuned = ("model.family=pair", "model.encoder=random:tiny")
    with pytest.raises(
        InputError, match=r"hasn't learnt from data\.train, since each fold of it is a test; found .*big"
    ):
        cross_validate(config("train.teacher=big", *tuned), 3)
    assert not (workplace / "outputs").exists()
    files = read_labelled([Path("labels.jsonl")])
    cross_validation._check_teacher(config("train.teacher=other", *tuned), files)
    cross_validation._check_teacher(config("train.teacher=big"), files)  # a baseline doesn't learn from a teacher


def test_a_bad_unlabelled_record_is_set_aside_in_each_fold(
    labels: list[Example], workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Splits] = []
    monkeypatch.setattr(cross_validation, "train_on", lambda splits, *_, **__: seen.append(splits))
    write_records(
        "more.jsonl",
        [
            labels[0].model_copy(
                update={"text": "Others left.", "group": "z"} | {"actor_span": None, "target_span": None}
            )
        ],
        Example,
    )
    with Path("more.jsonl").open("a", encoding="utf-8") as file:
        file.write("[]\n")
    settings = config("data.unlabelled=more.jsonl", "train.teacher=big", "data.skip_invalid=true")
    parts = split_into_folds(labels, 3, seed=13)[0]
    cross_validation._train_fold(settings, RunFolder(workplace / "fold-1"), 1, parts, None)  # type: ignore[arg-type]
    assert [one.text for one in seen[0].unlabelled] == ["Others left."]
    assert len((workplace / "fold-1" / "rejected-unlabelled.jsonl").read_text().splitlines()) == 1
