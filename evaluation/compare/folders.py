"""Evaluated models on disk: run folders, model folders beside their evaluation, and reports of `detente evaluate`."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from detente.configs.errors import InputError
from detente.configs.schema import PARTS
from detente.evaluation.compare.contenders import CODE, NOT_COMPARED, Cost, Run
from detente.evaluation.evaluated import EVALUATED, Evaluated, read_evaluated
from detente.models.references import DETENTE_JSON

MODEL_JSON = "model.json"
"""What a report of `detente evaluate` says about the model that was measured."""
_RUN_JSON = "run.json"
_PRINT = 12
"""Digits of a fingerprint that are shown."""


def write_model_facts(report: Path, model: Path) -> None:
    """Keep in a report what the model is: its config, its data, its size."""
    facts = json.loads((model / DETENTE_JSON).read_text(encoding="utf-8"))
    kept = {name: facts[name] for name in ("config", "data", "versions")} | {"parameters": count_parameters(model)}
    (report / MODEL_JSON).write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def read_run(folder: Path) -> Run:
    """The run that a folder holds: a run's folder, its model, its evaluation, or a report of `detente evaluate`.

    Raises:
        InputError: There is no evaluation that can be compared.
    """
    found = next((path for path in _places(folder) if (path / EVALUATED).is_file()), None)
    if found is None:
        raise InputError(
            f"{folder}: expected an evaluation with {EVALUATED} in it, or a run or model folder that has one beside "
            f"it; found none. Measure the model: detente evaluate {folder} EXAMPLES -o DIR, and compare DIR"
        )
    evaluated = read_evaluated(found / EVALUATED)
    facts = _model_facts(found)
    return Run(
        name=str(folder),
        evaluated=evaluated,
        settings=settings_of(facts["config"], _fingerprints(facts), f"detente {facts['versions']['detente']}")
        if facts
        else {},
        config=facts["config"].get("name") if facts else None,
        cost=Cost(parameters=facts.get("parameters"), examples_per_second=answering_speed(evaluated)),
        run_id=_run_id(found),
    )


def settings_of(config: Mapping[str, Any], fingerprints: Mapping[str, str], code: str) -> dict[str, str]:
    """What tells the models of two runs apart, by dotted name: settings, data files with fingerprints, code."""
    settings = {key: str(value) for key, value in _leaves(config) if not key.startswith(NOT_COMPARED)}
    for part in PARTS:
        files = config.get("data", {}).get(part)
        names = ", ".join(Path(file).name for file in (files if isinstance(files, list) else [files]) if file)
        settings[f"data.{part}"] = f"{names or None} {fingerprints.get(part, '')[:_PRINT]}".strip()
    return settings | {CODE: code}


def answering_speed(evaluated: Evaluated) -> float | None:
    """Examples a second."""
    return len(evaluated.ids) / evaluated.seconds if evaluated.seconds else None


def count_parameters(model: Path) -> int | None:
    """The numbers in the weights of a model folder; None if it has none that can be read."""
    files = sorted(model.glob("*.safetensors"))
    try:
        return sum(_numbers(file) for file in files) or None
    except (OSError, SafetensorError):
        return None


def _places(folder: Path) -> Iterator[Path]:
    yield folder
    yield folder / "evaluation"
    if (folder / DETENTE_JSON).is_file():
        yield folder.resolve().parent / "evaluation"


def _model_facts(evaluation: Path) -> dict[str, Any]:
    """From the report, or from the model folder beside it; nothing if neither knows."""
    model = evaluation.resolve().parent / "model"
    try:
        if (evaluation / MODEL_JSON).is_file():
            return dict(json.loads((evaluation / MODEL_JSON).read_text(encoding="utf-8")))
        facts = json.loads((model / DETENTE_JSON).read_text(encoding="utf-8"))
        return dict(facts) | {"parameters": count_parameters(model)}
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise InputError(f"{evaluation}: expected JSON about the model; it is damaged: {error}") from error


def _fingerprints(facts: Mapping[str, Any]) -> dict[str, str]:
    return {part: str(about["sha256"]) for part, about in facts["data"].items()}


def _run_id(evaluation: Path) -> str | None:
    """That of the run whose own report it is; None for a report of `detente evaluate`, wherever it lies."""
    if (evaluation / MODEL_JSON).is_file():
        return None
    try:
        return str(json.loads((evaluation.resolve().parent / _RUN_JSON).read_text(encoding="utf-8"))["run_id"])
    except (OSError, ValueError, KeyError):
        return None


def _leaves(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _numbers(file: Path) -> int:
    with safe_open(file, framework="numpy") as weights:
        return sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118  (no mapping)
