"""Who is what, where a text names a state, and what can take a name's place."""

import pytest

from detente.data.records import AUTHOR, Example
from detente.evaluation.behaviour.names import (
    code_of,
    compared_states,
    kind_of,
    occurrences,
    places_of,
    plain_states,
    pool,
)


def test_a_text_names_states_in_all_forms_the_longest_name_first() -> None:
    text = "The U.S. and Kenyans met a Papua New Guinea envoy in Ankara; the US-led Turkish talks failed."
    found = [(text[slice(*one.span)], one.code, one.form) for one in occurrences(text)]
    assert found == [
        ("U.S.", "USA", "name"),
        ("Kenyans", "KEN", "plural"),
        ("Papua New Guinea", "PNG", "name"),
        ("Ankara", "TUR", "seat"),
        ("US", "USA", "name"),
        ("Turkish", "TUR", "demonym"),
    ]


def test_a_name_within_a_word_is_none() -> None:
    assert occurrences("Malicious Chadwick") == ()
    assert places_of("Ossa, Ossana and Ossa's", "Ossa") == [(0, 4), (17, 21)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Turkey", "state"),
        ("NATO", "organisation"),
        ("Anti-Corruption Bureau", "organisation"),
        ("Tamsin Orrowby", "person"),
        ("the Ostrel Commission", "organisation"),
        ("a government shutdown", None),
        ("Clean Rivers Act", None),
        ("the plan to close the crossing", None),
        (AUTHOR, "author"),
    ],
)
def test_the_kind_is_guessed_where_none_is_given(name: str, kind: str | None) -> None:
    assert kind_of(Example(id="e", actor=name, target="x", text="t"), "actor") == kind


@pytest.mark.parametrize(
    ("given", "kind"), [("country", "state"), ("organization", "organisation"), ("policy", "policy")]
)
def test_a_given_kind_wins(given: str, kind: str) -> None:
    example = Example(id="e", actor="x", target="Turkey", text="t", meta={"target_kind": given})
    assert kind_of(example, "target") == kind


def test_a_state_has_its_code_under_any_name_and_others_have_none() -> None:
    assert (code_of("Ankara"), code_of("Turkish"), code_of("NATO"), code_of("Nowhere")) == ("TUR", "TUR", None, None)


def test_states_that_take_others_places_have_all_forms() -> None:
    assert len(plain_states()) > 50
    for state in plain_states():
        assert {one.code for form in (state.name, state.demonym, state.seat) for one in occurrences(form)} == {
            state.code
        }
        assert state.in_text == state.name


def test_thirty_states_are_compared_with_their_articles() -> None:
    names = [state.in_text for state in compared_states()]
    assert len(set(names)) >= 30
    assert {"the United States", "Norway"} <= set(names)
    assert not any(state.demonym.isupper() for state in compared_states())


def test_invented_names_are_not_those_of_states() -> None:
    for kind in ("person", "organisation", "bare_organisation", "policy"):
        assert len(set(pool(kind))) == len(pool(kind)) >= 6
        assert not [name for name in pool(kind) if occurrences(name)]
