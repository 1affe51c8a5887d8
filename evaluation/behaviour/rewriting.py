"""Changes of an example's text that keep its spans right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detente.data.records import Example, Span


@dataclass(frozen=True, order=True)
class Edit:
    """The characters from start to end become others; nothing is taken away where both are the same."""

    start: int
    end: int
    new: str


def rewrite(example: Example, edits: Sequence[Edit], note: str, **changes: Any) -> Example:
    """The example with an edited text: its mentions stay what they were, or are what an edit made of them.

    What is put in at the border of a mention stands outside it. The label is taken away.

    Args:
        example: The example.
        edits: In any order.
        note: Goes into the id.
        changes: Other fields.

    Raises:
        ValueError: Edits overlap, or the two mentions become one.
    """
    edits = sorted(edits)
    spans = {
        name: _moved(span, edits)
        for name, span in (("actor_span", example.actor_span), ("target_span", example.target_span))
    }
    values = {"text": edited(example.text, edits), "label": None, "id": f"{example.id}~{note}", **spans, **changes}
    return Example.model_validate({**dict(example), **values})


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text after all edits.

    Raises:
        ValueError: Edits overlap.
    """
    parts, at = [], 0
    for edit in sorted(edits):
        if edit.start < at:
            raise ValueError(f"edits overlap at character {edit.start}")
        parts += [text[at : edit.start], edit.new]
        at = edit.end
    return "".join([*parts, text[at:]])


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share a character."""
    return max(one[0], other[0]) < min(one[1], other[1])


def _moved(span: Span | None, edits: Sequence[Edit]) -> Span | None:
    if span is None:
        return None
    start, end = span
    new_start, new_end = start, end
    for edit in edits:
        longer = len(edit.new) - (edit.end - edit.start)
        if edit.end <= start:
            new_start += longer
        elif edit.start < start:  # the edit takes the place of the beginning
            new_start += edit.start - start
        if edit.start < end and edit.end > start:
            new_end += longer + max(0, edit.end - end)
        elif edit.end <= start:
            new_end += longer
    return new_start, new_end
