"""The model as MLflow loads and serves it: the answers of the predictor, over the wire too."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
import requests
import torch
from mlflow.exceptions import MlflowException

from detente.configs.loading import load_config
from detente.data.records import Article, Stance
from detente.inference.serving import FOUND, STANCE
from detente.inference.window import asking, predict_window
from detente.models.confidence import Confidence, PrecisionCurve
from detente.models.conformal import ConformalSets
from detente.models.encoders import RANDOM, load_encoder
from detente.models.encoding import PairEncoding
from detente.models.folder import ModelInfo, load_model, save_model
from detente.models.pair import build_pair_classifier
from detente.models.predictor import EncoderPredictor, Predictor
from detente.train.tracking.logged_model import write_served
from tests.conftest import free_port

ROW = {"actor": "Norway", "target": "Kenya", "text": "Norway condemned the plan that Kenya had made."}
SWAPPED = ROW | {"actor": "Kenya", "target": "Norway"}
ARTICLE = {"text": "Norway condemned Kenya on Sunday.\n\nIn Paris, Turkey praised France.", "published": "2024-01-14"}
WAIT = 240
"""Seconds until a server answers on a machine that has much else to do."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights that gives conformal sets, written as MLflow keeps it."""
    torch.manual_seed(0)
    encoder, tokenizer = load_encoder(RANDOM)
    encoding = PairEncoding(tokenizer, 96)
    curve = PrecisionCurve(answers=1000, thresholds=(0.34,), kept=(800,), right=(800,))
    sets = ConformalSets(coverage=0.9, thresholds=(0.333, 0.333, 0.333), examples=(90, 90, 90))
    confidence = Confidence(wanted_precision=0.9, curves=dict.fromkeys(Stance, curve), conformal=sets)
    model = build_pair_classifier(encoder, encoding, dropout=0.1)
    predictor = EncoderPredictor(model, encoding, device="cpu", dtype="fp32", confidence=confidence)
    path = tmp_path_factory.mktemp("served")
    config = load_config("debug").model_dump(mode="json")
    save_model(predictor, ModelInfo.of(predictor, config=config, data={}, metrics={}), path / "plain")
    write_served(path / "served", path / "plain", ROW)
    return path


@pytest.fixture(scope="module")
def served(folder: Path) -> Any:
    return mlflow.pyfunc.load_model(str(folder / "served"))


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    return load_model(folder / "plain")


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")


def expected(predictor: Predictor, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", include=set(STANCE)) for one in predictor.predict(rows)]


def test_each_question_gets_the_predictors_answer_in_order(served: Any, predictor: Predictor) -> None:
    rows = [ROW, SWAPPED, ROW | {"target": "a plan that is not in the text"}]
    found = served.predict(pd.DataFrame(rows))
    assert tuple(found.columns) == STANCE
    assert rows_of(found) == expected(predictor, rows)
    assert len({row["p_support"] for row in rows_of(found)}) == 3
    assert all(row["stance"] in row["stances"] for row in rows_of(found))


def test_articles_give_a_row_for_each_pair_found(served: Any, predictor: Predictor) -> None:
    given = [ARTICLE | {"id": "a"}, {"text": "Nobody is named here."}, {"text": "Turkey praised France.", "id": "c"}]
    found = rows_of(served.predict(pd.DataFrame(given)))
    articles = [Article.model_validate({"id": str(number)} | row) for number, row in enumerate(given, start=1)]
    direct = predict_window(articles, predictor, asking(predictor)).predictions
    assert found == [one.model_dump(mode="json", include={*FOUND, *STANCE}) for one in direct]
    assert {(row["article_id"], row["actor"], row["target"]) for row in found} >= {
        ("a", "Norway", "Kenya"),
        ("a", "Kenya", "Norway"),
        ("c", "Turkey", "France"),
    }
    assert list(found[0]) == [*FOUND, *STANCE]


def test_articles_without_pairs_give_no_rows(served: Any) -> None:
    found = served.predict(pd.DataFrame([{"text": "Nobody is named here."}]))
    assert tuple(found.columns) == (*FOUND, *STANCE)
    assert found.empty


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [ROW, {"text": "Norway met Kenya."}],
            "row 2: expected an actor and a target in every row, or in none of them, which are articles then; "
            "found no actor and no target",
        ),
        ([{"actor": "Norway", "text": "Norway met Kenya."}], "row 1: expected an actor and a target in every row"),
        ([ROW | {"text": " "}], "example 1: text: expected text; found only white space"),
        ([{"text": " "}], "row 1: text: expected text; found only white space"),
        (
            [{"text": "Norway left.", "id": "a"}, {"text": "Kenya left.", "id": "a"}],
            "row 2: expected an id of its own; 'a' is that of another row too",
        ),
        ([{"text": "x " * 600_000}], "characters: no single article. Cut it into its articles"),
    ],
)
def test_rows_that_cannot_be_answered_are_refused(served: Any, rows: list[dict[str, str]], message: str) -> None:
    with pytest.raises(MlflowException) as caught:
        served.predict(pd.DataFrame(rows))
    assert message in str(caught.value)
    assert caught.value.get_http_status_code() == 400


