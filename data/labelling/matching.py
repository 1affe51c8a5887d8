"""Labels and the predictions for them, matched by the example's id."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from detente.configs.errors import InputError
from detente.data.records import STANCES, Example, Prediction

_ROUNDING = 0.01


@dataclass(frozen=True)
class Matches:
    """Examples with their predictions, in the order of the examples, and those without."""

    pairs: list[tuple[Example, Prediction]]
    without: list[Example]
    """Examples that no prediction answers."""
    different: list[Example]
    """Examples whose id belongs to a prediction about another actor, target or text."""


def match_predictions(examples: Iterable[Example], predictions: Iterable[Prediction]) -> Matches:
    """Find the prediction for each example; white space may differ.

    Raises:
        InputError: Two predictions answer one example differently.
    """
    wanted = {example.id: example for example in examples}
    found: dict[str, Prediction] = {}
    for prediction in predictions:
        if prediction.example_id not in wanted:
            continue
        other = found.setdefault(prediction.example_id, prediction)
        if stance_probabilities(other) != stance_probabilities(prediction):
            raise InputError(
                f"example '{prediction.example_id}': expected one prediction; found two that differ. "
                "Give the predictions of one model."
            )
    matches = Matches([], [], [])
    for id_, example in wanted.items():
        if id_ not in found:
            matches.without.append(example)
        elif _question(example) != _question(found[id_]):
            matches.different.append(example)
        else:
            matches.pairs.append((example, found[id_]))
    return matches


def stance_probabilities(prediction: Prediction) -> list[float]:
    """The three probabilities, in the label order.

    Raises:
        InputError: They are no probabilities, or don't sum to one.
    """
    values = [float(getattr(prediction, f"p_{stance}")) for stance in STANCES]
    if not all(0 <= value <= 1 for value in values) or not math.isclose(sum(values), 1, abs_tol=_ROUNDING):
        raise InputError(
            f"prediction for '{prediction.example_id}': expected three probabilities that sum to 1; found {values}"
        )
    return values


def _question(record: Example | Prediction) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in (record.actor, record.target, record.text))
