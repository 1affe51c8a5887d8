"""`detente train --folds` and `detente evaluate --learning-curve` as a user meets them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detente.commands.evaluation import retraining
from detente.data.records import STANCES, Example, Prediction
from detente.evaluation.evaluate import Evaluation, evaluate
from detente.evaluation.folds import Fold, FoldFigures
from detente.evaluation.metrics import score
from detente.train import cross_validation
from detente.train.cross_validation import CrossValidation
from detente.train.learning_curve import Retraining

Detente = Callable[..., tuple[object, str, str]]


def evaluated(examples: list[Example]) -> Evaluation:
    gold = [example.label for example in examples if example.label]
    rows = np.eye(3)[[STANCES.index(label) for label in gold]]
    answers = [
        Prediction(
            example_id=one.id, actor=one.actor, target=one.target, text=one.text, stance=one.label, confident=True,
            **{f"p_{stance}": row[place] for place, stance in enumerate(STANCES)},
        )
        for one, row in zip(examples, rows, strict=True)
    ]  # fmt: skip
    evaluation = evaluate(examples, answers, {}, split="folds", resamples=10, seed=1)
    sizes = {"train": 10, "valid": 2, "test": 12}
    folds = FoldFigures(tuple(Fold.of(sizes, score(gold[part], rows[part])) for part in (slice(12), slice(12, 24))))
    return Evaluation(**{**vars(evaluation), "folds": folds})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, examples: list[Example], tmp_path: Path) -> list[tuple[Any, ...]]:
    """What the work is called with; it is done at once."""
    calls: list[tuple[Any, ...]] = []
    done = CrossValidation("abc", tmp_path / "folds", tmp_path / "report.html", evaluated(examples))

    def called(*arguments: Any) -> CrossValidation:
        calls.append(arguments)
        return done

    monkeypatch.setattr(cross_validation, "cross_validate", called)
    monkeypatch.setattr(cross_validation, "resume_cross_validation", called)
    return calls


def test_folds_are_made_of_the_training_file_alone(
    detente: Detente, asked: list[tuple[Any, ...]], examples_file: Path, tmp_path: Path
) -> None:
    status, out, err = detente("train", "baseline", f"data.train={examples_file}", "--folds", "2")
    assert status == 0
    assert "2 trainings, one after another; data.valid and data.test are not read" in err
    ((config, folds),) = asked
    assert folds == 2
    assert (config.data.files("train"), config.data.test) == ([examples_file], None)
    assert "macro-F1 of the folds: 1.000, 1.000; mean 1.000, standard deviation 0.000" in out
    assert out.endswith(f"run     abc\nfolds   {tmp_path}/folds\nreport  {tmp_path}/report.html\n")
    assert "It may not be used for: " in out


def test_a_config_needs_no_validation_file_for_folds(
    detente: Detente, asked: list[tuple[Any, ...]], examples_file: Path
) -> None:
    assert detente("train", "minilm", f"data.train={examples_file}", "--folds", "2")[0] == 0
    assert len(asked) == 1


def test_an_interrupted_cross_validation_is_resumed_as_one(detente: Detente, asked: list[tuple[Any, ...]]) -> None:
    status, out, _ = detente("train", "--resume", "somewhere")
    assert (status, asked) == (0, [("somewhere",)])
    assert "macro-F1 of the folds" in out


def test_folds_and_seeds_are_not_for_one_command(detente: Detente) -> None:
    status, _, err = detente("train", "debug", "--folds", "3", "--seeds", "3")
    assert (status, err) == (2, "detente: detente train: expected --folds or --seeds; found both\n")


def test_a_learning_curve_is_drawn_if_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert retraining(False, 3) is None
    wanted = retraining(True, 2)
    assert isinstance(wanted, Retraining)
    assert wanted.seeds == 2
    wanted.tell("the plan")
    assert capsys.readouterr().err == "the plan\n"
