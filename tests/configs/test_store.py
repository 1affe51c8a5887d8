import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.configs.store import default_tracking_uri, store_exists, why_away


@pytest.mark.parametrize("value", [None, ""])
def test_store_is_a_sqlite_file_in_the_working_folder(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if value is None:
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    else:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", value)
    assert default_tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"


def test_environment_variable_names_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    assert default_tracking_uri() == "http://localhost:5000"


def test_store_follows_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    before = default_tracking_uri()
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    assert default_tracking_uri() != before


def test_there_is_a_store_if_one_is_named_or_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert not store_exists()
    (tmp_path / "mlflow.db").touch()
    assert store_exists()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/other.db")
    assert not store_exists()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    assert store_exists()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("sqlite:///anywhere.db", None),
        ("databricks", None),
        ("postgresql:///local?host=/tmp", None),
        ("http://127.0.0.1:9", "no connection"),
        ("https://127.0.0.1:9/sub/", "no connection"),
        ("postgresql+psycopg2://me:secret@127.0.0.1:9/runs", "no connection to 127.0.0.1:9"),
    ],
)
def test_a_server_that_is_away_is_told_from_a_file(uri: str, problem: str | None) -> None:
    found = why_away(uri)
    assert found is None if problem is None else str(found).startswith(problem)


def test_a_server_that_says_nothing_is_away_within_seconds(silent: int) -> None:
    start = time.monotonic()
    assert why_away(f"http://127.0.0.1:{silent}") == "no answer in 3 seconds"
    assert time.monotonic() - start < 10
    assert why_away(f"postgresql://me@127.0.0.1:{silent}/runs") is None
