"""The signature of the served model: what MLflow checks before a row reaches it, and shows to who wants to ask."""

from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import Array

from detente.data.records import STANCES
from detente.inference.serving import ABOUT, ROLES, TEXT

SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec(DataType.string, TEXT),
            *(ColSpec(DataType.string, name, required=False) for name in (*ROLES, *ABOUT)),
        ]
    ),
    outputs=Schema(
        [
            *(ColSpec(DataType.string, name, required=False) for name in ("article_id", *ROLES, TEXT)),
            ColSpec(DataType.string, "stance"),
            *(ColSpec(DataType.double, f"p_{stance}") for stance in STANCES),
            ColSpec(DataType.boolean, "confident"),
            ColSpec(Array(DataType.string), "stances", required=False),
        ]
    ),
)
