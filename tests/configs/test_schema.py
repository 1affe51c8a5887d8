from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from detente.configs.loading import load_config
from detente.configs.schema import Config, Section


@pytest.fixture
def settings() -> dict[str, Any]:
    """A complete valid config as plain values."""
    given = ["data.train=train.jsonl", "data.valid=valid.jsonl", "model.encoder=random:tiny"]
    return load_config("base", given).model_dump(mode="json")


def with_value(settings: dict[str, Any], dotted: str, value: object) -> Config:
    *parents, last = dotted.split(".")
    section = settings
    for parent in parents:
        section = section[parent]
    section[last] = value
    return Config.model_validate(settings)


def sections(model: type[BaseModel]) -> list[type[BaseModel]]:
    inner = [field.annotation for field in model.model_fields.values()]
    nested = [part for part in inner if isinstance(part, type) and issubclass(part, Section)]
    return [model, *(found for part in nested for found in sections(part))]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "my run"),
        ("name", "../up"),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", 1.5),
        ("data.train", None),
        ("data.train", []),
        ("data.valid", ["a.jsonl", 3]),
        ("data.mixing_temperature", 0.99),
        ("data.mixing_temperature", float("inf")),
        ("data.neutral_ratio", 0),
        ("data.skip_invalid", None),
        ("audit.max_share", -0.01),
        ("audit.max_share", 1.01),
        ("audit.max_share", None),
        ("audit.accept", ["everything"]),
        ("audit.accept", "texts"),
        ("model.family", "triple"),
        ("model.encoder", ""),
        ("model.max_length", 15),
        ("model.max_length", 8193),
        ("model.dropout", 1.0),
        ("model.dropout", -0.1),
        ("train.epochs", 0),
        ("train.batch_size", 0),
        ("train.accumulation_steps", 0),
        ("train.learning_rate", 0),
        ("train.learning_rate", 1),
        ("train.weight_decay", -0.01),
        ("train.warmup", 1),
        ("train.warmup", -0.1),
        ("train.scheduler", "step"),
        ("train.max_grad_norm", 0),
        ("train.class_weights", "inverse"),
        ("train.label_smoothing", 1),
        ("train.dtype", "fp16"),
        ("train.device", "tpu"),
        ("train.metric", "f1"),
        ("train.patience", 0),
        ("train.log_every", 0),
        ("calibration.method", "isotonic"),
        ("calibration.conformal", 1),
        ("calibration.wanted_precision", 0),
        ("calibration.wanted_precision", 1),
        ("evaluation.bootstrap", 0),
        ("evaluation.baselines", ["random"]),
        ("evaluation.baselines", "majority"),
        ("tracking.experiment", ""),
        ("tracking.alias", "two words"),
        ("tracking.register_as", "a/b"),
    ],
)
def test_value_out_of_range_is_refused(settings: dict[str, Any], key: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        with_value(settings, key, value)
    assert ".".join(str(part) for part in caught.value.errors()[0]["loc"]).startswith(key)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "bért-2.0_x"),
        ("seed", 0),
        ("seed", 2**32 - 1),
        ("data.test", None),
        ("data.test", ["a.jsonl"]),
        ("data.mixing_temperature", 1),
        ("data.neutral_ratio", None),
        ("data.neutral_ratio", 0.1),
        ("audit.max_share", 0),
        ("audit.max_share", 1),
        ("audit.accept", []),
        ("audit.accept", ["texts", "near_duplicates", "articles", "stories", "groups"]),
        ("model.revision", None),
        ("model.max_length", 16),
        ("model.max_length", 8192),
        ("model.dropout", 0),
        ("train.warmup", 0),
        ("train.warmup", 0.99),
        ("train.weight_decay", 0),
        ("train.metric", "nll"),
        ("train.patience", None),
        ("train.patience", 1),
        ("train.label_smoothing", 0),
        ("calibration.method", "temperature"),
        ("calibration.conformal", None),
        ("calibration.conformal", 0.95),
        ("evaluation.baselines", []),
        ("tracking.register_as", None),
    ],
)
def test_value_at_the_edge_of_its_range_is_accepted(settings: dict[str, Any], key: str, value: object) -> None:
    config = with_value(settings, key, value).model_dump(mode="json")
    for part in key.split("."):
        config = config[part]
    assert config == value


@pytest.mark.parametrize("section", sections(Config), ids=lambda section: section.__name__)
def test_section_forbids_unknown_keys(section: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        section.model_validate({"surprise": 1})
    assert ("surprise",) in [fault["loc"] for fault in caught.value.errors() if fault["type"] == "extra_forbidden"]


@pytest.mark.parametrize("section", sections(Config), ids=lambda section: section.__name__)
def test_schema_states_no_defaults(section: type[BaseModel]) -> None:
    assert all(field.is_required() for field in section.model_fields.values())


def test_config_cannot_be_changed(settings: dict[str, Any]) -> None:
    config = Config.model_validate(settings)
    with pytest.raises(ValidationError, match="frozen"):
        config.train.epochs = 9


@pytest.mark.parametrize("key", ["train.epochs", "seed", "train.weight_decay"])
def test_truth_value_is_no_number(settings: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError):
        with_value(settings, key, True)
