"""`detente calibrate`: a trained model whose probabilities are calibrated anew, on examples of its user's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.special import softmax
from sklearn.model_selection import GroupKFold

from detente.configs.errors import InputError
from detente.configs.schema import CalibrationConfig
from detente.data.audit.shared import find_shared
from detente.data.dataset import describe, fingerprint
from detente.data.reading import read_examples
from detente.data.records import Example, Stance
from detente.evaluation.metrics import Scores, score
from detente.evaluation.suite import own_training_file
from detente.models.calibration import Floats, fit_calibration
from detente.models.confidence import Confidence, check_share
from detente.models.folder import ModelInfo, load_model, read_info, save_model
from detente.models.predictor import Predictor
from detente.models.references import resolve_model

FEWEST = 50
"""Examples; with fewer, six numbers follow luck."""
FOLDS = 5
_CASES_NAMED = 3


@dataclass(frozen=True)
class Recalibration:
    """What calibrating anew has changed."""

    folder: Path
    examples: int
    before: Scores
    """Of the model as it was, on the new examples."""
    after: Scores | None
    """Of the new calibration, each group answered by one that was fitted on other groups; None for a single group."""
    confidence: Confidence
    compared: bool
    """Whether the training file was there to be compared with."""


def recalibrate(
    model: str | Path,
    examples: str | Path,
    output: Path,
    *,
    method: str | None = None,
    wanted_precision: float | None = None,
    conformal: float | None = None,
) -> Recalibration:
    """Fit calibration, thresholds and sets on labelled examples, and write the model with them into a new folder.

    Args:
        model: A folder, a hub id, `runs:/RUN_ID/model` or `models:/NAME@ALIAS`.
        examples: Labelled examples that the model was not trained on, like the texts that it will read.
        output: The new model's folder.
        method: "temperature" or "vector"; by default that of the training.
        wanted_precision: Of the confident answers; by default that of the model.
        conformal: Wanted coverage of the sets; by default that of the model, which may give none.

    Raises:
        InputError: There is no such model or file, the examples are too few or were trained on, or the output exists.
    """
    folder = resolve_model(model)
    info = read_info(folder)
    settings = _settings(info, method, wanted_precision, conformal)
    labelled = list(read_examples(examples, labelled=True))
    if len(labelled) < FEWEST:
        raise InputError(f"{examples}: expected at least {FEWEST} labelled examples; found {len(labelled)}")
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{output}: expected a new folder for the model; found something there")
    compared = check_new(labelled, info, str(examples))
    predictor = load_model(folder)
    before, after = _measure(predictor, labelled, settings.method)
    predictor.calibrate(labelled, settings)
    described = _describe(info, predictor, settings, labelled, Path(examples))
    save_model(predictor, described, output)
    return Recalibration(output, len(labelled), before, after, described.confidence, compared)


def check_new(examples: Sequence[Example], info: ModelInfo, name: str) -> bool:
    """Refuse examples that the model was trained on; texts that are nearly the same count too.

    Returns:
        Whether the training file could be compared: it may be gone or have changed. Its fingerprint always is.

    Raises:
        InputError: Examples stand in the training file.
    """
    trained_on = info.data["train"]
    if fingerprint(examples) in (trained_on["sha256"], *(file["sha256"] for file in trained_on.get("files", []))):
        raise InputError(f"{name}: expected examples that the model was not trained on; found its training file")
    with TemporaryDirectory() as scratch:
        train = own_training_file(info, Path(scratch))
    known = find_shared("texts", train, examples) | find_shared("near_duplicates", train, examples)
    if known:
        pairs = ", ".join(f"{examples[place].id} with {known[place].id}" for place in sorted(known)[:_CASES_NAMED])
        raise InputError(
            f"{name}: expected examples that the model was not trained on; found the texts of {len(known)} of "
            f"{len(examples)} in its training file, or nearly the same ones, such as {pairs}. Leave them out."
        )
    return bool(train)


def cross_fitted(raw: Floats, gold: Sequence[Stance], groups: Sequence[str], method: str) -> Floats | None:
    """Probabilities, of shape (n, 3), from calibrations that were fitted on other groups; None for a single group."""
    folds = min(FOLDS, len(set(groups)))
    if folds < 2:
        return None
    logits = np.zeros_like(raw)
    for others, own in GroupKFold(folds).split(raw, groups=groups):
        logits[own] = fit_calibration(raw[others], [gold[place] for place in others], method).apply(raw[own])
    return np.asarray(softmax(logits, axis=1))


def _settings(
    info: ModelInfo, method: str | None, wanted_precision: float | None, conformal: float | None
) -> CalibrationConfig:
    sets = info.confidence.conformal
    if conformal is None and sets:
        conformal = sets.coverage
    return CalibrationConfig(
        method=method or info.config["calibration"]["method"],
        wanted_precision=info.confidence.at(wanted_precision).wanted_precision,
        conformal=None if conformal is None else check_share("conformal", conformal),
    )


def _measure(predictor: Predictor, examples: Sequence[Example], method: str) -> tuple[Scores, Scores | None]:
    gold = [example.label for example in examples if example.label is not None]
    logits = predictor.predict_logits(examples)
    groups = [example.group_key for example in examples]
    after = cross_fitted(predictor.calibration.undo(logits), gold, groups, method)
    return score(gold, np.asarray(softmax(logits, axis=1))), None if after is None else score(gold, after)


def _describe(
    info: ModelInfo, predictor: Predictor, settings: CalibrationConfig, examples: Sequence[Example], file: Path
) -> ModelInfo:
    """The model as it was, but for its calibration; figures of the old one are left out."""
    return info.model_copy(
        update={
            "calibration": predictor.calibration,
            "confidence": predictor.confidence,
            "config": info.config | {"calibration": settings.model_dump()},
            "data": info.data | {"calibration": {"file": file.name, **describe(examples)}},
            "metrics": {},
        }
    )
