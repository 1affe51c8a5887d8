"""The schema of a config: names, types and ranges. It only checks; every default stands in `base.yaml`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# strict: the number 1 is not the truth value true
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=1)]
Name = Annotated[str, Field(min_length=1, pattern=r"^[\w.\-]+$")]
LeakKind = Literal["texts", "near_duplicates", "articles", "stories", "groups"]


class Section(BaseModel):
    """A part of a config: unknown keys are faults, values don't change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Section):
    """The labelled files."""

    train: Path
    valid: Path
    test: Path | None
    skip_invalid: bool


class AuditConfig(Section):
    """What the validation and test files may share with the training file."""

    max_share: Share
    accept: list[LeakKind]


class ModelConfig(Section):
    """The classifier and its encoder."""

    family: Literal["pair"]
    encoder: Annotated[str, Field(min_length=1)]
    revision: str | None
    max_length: Annotated[int, Field(strict=True, ge=16, le=8192)]
    dropout: Annotated[float, Field(strict=True, ge=0, lt=1)]


class TrainConfig(Section):
    """How the classifier is fine-tuned."""

    epochs: Count
    batch_size: Count
    accumulation_steps: Count
    learning_rate: Annotated[float, Field(strict=True, gt=0, lt=1)]
    weight_decay: Annotated[float, Field(strict=True, ge=0)]
    warmup: Share
    scheduler: Literal["linear", "cosine", "constant"]
    max_grad_norm: Annotated[float, Field(strict=True, gt=0)]
    freeze_embeddings: bool
    class_weights: Literal["none", "balanced", "sqrt"]
    label_smoothing: Annotated[float, Field(strict=True, ge=0, lt=1)]
    precision: Literal["auto", "bf16", "fp32"]
    device: Literal["auto", "cpu"]
    metric: Literal["macro_f1", "f_avg", "accuracy", "nll"]
    patience: Count | None
    log_every: Count


class CalibrationConfig(Section):
    """When the model says that it is sure."""

    precision: Annotated[float, Field(strict=True, gt=0, lt=1)]


class EvaluationConfig(Section):
    """What stands beside the model's figures."""

    bootstrap: Count
    baselines: list[
        Literal["majority", "lookup", "names_only", "target_hidden", "actor_hidden", "text_only", "masked_tfidf"]
    ]


class TrackingConfig(Section):
    """Where MLflow keeps the run."""

    uri: str | None
    experiment: Annotated[str, Field(min_length=1)]
    register_as: Name | None
    alias: Name


class Config(Section):
    """A whole config; `detente.configs.loading.load_config` makes one."""

    name: Name
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)]
    output_dir: Path
    data: DataConfig
    audit: AuditConfig
    model: ModelConfig
    train: TrainConfig
    calibration: CalibrationConfig
    evaluation: EvaluationConfig
    tracking: TrackingConfig
