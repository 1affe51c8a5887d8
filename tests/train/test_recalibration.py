"""A saved model calibrated anew: what changes, what stays, and which examples are refused."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file
from scipy.special import softmax

from detente.configs.errors import InputError, RecordError
from detente.configs.loading import load_config, portable
from detente.data.dataset import describe, fingerprint
from detente.data.reading import write_records
from detente.data.records import STANCES, Example, Stance
from detente.evaluation.metrics import score
from detente.models.calibration import Calibration, fit_calibration
from detente.models.folder import ModelInfo, load_model, read_info, save_model
from detente.models.predictor import Predictor
from detente.train.recalibration import FEWEST, cross_fitted, recalibrate

WORDS = ("cotton", "fishing", "border", "customs", "railway", "harbour", "budget", "census", "water", "school")


def new_example(number: int, **changes: object) -> Example:
    """About other actors, in other words than what the model was trained on; six share a group."""
    word, stance = WORDS[number % 10], STANCES[number % 3]
    verb = {Stance.SUPPORT: "backed", Stance.NEUTRAL: "heard", Stance.OPPOSE: "fought"}[stance]
    text = (
        f"In the {word} debate of day {number}, Mali {verb} Chad while the {WORDS[(number + 3) % 10]} bill stood still."
    )
    values = {"id": f"n{number}", "actor": "Mali", "target": "Chad", "text": text, "label": stance}
    return Example.model_validate({**values, "group": f"g{number // 6}", **changes})


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Sequence[Example]], Path]:
    def to_file(examples: Sequence[Example]) -> Path:
        write_records(tmp_path / "mine.jsonl", examples, Example)
        return tmp_path / "mine.jsonl"

    return to_file


@pytest.fixture
def mine() -> list[Example]:
    return [new_example(number) for number in range(60)]


@pytest.fixture
def model(predictor: Predictor, examples: list[Example], tmp_path: Path) -> Path:
    """A saved model that was trained on train.jsonl."""
    path = tmp_path / "train.jsonl"
    write_records(path, examples, Example)
    config = portable(load_config("debug", [f"data.train={path}"]))
    predictor.calibration = Calibration(scale=(3.0, 3.0, 3.0), bias=(1.0, 0.0, -1.0))
    data = {"train": {"file": path.name, **describe(examples)}}
    metrics = {"split": "test", "n": 24, "groups": 12, "models": {}}
    save_model(predictor, ModelInfo.of(predictor, config=config, data=data, metrics=metrics), tmp_path / "model")
    return tmp_path / "model"


def test_the_new_model_has_the_old_weights_and_a_calibration_of_its_own(
    model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
) -> None:
    done = recalibrate(model, write(mine), tmp_path / "new", wanted_precision=0.8, conformal=0.9)
    old, new = (load_file(folder / "model.safetensors") for folder in (model, done.folder))
    assert all((old[name] == new[name]).all() for name in old)
    before, after = load_model(model), load_model(done.folder)
    gold = [example.label for example in mine]
    raw = before.calibration.undo(before.predict_logits(mine))
    assert after.calibration.bias == pytest.approx(fit_calibration(raw, gold, "vector").bias, abs=1e-3)
    assert after.calibration != before.calibration
    assert after.confidence == done.confidence
    assert (done.confidence.wanted_precision, done.confidence.conformal.coverage) == (0.8, 0.9)
    assert sum(curve.answers for curve in done.confidence.curves.values()) == 60
    assert all(answer.stances for answer in after.predict(mine))


def test_the_new_folder_says_what_it_was_calibrated_on(
    model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
) -> None:
    info = read_info(recalibrate(model, write(mine), tmp_path / "new", method="temperature").folder)
    assert info.data["calibration"] == {"file": "mine.jsonl", **describe(mine)}
    assert info.data["calibration"]["sha256"] == fingerprint(mine)
    assert info.data["train"] == read_info(model).data["train"]
    assert info.config["calibration"] == {"method": "temperature", "wanted_precision": 0.9, "conformal": None}
    assert info.metrics == {}
    card = (tmp_path / "new" / "README.md").read_text(encoding="utf-8")
    assert "calibrated on examples given after training" in card
    assert "| calibration | 60 | 20 | 20 | 20 |" in card
    assert "Not measured since it was calibrated anew" in card


def test_figures_are_those_before_and_those_on_groups_that_it_was_not_fitted_on(
    model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
) -> None:
    predictor, gold = load_model(model), [example.label for example in mine]
    logits, groups = predictor.predict_logits(mine), [example.group for example in mine]
    done = recalibrate(model, write(mine), tmp_path / "new")
    assert done.before == score(gold, softmax(logits, axis=1))
    assert done.after == score(gold, cross_fitted(predictor.calibration.undo(logits), gold, groups, "vector"))
    assert done.after.nll < done.before.nll
    assert (done.examples, done.compared) == (60, True)


def test_a_group_is_answered_by_a_calibration_that_has_not_seen_it() -> None:
    random = np.random.default_rng(0)
    raw, groups = random.normal(size=(60, 3)), [str(number // 6) for number in range(60)]
    gold = [STANCES[place] for place in random.integers(0, 3, 60)]
    before = cross_fitted(raw, gold, groups, "vector")
    turned = cross_fitted(raw, [Stance.OPPOSE] * 6 + gold[6:], groups, "vector")
    assert turned[:6] == pytest.approx(before[:6])
    assert np.abs(turned[6:] - before[6:]).max() > 1e-3


def test_a_single_group_can_not_be_cross_fitted(
    model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
) -> None:
    together = [example.model_copy(update={"group": "one"}) for example in mine]
    assert recalibrate(model, write(together), tmp_path / "new").after is None


def test_settings_that_are_not_given_are_those_of_the_model(
    model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
) -> None:
    first = recalibrate(model, write(mine), tmp_path / "one", wanted_precision=0.7, conformal=0.8)
    second = recalibrate(first.folder, write(mine), tmp_path / "two")
    assert second.confidence.wanted_precision == 0.7
    assert second.confidence.conformal.coverage == 0.8
    assert load_model(second.folder).calibration.scale == pytest.approx(load_model(first.folder).calibration.scale)


class TestRefusals:
    def test_the_training_file_is_refused_even_if_it_is_gone(
        self, model: Path, examples: list[Example], write: Callable[..., Path], tmp_path: Path
    ) -> None:
        (tmp_path / "train.jsonl").unlink()
        info = read_info(model)
        many = [example.model_copy(update={"id": f"{number}"}) for number, example in enumerate(examples * 3)]
        data = {"train": info.data["train"] | {"sha256": fingerprint(many)}}
        save_model(load_model(model), info.model_copy(update={"data": data}), model)
        with pytest.raises(InputError, match=r"that the model was not trained on; found its training file$"):
            recalibrate(model, write(many), tmp_path / "new")

    @pytest.mark.parametrize("text", ["Norway praised Kenya in round 0.", "NORWAY praised  Kenya in round 0."])
    def test_a_text_of_the_training_file_is_refused(
        self, model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path, text: str
    ) -> None:
        known = new_example(0, text=text, actor="Norway", target="Kenya")
        with pytest.raises(InputError) as caught:
            recalibrate(model, write([*mine[1:], known]), tmp_path / "new")
        assert "found the texts of 1 of 60 in its training file" in str(caught.value)
        assert str(caught.value).endswith("such as n0 with e0. Leave them out.")
        assert not (tmp_path / "new").exists()

    def test_what_can_not_be_compared_is_told(
        self, model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
    ) -> None:
        (tmp_path / "train.jsonl").unlink()
        assert not recalibrate(model, write(mine), tmp_path / "new").compared

    def test_too_few_examples_are_refused(
        self, model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
    ) -> None:
        message = f"mine.jsonl: expected at least {FEWEST} labelled examples; found {FEWEST - 1}$"
        with pytest.raises(InputError, match=message):
            recalibrate(model, write(mine[: FEWEST - 1]), tmp_path / "new")

    def test_an_example_without_a_label_is_refused(
        self, model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path
    ) -> None:
        with pytest.raises(RecordError, match=r"mine\.jsonl:61: label: expected support, neutral, oppose; found none"):
            recalibrate(model, write([*mine, new_example(60, label=None)]), tmp_path / "new")

    def test_a_folder_that_holds_something_is_refused(
        self, model: Path, mine: list[Example], write: Callable[..., Path]
    ) -> None:
        with pytest.raises(InputError, match=r"expected a new folder for the model; found something there$"):
            recalibrate(model, write(mine), model)

    @pytest.mark.parametrize("name", ["wanted_precision", "conformal"])
    def test_what_is_no_share_is_refused(
        self, model: Path, mine: list[Example], write: Callable[..., Path], tmp_path: Path, name: str
    ) -> None:
        with pytest.raises(InputError, match=f"^{name.replace('_', ' ')}: expected a share above 0 and below 1"):
            recalibrate(model, write(mine), tmp_path / "new", **{name: 90})
