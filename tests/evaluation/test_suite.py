"""A saved model on a labelled file, with baselines learnt anew from the file that it was trained on."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.configs.errors import InputError, RecordError
from detente.configs.loading import load_config, portable
from detente.data.dataset import fingerprint
from detente.data.reading import read_examples, read_predictions, write_records
from detente.data.records import Example, Stance
from detente.evaluation.suite import evaluate_file
from detente.models.baselines import BASELINES
from detente.models.folder import ModelInfo, save_model
from detente.models.predictor import Predictor


@pytest.fixture
def train_file(tmp_path: Path, examples: list[Example]) -> Path:
    path = tmp_path / "train.jsonl"
    write_records(path, examples, Example)
    return path


@pytest.fixture
def save(predictor: Predictor, tmp_path: Path) -> Callable[..., Path]:
    """Saves a model that says it was trained on a file."""

    def make(train_file: Path, *settings: str) -> Path:
        config = load_config("debug", [f"data.train={train_file}", *settings])
        good = list(read_examples(train_file, labelled=True, rejects=tmp_path / "rejects"))
        counts = {stance.value: sum(example.label is stance for example in good) for stance in Stance}
        train = {"file": train_file.name, "examples": len(good), "sha256": fingerprint(good), **counts}
        facts = {"config": portable(config), "data": {"train": train}, "metrics": {}}
        save_model(predictor, ModelInfo.of(predictor, **facts), tmp_path / "model")
        return tmp_path / "model"

    return make


def add_line(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def test_the_baselines_learn_from_the_training_file_and_the_report_is_written(
    save: Callable[..., Path], train_file: Path, examples_file: Path, examples: list[Example], tmp_path: Path
) -> None:
    evaluation = evaluate_file(save(train_file), examples_file, tmp_path / "report")
    assert list(evaluation.baselines) == list(BASELINES)
    assert evaluation.baselines["masked_tfidf"].scores.accuracy == 1.0
    assert evaluation.split == "examples"
    assert "text: seen in training" in {one.name for one in evaluation.slices}
    assert evaluation.examples == examples
    assert json.loads((tmp_path / "report" / "metrics.json").read_text(encoding="utf-8")) == evaluation.as_dict()
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert f"<h1>{tmp_path / 'model'} on examples.jsonl</h1>" in page


def test_the_predictions_are_written_beside_the_report(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    evaluation = evaluate_file(save(train_file), examples_file, tmp_path / "report")
    assert list(read_predictions(tmp_path / "report" / "predictions.parquet")) == evaluation.predictions


def test_the_saved_model_answers_as_it_did_before(
    save: Callable[..., Path], train_file: Path, examples_file: Path, predictor: Predictor, tmp_path: Path
) -> None:
    evaluation = evaluate_file(save(train_file), examples_file, tmp_path / "report")
    before = predictor.predict_proba(evaluation.examples)
    assert evaluation.model.probabilities == pytest.approx(before, abs=0.01)  # the saved one may compute in bf16


def test_a_training_file_below_the_current_folder_is_found_by_its_relative_path(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = save(train_file)
    assert json.loads((model / "detente.json").read_text(encoding="utf-8"))["config"]["data"]["train"] == "train.jsonl"
    assert evaluate_file(model, examples_file, tmp_path / "report").baselines


def test_another_precision_can_be_wanted(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    model = save(train_file)
    evaluation = evaluate_file(model, examples_file, tmp_path / "a", with_behaviour=False)
    assert evaluation.sureness.wanted_precision == 0.9
    assert evaluation.coverage == 1
    never = evaluate_file(model, examples_file, tmp_path / "b", with_behaviour=False, wanted_precision=0.9999)
    assert never.sureness.wanted_precision == 0.9999
    assert never.coverage == 0


def test_a_changed_training_file_leaves_the_baselines_out(
    save: Callable[..., Path], train_file: Path, examples_file: Path, examples: list[Example], tmp_path: Path
) -> None:
    model = save(train_file)
    add_line(train_file, examples[0].model_copy(update={"id": "new"}).model_dump_json())
    evaluation = evaluate_file(model, examples_file, tmp_path / "report")
    assert (evaluation.baselines, evaluation.margins) == ({}, [])
    assert "actor" not in {one.dimension for one in evaluation.slices}
    assert (tmp_path / "report" / "report.html").is_file()


def test_a_training_file_that_is_gone_leaves_the_baselines_out(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    model = save(train_file)
    train_file.unlink()
    assert evaluate_file(model, examples_file, tmp_path / "report").baselines == {}


def test_a_training_file_that_was_spoilt_leaves_the_baselines_out(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    model = save(train_file)
    add_line(train_file, "not json")
    assert evaluate_file(model, examples_file, tmp_path / "report").baselines == {}


def test_records_that_training_set_aside_are_set_aside_for_the_baselines(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    add_line(train_file, "not json")
    model = save(train_file, "data.skip_invalid=true")
    assert evaluate_file(model, examples_file, tmp_path / "report").baselines


def test_the_baselines_learn_from_the_file_that_is_named_whatever_the_model_says(
    save: Callable[..., Path], train_file: Path, examples_file: Path, examples: list[Example], tmp_path: Path
) -> None:
    other = tmp_path / "other.jsonl"
    write_records(other, [example for example in examples if example.label is not Stance.OPPOSE], Example)
    evaluation = evaluate_file(save(train_file), examples_file, tmp_path / "report", train=other)
    assert evaluation.baselines["masked_tfidf"].probabilities[:, 2].tolist() == [0.0] * 24


def test_a_named_training_file_that_is_missing_is_an_error(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"gone\.jsonl: expected a file; found nothing there"):
        evaluate_file(save(train_file), examples_file, tmp_path / "report", train=tmp_path / "gone.jsonl")


def test_an_example_without_a_label_is_an_error_with_its_line(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    add_line(examples_file, '{"id": "x", "actor": "Norway", "target": "Kenya", "text": "Norway met Kenya."}')
    with pytest.raises(RecordError, match=r"examples\.jsonl:25: label: expected support, neutral, oppose; found none"):
        evaluate_file(save(train_file), examples_file, tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_bad_records_are_set_aside_beside_the_report_if_wished(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    add_line(examples_file, '{"id": "x", "actor": "Norway"}')
    evaluation = evaluate_file(save(train_file), examples_file, tmp_path / "report", skip_invalid=True)
    assert len(evaluation.examples) == 24
    (reject,) = (tmp_path / "report" / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(reject)["line"] == 25


def test_a_file_without_examples_is_an_error(save: Callable[..., Path], train_file: Path, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    with pytest.raises(InputError, match=r"none\.jsonl: expected labelled examples; found none"):
        evaluate_file(save(train_file), tmp_path / "none.jsonl", tmp_path / "report")


def test_two_evaluations_give_the_same_figures(
    save: Callable[..., Path], train_file: Path, examples_file: Path, tmp_path: Path
) -> None:
    model = save(train_file)
    one, other = (evaluate_file(model, examples_file, tmp_path / name).as_dict() for name in ("one", "other"))
    assert one.pop("seconds").keys() == other.pop("seconds").keys() >= {"answers", "behaviour", "baselines", "figures"}
    assert one == other


@pytest.mark.parametrize("part", ["valid", "calibration", "test"])
def test_the_file_that_chose_the_model_shows_nothing_of_its_promises(
    save: Callable[..., Path], train_file: Path, examples_file: Path, examples: list[Example], tmp_path: Path, part: str
) -> None:
    folder = save(train_file)
    info = json.loads((folder / "detente.json").read_text(encoding="utf-8"))
    info["data"][part] = {**info["data"]["train"], "sha256": fingerprint(examples)}
    (folder / "detente.json").write_text(json.dumps(info), encoding="utf-8")
    evaluation = evaluate_file(folder, examples_file, tmp_path / "report", with_behaviour=False)
    tuned = part != "test"
    assert (evaluation.sureness is None) is tuned
    assert ("tuned_on" in {finding.rule for finding in evaluation.verdict.findings}) is tuned
