"""The commands: what they print where, what they write, and their exit status."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from detente.cli import main
from detente.configs.loading import load_config
from detente.data.dataset import fingerprint
from detente.data.reading import read_examples, read_predictions, write_records
from detente.data.records import Example
from detente.models.baselines import BASELINES
from detente.models.folder import ModelInfo, save_model
from detente.models.predictor import Predictor

BAD_LINE = '{"id": "bad", "actor": "Norway"}\n'


class Done(NamedTuple):
    status: int | str | None
    out: str
    err: str


ADVICE = (
    "Mend them, or set them aside: detente data check FILE --skip-invalid BAD.jsonl -o GOOD.jsonl "
    "(in a config: data.skip_invalid=true)."
)
Detente = Callable[..., Done]


@pytest.fixture
def detente(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Detente:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["detente", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return Done(end.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def model(predictor: Predictor, examples: list[Example], tmp_path: Path) -> Path:
    """A saved model that was trained on train.jsonl."""
    path = tmp_path / "train.jsonl"
    write_records(path, examples, Example)
    config = load_config("debug", [f"data.train={path}"]).model_dump(mode="json")
    train = {
        "file": path.name,
        "examples": 24,
        "support": 8,
        "neutral": 8,
        "oppose": 8,
        "sha256": fingerprint(examples),
    }
    facts = {"config": config, "data": {"train": train}, "metrics": {}}
    save_model(predictor, ModelInfo.of(predictor, **facts), tmp_path / "model")
    return tmp_path / "model"


def add_line(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line)


class TestDataCheck:
    def test_good_examples_are_counted(self, detente: Detente, examples_file: Path) -> None:
        assert detente("data", "check", "examples.jsonl") == (0, "24 good examples in examples.jsonl\n", "")

    @pytest.mark.parametrize("suffix", [".csv", ".parquet", ".csv.gz"])
    def test_a_file_is_converted_and_back(
        self, suffix: str, detente: Detente, examples_file: Path, examples: list[Example], tmp_path: Path
    ) -> None:
        done = detente("data", "check", "examples.jsonl", "-o", f"new/other{suffix}")
        assert done == (0, f"24 good examples in examples.jsonl, written to new/other{suffix}\n", "")
        assert detente("data", "check", f"new/other{suffix}", "--output", "back.jsonl").status == 0
        assert (tmp_path / "back.jsonl").read_bytes() == examples_file.read_bytes()

    def test_all_faults_are_told_with_their_lines_and_nothing_is_written(
        self, detente: Detente, examples_file: Path, tmp_path: Path
    ) -> None:
        add_line(examples_file, BAD_LINE + '{"id": "e0", "actor": "A", "target": "B", "text": "A, B"}\n')
        status, out, err = detente("data", "check", "examples.jsonl", "-o", "good.jsonl")
        assert (status, out) == (2, "")
        assert err.splitlines() == [
            "detente: 3 faults in the data:",
            "  examples.jsonl:25: target: expected a value; found none",
            "  examples.jsonl:25: text: expected a value; found none",
            "  examples.jsonl:26: id: 'e0' stands on line 1 already; ids must be unique",
            ADVICE,
        ]
        assert not (tmp_path / "good.jsonl").exists()

    def test_bad_records_are_set_aside_and_the_good_ones_written(
        self, detente: Detente, examples_file: Path, examples: list[Example], tmp_path: Path
    ) -> None:
        add_line(examples_file, BAD_LINE)
        done = detente("data", "check", "examples.jsonl", "--skip-invalid", "bad.jsonl", "-o", "good.jsonl")
        assert done == (0, "24 good examples in examples.jsonl, written to good.jsonl\n", "1 bad records: bad.jsonl\n")
        assert list(read_examples(tmp_path / "good.jsonl")) == examples
        assert json.loads((tmp_path / "bad.jsonl").read_text(encoding="utf-8")) == {
            "file": "examples.jsonl",
            "line": 25,
            "reasons": ["target: expected a value; found none", "text: expected a value; found none"],
            "record": json.loads(BAD_LINE),
        }

    def test_without_bad_records_there_is_no_file_of_them(
        self, detente: Detente, examples_file: Path, tmp_path: Path
    ) -> None:
        assert detente("data", "check", "examples.jsonl", "--skip-invalid", "bad.jsonl").err == ""
        assert not (tmp_path / "bad.jsonl").exists()

    def test_a_second_check_sets_each_bad_record_aside_once(
        self, detente: Detente, examples_file: Path, tmp_path: Path
    ) -> None:
        add_line(examples_file, BAD_LINE)
        for _ in range(2):
            detente("data", "check", "examples.jsonl", "--skip-invalid", "bad.jsonl")
        assert len((tmp_path / "bad.jsonl").read_text(encoding="utf-8").splitlines()) == 1

    def test_a_mended_file_has_no_bad_records(self, detente: Detente, examples_file: Path, tmp_path: Path) -> None:
        (tmp_path / "bad.jsonl").write_text(BAD_LINE, encoding="utf-8")
        assert detente("data", "check", "examples.jsonl", "--skip-invalid", "bad.jsonl").err == ""

    def test_the_input_survives_when_bad_records_are_to_go_there(self, detente: Detente, examples_file: Path) -> None:
        before = examples_file.read_bytes()
        status, _, err = detente("data", "check", "examples.jsonl", "--skip-invalid", "examples.jsonl")
        assert examples_file.is_file()
        assert (status, examples_file.read_bytes()) == (2, before)
        assert err.startswith("detente: ")

    def test_a_missing_label_is_a_fault_only_if_labels_are_asked_for(
        self, detente: Detente, examples: list[Example], tmp_path: Path
    ) -> None:
        write_records(tmp_path / "open.jsonl", [examples[0].model_copy(update={"label": None})], Example)
        assert detente("data", "check", "open.jsonl").status == 0
        status, _, err = detente("data", "check", "open.jsonl", "--labelled")
        assert status == 2
        assert "open.jsonl:1: label: expected support, neutral, oppose; found none" in err

    def test_an_output_of_unknown_format_is_refused(self, detente: Detente, examples_file: Path) -> None:
        status, out, err = detente("data", "check", "examples.jsonl", "-o", "good.xlsx")
        assert (status, out) == (2, "")
        assert (
            err == "detente: good.xlsx: expected a file name that ends in .jsonl, .csv, .parquet; found 'good.xlsx'\n"
        )

    def test_an_output_inside_a_file_is_refused(self, detente: Detente, examples_file: Path) -> None:
        status, _, err = detente("data", "check", "examples.jsonl", "-o", "examples.jsonl/good.jsonl")
        assert status in (1, 2)
        assert err.startswith("detente: ")


class TestPredict:
    def test_stances_are_shown_and_written(self, detente: Detente, model: Path, tmp_path: Path) -> None:
        (tmp_path / "oslo.txt").write_text("Norway praised Kenya.", encoding="utf-8")
        status, out, _ = detente("predict", "model", "oslo.txt", "-o", "out.jsonl")
        assert status == 0
        assert "2 predictions of 1 articles and 0 examples: out.jsonl\n" in out
        predictions = list(read_predictions(tmp_path / "out.jsonl"))
        found = [answer for answer in predictions if answer.confident and answer.stance != "neutral"]
        assert len(predictions) == 2
        for answer in found:
            assert f"│ {answer.actor} │ {answer.stance}s │" in " ".join(out.split())

    def test_names_with_brackets_are_shown_as_they_are(self, detente: Detente, model: Path, tmp_path: Path) -> None:
        names = ["[red]Ann[/red]", "[/]"]
        rows = [{"actor": one, "target": "B", "text": f"{one} met B"} for one in names]
        (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        status, out, _ = detente("predict", "model", "in.jsonl", "-o", "out.jsonl")
        assert status == 0
        stances = {answer.actor: answer.stance for answer in read_predictions(tmp_path / "out.jsonl")}
        assert all(name in out for name in names if stances[name] != "neutral")
        assert set(stances.values()) != {"neutral"}

    def test_inputs_that_failed_are_listed_and_end_in_status_1(
        self, detente: Detente, model: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "news").mkdir()
        for name, text in {"a": "Norway praised Kenya.", "b": "Norway\0", "c": "It rained."}.items():
            (tmp_path / "news" / f"{name}.txt").write_text(text, encoding="utf-8")
        status, out, err = detente("predict", "model", "news", "-o", "out.csv")
        assert status == 1
        assert "2 predictions of 2 articles and 0 examples: out.csv" in out
        assert "1 input gave no question:\n  c: no actors found\n" in err
        assert "1 input could not be read:\n  news/b.txt: expected text; the file is binary\n" in err
        assert "all that gave no predictions, with the reasons: out.rejects.jsonl\n" in err
        assert (tmp_path / "out.csv").is_file()

    def test_a_folder_of_parts_is_gone_on_with_and_says_where_the_time_went(
        self, detente: Detente, model: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "oslo.txt").write_text("Norway praised Kenya.", encoding="utf-8")
        status, out, _ = detente("predict", "model", "oslo.txt", "-o", "out", "--workers", "0", "--part-size", "3")
        assert status == 0
        assert "\nseconds: " in out
        assert len(list(read_predictions(tmp_path / "out"))) == 2
        status, _, err = detente("predict", "model", "oslo.txt", "-o", "out")
        assert (status, err[:40]) == (2, "detente: out: expected a new folder; fou")
        assert detente("predict", "model", "oslo.txt", "-o", "out", "--resume").status == 2  # another part size
        assert detente("predict", "model", "oslo.txt", "-o", "out", "--resume", "--part-size", "3").status == 0

    def test_an_article_without_actors_is_no_failure(self, detente: Detente, model: Path, tmp_path: Path) -> None:
        (tmp_path / "c.txt").write_text("It rained.", encoding="utf-8")
        status, out, err = detente("predict", "model", "c.txt", "-o", "out.jsonl")
        assert status == 0
        assert out.startswith("0 predictions of 1 articles and 0 examples: out.jsonl\n")
        assert "c: no actors found" in err

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["gone.txt", "-o", "o.jsonl"], "gone.txt: expected a file or a folder; found nothing there"),
            (
                ["in.txt", "-o", "o.doc"],
                "o.doc: expected a file name that ends in .jsonl, .csv, .parquet; found 'o.doc'",
            ),
            (["in.txt", "-o", "o.jsonl", "--device", "gpu"], "--device: expected auto, cpu; found gpu"),
            (["in.txt", "-o", "o.csv", "--dtype", "fp16"], "--dtype: expected auto, bf16, fp32; found fp16"),
            (
                ["in.txt", "-o", "o.csv", "--wanted-precision", "95"],
                "wanted precision: expected a share above 0 and below 1, such as 0.95; found 95",
            ),
        ],
    )
    def test_what_is_wrong_with_the_arguments_is_told(
        self, arguments: list[str], message: str, detente: Detente, model: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "in.txt").write_text("Norway praised Kenya.", encoding="utf-8")
        assert detente("predict", "model", *arguments) == (2, "", f"detente: {message}\n")

    def test_the_cost_of_the_wanted_precision_is_told(self, detente: Detente, model: Path, tmp_path: Path) -> None:
        (tmp_path / "oslo.txt").write_text("Norway praised Kenya.", encoding="utf-8")
        said = "confident answers, 90% of them right: on the calibration examples 80% of support (from 0.00 on), "
        assert said in detente("predict", "model", "oslo.txt", "-o", "out.jsonl").out
        assert all(answer.confident for answer in read_predictions(tmp_path / "out.jsonl"))
        out = detente("predict", "model", "oslo.txt", "-o", "out.jsonl", "--wanted-precision", "0.9999").out
        assert "99.99% of them right" in out
        assert "none of support, none of neutral, none of oppose" in out
        assert not any(answer.confident for answer in read_predictions(tmp_path / "out.jsonl"))

    def test_a_missing_model_is_told(self, detente: Detente, tmp_path: Path) -> None:
        status, out, err = detente("predict", "no-model", "in.txt", "-o", "o.jsonl")
        assert (status, out) == (2, "")
        assert err.startswith("detente: no-model: expected a model folder, a hub id (OWNER/NAME), runs:/RUN_ID/model")

    def test_the_output_must_be_named(self, detente: Detente) -> None:
        status, out, err = detente("predict", "model", "in.txt")
        assert (status, out) == (2, "")
        assert "Missing option '--output' / '-o'" in err


class TestEvaluate:
    def test_json_is_all_that_is_printed(
        self, detente: Detente, model: Path, examples_file: Path, tmp_path: Path
    ) -> None:
        status, out, _ = detente("evaluate", "model", "examples.jsonl", "--json", "-o", "report")
        figures = json.loads(out)
        assert status == 0
        assert list(figures["models"]) == ["model", *BASELINES]
        assert figures == json.loads((tmp_path / "report" / "metrics.json").read_text(encoding="utf-8"))

    def test_a_table_and_the_page_are_shown(self, detente: Detente, model: Path, examples_file: Path) -> None:
        status, out, err = detente("evaluate", "model", "examples.jsonl")
        assert (status, err) == (0, "")
        assert "examples: 24 examples of 12 groups" in out
        assert [line.split()[1] for line in out.splitlines() if line.startswith("│")] == [
            *("model", *BASELINES),
        ]
        assert "confident answers, 90% right wanted\n  support: " in out
        assert out.endswith("report  evaluation-report/report.html\n")

    def test_without_the_log_the_tracking_store_is_left_alone(
        self, detente: Detente, model: Path, examples_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
        status, _, err = detente("evaluate", "model", "examples.jsonl", "--no-log", "--no-behaviour")
        assert (status, err) == (0, "")
        status, _, err = detente("evaluate", "model", "examples.jsonl", "--no-behaviour")
        assert status == 0
        assert err == "mlflow  not sent yet: detente sync\n"

    def test_baselines_that_are_left_out_are_missed_aloud(
        self, detente: Detente, model: Path, examples_file: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "train.jsonl").unlink()
        status, out, err = detente("evaluate", "model", "examples.jsonl")
        assert status == 0
        assert err.startswith("No baselines, no slices of seen and unseen: the training file is gone or has changed.")
        assert "majority" not in out
        assert "majority" in detente("evaluate", "model", "examples.jsonl", "--train", "examples.jsonl").out

    def test_a_bad_record_ends_in_status_2(self, detente: Detente, model: Path, examples_file: Path) -> None:
        add_line(examples_file, BAD_LINE)
        status, out, err = detente("evaluate", "model", "examples.jsonl")
        assert (status, out) == (2, "")
        assert "examples.jsonl:25: text: expected a value; found none" in err

    def test_records_that_are_set_aside_are_told(self, detente: Detente, model: Path, examples_file: Path) -> None:
        add_line(examples_file, BAD_LINE)
        status, _, err = detente("evaluate", "model", "examples.jsonl", "--skip-invalid")
        assert status == 0
        assert "evaluation-report/rejected.jsonl" in err

    def test_an_output_that_is_a_file_is_refused(self, detente: Detente, model: Path, examples_file: Path) -> None:
        status, _, err = detente("evaluate", "model", "examples.jsonl", "-o", "examples.jsonl")
        assert status in (1, 2)
        assert err.startswith("detente: ")


class TestTrain:
    def test_a_check_prints_the_whole_config_and_trains_nothing(self, detente: Detente, tmp_path: Path) -> None:
        status, out, err = detente("train", "debug", "--check", "train.epochs=7")
        assert (status, err) == (0, "")
        config, _, last = out.strip().rpartition("\n")
        assert last == "good: 24 train examples, 24 valid examples, 24 test examples"
        (tmp_path / "same.yaml").write_text(config, encoding="utf-8")
        assert load_config(tmp_path / "same.yaml") == load_config("debug", ["train.epochs=7"])
        assert [file.name for file in tmp_path.iterdir()] == ["same.yaml"]

    def test_a_check_finds_faults_of_the_config(self, detente: Detente) -> None:
        status, out, err = detente("train", "debug", "--check", "train.epoch=7", "seed=x")
        assert (status, out) == (2, "")
        assert err.startswith("detente: 2 faults in the config:\n")
        assert "command line: train.epoch: unknown key, did you mean epochs?" in err

    def test_a_check_reads_all_files_of_a_list_and_looks_for_leaks_in_all(
        self, detente: Detente, examples_file: Path, examples: list[Example]
    ) -> None:
        write_records("more.jsonl", [one.model_copy(update={"id": f"x{one.id}"}) for one in examples[:3]], Example)
        files = "data.train=[examples.jsonl, more.jsonl]"
        status, out, _ = detente("train", "debug", "--check", files, "data.valid=[more.jsonl]", "data.test=null")
        assert (status, out.splitlines()[-1]) == (0, "good: 27 train examples, 3 valid examples")
        status, _, err = detente("train", "debug", "--check", files, "data.valid=more.jsonl", "audit.accept=[]")
        assert status == 2
        assert "examples.jsonl, " in err
        status, _, err = detente("train", "debug", "--check", "data.train=[examples.jsonl, examples.jsonl]")
        assert (status, err.endswith("examples.jsonl twice\n")) == (2, True)

    def test_a_check_finds_faults_of_the_data(self, detente: Detente, examples_file: Path) -> None:
        add_line(examples_file, BAD_LINE)
        status, out, err = detente("train", "debug", "--check", "data.valid=examples.jsonl")
        assert (status, out) == (2, "")
        assert "examples.jsonl:25: text: expected a value; found none" in err

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "detente train: expected a config, or --resume RUN; found neither"),
            (["debug", "--resume", "x"], "detente train: expected a config, or --resume RUN; found both"),
            (
                ["--resume", "x", "--check"],
                "detente train: --resume goes on with the config of the run; it takes no settings, no --check",
            ),
            (["--resume", "x"], "x: expected a run's folder, its name in outputs/ or its MLflow run id; found none"),
        ],
    )
    def test_what_is_wrong_with_the_arguments_is_told(
        self, arguments: list[str], message: str, detente: Detente
    ) -> None:
        assert detente("train", *arguments) == (2, "", f"detente: {message}\n")

    def test_an_unknown_config_is_told(self, detente: Detente) -> None:
        status, out, err = detente("train", "quickstrat")
        assert (status, out) == (2, "")
        assert err.startswith("detente: quickstrat: expected a config file, or one of base-encoder, base, baseline,")


class TestUi:
    def test_without_a_store_it_says_how_to_get_one(self, detente: Detente, tmp_path: Path) -> None:
        status, out, err = detente("ui")
        assert (status, out) == (2, "")
        assert err == (
            f"detente: sqlite:///{tmp_path}/mlflow.db: expected the store of a training; found none. "
            "Run detente train here, or give --uri.\n"
        )
        assert not (tmp_path / "mlflow.db").exists()

    def test_a_tracking_server_has_its_own(self, detente: Detente, monkeypatch: pytest.MonkeyPatch) -> None:
        done = detente("ui", "--uri", "https://mlflow.example")
        assert done == (0, "The tracking server has a UI of its own: https://mlflow.example\n", "")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://other.example")
        assert "http://other.example" in detente("ui").out

    def test_the_store_of_this_folder_is_served_on_this_machine_alone(
        self, detente: Detente, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "mlflow.db").touch()
        started = []

        def start(program: str, command: list[str], environment: dict[str, str]) -> None:
            started.append(" ".join(command))

        monkeypatch.setattr(os, "execve", start)
        status, out, _ = detente("ui", "--port", 5123)
        assert (status, "http://127.0.0.1:5123/" in out) == (0, True)
        assert f"mlflow server --backend-store-uri sqlite:///{tmp_path}/mlflow.db" in started[0]
        assert "--host 127.0.0.1 --port 5123" in started[0]


def test_an_unknown_command_ends_in_status_2(detente: Detente) -> None:
    status, out, err = detente("trian")
    assert (status, out) == (2, "")
    assert "No such command 'trian'" in err


@pytest.mark.parametrize("arguments", [[], ["data"]])
def test_without_a_command_the_help_is_shown(arguments: list[str], detente: Detente) -> None:
    done = detente(*arguments)
    assert "Commands:" in done.out + done.err
