"""Training on parts of a training file: nested, of whole groups, with as many steps; and what is told of it."""

import json
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.configs.loading import load_config, portable
from detente.data.dataset import fingerprint
from detente.data.reading import write_records
from detente.data.records import STANCES, Example, Stance
from detente.data.splits import clusters
from detente.evaluation.learning_curve import LearningCurve
from detente.evaluation.suite import evaluate_file
from detente.models.folder import ModelInfo, save_model
from detente.models.predictor import Predictor
from detente.train.learning_curve import (
    SHARES,
    Retraining,
    nested_parts,
    of_as_many_steps,
    own_config,
    own_validation_examples,
)

VERBS = {Stance.SUPPORT: "praised", Stance.NEUTRAL: "met", Stance.OPPOSE: "condemned"}
WORDS = ("harbour", "glacier", "orchestra", "tariff", "envoy", "border", "summit", "ledger", "wheat", "chess", "tram")


def make_examples(count: int, seed: int) -> list[Example]:
    chance = random.Random(seed)
    made = []
    for number in range(count):
        label = STANCES[number % 3]
        text = f"Norway {VERBS[label]} Kenya over the {' '.join(chance.choices(WORDS, k=10))}."
        group = f"{seed}g{number // 3}"
        made.append(Example(id=f"e{number}", actor="Norway", target="Kenya", text=text, label=label, group=group))
    return made


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    monkeypatch.chdir(tmp_path)
    paths = {part: tmp_path / f"{part}.jsonl" for part in ("train", "valid", "test")}
    for seed, (part, path) in enumerate(paths.items()):
        write_records(path, make_examples(96 if part == "train" else 30, seed), Example)
    return paths


def info_of(predictor: Predictor, files: dict[str, Path], *settings: str) -> ModelInfo:
    config = load_config("debug", [*(f"data.{part}={path}" for part, path in files.items()), *settings])
    data = {
        part: {
            "sha256": fingerprint(make_examples(96 if part == "train" else 30, seed)),
            "file": path.name,
            "examples": 1,
            "support": 1,
            "neutral": 0,
            "oppose": 0,
        }
        for seed, (part, path) in enumerate(files.items())
    }
    return ModelInfo.of(predictor, config=portable(config), data=data, metrics={})


def test_parts_are_whole_groups_and_hold_the_smaller_ones() -> None:
    examples = make_examples(96, 0)
    parts = nested_parts(clusters(examples), seed=1)
    assert [len(part) / 96 for part in parts] == pytest.approx(SHARES, abs=3 / 96)
    for smaller, larger in pairwise(parts):
        assert set(smaller) < set(larger)
    for part in parts:
        inside = {examples[place].group for place in part}
        assert inside.isdisjoint({examples[place].group for place in set(range(96)) - set(part)})
    assert nested_parts(clusters(examples), seed=2)[0] != parts[0]


def test_a_part_is_trained_for_as_many_steps() -> None:
    config = load_config("debug", ["train.epochs=3", "train.patience=2"])
    quarter = of_as_many_steps(config, 1 / 4)
    assert (quarter.train.epochs, quarter.train.patience) == (12, 8)
    assert of_as_many_steps(load_config("debug"), 1 / 2).train.patience is None
    assert of_as_many_steps(config, 1.0) == config


def test_the_config_is_that_of_the_model_and_what_it_lacks_has_its_default(
    predictor: Predictor, files: dict[str, Path]
) -> None:
    info = info_of(predictor, files, "train.learning_rate=3e-3", "seed=4")
    del info.config["train"]["head_factor"]
    config = own_config(info)
    assert (config.train.learning_rate, config.seed, config.name) == (3e-3, 4, "debug")
    assert config.data.files("train") == [files["train"]]
    assert config.train.head_factor == 1.0


def test_a_changed_validation_file_is_refused(predictor: Predictor, files: dict[str, Path]) -> None:
    info = info_of(predictor, files)
    assert len(own_validation_examples(info, own_config(info))) == 30
    write_records(files["valid"], make_examples(27, 1), Example)
    with pytest.raises(InputError, match=r"valid\.jsonl has changed since the training"):
        own_validation_examples(info, own_config(info))


