"""The terminal, left to our own progress bar and messages."""

import os


def quieten() -> None:
    """Silence the libraries that a command is about to use."""
    import warnings  # noqa: PLC0415

    import datasets  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    quieten_mlflow()


def quieten_mlflow() -> None:
    """Silence MLflow alone, for commands that need none of the others, which take seconds to load."""
    import logging  # noqa: PLC0415

    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
    for name in ("mlflow", "alembic", "httpx"):
        logging.getLogger(name).setLevel(logging.ERROR)
