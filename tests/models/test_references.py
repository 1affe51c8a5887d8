"""What users call a model, and what they hear when there is none."""

import shutil
import time
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.models.references import resolve_model

ACCEPTED = "expected a model folder, a hub id (OWNER/NAME), runs:/RUN_ID/model or models:/NAME@ALIAS"


def model_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "detente.json").write_text("{}")
    return folder


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("inside", [".", "model", "artifacts/model", "artifacts/anything"])
def test_a_folder_stands_for_the_model_in_it(tmp_path: Path, inside: str):
    folder = model_in(tmp_path / "run" / inside)
    assert resolve_model(tmp_path / "run") == folder
    assert resolve_model(str(tmp_path / "run")) == folder


def test_a_relative_folder_is_found(tmp_path: Path):
    model_in(tmp_path / "outputs" / "run" / "model")
    assert resolve_model("outputs/run").resolve() == tmp_path / "outputs" / "run" / "model"


def test_the_folder_itself_comes_before_those_in_it(tmp_path: Path):
    for inside in ("artifacts/a", "model", "."):
        model_in(tmp_path / "run" / inside)
    assert resolve_model(tmp_path / "run") == tmp_path / "run"


def test_a_folder_comes_before_a_hub_id_of_the_same_name(tmp_path: Path):
    assert resolve_model("owner/name" if model_in(tmp_path / "owner" / "name") else "") == Path("owner/name")


def test_a_folder_without_a_model_is_an_input_error(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as caught:
        resolve_model("empty")
    assert str(caught.value) == "empty: expected a model folder with detente.json in it; found none there"


@pytest.mark.parametrize("reference", ["quickstart", "./run", "../run", "/no/such/run", "outputs/run/model", "~/run"])
def test_a_path_to_nothing_lists_what_is_accepted(reference: str):
    with pytest.raises(InputError) as caught:
        resolve_model(reference)
    assert str(caught.value) == f"{reference}: {ACCEPTED}; found nothing there"


@pytest.mark.parametrize("reference", ["model.safetensors", "run/model.safetensors"])
def test_a_file_is_not_a_model(tmp_path: Path, reference: str):
    (tmp_path / reference).parent.mkdir(exist_ok=True)
    (tmp_path / reference).write_text("")
    with pytest.raises(InputError) as caught:
        resolve_model(reference)
    assert str(caught.value) == f"{reference}: {ACCEPTED}; found a file there"


def test_a_hub_id_without_a_network_may_be_a_misspelt_folder_too():
    with pytest.raises(InputError) as caught:
        resolve_model("outputs/quickstrat")
    message = str(caught.value)
    assert message.startswith("outputs/quickstrat: no such folder here, and the hub has none or can't be reached: ")
    assert "\n" not in message


@pytest.mark.parametrize("reference", ["run/", "outputs/my run", "outputs/run--2"])
def test_what_can_be_neither_a_folder_nor_a_hub_id_is_an_input_error(reference: str):
    with pytest.raises(InputError, match=f"^{reference}: "):
        resolve_model(reference)


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making a store takes seconds: this one is made once, and copied."""
    from mlflow import MlflowClient  # noqa: PLC0415  (slow to import)

    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path.parent)
        MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def store(empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store in the working folder; what MLflow remembers of it in the process is put back."""
    import mlflow.tracking._tracking_service.utils as service  # noqa: PLC0415  (slow to import)

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "to be deleted")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.setattr(service, "_tracking_uri", None)
    return shutil.copy(empty_store, tmp_path / "mlflow.db")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("runs:/0123456789abcdef/model", "Run with id=0123456789abcdef not found"),
        ("runs:/", "Not a proper runs:/ URI: runs:/."),
        ("models:/stance@champion", "Registered Model with name=stance not found"),
        ("models:/stance/3", "Registered Model with name=stance not found"),
    ],
)
def test_a_run_or_a_model_that_the_store_does_not_have_is_an_input_error(store: Path, reference: str, reason: str):
    with pytest.raises(InputError) as caught:
        resolve_model(reference)
    expected = f"{reference}: expected a model in the tracking store sqlite:///{store}; {reason}"
    assert str(caught.value).startswith(expected)


@pytest.mark.slow
def test_the_artifacts_of_a_run_are_found(store: Path, tmp_path: Path):
    import mlflow  # noqa: PLC0415  (slow to import)

    mlflow.set_tracking_uri(f"sqlite:///{store}")
    with mlflow.start_run() as run:
        mlflow.log_artifacts(str(model_in(tmp_path / "logged")), "model")
        mlflow.log_artifacts(str(tmp_path / "logged"), "pyfunc/artifacts/model")
    for name in ("model", "pyfunc"):
        assert (resolve_model(f"runs:/{run.info.run_id}/{name}") / "detente.json").read_text() == "{}"


@pytest.mark.slow
def test_the_store_is_that_of_the_folder_where_the_work_is_done(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        shutil.copy(store, tmp_path / name)
        monkeypatch.chdir(tmp_path / name)
        with pytest.raises(InputError, match=f"{name}/mlflow.db"):
            resolve_model("runs:/0123456789abcdef/model")


@pytest.mark.parametrize("reference", ["models:/stance@champion", "runs:/0123/model"])
def test_a_tracking_server_that_is_away_is_told_within_seconds(reference: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(InputError, match=f"{reference}: expected an answer of the tracking server http://127.0.0.1:9"):
        resolve_model(reference)
    assert time.monotonic() - start < 30
