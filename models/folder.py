"""A trained model as a folder: weights, tokenizer, `detente.json` and a model card. No pickle, no remote code."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Self

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from detente.configs.errors import InputError
from detente.data.records import STANCES, Stance
from detente.models import pair  # noqa: F401  (registers the classes that AutoModel looks up)
from detente.models.encoding import MARKERS, PairEncoding
from detente.models.predictor import EncoderPredictor, Predictor
from detente.models.references import DETENTE_JSON, resolve_model

FORMAT = 1

_PACKAGES = ("detente", "torch", "transformers", "tokenizers", "safetensors", "numpy")


class ModelInfo(BaseModel):
    """What `detente.json` says about a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    family: Literal["pair"]
    labels: tuple[Stance, ...]
    markers: tuple[str, ...]
    max_length: int
    temperature: float
    threshold: float
    wanted_precision: float
    config: dict[str, Any]
    data: dict[str, dict[str, Any]]
    metrics: dict[str, Any]
    versions: dict[str, str]

    @classmethod
    def of(cls, predictor: EncoderPredictor, **facts: Any) -> Self:
        """The facts of a trained predictor; `facts` are the fields that it doesn't know."""
        return cls(
            format=FORMAT,
            family="pair",
            labels=STANCES,
            markers=MARKERS,
            max_length=predictor.encoding.max_length,
            temperature=predictor.model.config.calibration_temperature,
            threshold=predictor.threshold,
            versions={name: version(name) for name in _PACKAGES} | {"python": platform.python_version()},
            **facts,
        )


def save_model(predictor: EncoderPredictor, info: ModelInfo, folder: Path) -> None:
    """Write the model folder; files that are there already are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    predictor.model.save_pretrained(folder)
    predictor.encoding.tokenizer.save_pretrained(folder)
    (folder / DETENTE_JSON).write_text(info.model_dump_json(indent=2) + "\n", encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("detente.models", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        autoescape=False,  # noqa: S701  (Markdown)
    )
    card = environment.get_template("card.md.jinja").render(info=info)
    (folder / "README.md").write_text(card, encoding="utf-8")


def load_model(reference: str | Path, *, device: str = "auto", precision: str = "auto") -> Predictor:
    """Load a trained model.

    Args:
        reference: A folder, a hub id, `runs:/RUN_ID/model` or `models:/NAME@ALIAS`.
        device: "auto" (an accelerator if there is one) or "cpu".
        precision: "auto" (bf16 where the hardware has it), "bf16" or "fp32".

    Raises:
        InputError: There is no such model, or its folder is not one that `detente train` wrote.
    """
    folder = resolve_model(reference)
    info = read_info(folder)
    try:
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            folder, use_safetensors=True, output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{folder}: expected a whole model folder; {str(error).splitlines()[0]}") from error
    if missing := sorted(loading["missing_keys"]):
        raise InputError(f"{folder}: expected a whole model folder; the weights {', '.join(missing[:3])} are missing")
    encoding = PairEncoding(tokenizer, info.max_length)
    _check_agreement(folder, info, model.config, encoding)
    return EncoderPredictor(model, encoding, threshold=info.threshold, device=device, precision=precision)


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
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}, found {fault['input']!r}" for fault in error.errors()
        )
        raise InputError(f"{path}: expected format {FORMAT} of detente; {faults}. Train the model again.") from error
    except ValueError as error:
        raise InputError(f"{path}: expected format {FORMAT} of detente; {error}. Train the model again.") from error


def _check_agreement(folder: Path, info: ModelInfo, config: Any, encoding: PairEncoding) -> None:
    """`config.json`, the tokenizer and `detente.json` must tell the same story."""
    labels = tuple(config.id2label[index] for index in range(len(config.id2label)))
    stories = [
        (
            "label order",
            labels,
            tuple(stance.value for stance in info.labels),
            tuple(stance.value for stance in STANCES),
        ),
        ("temperature", config.calibration_temperature, info.temperature),
        ("pair of marker ids", (config.actor_id, config.target_id), encoding.marker_ids),
        ("set of markers", info.markers, MARKERS),
    ]
    for what, first, *others in stories:
        if any(other != first for other in others):
            raise InputError(f"{folder}: expected one {what} in all files; found {first} and {others}. Copy it whole.")
