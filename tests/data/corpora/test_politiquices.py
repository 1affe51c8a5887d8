"""Politiquices: headlines with two entities."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from detente.data.problems import Problem

NAME = "politiquices_data_v1.0.jsonl"


def headline(label: str, **changes: Any) -> str:
    row = {"title": "Tolve apoia Brandin", "label": label, "date": "2009-10-06", "ent1": "Tolve", "ent2": "Brandin"}
    return json.dumps(row | {"url": "http://example.org", "ent1_id": "Q1", "ent2_id": "Q2"} | changes)


@pytest.mark.parametrize(
    ("label", "forth", "back"),
    [
        ("ent1_supports_ent2", ("support", None), ("neutral", "reverse")),
        ("ent1_opposes_ent2", ("oppose", None), ("neutral", "reverse")),
        ("ent2_supports_ent1", ("neutral", "reverse"), ("support", None)),
        ("ent2_opposes_ent1", ("neutral", "reverse"), ("oppose", None)),
        ("mutual_agreement", ("support", None), ("support", None)),
        ("mutual_opposition", ("oppose", None), ("oppose", None)),
        ("other", ("neutral", "annotated"), ("neutral", "annotated")),
    ],
)
def test_a_headline_gives_an_example_for_each_direction(
    read: Callable, label: str, forth: tuple[str, str | None], back: tuple[str, str | None]
) -> None:
    one, other = read("politiquices", {NAME: headline(label)}, "all").examples
    assert (one.actor, one.target, one.actor_span, one.target_span) == ("Tolve", "Brandin", (0, 5), (12, 19))
    assert (other.actor, other.target) == ("Brandin", "Tolve")
    assert (one.label, one.meta.get("neutral_kind")) == forth
    assert (other.label, other.meta.get("neutral_kind")) == back
    assert (one.meta["language"], one.meta["published"]) == ("pt", "2009-10-06")


def test_a_name_that_the_headline_spells_otherwise_has_no_span(read: Callable) -> None:
    one, _ = read("politiquices", {NAME: headline("other", ent1="Mira Tolve")}, "all").examples
    assert (one.actor, one.actor_span) == ("Mira Tolve", None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (headline("unsure"), "expected a label that Politiquices documents"),
        (headline("other", title=" "), "expected a title and two entities"),
        (headline("other", ent2=None), "expected a title and two entities"),
        (headline("other", ent2="Tolve"), "both entities are the same"),
        ("[]", "expected a JSON object; found list"),
    ],
)
def test_a_headline_that_cannot_be_used_is_set_aside(read: Callable, content: str, reason: str) -> None:
    assert read("politiquices", {NAME: content}, "all") == ([], [Problem(f"{NAME}:1", reason)])
