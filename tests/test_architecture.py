"""The rules that hold between the folders, read off the source: who imports whom, and what is never written."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = {"configs": 0, "data": 1, "models": 2, "evaluation": 3, "inference": 3, "train": 4, "detente": 5}
KNOW_MLFLOW = {
    "train/dead_runs.py",
    "train/tracking/logged_model.py",
    "train/tracking/sender.py",
    "train/tracking/store.py",
    "train/tracking/system.py",
    "train/served_model.py",
    "train/serving.py",
    "models/references.py",
    "evaluation/compare/runs.py",
    "evaluation/compare/registry.py",
}
TREES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for folder in LAYERS
    for path in sorted((ROOT / folder).rglob("*.py"))
}


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, inside functions too; `from a import b` counts as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


def faulty_imports(is_fault: Callable[[str, str], bool]) -> list[str]:
    """file:line and name of the imports for which `is_fault(file, name)`."""
    return [
        f"{file}:{line}: {name}" for file, tree in TREES.items() for line, name in imports(tree) if is_fault(file, name)
    ]


def layer(file: str) -> str:
    return file.partition("/")[0]


def layer_of_import(name: str) -> str | None:
    """The folder that an imported name belongs to; the public face counts as detente."""
    package, _, rest = name.partition(".")
    if package != "detente":
        return None
    folder = rest.partition(".")[0]
    return folder if folder in LAYERS else "detente"


def goes_back(file: str, name: str) -> bool:
    here, there = layer(file), layer_of_import(name)
    return there not in (None, here) and LAYERS[there] >= LAYERS[here]


def test_every_folder_is_read() -> None:
    assert {layer(file) for file in TREES} == set(LAYERS)
    assert {"detente/cli.py", "evaluation/metrics.py", "inference/batch.py", *KNOW_MLFLOW} <= set(TREES)


def test_imports_inside_functions_and_branches_are_seen() -> None:
    source = "import a.b\nif c:\n    from d import e, f\ndef g():\n    def h():\n        from .i import j\n"
    assert [name for _, name in imports(ast.parse(source))] == ["a.b", "d.e", "d.f", ".i.j"]


@pytest.mark.parametrize(
    ("file", "name", "back"),
    [
        ("data/reading.py", "detente.configs.errors.InputError", False),
        ("data/reading.py", "detente.data.formats", False),
        ("data/reading.py", "detente.models.pair", True),
        ("evaluation/suite.py", "detente.inference.batch", True),
        ("inference/batch.py", "detente.evaluation.metrics", True),
        ("train/run.py", "detente.load_model", True),
        ("detente/cli.py", "detente.train.run", False),
        ("train/run.py", "datasets", False),
    ],
)
def test_the_direction_of_an_import_is_told(file: str, name: str, *, back: bool) -> None:
    assert goes_back(file, name) is back


def test_imports_never_go_back() -> None:
    assert faulty_imports(goes_back) == []


def test_imports_are_absolute_and_name_detente() -> None:
    bare = set(LAYERS) - {"detente"}
    assert faulty_imports(lambda _, name: name.startswith(".") or name.partition(".")[0] in bare) == []


def test_inference_knows_neither_training_nor_mlflow() -> None:
    banned = ("detente.train", "mlflow")
    assert faulty_imports(lambda file, name: layer(file) == "inference" and name.startswith(banned)) == []


def test_only_these_modules_know_mlflow() -> None:
    knowing = {file for file, tree in TREES.items() for _, name in imports(tree) if name.partition(".")[0] == "mlflow"}
    assert knowing == KNOW_MLFLOW


def test_metrics_know_no_torch_not_even_through_others() -> None:
    seen, waiting = set(), ["evaluation/metrics.py"]
    while waiting:
        file = waiting.pop()
        names = {name for _, name in imports(TREES[file])}
        assert not [name for name in names if name.partition(".")[0] in ("torch", "transformers")], file
        seen.add(file)
        modules = {
            part.removeprefix("detente.").replace(".", "/") + ".py" for name in names for part in _prefixes(name)
        }
        waiting += sorted((modules & set(TREES)) - seen)
    assert "models/calibration.py" in seen


def test_nothing_is_asserted_outside_tests() -> None:
    assert _lines_of(lambda node: isinstance(node, ast.Assert)) == []


def test_no_handler_catches_everything() -> None:
    assert _lines_of(lambda node: isinstance(node, ast.ExceptHandler) and _catches_everything(node)) == []


@pytest.mark.parametrize(
    ("clause", "everything"),
    [
        ("except:", True),
        ("except Exception as error:", True),
        ("except (OSError, BaseException):", True),
        ("except builtins.Exception:", True),
        ("except OSError:", False),
        ("except mlflow.exceptions.MlflowException:", False),
    ],
)
def test_a_handler_that_catches_everything_is_told(clause: str, *, everything: bool) -> None:
    (handler,) = ast.parse(f"try:\n    pass\n{clause}\n    pass\n").body[0].handlers
    assert _catches_everything(handler) is everything


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _lines_of(is_fault: Callable[[ast.AST], bool]) -> list[str]:
    return [f"{file}:{node.lineno}" for file, tree in TREES.items() for node in ast.walk(tree) if is_fault(node)]


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = [ast.unparse(one).rpartition(".")[2] if one else None for one in caught]
    return any(name in (None, "Exception", "BaseException") for name in names)
