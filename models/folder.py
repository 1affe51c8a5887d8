"""A trained model as a folder: weights, `detente.json` and a model card. No pickle, no remote code."""

import hashlib
import json
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Protocol, Self, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from detente.configs.errors import InputError
from detente.configs.schema import BASELINE_FAMILIES, Family, PlainFamily
from detente.data.records import STANCES, Stance
from detente.models.baselines.predictor import DESCRIPTIONS, BaselinePredictor
from detente.models.calibration import Calibration
from detente.models.confidence import Confidence
from detente.models.export.loading import load_export, save_export
from detente.models.export.predictor import ExportedPredictor
from detente.models.export.record import Backend
from detente.models.families import TUNED
from detente.models.predictor import EncoderPredictor, Predictor
from detente.models.references import DETENTE_JSON, resolve_model
from detente.models.scaling import get_calibration

FORMAT = 1
CARD = "README.md"
"""The model card."""

_PACKAGES = ("detente", "torch", "transformers", "tokenizers", "safetensors", "numpy", "scikit-learn")


class ModelInfo(BaseModel):
    """What `detente.json` says about a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    family: Family
    backend: Literal["torch"] | Backend = "torch"
    """What runs it; all but torch run an export, which `export.json` describes."""
    labels: tuple[Stance, ...]
    markers: tuple[str, ...]
    """The tokens around the mentions; a baseline has none of its own."""
    max_length: int | None
    """Tokens that a transformer takes."""
    calibration: Calibration
    confidence: Confidence
    config: dict[str, Any]
    data: dict[str, dict[str, Any]]
    metrics: dict[str, Any]
    versions: dict[str, str]

    @classmethod
    def of(cls, predictor: Any, **facts: Any) -> Self:
        """The facts of a trained predictor; `facts` are the fields that it doesn't know."""
        family = family_of(predictor)
        return cls(
            format=FORMAT,
            family=family,
            labels=STANCES,
            **FORMS[family].facts(predictor),
            calibration=predictor.calibration,
            confidence=predictor.confidence,
            versions={name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
            **facts,
        )


class Form(Protocol):
    """How the models of a family lie in their folders, beside `detente.json` and the card."""

    def facts(self, predictor: Any) -> dict[str, Any]:
        """The markers and the longest input."""
        ...

    def save(self, predictor: Any, folder: Path) -> None:
        """Write the family's own files."""
        ...

    def load(self, folder: Path, info: ModelInfo, *, device: str, dtype: str) -> Predictor:
        """Read them; an InputError says which is missing or damaged."""
        ...


@dataclass(frozen=True)
class TransformerForm:
    """Weights and configuration as transformers writes them, and a tokenizer: `AutoModel` classes read it as well."""

    encoding: type[Any]
    """Turns examples into the model's input."""
    markers: tuple[str, ...]
    """The tokens that it adds to the vocabulary."""

    def facts(self, predictor: EncoderPredictor) -> dict[str, Any]:
        """The markers and the longest input."""
        return {"markers": self.markers, "max_length": predictor.encoding.max_length}

    def save(self, predictor: EncoderPredictor, folder: Path) -> None:
        """Write weights, configuration and tokenizer."""
        predictor.model.save_pretrained(folder)
        predictor.encoding.tokenizer.save_pretrained(folder)

    def load(self, folder: Path, info: ModelInfo, *, device: str, dtype: str) -> EncoderPredictor:
        """Read them, and see that they belong together."""
        try:
            model, loading = AutoModelForSequenceClassification.from_pretrained(
                folder, use_safetensors=True, output_loading_info=True
            )
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise InputError(f"{folder}: expected a whole model folder; {str(error).splitlines()[0]}") from error
        if missing := sorted(loading["missing_keys"]):
            names = ", ".join(missing[:3])
            raise InputError(f"{folder}: expected a whole model folder; the weights {names} are missing")
        encoding = self.encoding(tokenizer, info.max_length or 0)
        self._check_agreement(folder, info, model.config, encoding)
        return EncoderPredictor(model, encoding, confidence=info.confidence, device=device, dtype=dtype)

    def _check_agreement(self, folder: Path, info: ModelInfo, config: Any, encoding: Any) -> None:
        """`config.json`, the tokenizer and `detente.json` must tell the same story."""
        labels = tuple(config.id2label[index] for index in range(len(config.id2label)))
        stories = [
            ("label order", labels, tuple(stance.value for stance in info.labels)),
            ("label order", labels, tuple(stance.value for stance in STANCES)),
            ("calibration", get_calibration(config), info.calibration),
            ("pair of marker ids", (config.actor_id, config.target_id), encoding.marker_ids),
            ("set of markers", info.markers, self.markers),
        ]
        for what, first, other in stories:
            if first != other:
                raise InputError(
                    f"{folder}: expected one {what} in all files; found {first} and {other}. Copy it whole."
                )


class ExportedForm(TransformerForm):
    """The graph of a fine-tuned model, what is known of it, and its tokenizer."""

    def save(self, predictor: ExportedPredictor, folder: Path) -> None:  # type: ignore[override]
        """Copy the graph, and write the tokenizer."""
        save_export(predictor, folder)
        predictor.encoding.tokenizer.save_pretrained(folder)

    def load(self, folder: Path, info: ModelInfo, *, device: str, dtype: str) -> ExportedPredictor:  # type: ignore[override]
        """Load the graph, which runs on the CPU."""
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder)
        except (OSError, ValueError) as error:
            raise InputError(f"{folder}: expected a whole model folder; {str(error).splitlines()[0]}") from error
        if (info.labels, info.markers) != (STANCES, self.markers):
            found = f"{', '.join(info.labels)} and {', '.join(info.markers)}"
            raise InputError(f"{folder}: expected the labels and markers of this version; found {found}")
        encoding = self.encoding(tokenizer, info.max_length or 0)
        return load_export(folder, encoding, calibration=info.calibration, confidence=info.confidence, dtype=dtype)


