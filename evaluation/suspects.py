"""The labels of a file that are likely wrong, for the report; what finds them is an extra."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detente.configs.errors import InputError
from detente.data.labelling.label_errors import Suspect, find_label_errors
from detente.data.records import Example, Prediction


@dataclass(frozen=True)
class LabelErrors:
    """The suspects, the least believable label first."""

    found: Sequence[Suspect]
    note: str | None
    """Why there are none, or why they may be worthless."""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; examples by their ids."""
        rows = [
            {
                "id": one.example.id,
                "label": str(one.example.label),
                "suggested": one.suggested.value,
                "p_label": one.p_label,
                "p_suggested": one.p_suggested,
            }
            for one in self.found
        ]
        return {"found": rows, "note": self.note}


def suspected_labels(examples: Sequence[Example], predictions: Sequence[Prediction]) -> LabelErrors:
    """The likely label errors, by answers of a model that didn't learn from these labels; see `find_label_errors`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # cleanlab's, about rare stances
            suspects = find_label_errors(examples, predictions)
    except InputError as reason:
        return LabelErrors((), f"Not looked for: {reason}")
    return LabelErrors(suspects.found, suspects.warning)
