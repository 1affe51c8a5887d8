"""An evaluation as files: `report.html`, `metrics.json`, `predictions.parquet`, what comparisons read, and pictures."""

import base64
import io
import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from detente.data.formats import make_folder
from detente.data.reading import write_records
from detente.data.records import STANCES, Prediction
from detente.evaluation.behaviour.cases import pieces
from detente.evaluation.evaluate import Evaluation, best_blind, best_control, confident_mistakes, probability
from detente.evaluation.evaluated import EVALUATED, write_evaluated
from detente.evaluation.plots import (
    confusion_figure,
    learning_curve_figure,
    reliability_figure,
    risk_coverage_figure,
)
from detente.evaluation.rules import RULES
from detente.evaluation.slices import FEW_EXAMPLES, FEW_GROUPS, weakest
from detente.models.baselines import CONTROLS

MISTAKES_SHOWN = 12
SUSPECTS_SHOWN = 12
WEAKEST_SHOWN = 5


def write_report(evaluation: Evaluation, folder: Path, *, title: str) -> Path:
    """Write all files of an evaluation and return the page, which opens from disk and loads nothing."""
    make_folder(folder)
    (folder / "metrics.json").write_text(json.dumps(evaluation.as_dict(), indent=2) + "\n", encoding="utf-8")
    if evaluation.behaviour:
        plain = evaluation.behaviour.as_dict()
        (folder / "behaviour.json").write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    write_records(folder / "predictions.parquet", evaluation.predictions, Prediction)
    write_evaluated(folder / EVALUATED, evaluation.evaluated)
    pictures = {name: _png(figure) for name, figure in figures(evaluation).items()}
    for name, content in pictures.items():
        (folder / f"{name}.png").write_bytes(content)
    uris = {name: _data_uri(content) for name, content in pictures.items()}
    path = folder / "report.html"
    path.write_text(_page(evaluation, uris, title), encoding="utf-8")
    return path


def figures(evaluation: Evaluation) -> dict[str, Figure]:
    """The pictures by name."""
    gold, probabilities = evaluation.gold, evaluation.model.probabilities
    return {
        "confusion_matrix": confusion_figure(evaluation.model.scores),
        "calibration": reliability_figure(gold, probabilities),
        "risk_coverage": risk_coverage_figure(gold, probabilities),
        **({"learning_curve": learning_curve_figure(evaluation.learning_curve)} if evaluation.learning_curve else {}),
    }


def _page(evaluation: Evaluation, pictures: dict[str, str], title: str) -> str:
    environment = Environment(
        loader=PackageLoader("detente.evaluation", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.jinja").render(
        title=title,
        evaluation=evaluation,
        stances=[stance.value for stance in STANCES],
        blind=best_blind(evaluation),
        control=best_control(evaluation),
        controls=CONTROLS,
        rules=RULES,
        few_examples=FEW_EXAMPLES,
        few_groups=FEW_GROUPS,
        weakest=weakest(evaluation.slices, WEAKEST_SHOWN),
        pictures=pictures,
        mistakes=_mistakes(evaluation),
        suspects=[(one, pieces(one.example)) for one in evaluation.label_errors.found[:SUSPECTS_SHOWN]],
    )


def _mistakes(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {"gold": example.label, "answer": answer, "sure": probability(answer, answer.stance), "pieces": pieces(example)}
        for example, answer in confident_mistakes(evaluation, MISTAKES_SHOWN)
    ]


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _data_uri(content: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"