class BaselineForm:
    """What a baseline has learnt, as JSON and safetensors, and the pretrained model that it reads with, if any."""

    def facts(self, predictor: BaselinePredictor) -> dict[str, Any]:
        """It has neither markers nor a longest input of its own."""
        return {"markers": (), "max_length": None}

    def save(self, predictor: BaselinePredictor, folder: Path) -> None:
        """Write what was learnt."""
        predictor.save(folder)

    def load(self, folder: Path, info: ModelInfo, *, device: str, dtype: str) -> BaselinePredictor:
        """Read it."""
        return BaselinePredictor.load(
            info.family,
            folder,
            calibration=info.calibration,
            confidence=info.confidence,
            device=device,
            dtype=dtype,
        )


FORMS: dict[str, Form] = {
    **{name: TransformerForm(family.encoding, family.markers) for name, family in TUNED.items()},
    **dict.fromkeys(BASELINE_FAMILIES, BaselineForm()),
}
"""How each family is saved and loaded."""
EXPORTED_FORMS: dict[str, Form] = {
    name: ExportedForm(family.encoding, family.markers) for name, family in TUNED.items()
}
"""The same for exports of them."""


def form_of(info: ModelInfo) -> Form:
    """How a model is saved and loaded."""
    return (FORMS if info.backend == "torch" else EXPORTED_FORMS)[info.family]


def family_of(predictor: Any) -> str:
    """The family of a predictor: its own word for a baseline, the type of its configuration for a transformer."""
    if isinstance(predictor, BaselinePredictor):
        return predictor.family
    return str(predictor.model.config.model_type).removeprefix("detente-")


def save_model(predictor: Any, info: ModelInfo, folder: Path) -> None:
    """Write the model folder; files that are there already are replaced. `detente.json` is there once it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DETENTE_JSON).unlink(missing_ok=True)
    form_of(info).save(predictor, folder)
    (folder / CARD).write_text(_card(info), encoding="utf-8")
    (folder / DETENTE_JSON).write_text(info.model_dump_json(indent=2) + "\n", encoding="utf-8")


def load_model(
    reference: str | Path, *, device: str = "auto", dtype: str = "auto", wanted_precision: float | None = None
) -> Predictor:
    """Load a trained model.

    Args:
        reference: A folder, a hub id, `runs:/RUN_ID/model` or `models:/NAME@ALIAS`.
        device: "auto" (an accelerator if there is one) or "cpu".
        dtype: "auto" (bf16 where the hardware is faster in it), "bf16" or "fp32".
        wanted_precision: Share of right answers wanted among the confident ones; by default that of the training.

    Raises:
        InputError: There is no such model, or its folder is not one that `detente train` wrote.
    """
    folder = resolve_model(reference)
    info = read_info(folder)
    predictor = form_of(info).load(folder, info, device=device, dtype=dtype)
    predictor.folder = folder
    predictor.confidence = info.confidence.at(wanted_precision)
    return predictor


def read_info(folder: Path) -> ModelInfo:
    """Read `detente.json`.

    Raises:
        InputError: It is missing, is not JSON, or was written by another format of detente.
    """
    path = folder / DETENTE_JSON
    try:
        return ModelInfo.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{folder}: expected a model folder with {DETENTE_JSON} in it; found none there") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            + ("" if fault["type"] == "missing" else f", found {fault['input']!r}")
            for fault in error.errors()
        )
        raise InputError(f"{path}: expected format {FORMAT} of detente; {faults}. Train the model again.") from error
    except ValueError as error:
        raise InputError(f"{path}: expected format {FORMAT} of detente; {error}. Train the model again.") from error


def folder_fingerprint(folder: Path) -> str:
    """sha256 of the names and contents of a model folder's files, the card aside."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CARD):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\t{sha256}\n".encode())
    return digest.hexdigest()


def _card(info: ModelInfo) -> str:
    environment = Environment(
        loader=PackageLoader("detente.models", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701  (Markdown)
    )
    reads = info.family not in get_args(PlainFamily)
    return environment.get_template("card.md.jinja").render(
        info=info,
        encoder=info.config["model"]["encoder"] if reads else None,
        baseline=DESCRIPTIONS.get(info.family),
    )
