"""MLflow: a run is written into a journal on disk, and sent from there into the store, while it goes on or later."""

from detente.train.tracking.facts import run_params
from detente.train.tracking.runs import tracked_run
from detente.train.tracking.tracker import MetricsCallback, Tracker
from detente.train.tracking.writer import evaluation_figures, headline_names

__all__ = ["MetricsCallback", "Tracker", "evaluation_figures", "headline_names", "run_params", "tracked_run"]
