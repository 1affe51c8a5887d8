"""The mean stance of each edge and its change, with their intervals, computed for many edges at once."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detente.inference.bootstrap import Floats, Whole, apart, bootstrap_means, intervals
from detente.inference.prediction_store import BILLION
from detente.inference.story_counts import StoryCounts

PLACES = 6
"""Decimals of all figures of an edge."""
_MILLION = 1_000_000
Row = dict[str, Any]

_COUNTS_SQL = """
SELECT
    counts_{n}.* REPLACE (actors.name AS actor, targets.name AS target),
    actors.id AS a, targets.id AS t, actors.kind AS actor_kind, targets.kind AS target_kind
FROM counts_{n} JOIN names AS actors ON actors.id = actor JOIN names AS targets ON targets.id = target
ORDER BY a, t, period
"""
_STANCES_SQL = "SELECT stance FROM stories_{n} ORDER BY actor, target, period, stance"


def measured_counts(counts: StoryCounts) -> Iterator[Row]:
    """Yield the row of each actor, target and period, with `mean_stance`, `low`, `high`, `change` and its interval."""
    stances = _Stances(counts)
    before = _Before()
    for batch in counts.stream(_COUNTS_SQL):
        sizes = batch["stories"].to_numpy()
        draws = bootstrap_means(stances.take(int(sizes.sum())), sizes) / _MILLION
        figures = _mean_stances(batch, sizes) | _intervals("low", "high", draws)
        figures |= before.changes(batch, np.asarray(figures["mean_stance"]), draws)
        yield from _rows(batch, figures)


class _Stances:
    """The stances of the stories, in millionths, edge by edge, each edge's in ascending order."""

    def __init__(self, counts: StoryCounts) -> None:
        self._batches = counts.stream(_STANCES_SQL)
        self._left: Whole = np.empty(0, dtype=np.int64)

    def take(self, size: int) -> Whole:
        """The next so many."""
        pieces, length = [self._left], len(self._left)
        while length < size:
            pieces.append(next(self._batches)["stance"].to_numpy())
            length += len(pieces[-1])
        joined = np.concatenate(pieces)
        self._left = joined[size:]
        return joined[:size]


class _Before:
    """The last edge of the batch before: what the first of the next is compared with."""

    def __init__(self) -> None:
        self._keys: Whole = np.full((1, 3), -1)
        self._means: Floats = np.full(1, np.nan)
        self._draws: Floats = np.full((1, 1), np.nan)

    def changes(self, batch: pa.RecordBatch, means: Floats, draws: Floats) -> dict[str, Floats]:
        """The change of each edge against the period before, where that one has stories; NaN elsewhere."""
        keys = np.column_stack([batch[name].to_numpy() for name in ("a", "t", "period")]).astype(np.int64)
        before = np.concatenate([self._keys, keys[:-1]])
        follows = (keys - [0, 0, 1] == before).all(axis=1)  # the number before UNDATED is that of no period
        last_means = np.concatenate([self._means, means[:-1]])
        last_draws = np.concatenate([np.broadcast_to(self._draws, (1, draws.shape[1])), draws[:-1]])
        self._keys, self._means, self._draws = keys[-1:], means[-1:], draws[-1:]
        change = np.where(follows, means - last_means, np.nan)
        apart_draws = np.where(follows[:, None], draws - apart(last_draws), np.nan)
        return {"change": change} | _intervals("change_low", "change_high", apart_draws)


def _mean_stances(batch: pa.RecordBatch, sizes: Whole) -> dict[str, Floats]:
    return {"mean_stance": (batch["support"].to_numpy() - batch["oppose"].to_numpy()) / sizes / BILLION}


def _intervals(low: str, high: str, draws: Floats) -> dict[str, Floats]:
    found = intervals(draws)
    return {low: found[:, 0], high: found[:, 1]}


def _rows(batch: pa.RecordBatch, figures: dict[str, NDArray[np.float64]]) -> Iterator[Row]:
    rounded = {name: np.round(values, PLACES).tolist() for name, values in figures.items()}
    for number, row in enumerate(batch.to_pylist()):
        yield row | {name: _known(values[number]) for name, values in rounded.items()}


def _known(value: float) -> float | None:
    return None if value != value else value + 0.0  # noqa: PLR0124  (NaN; and no negative zero)
