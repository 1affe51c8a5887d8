"""One view of the predictions: their stories counted by actor, target and period, in tables of the store.

A story is counted once, in the period of its first date: of all copies, whomever they speak of. So an agency report of
the 31st that the papers print on the 1st is a story of the old month, for every pair in it.
"""
# ruff: noqa: S608  (what goes into the SQL is ours: numbers, and dates that have been parsed)

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from detente.inference.periods import PRECISION, Period, days_of, number_sql
from detente.inference.prediction_store import PredictionStore, enough_memory

_DATES_SHOWN = 5
_AT_ONCE = 2048


@dataclass(frozen=True)
class Choice:
    """Which predictions are counted, and how finely."""

    period: Period
    since: str | None = None
    until: str | None = None
    confident_only: bool = False

    @property
    def _bounds(self) -> list[tuple[str, Any, int]]:
        bounds = []
        if self.since:
            first, _, precision = days_of("since", self.since)
            bounds.append((f"day >= DATE '{first}'", first, precision))
        if self.until:
            _, last, precision = days_of("until", self.until)
            bounds.append((f"day <= DATE '{last}'", last, precision))
        return bounds

    @property
    def precision(self) -> int:
        """How precise a date must be; one that is less so is taken for none."""
        return max([PRECISION[self.period], *(precision for *_, precision in self._bounds)])

    @property
    def inside(self) -> str:
        """SQL for the stories that lie between the bounds; where there are bounds, undated ones do not."""
        return " AND ".join(condition for condition, *_ in self._bounds) or "true"

    @property
    def counted(self) -> str:
        """SQL for the predictions that count."""
        return "confident" if self.confident_only else "true"


@dataclass(frozen=True)
class Coverage:
    """What the edges rest on, and what is left out of them."""

    predictions: int
    """All that were read."""
    unsure: int
    """Predictions left out because only confident ones were wanted."""
    stories: int
    """All that were read."""
    counted: int
    """Stories that the edges are made of, those included that `min_stories` leaves out."""
    outside: int
    """Stories left out since they lie before `since` or after `until`."""
    undated: int
    """Stories without a date, or without one precise enough: left out where there are bounds, else of no period."""
    undated_dates: tuple[tuple[str | None, int], ...]
    """The most frequent dates that could not be used, None for none at all, and how many predictions have them."""
    bounded: bool
    """Whether only stories of a part of the time were wanted."""
    first: str | None
    """The first day of a counted story."""
    last: str | None

    def in_words(self) -> list[str]:
        """What is left out, or lies in no period, a sentence each."""
        said = []
        if self.unsure:
            said.append(f"predictions left out, not confident: {self.unsure}")
        if self.outside:
            said.append(f"stories left out, not of that time: {self.outside}")
        if self.undated:
            where = "left out" if self.bounded else "of no period"
            dates = ", ".join(
                f"{'no date' if one is None else repr(one)} ({times})" for one, times in self.undated_dates
            )
            said.append(
                f"stories {where}, without a date precise enough: {self.undated}; their predictions have {dates}"
            )
        return said


