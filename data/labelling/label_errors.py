"""Labels that are likely wrong: those that a model which never saw them finds hard to believe."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from detente.configs.errors import InputError
from detente.data.labelling.matching import match_predictions, stance_probabilities
from detente.data.labelling.sheets import guarded
from detente.data.records import STANCES, Example, Prediction, Stance

SEEN = 0.97
"""From this share of agreement on, we take it that the model was trained on the labels: coders seldom agree so well."""
ENOUGH = 30
"""With fewer labels, cleanlab's estimates mean nothing."""
COLUMNS = ("rank", "id", "actor", "target", "text", "label", "suggested", "p_label", "p_suggested", "warning")


@dataclass(frozen=True)
class Suspect:
    """An example whose label is likely wrong."""

    example: Example
    suggested: Stance
    p_label: float
    """What the model gives the label that stands there."""
    p_suggested: float


@dataclass(frozen=True)
class Suspects:
    """The suspects, the least believable label first, and how far to trust the list."""

    found: list[Suspect]
    compared: int
    agreement: float
    """Share of the labels that are the model's first choice."""
    unlabelled: int
    without: int
    """Labelled examples that no prediction answers, or one about another actor, target or text."""

    @property
    def warning(self) -> str | None:
        """Why the list may be worthless."""
        if self.agreement < SEEN:
            return None
        return (
            f"the predictions agree with {self.agreement:.1%} of the labels: the model was probably trained on "
            "them, and has learnt their errors too; use cross-validated predictions"
        )

    def rows(self) -> Iterable[dict[str, Any]]:
        """The rows of a table with COLUMNS, for a spreadsheet: no cell can be taken for a formula."""
        for rank, one in enumerate(self.found, start=1):
            yield {
                "rank": rank,
                **{name: guarded(getattr(one.example, name)) for name in ("id", "actor", "target", "text", "label")},
                "suggested": one.suggested.value,
                "p_label": round(one.p_label, 4),
                "p_suggested": round(one.p_suggested, 4),
                "warning": self.warning,
            }


def find_label_errors(examples: Iterable[Example], predictions: Iterable[Prediction]) -> Suspects:
    """List likely label errors by confident learning (Northcutt, Jiang and Chuang 2021), as cleanlab does.

    The predictions must come from models that did not learn from these labels: cross-validated ones. They are ordered
    by self-confidence, the probability of the label that stands there.

    Raises:
        InputError: cleanlab is missing, too few labels have a prediction, or all of them are the same.
    """
    given = list(examples)
    labelled = [example for example in given if example.label is not None]
    matches = match_predictions(labelled, predictions)
    _check_enough(len(labelled), [example for example, _ in matches.pairs])
    gold = np.array([STANCES.index(example.label) for example, _ in matches.pairs if example.label is not None])
    probabilities = np.array([stance_probabilities(prediction) for _, prediction in matches.pairs])
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    likeliest = probabilities.argmax(axis=1)
    found = [
        Suspect(
            example=matches.pairs[i][0],
            suggested=STANCES[int(likeliest[i])],
            p_label=float(probabilities[i, gold[i]]),
            p_suggested=float(probabilities[i].max()),
        )
        for i in _issues(gold, probabilities)
    ]
    return Suspects(
        found=found,
        compared=len(gold),
        agreement=float((likeliest == gold).mean()),
        unlabelled=len(given) - len(labelled),
        without=len(matches.without) + len(matches.different),
    )


def _check_enough(labelled: int, matched: list[Example]) -> None:
    if len(matched) < ENOUGH:
        raise InputError(
            f"expected predictions for at least {ENOUGH} labelled examples, by their ids; found {len(matched)} for "
            f"{labelled}. Predict the file of labelled examples, so that the ids are the same."
        )
    if len({example.label for example in matched}) == 1:
        raise InputError(f"expected labels of at least two stances; all {len(matched)} are {matched[0].label}")


def _issues(gold: Any, probabilities: Any) -> list[int]:
    try:
        from cleanlab.filter import find_label_issues  # noqa: PLC0415  (an extra)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "cleanlab":
            raise
        raise InputError(
            "expected the package cleanlab, which finds label errors; it is not installed. "
            "Install it with: pip install 'detente[labels]'"
        ) from error
    ranked = find_label_issues(gold, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [int(place) for place in ranked]
