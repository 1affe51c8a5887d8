from pathlib import Path

import pytest

from detente.configs.store import default_tracking_uri


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
