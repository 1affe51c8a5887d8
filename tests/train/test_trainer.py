"""The Trainer's set-up: weights, the loss of a step, what is kept."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import TrainerCallback, TrainingArguments
from transformers.modeling_outputs import SequenceClassifierOutput

from detente.configs.errors import DivergedError, InputError
from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.data.records import Example, Stance
from detente.models.encoding import PairEncoding
from detente.train import rows as rows_module
from detente.train import trainer as trainer_module
from detente.train.rows import encode_dataset, epoch_sampler, text_by_text
from detente.train.run import build_model
from detente.train.trainer import WeightedLoss, build_trainer, class_weights, training_arguments
from tests.conftest import turned


def make_config(file: Path, *overrides: str) -> Config:
    files = [f"data.{part}={file}" for part in ("train", "valid", "test")]
    fixed = ["model.dropout=0.0", "train.device=cpu", "train.dtype=fp32", "train.log_every=1"]
    return load_config("debug", [*files, *fixed, *overrides])


class Logs(TrainerCallback):
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        self.rows.append(dict(logs))


def first_step(config: Config, examples: list[Example], folder: Path) -> dict[str, Any]:
    torch.manual_seed(0)
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    logs = Logs()
    sampler = epoch_sampler(config, examples, rows)
    build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=folder, callbacks=[logs]).train()
    return logs.rows[0]


@pytest.mark.parametrize("how", ["none", "sqrt", "balanced"])
def test_class_weights_are_one_on_average(how: str) -> None:
    labels = [0] * 5 + [1] * 80 + [2] * 15
    assert class_weights(labels, how)[labels].mean().item() == pytest.approx(1.0)


def test_balanced_weights_give_each_stance_the_same_say() -> None:
    labels = [0] * 5 + [1] * 80 + [2] * 15
    weights = class_weights(labels, "balanced")
    sums = [weights[label].item() * labels.count(label) for label in range(3)]
    assert sums == pytest.approx([100 / 3] * 3)


def test_a_stance_without_examples_gets_a_finite_weight() -> None:
    assert torch.isfinite(class_weights([1, 1, 2], "balanced")).all()


def test_losses_of_unequal_micro_batches_add_up_to_the_loss_of_the_step(examples_file: Path) -> None:
    settings = make_config(examples_file).train
    loss = WeightedLoss(torch.tensor([2.0, 0.5, 1.0]), settings)
    logits, labels = torch.randn(7, 3), torch.tensor([0, 1, 2, 1, 1, 0, 2])
    whole = loss(SequenceClassifierOutput(logits=logits), labels)
    parts = [
        loss(SequenceClassifierOutput(logits=logits[part]), labels[part], num_items_in_batch=7)
        for part in (slice(0, 5), slice(5, 7))
    ]
    assert sum(parts).item() == pytest.approx(whole.item())


def test_answers_that_are_no_numbers_end_the_training(
    examples: list[Example], examples_file: Path, tmp_path: Path
) -> None:
    config = make_config(examples_file)
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    sampler = epoch_sampler(config, examples, rows)
    trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=tmp_path)
    with torch.no_grad():
        model.out.weight.fill_(float("nan"))
    with pytest.raises(DivergedError, match=r"the training diverged: .* Try a smaller train.learning_rate"):
        trainer.evaluate()


def test_a_process_uses_one_gpu(examples_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class WithTwo(TrainingArguments):
        def __post_init__(self) -> None:
            super().__post_init__()
            _ = self.device
            self._n_gpu = 2

    monkeypatch.setattr(trainer_module, "TrainingArguments", WithTwo)
    arguments = training_arguments(make_config(examples_file, "train.batch_size=16"), tmp_path)
    assert (arguments.n_gpu, arguments.train_batch_size) == (1, 16)


def test_class_weights_are_those_of_what_an_epoch_shows(
    examples: list[Example], examples_file: Path, tmp_path: Path
) -> None:
    config = make_config(examples_file, "train.class_weights=balanced", "data.neutral_ratio=0.1")
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    sampler = epoch_sampler(config, examples, rows)
    trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=tmp_path)
    shown = [label for row in sampler for label in rows[row]["labels"]]
    assert len(shown) < len(examples)
    weights = trainer.compute_loss_func._weights
    assert weights[shown].mean().item() == pytest.approx(1.0)
    assert weights[1] > weights[0], "neutral is as common as support in the file, and rarer in an epoch"


@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_loss_and_gradient_do_not_depend_on_accumulation(
    weights: str, examples: list[Example], examples_file: Path, tmp_path: Path
) -> None:
    settings = ["train.batch_size=24", "train.epochs=1", f"train.class_weights={weights}"]
    one, four = (
        first_step(make_config(examples_file, *settings, f"train.accumulation_steps={steps}"), examples, tmp_path)
        for steps in (1, 4)
    )
    assert four["loss"] == pytest.approx(one["loss"], rel=1e-4)
    assert four["grad_norm"] == pytest.approx(one["grad_norm"], rel=1e-4)


def test_a_batch_that_cannot_be_split_evenly_is_refused(examples_file: Path, tmp_path: Path) -> None:
    config = make_config(examples_file, "train.batch_size=10", "train.accumulation_steps=4")
    with pytest.raises(InputError, match=r"train.batch_size: expected a multiple of 1 processes x 4 .* found 10"):
        training_arguments(config, tmp_path)


def test_encoded_rows_hold_labels_lengths_and_whether_they_were_cut(
    examples: list[Example], examples_file: Path
) -> None:
    _, encoding = build_model(make_config(examples_file, "model.max_length=24"))
    rows = encode_dataset(examples, encoding)
    assert rows["labels"][:3] == [[0], [1], [2]]
    assert rows["length"] == [len(ids) for ids in rows["input_ids"]]
    assert all(rows["truncated"])
    assert max(rows["length"]) == 24


def test_training_makes_progress_on_a_learnable_task(
    examples: list[Example], examples_file: Path, tmp_path: Path
) -> None:
    config = make_config(examples_file, "train.epochs=30", "train.learning_rate=5e-3", "train.batch_size=24")
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    sampler = epoch_sampler(config, examples, rows)
    trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=tmp_path)
    trainer.train()
    assert trainer.evaluate()["eval_macro_f1"] > 0.9


def test_patience_ends_training_early(examples: list[Example], examples_file: Path, tmp_path: Path) -> None:
    settings = ["train.epochs=50", "train.patience=1", "train.learning_rate=1e-9", "train.batch_size=24"]
    config = make_config(examples_file, *settings)
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    sampler = epoch_sampler(config, examples, rows)
    trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=tmp_path)
    trainer.train()
    assert trainer.state.epoch < 5


def test_the_best_checkpoint_is_the_one_in_the_model(
    examples: list[Example], examples_file: Path, tmp_path: Path
) -> None:
    settings = ["train.epochs=4", "train.learning_rate=0.5", "train.metric=nll", "train.batch_size=24"]
    config = make_config(examples_file, *settings)
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    sampler = epoch_sampler(config, examples, rows)
    trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=tmp_path)
    trainer.train()
    by_epoch = [row["eval_nll"] for row in trainer.state.log_history if "eval_nll" in row]
    assert trainer.evaluate()["eval_nll"] == pytest.approx(min(by_epoch), abs=1e-5)
    assert np.argmin(by_epoch) < 3, "the rate is far too high, so an early epoch is the best"


def test_the_same_examples_are_encoded_once(
    examples: list[Example], examples_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_config(examples_file)
    first = encode_dataset(examples, build_model(config)[1])
    monkeypatch.setattr(PairEncoding, "encode", None)
    again = encode_dataset(examples, build_model(config)[1])
    assert again["input_ids"][:] == first["input_ids"][:]
    with pytest.raises(TypeError):
        encode_dataset(examples, build_model(make_config(examples_file, "model.max_length=32"))[1])
    monkeypatch.setattr(rows_module.inspect, "getsource", lambda _: "the code of another version")
    with pytest.raises(TypeError):
        encode_dataset(examples, build_model(config)[1])


def test_the_examples_of_a_text_come_together(examples: list[Example]) -> None:
    ordered = text_by_text([*examples, *map(turned, examples)])
    assert [one.id for one in ordered[:4]] == ["e0", "e0-back", "e1", "e1-back"]


class TestPacked:
    """A text's examples in one row."""

    def rows(self, examples: list[Example], config: Config) -> tuple[Any, Any, Any]:
        both = text_by_text([*examples, *map(turned, examples)])
        model, encoding = build_model(config)
        return both, (model, encoding), encode_dataset(both, encoding)

    def test_a_row_holds_the_labels_of_its_examples(self, examples: list[Example], examples_file: Path) -> None:
        both, _, rows = self.rows(examples, make_config(examples_file, "model.family=packed"))
        assert len(rows) == len(examples)
        assert sorted(place for places in rows["items"] for place in places) == list(range(len(both)))
        for places, labels in zip(rows["items"], rows["labels"], strict=True):
            assert labels == [list(Stance).index(both[place].label) for place in places]

    def test_it_learns_what_it_is_shown(self, examples: list[Example], examples_file: Path, tmp_path: Path) -> None:
        settings = ["model.family=packed", "train.epochs=12", "train.learning_rate=0.005", "train.batch_size=4"]
        config = make_config(examples_file, *settings)
        both, (model, encoding), rows = self.rows(examples, config)
        sampler = epoch_sampler(config, both, rows)
        trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=tmp_path)
        trainer.train()
        losses = [row["eval_nll"] for row in trainer.state.log_history if "eval_nll" in row]
        assert min(losses) < 0.8 * losses[0]


def test_the_head_s_steps_are_larger(examples: list[Example], examples_file: Path, tmp_path: Path) -> None:
    config = make_config(examples_file, "train.head_factor=5.0", "train.learning_rate=0.001")
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    sampler = epoch_sampler(config, examples, rows)
    trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=tmp_path)
    groups = trainer.create_optimizer().param_groups
    rates = {id(one): group["lr"] for group in groups for one in group["params"]}
    assert {rates[id(one)] for one in model.encoder.parameters()} == {0.001}
    assert {rates[id(one)] for one in model.out.parameters()} == {0.005}
    assert len(rates) == len(list(model.parameters()))
