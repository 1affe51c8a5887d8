"""Where the MLflow store is when nothing else is said."""

import os
from pathlib import Path


def default_tracking_uri() -> str:
    """`MLFLOW_TRACKING_URI`, or a SQLite file in the folder where the command runs."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path.cwd() / 'mlflow.db'}"
