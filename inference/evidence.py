"""The predictions that an edge rests on most."""

import json
from collections.abc import Iterator
from itertools import groupby, repeat
from typing import Any

from detente.data.records import Evidence
from detente.inference.story_counts import StoryCounts

Row = tuple[Any, ...]
_FIELDS = tuple(Evidence.model_fields)
_SPANS = ("actor_span", "target_span")

# Of copies the first, of equals always the same one. Nobody's second sentence goes before another story's first.
_EVIDENCE_SQL = """
CREATE TABLE evidence_{{n}} AS
WITH weighed AS (
    SELECT
        actor, target, period, file, row, abs(support - oppose) AS weight, answers.day AS day, tie,
        row_number() OVER (
            PARTITION BY actor, target, period, story
            ORDER BY abs(support - oppose) DESC, answers.day NULLS LAST, tie
        ) AS nth
    FROM answers
    JOIN placed_{{n}} USING (story)
    SEMI JOIN (FROM counts_{{n}} WHERE stories >= {min_stories}) AS enough USING (actor, target, period)
    WHERE inside AND {{counted}}
    QUALIFY nth <= {most}
),
chosen AS (
    SELECT
        actor, target, period, file, row,
        row_number() OVER (
            PARTITION BY actor, target, period ORDER BY nth, weight DESC, day NULLS LAST, tie
        ) AS place
    FROM weighed
    QUALIFY place <= {most}
)
SELECT chosen.actor AS a, chosen.target AS t, period, place, {fields} FROM chosen JOIN source USING (file, row)
"""
_READ_SQL = "SELECT * EXCLUDE (place) FROM evidence_{n} ORDER BY a, t, period, place"


class WeightiestEvidence:
    """For each actor, target and period of a view, the predictions of the largest |p_support - p_oppose|."""

    def __init__(self, counts: StoryCounts, *, most: int, min_stories: int) -> None:
        self._counts = counts if most else None
        fields = ", ".join(f"source.{name}" for name in _FIELDS)
        if most:
            counts.execute(_EVIDENCE_SQL.format(most=most, min_stories=min_stories, fields=fields))

    def of_edges(self) -> Iterator[tuple[Evidence, ...]]:
        """Yield those of each actor, target and period with enough stories, in order."""
        if not self._counts:
            yield from repeat(())
            return
        for _, found in groupby(self._rows(self._counts), key=lambda row: row[:3]):
            yield tuple(_to_evidence(dict(zip(_FIELDS, values, strict=True))) for *_, values in found)

    def _rows(self, counts: StoryCounts) -> Iterator[tuple[int, int, int, Row]]:
        for batch in counts.stream(_READ_SQL):
            for a, t, period, *values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                yield a, t, period, tuple(values)


def _to_evidence(row: dict[str, Any]) -> Evidence:
    spans = {name: json.loads(row[name]) if row[name] else None for name in _SPANS}
    return Evidence.model_validate(row | spans)