def test_the_signature_names_what_is_needed_and_what_may_be_given(served: Any) -> None:
    inputs = served.metadata.signature.inputs
    assert inputs.required_input_names() == ["text"]
    assert inputs.optional_input_names() == [
        "actor",
        "target",
        "id",
        "title",
        "published",
        "outlet",
        "url",
        "story",
    ]
    assert [*FOUND, *STANCE] == served.metadata.signature.outputs.input_names()
    with pytest.raises(MlflowException, match=r"Model is missing inputs \['text'\]"):
        served.predict(pd.DataFrame([{"actor": "Norway", "target": "Kenya"}]))


def test_what_mlflow_keeps_holds_no_pickle(folder: Path) -> None:
    suffixes = {path.suffix for path in (folder / "served").rglob("*") if path.is_file()}
    assert suffixes <= {"", ".json", ".md", ".py", ".safetensors", ".txt", ".yaml"}


@contextmanager
def server(model: Path, folder: Path) -> Iterator[str]:
    """`mlflow models serve` on a free port; its address."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", str(model), "-h", "127.0.0.1"]
    paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-p", str(port), "--env-manager", "local"],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=folder,
            env=os.environ | {"PATH": paths},
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(address: str) -> None:
    until = time.monotonic() + WAIT
    while time.monotonic() < until:
        try:
            if requests.get(f"{address}/ping", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.5)
    pytest.fail(f"{address} did not answer in {WAIT} s")


def ask(address: str, *rows: dict[str, str]) -> requests.Response:
    return requests.post(f"{address}/invocations", json={"dataframe_records": rows}, timeout=WAIT)


@pytest.mark.slow
def test_a_server_answers_questions_and_articles(folder: Path, predictor: Predictor, tmp_path: Path) -> None:
    with server(folder / "served", tmp_path) as address:
        wait_for(address)
        answers = ask(address, ROW, SWAPPED).json()["predictions"]
        found = ask(address, ARTICLE).json()["predictions"]
        wrong, poor = ask(address, ROW, {"text": "Norway left."}), ask(address, {"actor": "Norway"})
    assert answers == [{name: row[name] for name in STANCE} for row in expected(predictor, [ROW, SWAPPED])]
    assert {"1"} == {row["article_id"] for row in found}
    assert ("Norway", "Kenya") in {(row["actor"], row["target"]) for row in found}
    assert (wrong.status_code, poor.status_code) == (400, 400)
    assert "row 2: expected an actor and a target in every row" in json.loads(wrong.text)["message"]
    assert "Model is missing inputs ['text']" in json.loads(poor.text)["message"]
