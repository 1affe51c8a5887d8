"""What a comparison finds, as records."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from detente.evaluation.compare.contenders import Contender, Run
from detente.evaluation.compare.figures import Figure
from detente.evaluation.compare.paired import McNemar
from detente.evaluation.compare.sampling import Places
from detente.evaluation.compare.shared import Shared
from detente.evaluation.intervals import Interval

SIGNIFICANT = 0.05
FEW_GROUPS = 5
"""With fewer, resampling says nothing; see `detente.evaluation.slices`."""


@dataclass(frozen=True)
class Difference:
    """A figure of the second contender minus that of the first."""

    first: str
    second: str
    value: float
    interval: Interval
    """95%."""
    p: float
    """Two-sided."""
    p_corrected: float
    """For all pairs of contenders together (Holm), since the best was not known beforehand."""
    mcnemar: McNemar | None
    """Between single runs."""

    @property
    def shown(self) -> bool:
        """Whether it is beyond chance."""
        return self.p_corrected < SIGNIFICANT


@dataclass(frozen=True)
class Standing:
    """A contender in the ranking."""

    contender: Contender
    values: tuple[float, ...]
    """The figure of each run."""
    value: float
    """Their mean."""
    interval: Interval
    """95%: from the examples alone for one run, from examples and seeds for several."""
    against_best: Difference | None
    """This one minus the best; None for the best."""

    @property
    def spread(self) -> float | None:
        """Standard deviation over seeds."""
        return float(np.std(self.values, ddof=1)) if len(self.values) > 1 else None


@dataclass(frozen=True)
class FigureRow:
    """Another figure: of each contender in the ranking its value, and how far it is from the best, with an interval."""

    name: str
    values: tuple[float, ...]
    differences: tuple[tuple[float, Interval] | None, ...]


@dataclass(frozen=True)
class SliceDifference:
    """The figure of a contender on one slice, beside that of the best."""

    dimension: str
    value: str
    contender: str
    n: int
    best: float
    other: float
    interval: Interval
    """Of the other minus the best."""
    p: float
    p_corrected: float
    """For all slices and contenders together: the false discovery rate (Benjamini and Hochberg 1995)."""

    @property
    def shown(self) -> bool:
        """Whether the difference is beyond chance."""
        return self.p_corrected < SIGNIFICANT


@dataclass(frozen=True)
class Comparison:
    """Everything that the terminal, the page and the JSON file show."""

    figure: Figure
    shared: Shared
    standings: tuple[Standing, ...]
    """The best first."""
    pairs: tuple[Difference, ...]
    figures: tuple[FigureRow, ...]
    slices: tuple[SliceDifference, ...]
    """The least likely to be chance first."""
    settings: Mapping[str, Sequence[str]]
    """Those that differ, with the value of each contender in the ranking."""
    places: Mapping[str, Places]
    """Which rows of the shared probabilities belong to which contender."""

    @property
    def best(self) -> Standing:
        """The one with the best figure."""
        return self.standings[0]

    @property
    def others(self) -> tuple[tuple[Standing, Difference], ...]:
        """The rest, with their differences from the best."""
        return tuple((one, one.against_best) for one in self.standings if one.against_best)

    @property
    def groups(self) -> int:
        """How many groups the examples are of."""
        return len(set(self.shared.groups))

    @property
    def runs(self) -> list[Run]:
        """All runs, in the order of the ranking."""
        return [run for one in self.standings for run in one.contender.runs]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for `comparison.json`."""
        plain = {
            "figure": self.figure.name,
            "n": len(self.shared.ids),
            "groups": self.groups,
            "left_out": dict(self.shared.left_out),
            "ranking": [_plain_standing(one) for one in self.standings],
            "pairs": [asdict(pair) | {"shown": pair.shown} for pair in self.pairs],
            "figures": [asdict(row) for row in self.figures],
            "slices": [asdict(one) | {"shown": one.shown} for one in self.slices],
            "settings": dict(self.settings),
        }
        return {name: _with_lists(value) for name, value in plain.items()}


def _plain_standing(one: Standing) -> dict[str, Any]:
    return {
        "name": one.contender.name,
        "runs": [{"name": run.name, "run_id": run.run_id} for run in one.contender.runs],
        "seeds": one.contender.seeds,
        "value": one.value,
        "values": one.values,
        "interval": one.interval,
        "spread": one.spread,
        "cost": asdict(one.contender.cost),
        "against_best": asdict(one.against_best) | {"shown": one.against_best.shown} if one.against_best else None,
    }


def _with_lists(value: Any) -> Any:
    """The value with lists for tuples, as JSON gives it back."""
    if isinstance(value, Mapping):
        return {name: _with_lists(one) for name, one in value.items()}
    return [_with_lists(one) for one in value] if isinstance(value, list | tuple) else value
