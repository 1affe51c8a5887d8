import pytest

from detente.data.extraction.actors.boundaries import silent_until, trimmed, without_title
from detente.data.extraction.actors.names import initials, is_abbreviation, name_words, table_key
from detente.data.extraction.actors.organisations import Organisations, explains
from detente.data.extraction.actors.people import People


@pytest.mark.parametrize(
    ("surface", "key"),
    [
        ("the U.S.", "US"),
        ("U.S. Congress", "US Congress"),
        ("St. Lucia", "St Lucia"),
        ("Cote d’Ivoire", "Cote d'Ivoire"),
    ],
)
def test_key_of_a_name_has_no_full_stops_and_straight_apostrophes(surface: str, key: str) -> None:
    assert table_key(surface) == key


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("President Joanna K. Harwick Jr.", ("Joanna", "Harwick")),
        ("Harwick's", ("Harwick",)),
        ("President", ("President",)),
        ("J. Harwick", ("J", "Harwick")),
    ],
)
def test_words_of_a_persons_name(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


def test_initials_with_and_without_small_words() -> None:
    assert initials("the Bank of Harwick") == {"BOH", "BH"}
    assert initials("Harwick") == frozenset()
    assert (is_abbreviation("N.R.A."), is_abbreviation("Norway")) == (True, False)


def test_abbreviation_stands_in_order_in_its_expansion() -> None:
    assert explains("HWU", "Harbour Workers Union")
    assert not explains("UWH", "Harbour Workers Union")
    assert not explains("HWU", "Harbour")


def test_organisation_has_its_short_forms_where_only_one_fits() -> None:
    known = Organisations(["Harbour Watch coalition", "Meadow Front", "Bank of Harwick", "Basic Harbour"])
    assert known.expand("Harbour Watch") == ("Harbour Watch coalition", "short form")
    assert known.expand("the Front") == ("Meadow Front", "short form")
    assert known.expand("BOH") == ("Bank of Harwick", "initials")
    assert known.expand("BH") is None
    assert known.expand("Harbour") is None


def test_names_of_one_person_are_one_and_of_two_are_two() -> None:
    people = People([("Bob Harwick", ""), ("Robert K. Harwick", ""), ("Ada Quill", "senator"), ("Otto Quill", "")])
    one, other = people.find("Harwick"), people.find("Robert Harwick")
    assert one is not None
    assert one is other
    assert people.find("Quill") is None
    assert people.is_shared("Quill")
    quill = people.find("Quill", "senator")
    assert quill is not None
    assert quill.name == "Ada Quill"


def test_span_loses_quotes_possessive_and_titles() -> None:
    text = "“President Harwick’s”"
    start, end = trimmed(text, 0, len(text))
    assert text[start:end] == "President Harwick"
    assert text[without_title(text, start, end) : end] == "Harwick"


@pytest.mark.parametrize("text", ["NATO said so.", "Norway, on May 3, left.", "Follow the money, Norway said."])
def test_ordinary_beginning_is_no_dateline(text: str) -> None:
    assert silent_until(text) == 0
