"""Edits of a text, and where its mentions go."""

import pytest

from detente.data.records import Example, Stance
from detente.evaluation.behaviour.rewriting import Edit, edited, overlap, rewrite

TEXT = "The United States praised Kenya's plan."


@pytest.fixture
def example() -> Example:
    values = {"actor": "United States", "target": "Kenya", "actor_span": (4, 17), "target_span": (26, 33)}
    return Example(id="e", text=TEXT, label=Stance.SUPPORT, **values)


def mentions(example: Example) -> tuple[str, str]:
    assert example.actor_span
    assert example.target_span
    return example.text[slice(*example.actor_span)], example.text[slice(*example.target_span)]


@pytest.mark.parametrize(
    ("edits", "text", "actor", "target"),
    [
        ([Edit(0, 17, "Chile")], "Chile praised Kenya's plan.", "Chile", "Kenya's"),
        ([Edit(4, 17, "Ivory Coast")], "The Ivory Coast praised Kenya's plan.", "Ivory Coast", "Kenya's"),
        ([Edit(26, 31, "Mali")], "The United States praised Mali's plan.", "United States", "Mali's"),
        ([Edit(0, 0, '"')], '"' + TEXT, "United States", "Kenya's"),
        ([Edit(4, 4, "new ")], "The new United States praised Kenya's plan.", "United States", "Kenya's"),
        ([Edit(33, 33, " old")], "The United States praised Kenya's old plan.", "United States", "Kenya's"),
        ([Edit(30, 38, "oko")], "The United States praised Kenyoko.", "United States", "Kenyoko"),
        ([Edit(18, 25, "met"), Edit(4, 17, "Mali")], "The Mali met Kenya's plan.", "Mali", "Kenya's"),
        ([Edit(11, 11, "Arab ")], "The United Arab States praised Kenya's plan.", "United Arab States", "Kenya's"),
    ],
)
def test_mentions_move_with_the_text(example: Example, edits: list[Edit], text: str, actor: str, target: str) -> None:
    changed = rewrite(example, edits, "x")
    assert changed.text == text
    assert mentions(changed) == (actor, target)


def test_the_changed_example_has_no_label_a_new_id_and_the_changes_asked_for(example: Example) -> None:
    changed = rewrite(example, [], "note", actor="Chile")
    assert (changed.id, changed.label, changed.actor, changed.target) == ("e~note", None, "Chile", "Kenya")


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="edits overlap at character 2"):
        edited("abcdef", [Edit(2, 4, "x"), Edit(0, 3, "y")])


def test_two_mentions_never_become_one(example: Example) -> None:
    with pytest.raises(ValueError, match="are the same"):
        rewrite(example, [Edit(0, 39, "Both")], "x")


def test_spans_that_touch_do_not_overlap() -> None:
    assert not overlap((0, 3), (3, 5))
    assert overlap((0, 4), (3, 5))
