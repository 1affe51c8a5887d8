"""The schema of a config: names, types and ranges. It only checks; every default stands in `base.yaml`."""

from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

# strict: the number 1 is not the truth value true
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
OpenShare = Annotated[float, Field(strict=True, gt=0, lt=1)]
Count = Annotated[int, Field(strict=True, ge=1)]
Name = Annotated[str, Field(min_length=1, pattern=r"^[\w.\-]+$")]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True)]
Metric = Literal["macro_f1", "f_avg", "accuracy", "nll"]
LOWER_IS_BETTER = frozenset[Metric]({"nll"})
LeakKind = Literal["texts", "near_duplicates", "articles", "stories", "groups"]
TunedFamily = Literal["pair", "packed"]
"""An encoder that is fine-tuned."""
PlainFamily = Literal["majority", "lookup", "names_only", "target_hidden", "actor_hidden", "text_only", "masked_tfidf"]
"""A baseline that is fitted to the examples alone."""
ReadingFamily = Literal["frozen_encoder", "zero_shot_nli"]
"""A baseline that reads with a pretrained model as it is."""
Family = Literal[TunedFamily, PlainFamily, ReadingFamily]
BASELINE_FAMILIES = frozenset[str](get_args(PlainFamily) + get_args(ReadingFamily))
PARTS = ("train", "valid", "test", "unlabelled")
"""The settings of `data` that name files."""


def _check_files(value: object) -> object:
    """Refuse what is no file and no list of files, in one sentence."""
    files = value if isinstance(value, list) else [value]
    if not files or not all(isinstance(file, str | Path) for file in files):
        raise PydanticCustomError("files", "input should be a file or a list of files")
    return value


Files = Annotated[Path | list[Path], BeforeValidator(_check_files)]


class Section(BaseModel):
    """A part of a config: unknown keys are faults, values don't change once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Section):
    """The files, and how those of several corpora are mixed."""

    train: Files
    valid: Files
    test: Files | None
    unlabelled: Files | None
    mixing_temperature: Annotated[float, Field(strict=True, ge=1, allow_inf_nan=False)]
    neutral_ratio: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] | None
    skip_invalid: bool

    def files(self, part: str) -> list[Path]:
        """The files of a part; none for a part that there isn't."""
        named: Path | list[Path] | None = getattr(self, part)
        if named is None:
            return []
        return named if isinstance(named, list) else [named]

    def audited_files(self) -> dict[str, list[Path]]:
        """The files that an audit compares: those that are learnt from, as `train`, and each measuring part."""
        learnt = [*self.files("train"), *self.files("unlabelled")]
        return {"train": learnt, "valid": self.files("valid"), "test": self.files("test")}


class AuditConfig(Section):
    """What the validation and test files may share with the training file."""

    max_share: Share
    accept: list[LeakKind]


class ModelConfig(Section):
    """The classifier and its encoder."""

    family: Family
    encoder: Annotated[str, Field(min_length=1)] | None
    revision: str | None
    max_length: Annotated[int, Field(strict=True, ge=16, le=8192)]
    dropout: Annotated[float, Field(strict=True, ge=0, lt=1)]

    @field_validator("encoder")
    @classmethod
    def _is_there_if_needed(cls, encoder: str | None, info: ValidationInfo) -> str | None:
        if encoder is None and info.data.get("family") not in get_args(PlainFamily):
            raise PydanticCustomError("no_encoder", "input should name an encoder")
        return encoder

    @property
    def reads(self) -> bool:
        """Whether the family reads with an encoder."""
        return self.family not in get_args(PlainFamily)

    @property
    def used_encoder(self) -> str:
        """The encoder, or "none" for a family that doesn't read with one."""
        return str(self.encoder) if self.reads else "none"


class TrainConfig(Section):
    """How the classifier is fine-tuned."""

    epochs: Count
    batch_size: Count
    accumulation_steps: Count
    learning_rate: Annotated[float, Field(strict=True, gt=0, lt=1)]
    head_factor: Annotated[float, Field(strict=True, gt=0, le=100)]
    weight_decay: Annotated[float, Field(strict=True, ge=0)]
    warmup: Annotated[float, Field(strict=True, ge=0, lt=1)]
    scheduler: Literal["linear", "cosine", "constant"]
    max_grad_norm: Annotated[float, Field(strict=True, gt=0)]
    freeze_embeddings: bool
    class_weights: Literal["none", "balanced", "sqrt"]
    label_smoothing: Annotated[float, Field(strict=True, ge=0, lt=1)]
    teacher: Annotated[str, Field(min_length=1)] | None
    teacher_weight: Annotated[float, Field(strict=True, gt=0, le=1)]
    dtype: Literal["auto", "bf16", "fp32"]
    device: Literal["auto", "cpu"]
    metric: Metric
    patience: Count | None
    log_every: Count


class CalibrationConfig(Section):
    """How probabilities are made to mean what they say, and when the model says that it is sure."""

    method: Literal["temperature", "vector"]
    wanted_precision: OpenShare
    conformal: OpenShare | None


class EvaluationConfig(Section):
    """What stands beside the model's figures."""

    bootstrap: Count
    baselines: list[PlainFamily]


class TrackingConfig(Section):
    """Where MLflow keeps the run."""

    uri: str | None
    experiment: Annotated[str, Field(min_length=1)]
    register_as: Name | None
    alias: Name
    system_metrics: bool


class RangeConfig(Section):
    """The values that a sweep may give a number, both bounds among them."""

    low: Number
    high: Number
    log: bool = False
    """Whether 1e-5 to 1e-4 is as wide as 1e-4 to 1e-3. It and the step have defaults here: base.yaml holds no range."""
    step: Number | None = None


class SweepConfig(Section):
    """What a sweep searches, and how."""

    space: dict[str, RangeConfig | list[bool | Number | str | None]]
    trials: Count
    timeout: Annotated[float, Field(strict=True, gt=0)] | None
    seeds: Count
    metric: Metric | None
    sampler: Literal["tpe", "random", "grid"]
    sampler_seed: Seed
    pruner: Literal["median", "halving", "none"]
    storage: Annotated[str, Field(pattern="://")] | None


class Config(Section):
    """A whole config; `detente.configs.loading.load_config` makes one."""

    name: Name
    seed: Seed
    output_dir: Path
    data: DataConfig
    audit: AuditConfig
    model: ModelConfig
    train: TrainConfig
    calibration: CalibrationConfig
    evaluation: EvaluationConfig
    tracking: TrackingConfig
    sweep: SweepConfig

    @model_validator(mode="after")
    def _has_a_teacher_if_needed(self) -> "Config":
        if self.data.unlabelled and self.train.teacher is None:
            raise PydanticCustomError(
                "no_teacher", "data.unlabelled: expected a train.teacher, which says the stances there; found none"
            )
        return self
