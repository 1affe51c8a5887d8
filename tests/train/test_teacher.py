"""What a pupil learns from a teacher, and which teachers are refused."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import torch
from mlflow.tracking import MlflowClient
from scipy.special import softmax
from transformers.modeling_outputs import SequenceClassifierOutput

from detente.configs.errors import InputError
from detente.configs.loading import load_config, portable
from detente.configs.schema import Config
from detente.data.dataset import ExampleFile, Splits, describe, fingerprint
from detente.data.reading import read_examples, write_records
from detente.data.records import STANCES, Example, Stance
from detente.models.folder import ModelInfo, load_model, read_info, save_model
from detente.models.predictor import Predictor
from detente.train import run as run_module
from detente.train import teacher as teacher_module
from detente.train.rows import SOFT_LABELS, collate, encode_dataset, epoch_sampler, text_by_text, with_soft_labels
from detente.train.run import TrainedRun, build_model, train_model
from detente.train.teacher import Teacher, find_teacher
from detente.train.trainer import WeightedLoss, build_trainer
from tests.conftest import make_example, turned


def make_config(*settings: str) -> Config:
    files = [f"data.{part}={part}.jsonl" for part in ("train", "valid")]
    fixed = ["model.dropout=0.0", "train.device=cpu", "train.dtype=fp32", "data.test=null"]
    return load_config("debug", [*files, *fixed, *settings])


class Contrary(Predictor):
    """Sure of the stance after the right one."""

    calibration: Any = None

    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Any:
        if progress:
            progress(len(examples))
        return np.array([8.0 * np.eye(3)[(STANCES.index(one.label) + 1) % 3] for one in examples if one.label])


def both_ways(examples: Sequence[Example]) -> list[Example]:
    """Each text asked in both directions, so that packed rows hold two examples."""
    back = [turned(one, label=STANCES[(number + 1) % 3]) for number, one in enumerate(examples)]
    return text_by_text([*examples, *back])


SAID = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])


def teacher(learnt: frozenset[str] = frozenset()) -> Teacher:
    return Teacher("big", learnt, Contrary().predict_proba)


def loss(logits: torch.Tensor, labels: torch.Tensor, soft_labels: torch.Tensor | None, **more: Any) -> float:
    outputs = SequenceClassifierOutput(logits=logits)
    weighted = WeightedLoss(torch.tensor([2.0, 0.5, 1.0]), make_config().train)
    return weighted(outputs, labels, soft_labels=soft_labels, **more).item()


class TestLoss:
    logits = torch.tensor([[1.0, -0.5, 0.2], [0.1, 0.4, -2.0], [0.0, 1.0, 2.0]])
    labels = torch.tensor([0, 1, 2])

    def test_soft_labels_that_say_the_labels_change_nothing(self) -> None:
        said = torch.eye(3)[self.labels]
        assert loss(self.logits, self.labels, said) == pytest.approx(loss(self.logits, self.labels, None))

    def test_it_is_the_cross_entropy_with_them(self) -> None:
        weights = np.array([2.0, 0.5, 1.0])
        logs = np.log(softmax(self.logits.double().numpy(), axis=1))
        expected = (-(SAID * logs).sum(axis=1) * weights).sum() / 3
        assert loss(self.logits, self.labels, torch.tensor(SAID)) == pytest.approx(expected, rel=1e-5)

    def test_padding_counts_for_nothing(self) -> None:
        said = torch.tensor(SAID)
        labels = torch.tensor([[0, 1], [2, -100]])
        padded = torch.cat([said, torch.zeros(1, 3)]).view(2, 2, 3)
        logits = torch.cat([self.logits, torch.randn(1, 3)])
        whole = loss(self.logits, self.labels, said, num_items_in_batch=3)
        assert loss(logits, labels, padded, num_items_in_batch=3) == pytest.approx(whole)


class TestTeach:
    def test_a_label_and_the_teacher_share_what_is_learnt(self) -> None:
        examples = [make_example(number, stance) for number, stance in enumerate(STANCES)]
        taught, soft = Teacher("big", frozenset(), lambda _: SAID).teach(examples, 0.25)
        assert taught == examples
        assert soft == pytest.approx(0.75 * np.eye(3) + 0.25 * SAID)

    def test_without_a_label_the_teacher_is_learnt_alone(self) -> None:
        examples = [make_example(number, None) for number in range(3)]
        taught, soft = Teacher("big", frozenset(), lambda _: SAID).teach(examples, 0.25)
        assert [one.label for one in taught] == [Stance.NEUTRAL, Stance.OPPOSE, Stance.SUPPORT]
        assert soft == pytest.approx(SAID)

    def test_examples_with_and_without_labels_are_asked_apart_and_stay_in_order(self) -> None:
        asked: list[list[Example]] = []

        def ask(examples: Sequence[Example]) -> Any:
            asked.append(list(examples))
            return SAID[[int(one.id.removeprefix("e")) for one in examples]]

        examples = [make_example(number, label) for number, label in enumerate([None, Stance.SUPPORT, None])]
        taught, soft = Teacher("big", frozenset(), ask).teach(examples, 0.25)
        assert asked == [[examples[1]], [examples[0], examples[2]]]
        assert [one.label for one in taught] == [Stance.NEUTRAL, Stance.SUPPORT, Stance.SUPPORT]
        assert soft == pytest.approx(np.array([SAID[0], [0.75 + 0.25 * 0.1, 0.25 * 0.1, 0.25 * 0.8], SAID[2]]))


@pytest.mark.parametrize("family", ["pair", "packed"])
def test_each_example_gets_what_the_teacher_says_of_it(examples: list[Example], family: str) -> None:
    both = both_ways(examples)
    _, encoding = build_model(make_config(f"model.family={family}"))
    rows = with_soft_labels(encode_dataset(both, encoding), teacher().teach(both, 1.0)[1])
    for items, said in zip(rows["items"], rows[SOFT_LABELS], strict=True):
        expected = [(STANCES.index(both[item].label) + 1) % 3 for item in items]
        assert np.argmax(said, axis=1).tolist() == expected
    batch = collate([rows[place] for place in range(4)], encoding)
    assert batch[SOFT_LABELS].shape == (*batch["labels"].shape, 3)
    assert batch[SOFT_LABELS].sum(dim=2).flatten().tolist() == pytest.approx([1.0] * batch["labels"].numel())


@pytest.mark.parametrize("family", ["pair", "packed"])
def test_a_pupil_says_what_the_teacher_says(examples: list[Example], tmp_path: Path, family: str) -> None:
    steps = ["train.epochs=15", "train.learning_rate=0.005", "train.batch_size=4", "train.metric=nll"]
    config = make_config(f"model.family={family}", *steps)
    torch.manual_seed(0)
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    taught = with_soft_labels(rows, teacher().teach(examples, 1.0)[1])
    sampler = epoch_sampler(config, examples, taught)
    trainer = build_trainer(config, model, encoding, taught, rows, sampler=sampler, checkpoints=tmp_path)
    trainer.args.load_best_model_at_end = False  # by the labels, which the teacher contradicts
    trainer.train()
    logits = trainer.predict(rows).predictions
    answers = np.asarray(logits[0] if isinstance(logits, tuple) else logits).reshape(-1, 3).argmax(axis=1)
    expected = [(STANCES.index(examples[item].label) + 1) % 3 for items in rows["items"] for item in items]
    assert np.mean(answers == expected) > 0.9


class TestRefused:
    def splits(self, examples: list[Example]) -> Splits:
        files = {
            "valid": [ExampleFile(Path("a"), examples[:4]), ExampleFile(Path("b"), examples[4:8])],
            "test": [ExampleFile(Path("c"), examples[8:12])],
        }
        return Splits(train=examples[12:], valid=examples[:8], test=examples[8:12], files=files)

    @pytest.mark.parametrize(
        ("learnt", "name"), [(slice(0, 8), "valid"), (slice(4, 8), "valid"), (slice(8, 12), "test")]
    )
    def test_a_teacher_who_knows_a_measuring_file(self, examples: list[Example], learnt: slice, name: str) -> None:
        with pytest.raises(InputError, match=rf"hasn't learnt from data\.{name}; found that big has"):
            teacher(frozenset({"other", fingerprint(examples[learnt])})).check(self.splits(examples))

    def test_not_one_who_has_learnt_from_the_training_file(self, examples: list[Example]) -> None:
        teacher(frozenset({fingerprint(examples[12:])})).check(self.splits(examples))

    def test_one_that_is_not_there(self, workplace: Path, overrides: list[str]) -> None:
        with pytest.raises(InputError, match="expected a model folder"):
            train_model(load_config("debug", [*overrides, "train.teacher=./nobody"]))


@pytest.mark.slow
def test_a_run_learns_from_its_teacher_and_says_so(
    finished: TrainedRun, workplace: Path, overrides: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    rows: list[int] = []

    def build(*given: Any, **more: Any) -> Any:
        trainer = build_trainer(*given, **more)
        shown.extend(trainer.train_dataset.column_names)
        rows.append(len(trainer.train_dataset))
        return trainer

    monkeypatch.setattr(run_module, "build_trainer", build)
    others = [make_example(number, list(STANCES)[number % 3]) for number in range(100, 112)]
    write_records(workplace / "others.jsonl", others, Example)
    measured = [f"data.{part}={workplace / 'others.jsonl'}" for part in ("valid", "test")]
    with pytest.raises(InputError, match=r"hasn't learnt from data\.valid"):
        train_model(load_config("debug", [*overrides, f"train.teacher={finished.model}"]))
    shutil.move(finished.model, workplace / "big")
    write_records(workplace / "more.jsonl", [make_example(number, None) for number in range(200, 230)], Example)
    taught = ["train.teacher=./big", "train.teacher_weight=0.25", "data.unlabelled=more.jsonl"]
    config = load_config("debug", [*overrides, *measured, *taught])
    run = train_model(config)
    assert run is not None
    assert SOFT_LABELS in shown
    learnt = read_info(run.model).data
    assert learnt["unlabelled"]["examples"] == 30
    assert rows == [learnt["train"]["examples"] + 30]
    params = MlflowClient().get_run(str(run.run_id)).data.params
    assert (params["train.teacher"], params["train.teacher_weight"]) == (str(workplace / "big"), "0.25")
    assert read_info(run.model).config["train"]["teacher"] == str(workplace / "big")
    assert len(load_model(run.model, device="cpu").predict(list(read_examples(workplace / "others.jsonl")))) == 12


class TestFindTeacher:
    @pytest.fixture
    def big(
        self, tmp_path: Path, predictor: Predictor, examples: list[Example], monkeypatch: pytest.MonkeyPatch
    ) -> Path:
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
        data = {"train": {"file": "a.jsonl", **describe(examples)}}
        info = ModelInfo.of(predictor, config=portable(make_config()), data=data, metrics={})
        save_model(predictor, info, tmp_path / "big")
        return tmp_path / "big"

    def test_what_it_says_is_kept(
        self, big: Path, predictor: Predictor, examples: list[Example], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        config = make_config(f"train.teacher={big}")
        first = find_teacher(config)
        assert first is not None
        assert first.learnt == {fingerprint(examples)}
        said = first.ask(examples)
        assert said == pytest.approx(predictor.predict_proba(examples), abs=1e-6)
        monkeypatch.setattr(teacher_module, "load_model", None)
        again = find_teacher(config)
        assert again is not None
        assert (again.ask(examples) == said).all()
        with pytest.raises(TypeError):
            again.ask(examples[1:])
        (big / "config.json").write_text((big / "config.json").read_text() + "\n")
        with pytest.raises(TypeError):
            again.ask(examples)