class StoryCounts:
    """Tables of a view, each with its number in the name.

    `placed`: story, day, period. `stories`: actor, target, period, story, and what it says. `counts`: one row for each
    actor, target and period.
    """

    def __init__(self, store: PredictionStore, choice: Choice) -> None:
        """Count.

        Raises:
            InputError: A bound is no date, or the memory doesn't suffice.
        """
        self.store, self.choice = store, choice
        self.number = store.views = store.views + 1
        for statement in (_PLACED_SQL, _STORIES_SQL, _COUNTS_SQL):
            self.execute(statement)

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run SQL in which {n} is the number of the view.

        Raises:
            InputError: The memory doesn't suffice.
        """
        with enough_memory():
            return self.store.database.cursor().execute(self._filled(sql))

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Yield what such SQL selects, some thousand rows at a time.

        Raises:
            InputError: The memory doesn't suffice.
        """
        with enough_memory():
            yield from self.store.database.cursor().sql(self._filled(sql)).to_arrow_reader(_AT_ONCE)

    def _filled(self, sql: str) -> str:
        choice = self.choice
        known = {"dated": choice.precision or 1, "inside": choice.inside, "counted": choice.counted}
        return sql.format(n=self.number, number=number_sql(choice.period), **known)

    def coverage(self) -> Coverage:
        """What is counted and what is left out."""
        predictions, unsure = self._row("SELECT count(*), count(*) FILTER (NOT {counted}) FROM answers")
        total, undated, kept, first, last = self._row(_COVERAGE_SQL)
        bounded = self.choice.inside != "true"
        return Coverage(
            predictions=predictions,
            unsure=unsure,
            stories=total,
            counted=self._row("SELECT count(DISTINCT story) FROM stories_{n}")[0],
            outside=total - kept - undated if bounded else 0,
            undated=undated,
            undated_dates=tuple(self.execute(_UNDATED_DATES_SQL).fetchall()),
            bounded=bounded,
            first=str(first) if first else None,
            last=str(last) if last else None,
        )

    def _row(self, sql: str) -> tuple[Any, ...]:
        row = self.execute(sql).fetchone()
        return row or ()


_PLACED_SQL = """
CREATE TABLE placed_{n} AS
SELECT story, day, {number} AS period, {inside} AS inside
FROM (SELECT story, min(day) FILTER (precision >= {dated}) AS day FROM answers GROUP BY story)
"""

_STORIES_SQL = """
CREATE TABLE stories_{n} AS
SELECT
    actor, target, period, story, count(*) AS sentences,
    round(sum(support)::DOUBLE / count(*))::BIGINT AS support,
    round(sum(neutral)::DOUBLE / count(*))::BIGINT AS neutral,
    round(sum(oppose)::DOUBLE / count(*))::BIGINT AS oppose,
    round(sum(support - oppose)::DOUBLE / count(*) / 1000)::BIGINT AS stance,
    bool_or(confident) AS confident,
    bool_or(confident AND stance = 'support') AS confident_support,
    bool_or(confident AND stance = 'neutral') AS confident_neutral,
    bool_or(confident AND stance = 'oppose') AS confident_oppose
FROM answers JOIN placed_{n} USING (story)
WHERE inside AND {counted}
GROUP BY actor, target, period, story
"""

_COUNTS_SQL = """
CREATE TABLE counts_{n} AS
WITH outlets AS (
    SELECT actor, target, period, count(outlet) AS outlets
    FROM (
        SELECT DISTINCT actor, target, period, outlet
        FROM answers JOIN placed_{n} USING (story) WHERE inside AND {counted}
    )
    GROUP BY ALL
),
sums AS (
    SELECT
        actor, target, period, count(*) AS stories, sum(sentences)::BIGINT AS sentences,
        sum(support)::BIGINT AS support, sum(neutral)::BIGINT AS neutral,
        sum(oppose)::BIGINT AS oppose, sum(confident::INTEGER)::BIGINT AS confident,
        sum(confident_support::INTEGER)::BIGINT AS confident_support,
        sum(confident_neutral::INTEGER)::BIGINT AS confident_neutral,
        sum(confident_oppose::INTEGER)::BIGINT AS confident_oppose
    FROM stories_{n} GROUP BY ALL
)
SELECT * FROM sums JOIN outlets USING (actor, target, period)
"""

_COVERAGE_SQL = """
SELECT
    count(*), count(*) FILTER (day IS NULL), count(*) FILTER (inside),
    min(day) FILTER (inside), max(day) FILTER (inside)
FROM placed_{n}
"""

_UNDATED_DATES_SQL = f"""
SELECT source.published, count(*) AS times
FROM answers JOIN placed_{{n}} USING (story) JOIN source USING (file, row)
WHERE placed_{{n}}.day IS NULL GROUP BY ALL ORDER BY times DESC, source.published LIMIT {_DATES_SHOWN}
"""
