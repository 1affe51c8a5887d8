"""Mentions of canonical names."""

import pytest

from detente.data.corpora.name_mentions import find_mentions, names_of


def found(text: str, *names: str) -> dict[str, str]:
    return {name: text[slice(*span)] for name, span in find_mentions(text, names).items()}


@pytest.mark.parametrize(
    ("name", "text", "mention"),
    [
        ("Mira Tolve", "Then Mira Tolve left.", "Mira Tolve"),
        ("Mira Tolve", "Then Mrs. Tolve left.", "Tolve"),
        ("Mira Tolve", "Tolve, or Mira Tolve in full, left.", "Mira Tolve"),
        ("Mira A. Tolve Jr.", "Then Mira Tolve left.", "Mira Tolve"),
        ("Republican Party", "The GOP left.", "GOP"),
        ("United States Harbour Authority", "The Harbour Authority left.", "Harbour Authority"),
        ("United States Department of the Harbour", "The Harbour Department left.", "Harbour Department"),
        ("National Harbour Board", "The NHB left.", "NHB"),
        ("National Harbour Board", "The N.H.B. left.", "N.H.B."),
        ("harbour tax", "Harbour Tax rises.", "Harbour Tax"),
        ("Ukraine", "Ukrainian ships reached Ukraine.", "Ukraine"),
    ],
)
def test_an_entity_is_found_by_its_likeliest_name(name: str, text: str, mention: str) -> None:
    assert found(text, name) == {name: mention}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Mira Tolve", "The Tolvestad port closed."),
        ("Mira Tolve", "Mira left."),
        ("Harbour Party", "The party left."),
        ("Mira Tolve", "the tolve closed"),
    ],
)
def test_a_part_of_another_word_or_name_is_no_mention(name: str, text: str) -> None:
    assert found(text, name) == {}


def test_the_first_place_is_taken() -> None:
    assert find_mentions("Tolve met Tolve.", ["Mira Tolve"]) == {"Mira Tolve": (0, 5)}


def test_inside_the_name_of_one_entity_no_other_is_found() -> None:
    text = "The White House met."
    assert found(text, "White House", "House of Representatives") == {"White House": "White House"}


def test_a_person_in_the_name_of_a_policy_is_found() -> None:
    assert found("They fear the Tolve tax cut.", "Tolve tax cut", "Mira Tolve") == {
        "Tolve tax cut": "Tolve tax cut",
        "Mira Tolve": "Tolve",
    }


def test_a_surname_that_two_share_belongs_to_neither() -> None:
    assert found("Tolve left.", "Mira Tolve", "Jon Tolve") == {}
    assert found("Tolve and Jon Tolve left.", "Mira Tolve", "Jon Tolve") == {"Jon Tolve": "Jon Tolve"}


def test_a_full_name_wins_over_the_alias_of_another() -> None:
    assert found("Republicans left.", "Republican Party", "Republicans") == {"Republicans": "Republicans"}


def test_the_order_of_the_names_does_not_matter() -> None:
    names = ["Mira Tolve", "White House", "House of Representatives", "Tolve tax"]
    text = "In the House, Tolve and the White House fought over the Tolve tax."
    assert find_mentions(text, names) == find_mentions(text, names[::-1])


def test_the_bodies_of_a_state_have_no_surname() -> None:
    assert "Party" not in names_of("Harbour Party")
    assert "Senate" in names_of("United States Senate")