def test_the_curve_of_a_taught_model_is_refused(predictor: Predictor, files: dict[str, Path], tmp_path: Path) -> None:
    info = info_of(predictor, files, "train.teacher=./big")
    with pytest.raises(InputError, match=r"--learning-curve: expected a model that learnt from labels alone"):
        Retraining(1, lambda _: None)(info, make_examples(96, 0), make_examples(30, 2), tmp_path)


@pytest.mark.parametrize("size", [11, 13])
def test_a_size_is_that_of_the_part_which_no_group_may_fill(
    predictor: Predictor, files: dict[str, Path], tmp_path: Path, size: int
) -> None:
    info = info_of(predictor, files, "model.family=majority", "model.encoder=null")
    train = [
        one.model_copy(update={"group": f"large{place // size}"}) for place, one in enumerate(make_examples(96, 0))
    ]

    def curve() -> LearningCurve:
        return Retraining(1, lambda _: None)(info, train, make_examples(30, 2), tmp_path)

    if size > 12:
        with pytest.raises(InputError, match=r"no group of more than 1/8 of the labels.*the largest holds 13 of 96"):
            curve()
        return
    parts = nested_parts(clusters(train), seed=13)
    assert [one.labels for one in curve().curves[0].points] == [len(part) for part in parts]
    assert [len(part) for part in parts] != [12, 24, 48, 96]


def test_the_curves_of_the_model_and_of_a_cheap_baseline_are_drawn(
    predictor: Predictor, files: dict[str, Path], tmp_path: Path
) -> None:
    told: list[str] = []
    info = info_of(predictor, files, "model.family=masked_tfidf", "model.encoder=null")
    train, test = make_examples(96, 0), make_examples(30, 2)
    found = Retraining(1, told.append)(info, train, test, tmp_path)
    assert [curve.name for curve in found.curves] == ["debug", "masked_tfidf"]
    for curve in found.curves:
        assert [(one.labels, one.seed) for one in curve.points] == [(n, s) for s in (13,) for n in (12, 24, 48, 96)]
        assert curve.points[3].macro_f1 >= curve.points[0].macro_f1
    assert told[0].startswith("learning curve: 4 trainings, on 12, 24, 48, 96 labels with 1 seed")
    assert told[-1] == "learning curve: 3 of 4 trainings done, 1 to go"
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_the_curve_stands_in_the_report(predictor: Predictor, files: dict[str, Path], tmp_path: Path) -> None:
    info = info_of(predictor, files, "model.family=masked_tfidf", "model.encoder=null")
    save_model(predictor, info.model_copy(update={"config": info.config}), tmp_path / "model")
    evaluation = evaluate_file(
        tmp_path / "model",
        files["test"],
        tmp_path / "report",
        with_behaviour=False,
        learning_curve=Retraining(1, lambda _: None),
    )
    assert evaluation.learning_curve is not None
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "What more labels would bring" in page
    assert evaluation.learning_curve.curves[0].words.replace("'", "&#39;").replace("+", "&#43;") in page.replace(
        "+", "&#43;"
    )
    assert (tmp_path / "report" / "learning_curve.png").is_file()
    plain = json.loads((tmp_path / "report" / "metrics.json").read_text(encoding="utf-8"))
    assert plain["learning_curve"]["curves"][1]["name"] == "masked_tfidf"
    assert plain["seconds"]["learning curve"] > 0


def test_without_the_training_file_there_is_no_curve(
    predictor: Predictor, files: dict[str, Path], tmp_path: Path
) -> None:
    save_model(predictor, info_of(predictor, files), tmp_path / "model")
    files["train"].unlink()
    with pytest.raises(InputError, match="--learning-curve: expected the model's training file; it is gone"):
        evaluate_file(tmp_path / "model", files["test"], tmp_path / "r", learning_curve=Retraining(1, lambda _: None))


@pytest.mark.slow
def test_an_encoder_is_trained_on_each_part(predictor: Predictor, files: dict[str, Path], tmp_path: Path) -> None:
    info = info_of(predictor, files, "train.device=cpu", "train.epochs=1")
    found = Retraining(1, lambda _: None)(info, make_examples(96, 0), make_examples(30, 2), tmp_path)
    assert np.isfinite([one.macro_f1 for one in found.curves[0].points]).all()
