"""The public face: what `import detente` gives, and what it leaves alone."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import detente
from detente.models.folder import ModelInfo, save_model
from detente.models.predictor import Predictor

HEAVY = ("torch", "transformers", "mlflow", "datasets", "spacy", "sklearn", "matplotlib", "pyarrow", "numpy")
TELEMETRY = ("MLFLOW_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY")


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Runs code in a fresh process and returns what it printed."""
    for name in TELEMETRY:
        monkeypatch.delenv(name, raising=False)

    def run(code: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
        ).stdout.strip()

    return run


@pytest.mark.parametrize("name", sorted({*detente.__all__} - {"STANCES"}))
def test_every_public_name_resolves_to_the_thing_of_that_name(name: str) -> None:
    assert getattr(detente, name).__name__ == name


def test_public_names_are_unique_and_listed() -> None:
    assert len(set(detente.__all__)) == len(detente.__all__)
    assert set(detente.__all__) <= set(dir(detente))
    namespace: dict = {}
    exec("from detente import *", namespace)
    assert set(detente.__all__) <= set(namespace)


def test_public_names_are_those_of_the_modules_that_define_them() -> None:
    assert detente.load_model is importlib.import_module("detente.models.folder").load_model
    assert detente.Example is importlib.import_module("detente.data.records").Example
    assert [str(stance) for stance in detente.STANCES] == ["support", "neutral", "oppose"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'detente' has no attribute 'load_modle'"):
        _ = detente.load_modle


def test_importing_detente_imports_nothing_heavy(python: Callable[[str], str]) -> None:
    assert python(f"import sys, detente; print([name for name in {HEAVY} if name in sys.modules])") == "[]"


def test_reading_examples_needs_neither_torch_nor_mlflow(python: Callable[[str], str]) -> None:
    code = "import sys, detente; detente.read_examples, detente.load_config"
    assert python(f"{code}; print([name for name in ('torch', 'mlflow') if name in sys.modules])") == "[]"


def test_telemetry_is_off(python: Callable[[str], str]) -> None:
    assert python(f"import os, detente; print([os.environ[name] for name in {TELEMETRY}])") == "['true', 'true']"


def test_who_wants_telemetry_keeps_it(python: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "false")
    assert python("import os, detente; print(os.environ['MLFLOW_DISABLE_TELEMETRY'])") == "false"


@pytest.mark.slow
def test_mlflow_takes_its_telemetry_for_switched_off(
    python: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PYTEST_CURRENT_TEST", "CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    code = "from mlflow.environment_variables import MLFLOW_DISABLE_TELEMETRY as off; print(off.get())"
    assert python(f"import detente; {code}") == "True"
    assert python(code) == "False"


@pytest.mark.slow
def test_transformers_loads_a_model_folder_once_detente_is_imported(
    python: Callable[[str], str], predictor: Predictor, tmp_path: Path
) -> None:
    config = {"name": "x", "model": {"encoder": "random:tiny"}}
    save_model(predictor, ModelInfo.of(predictor, config=config, data={}, metrics={}), tmp_path / "m")
    code = "from transformers import AutoModelForSequenceClassification as auto; model = auto.from_pretrained('m')"
    assert python(f"import detente; {code}; print(type(model).__name__)") == "PairClassifier"
