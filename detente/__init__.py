"""detente: who supports, who opposes and who stays neutral towards whom, in the news.

    import detente

    model = detente.load_model("outputs/quickstart-20260101-120000/model")
    question = {"actor": "Norway", "target": "the treaty", "text": "Norway walked away from the treaty."}
    model.predict([question | {"actor_span": [0, 6], "target_span": [24, 34]}])

    run = detente.train_model(detente.load_config("quickstart", ["seed=7"]))
    examples = list(detente.read_examples("labels.csv"))
    detente.write_records("labels.jsonl", examples, detente.Example)

Everything is loaded on first use. Where transformers is imported, its Auto classes know detente's models.
"""

import importlib
import os
from typing import TYPE_CHECKING, Any

import wrapt

if TYPE_CHECKING:
    from detente.configs.errors import ConfigError, DetenteError, InputError, RecordError
    from detente.configs.loading import load_config
    from detente.data.reading import read_articles, read_examples, read_predictions, write_records
    from detente.data.records import STANCES, Article, Edge, Example, Prediction, Stance
    from detente.evaluation.compare.compare_runs import compare_runs
    from detente.evaluation.compare.registry import promote
    from detente.inference.batch import predict_files
    from detente.inference.edges import edges
    from detente.models.folder import load_model
    from detente.models.predictor import Predictor
    from detente.train.run import resume_training, train_model
    from detente.train.sweep import run_sweep

_HOMES = {
    "detente.configs.errors": ("ConfigError", "DetenteError", "InputError", "RecordError"),
    "detente.configs.loading": ("load_config",),
    "detente.data.reading": ("read_articles", "read_examples", "read_predictions", "write_records"),
    "detente.data.records": ("STANCES", "Article", "Edge", "Example", "Prediction", "Stance"),
    "detente.evaluation.compare.compare_runs": ("compare_runs",),
    "detente.evaluation.compare.registry": ("promote",),
    "detente.inference.batch": ("predict_files",),
    "detente.inference.edges": ("edges",),
    "detente.models.folder": ("load_model",),
    "detente.models.predictor": ("Predictor",),
    "detente.train.run": ("resume_training", "train_model"),
    "detente.train.sweep": ("run_sweep",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "STANCES",
    "Article",
    "ConfigError",
    "DetenteError",
    "Edge",
    "Example",
    "InputError",
    "Prediction",
    "Predictor",
    "RecordError",
    "Stance",
    "compare_runs",
    "edges",
    "load_config",
    "load_model",
    "predict_files",
    "promote",
    "read_articles",
    "read_examples",
    "read_predictions",
    "resume_training",
    "run_sweep",
    "train_model",
    "write_records",
]

for _library in ("MLFLOW_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(_library, "true")


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'detente' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]


@wrapt.when_imported("transformers.models.auto.modeling_auto")
def _register_models(_: Any) -> None:
    """Registering needs transformers, which takes seconds to import: so wait until somebody imports it."""
    importlib.import_module("detente.models.pair")
