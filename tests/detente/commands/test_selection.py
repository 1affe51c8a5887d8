"""`detente label next`, `estimate` and `errors`: what they write and print, and their exit status."""

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.cli import main
from detente.data.reading import read_examples, write_records
from detente.data.records import STANCES, Example, Prediction

Detente = Callable[..., tuple[object, str, str]]


@pytest.fixture
def detente(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Detente:
    """Runs a command in an empty folder; gives its exit status, output and messages."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["detente", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return run


def make_example(number: int) -> Example:
    """An example of article n with its true label."""
    text = f"Norvik met Kelta on day {number}."
    return Example(
        id=f"e{number}", actor="Norvik", target="Kelta", text=text, label=STANCES[number % 3],
        holder="speaker", meta={"outlet": "The Gull"},
    )  # fmt: skip


def make_prediction(number: int) -> Prediction:
    """The answer to it, wrong where the number ends in 9."""
    example = make_example(number)
    answer = STANCES[(number + (number % 10 == 9)) % 3]
    return Prediction(
        example_id=example.id, article_id=f"a{number}", actor="Norvik", target="Kelta", text=example.text,
        stance=answer, confident=True, **{f"p_{stance}": 0.8 if stance is answer else 0.1 for stance in STANCES},
    )  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """60 labelled examples, and predictions for them."""
    examples, predictions = tmp_path / "examples.jsonl", tmp_path / "predictions.jsonl"
    write_records(examples, map(make_example, range(60)), Example)
    write_records(predictions, map(make_prediction, range(60)), Prediction)
    return examples, predictions


def test_next_writes_what_to_label_and_says_how_it_was_chosen(detente: Detente, files: tuple[Path, Path]) -> None:
    status, out, _ = detente("label", "next", "predictions.jsonl", "-n", 20, "-o", "next.jsonl")
    assert (status, len(list(read_examples("next.jsonl")))) == (0, 20)
    assert out == "20 of 60 to label: next.jsonl\n  4 drawn at random, 16 because the model is unsure\n"


def test_next_leaves_out_what_is_labelled_in_any_of_the_files(detente: Detente, files: tuple[Path, Path]) -> None:
    for name, numbers in (("one.jsonl", range(30)), ("two.jsonl", range(30, 50))):
        write_records(name, map(make_example, numbers), Example)
    options = ("--labelled", "one.jsonl", "--labelled", "two.jsonl", "-o", "next.jsonl")
    status, _, err = detente("label", "next", "predictions.jsonl", "-n", 20, *options)
    assert status == 0
    assert {example.id for example in read_examples("next.jsonl")} == {f"e{number}" for number in range(50, 60)}
    assert err == "left out, labelled or with the coders: 50\nmissing, there are no more: 10\n"


def test_next_says_what_asks_the_same_again(detente: Detente, files: tuple[Path, Path]) -> None:
    twice = [make_prediction(0), make_prediction(0).model_copy(update={"example_id": "copy"})]
    write_records("twice.jsonl", twice, Prediction)
    _, _, err = detente("label", "next", "twice.jsonl", "-n", 1, "-o", "next.jsonl")
    assert "left out, asks the same as another one: 1" in err


def test_next_keeps_the_examples_that_were_predicted(detente: Detente, files: tuple[Path, Path]) -> None:
    detente("label", "next", "predictions.jsonl", "-n", 5, "--examples", "examples.jsonl", "-o", "next.jsonl")
    chosen = list(read_examples("next.jsonl"))
    assert {(example.holder, example.meta["outlet"], example.label) for example in chosen} == {
        ("speaker", "The Gull", None)
    }


@pytest.mark.parametrize("command", [("next",), ("errors", "examples.jsonl")])
def test_an_output_that_is_an_input_is_an_error(
    detente: Detente, files: tuple[Path, Path], command: tuple[str, ...]
) -> None:
    status, _, err = detente("label", *command, "predictions.jsonl", "-o", "predictions.jsonl")
    assert status == 2
    assert "expected an output that is none of the inputs" in err
    assert files[1].stat().st_size > 1000


def test_a_share_above_one_is_an_error(detente: Detente, files: tuple[Path, Path]) -> None:
    status, _, err = detente("label", "next", "predictions.jsonl", "--random-share", 20, "-o", "next.jsonl")
    assert status == 2
    assert "--random-share" in err


def test_estimate_prints_accuracy_with_its_interval(detente: Detente, files: tuple[Path, Path]) -> None:
    detente("label", "next", "predictions.jsonl", "-n", 60, "--random-share", 1, "-o", "next.jsonl")
    labelled = [
        one.model_copy(update={"label": make_example(int(one.id[1:])).label}) for one in read_examples("next.jsonl")
    ]
    write_records("done.jsonl", [*labelled[:-1], labelled[-1].model_copy(update={"label": None})], Example)
    status, out, err = detente("label", "estimate", "done.jsonl", "predictions.jsonl")
    assert status == 0
    assert "accuracy  0.898  (95% interval 0.795 to 0.953)" in out
    assert "from 59 labels drawn at random" in out
    assert "drawn at random but not labelled, which leans towards what is easy to label: 1" in err


def test_estimate_refuses_labels_that_were_not_drawn_at_random(detente: Detente, files: tuple[Path, Path]) -> None:
    status, out, err = detente("label", "estimate", "examples.jsonl", "predictions.jsonl")
    assert (status, out) == (2, "")
    assert "found none among 60 examples" in err


def test_errors_writes_and_shows_the_suspects(detente: Detente, files: tuple[Path, Path]) -> None:
    status, out, err = detente("label", "errors", "examples.jsonl", "predictions.jsonl", "-o", "suspects.csv")
    assert status == 0
    with open("suspects.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows} == {f"e{number}" for number in range(9, 60, 10)}
    assert rows[0]["rank"] == "1"
    assert rows[0]["p_label"] == "0.1"
    assert out.endswith("6 of 60 labels are likely wrong: suspects.csv\n")
    assert "warning" not in err


def test_errors_warns_of_predictions_that_know_the_labels(detente: Detente, files: tuple[Path, Path]) -> None:
    write_records("known.jsonl", [make_example(number) for number in range(60) if number % 10 < 9], Example)
    _, _, err = detente("label", "errors", "known.jsonl", "predictions.jsonl", "-o", "suspects.csv")
    assert "warning: the predictions agree with 100.0% of the labels" in err


def test_errors_writes_csv_alone(detente: Detente, files: tuple[Path, Path]) -> None:
    status, _, err = detente("label", "errors", "examples.jsonl", "predictions.jsonl", "-o", "suspects.parquet")
    assert status == 2
    assert "expected a table for a spreadsheet, .csv; found 'suspects.parquet'" in err
