import pytest
from countryguess import guess_country

from detente.data.extraction.actors.gazetteer import gazetteer, read_table
from detente.data.extraction.actors.nouns import actor_nouns
from detente.data.extraction.actors.vocabulary import full_given_name, vocabulary


@pytest.mark.parametrize(
    ("surface", "name", "code", "how"),
    [
        ("the United States", "United States", "USA", "name"),
        ("U.S.", "United States", "USA", "name"),
        ("Türkiye", "Turkey", "TUR", "name"),
        ("Turks", "Turkey", "TUR", "demonym"),
        ("Ankara", "Turkey", "TUR", "seat"),
        ("KENYA", "Kenya", "KEN", "name"),
        ("Burma", "Myanmar", "MMR", "name"),
        ("Kosovo", "Kosovo", "XKX", "name"),
        ("North Korean", "North Korea", "PRK", "demonym"),
        ("Guinea", "Guinea", "GIN", "name"),
        ("Equatorial Guinea", "Equatorial Guinea", "GNQ", "name"),
        ("Niger", "Niger", "NER", "name"),
        ("Nigerian", "Nigeria", "NGA", "demonym"),
        ("Brussels", "European Union", None, "seat"),
        ("the Kremlin", "Kremlin", "RUS", "name"),
        ("N.R.A.", "National Rifle Association", "USA", "name"),
    ],
)
def test_name_stands_for_its_actor(surface: str, name: str, code: str | None, how: str) -> None:
    entry = gazetteer().find(surface)
    assert entry is not None
    assert (entry.actor.name, entry.actor.country, entry.how) == (name, code, how)


@pytest.mark.parametrize("surface", ["turkey", "polish", "Kosovo Liberation Army", "Nobody", ""])
def test_other_words_stand_for_nobody(surface: str) -> None:
    assert gazetteer().find(surface) is None


def test_codes_and_names_of_states_agree_with_the_library() -> None:
    for row in read_table("states.csv"):
        assert guess_country(row["name"].rstrip("?"))["iso3"] == row["code"]


def test_every_member_of_the_united_nations_is_a_state() -> None:
    codes = {row["code"] for row in read_table("states.csv")}
    assert len(codes) == len(read_table("states.csv"))
    assert {"TUR", "USA", "TUV", "SSD", "PSE", "TWN", "VAT", "XKX"} <= codes
    assert len(codes) >= 193 + 4


def test_no_two_rows_claim_a_name() -> None:
    claimed: dict[str, str] = {}
    for row in read_table("states.csv"):
        for column in ("names", "demonyms", "seats"):
            for name in filter(None, row[column].split("|")):
                assert claimed.setdefault(name, row["code"]) == row["code"], name


def test_codes_of_organisations_are_those_of_states() -> None:
    codes = {row["code"] for row in read_table("states.csv")}
    assert {row["country"] for row in read_table("organisations.csv")} <= codes | {""}


def test_nouns_have_known_classes() -> None:
    known = {"executive", "voice", "office", "organisation", "group", "generic"}
    assert set(actor_nouns().values()) == known


def test_vocabulary_is_in_lower_case_and_knows_short_given_names() -> None:
    assert "sen" in vocabulary("titles")
    assert (full_given_name("Bob"), full_given_name("Ada")) == ("robert", "ada")
