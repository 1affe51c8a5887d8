"""Writes what happens in a run into its journal."""

import json
import re
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from detente.data.dataset import fingerprint
from detente.data.records import STANCES, Example
from detente.evaluation.evaluate import Evaluation, best_blind, best_control
from detente.train.tracking.journal import Journal
from detente.train.tracking.view import HEADLINE

Figure = tuple[str, float, int, int]
"""A metric: its name, its value, when it was logged, in milliseconds since 1970, and at which step."""
Dataset = tuple[str, str]
"""Name and digest."""
_DIGEST = 32
_NOT_IN_NAMES = re.compile(r"[^\w. -]")
"""What MLflow doesn't take in the name of a metric."""
_TABLE = "predictions.json"


class Writer:
    """The run as those who work in it see it.

    Args:
        journal: Of the run.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.measured: list[tuple[str, str, list[Figure]]] = []
        """Figures of the model, with name and digest of the dataset that they were measured on."""

    @property
    def run_id(self) -> str | None:
        """In the store; None as long as the run isn't there."""
        return self.journal.run_id

    def log_facts(self, params: Mapping[str, Any] | None = None, tags: Mapping[str, Any] | None = None) -> None:
        """Settings and tags."""
        texts = [{name: str(value) for name, value in (given or {}).items()} for given in (params, tags)]
        self.journal.append("batch", metrics=[], params=texts[0], tags=texts[1])

    def log_metrics(
        self, metrics: Mapping[str, float], step: int = 0, *, dataset: Dataset | None = None
    ) -> list[Figure]:
        """Figures at an optimizer step; those that were measured on a dataset are linked to it with the model."""
        now = int(time.time() * 1000)
        figures = [(name, float(value), now, step) for name, value in metrics.items()]
        if figures:
            self.journal.append("batch", metrics=figures, params={}, tags={})
        if dataset:
            self.measured.append((*dataset, figures))
        return figures

    def log_dataset(self, path: Path, examples: Sequence[Example], context: str) -> Dataset:
        """A file that the run reads, with the fingerprint of all its examples."""
        name, digest = path.name, fingerprint(examples)[:_DIGEST]
        source = json.dumps({"tags": {"path": str(path), "examples": str(len(examples))}})
        self.journal.append("datasets", datasets=[(name, digest, source, context)])
        return name, digest

    def log_files(self, path: Path, under: str | None = None) -> None:
        """A file, or what a folder holds, under this path among the artifacts."""
        self.journal.append("artifact", path=self.journal.keep(path), under=under)

    def log_text(self, text: str, name: str) -> None:
        """A text as an artifact."""
        self.journal.append("artifact", path=self.journal.keep_text(text, name), under=None)

    def log_evaluation(self, evaluation: Evaluation, files: Path | Iterable[Path], dataset: Dataset) -> list[Figure]:
        """The figures of an evaluation under its split's name, the headline without, its files and its answers."""
        figures, split = evaluation_figures(evaluation), _NOT_IN_NAMES.sub("_", evaluation.split)
        named = {f"{split}/{name}": value for name, value in figures.items()}
        headline = {} if split == "valid" else {name: figures[name] for name in headline_names(figures)}
        logged = self.log_metrics(headline | named, dataset=dataset)
        others = {f"baseline/{name}_{HEADLINE}": one.scores.macro_f1 for name, one in evaluation.baselines.items()}
        self.log_metrics(others)
        for file in [files] if isinstance(files, Path) else files:
            self.log_files(file, "evaluation")
        table = pd.DataFrame(_table(evaluation)).to_json(orient="split", index=False)
        self.log_text(table, _TABLE)
        self.log_facts(tags={"mlflow.loggedArtifacts": json.dumps([{"path": _TABLE, "type": "table"}])})
        return logged

    def note(self, text: str) -> None:
        """Put a description, in Markdown, on top of the run's page."""
        self.log_facts(tags={"mlflow.note.content": text})


def headline_names(figures: Container[str]) -> list[str]:
    """The few that stand without a prefix: the columns of the headline view."""
    names = (HEADLINE, "f_avg", "ece", "margin_over_blind", "margin_over_control")
    return [name for name in names if name in figures]


def evaluation_figures(evaluation: Evaluation) -> dict[str, float]:
    """All single figures of an evaluation by name."""
    model = evaluation.model
    figures = model.scores.flat() | {f"{HEADLINE}_low": model.interval[0], f"{HEADLINE}_high": model.interval[1]}
    figures["coverage"] = evaluation.coverage
    if evaluation.sureness:
        figures |= evaluation.sureness.flat()
    if blind := best_blind(evaluation):
        figures["margin_over_blind"] = blind.difference
    if control := best_control(evaluation):
        figures["margin_over_control"] = control.difference
    if evaluation.seconds:
        figures["examples_per_second"] = len(evaluation.examples) / evaluation.seconds
    return figures


def _table(evaluation: Evaluation) -> dict[str, list[Any]]:
    """The predictions as the UI compares them: the question first, the answer second."""
    answers = evaluation.predictions
    return {
        "example_id": [answer.example_id for answer in answers],
        "stance": [answer.stance.value for answer in answers],
        "gold": [example.label.value if example.label else None for example in evaluation.examples],
        "confident": [answer.confident for answer in answers],
        **{f"p_{stance}": [getattr(answer, f"p_{stance}") for answer in answers] for stance in STANCES},
        "actor": [answer.actor for answer in answers],
        "target": [answer.target for answer in answers],
        "text": [answer.text for answer in answers],
    }
