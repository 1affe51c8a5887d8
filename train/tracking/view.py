"""The view of an experiment that the MLflow UI offers: its list of runs shows no metric by itself."""

import json
import time

HEADLINE = "macro_f1"
"""The metric by which runs are judged at a glance."""
VIEW = "headline"
VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
"""The tag of an experiment in which the UI keeps a shared view; `viewStateShareKey=headline` in an address opens it."""
_RUN = "attributes.`Run Name`"
_FIGURES = (HEADLINE, "f_avg", "ece", "margin_over_control")
_COLUMNS = [*(f"metrics.`{name}`" for name in _FIGURES), "params.`train.learning_rate`"]
_NAME_WIDTH = 370
_SECTION = {
    "uuid": VIEW,
    "name": "Model metrics",
    "display": True,
    "isReordered": True,
    "deleted": False,
    "isGenerated": True,
}


def headline_view() -> str:
    """A shared view with the headline figures as columns and as the first charts, as the UI (3.17) writes it."""
    state = {
        "selectedColumns": _COLUMNS,
        "columnOrder": [_RUN, *_COLUMNS],
        "columnWidths": {_RUN: _NAME_WIDTH},
        "compareRunSections": [_SECTION],
        "compareRunCharts": [],
        "isAccordionReordered": True,
    }
    now = int(time.time() * 1000)
    return json.dumps({"name": "Headline", "createdAt": now, "updatedAt": now, "state": json.dumps(state)})
