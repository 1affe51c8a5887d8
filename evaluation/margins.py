"""How far a model is above the baselines."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from detente.evaluation.intervals import Interval


@dataclass(frozen=True)
class Margin:
    """How much macro-F1 the model is above a baseline, with a 95% interval on the same examples."""

    over: str
    difference: float
    interval: Interval

    @property
    def shown(self) -> bool:
        """Whether it is above zero beyond chance."""
        return self.interval[0] > 0

    @property
    def words(self) -> str:
        """The figures in words."""
        low, high = self.interval
        return f"{self.difference:+.3f} ({low:+.3f} to {high:+.3f}) macro-F1 against {self.over}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"over": self.over, "difference": self.difference, "interval": list(self.interval)}


def least(margins: Sequence[Margin], among: Container[str]) -> Margin | None:
    """The margin over the best of some baselines; None if none of them was measured."""
    return min((one for one in margins if one.over in among), key=lambda one: one.difference, default=None)
