import pytest

from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.actors.mentions import find_mentions
from detente.data.extraction.actors.resolution import resolve_actors
from detente.data.extraction.parsing import parse_articles
from detente.data.records import Actor, Article, Resolution


def resolve(text: str, aliases: Aliases | None = None) -> tuple[Resolution, ...]:
    (parsed,) = parse_articles([Article(id="a", text=text)])
    return resolve_actors(parsed, find_mentions(parsed, aliases), aliases)


def actors(text: str) -> dict[str, str]:
    return {one.mention.surface: one.actor.name for one in resolve(text)}


class TestStates:
    @pytest.mark.parametrize(
        ("text", "surface"),
        [
            ("Turkish officials met Kenya.", "Turkish officials"),
            ("Ankara said that Kenya was wrong.", "Ankara"),
            ("Kenya criticised the Turks.", "Turks"),
            ("Kenya has signed a deal with Ankara.", "Ankara"),
            ("Kenya thanked the Turkish government.", "the Turkish government"),
            ("The ministry in Ankara thanked Kenya.", "The ministry in Ankara"),
            ("Kenya was told so by the Turkish envoy.", "the Turkish envoy"),
            ("Turkey said that its army had left Kenya.", "its army"),
        ],
    )
    def test_those_who_act_for_a_state_are_the_state(self, text: str, surface: str) -> None:
        found = {one.mention.surface: one.actor for one in resolve(text)}
        assert found[surface] == Actor(name="Turkey", kind="country", country="TUR")

    @pytest.mark.parametrize(
        ("text", "surface", "name", "country"),
        [
            ("The Turkish opposition criticised Kenya.", "The Turkish opposition", "Turkish opposition", "TUR"),
            ("Kenya praised Turkey's opposition.", "opposition", "Turkish opposition", "TUR"),
            ("Iranian-backed rebels attacked Kenya.", "Iranian-backed rebels", "Iranian-backed rebels", None),
            ("Norway warned Iran's allies.", "allies", "allies of Iran", None),
        ],
    )
    def test_those_who_only_belong_to_a_state_are_not_the_state(
        self, text: str, surface: str, name: str, country: str | None
    ) -> None:
        found = {one.mention.surface: one.actor for one in resolve(text)}
        assert (found[surface].name, found[surface].country) == (name, country)

    @pytest.mark.parametrize("text", ["Kenya met Norway in Ankara.", "The envoys of Kenya flew to Ankara."])
    def test_capital_where_things_happen_is_no_actor(self, text: str) -> None:
        assert "Ankara" not in actors(text)

    def test_washington_is_the_government_or_the_town_by_its_part_in_the_sentence(self) -> None:
        found = [one.mention.span[0] for one in resolve("In Washington, Kenya spoke. Washington rejected the plan.")]
        assert found == [15, 28]

    def test_kremlin_and_white_house_stand_for_themselves(self) -> None:
        found = {one.actor.name: one.actor for one in resolve("The Kremlin criticised the White House.")}
        assert (found["Kremlin"].kind, found["Kremlin"].country) == ("organisation", "RUS")
        assert (found["White House"].kind, found["White House"].country) == ("organisation", "USA")

    def test_georgia_is_a_state_of_america_among_american_names(self) -> None:
        assert actors("Republicans in Florida praised Georgia.")["Georgia"] == "Georgia (US state)"
        assert actors("Russia praised Georgia.")["Georgia"] == "Georgia"

    def test_one_of_many_is_nobody(self) -> None:
        assert "Kenyan" not in actors("A Kenyan met Norway.")


class TestPeople:
    def test_surname_stands_for_the_full_name_before_and_behind(self) -> None:
        found = resolve("Harwick met Norway. President Joanna Harwick praised Kenya. Harwick left.")
        assert [one.actor.name for one in found if "Harwick" in one.mention.surface] == ["Joanna Harwick"] * 3
        assert found[0].why == "surname of Joanna Harwick"

    def test_two_of_one_surname_stay_apart(self) -> None:
        found = actors("Joanna Harwick met Thomas Harwick. Harwick praised Kenya.")
        assert found["Harwick"] == "Harwick"

    def test_title_tells_two_of_one_surname_apart(self) -> None:
        text = "President Joanna Harwick met Senator Thomas Harwick. President Harwick praised Kenya."
        assert actors(text)["Harwick"] == "Joanna Harwick"

    def test_office_stands_for_the_one_who_is_named_with_it(self) -> None:
        assert actors("President Joanna Harwick met Kenya. The president left.")["The president"] == "Joanna Harwick"

    def test_office_without_a_holder_is_nobody(self) -> None:
        assert "The president" not in actors("The president met Kenya.")

    def test_name_of_a_state_is_a_person_where_the_full_name_says_so(self) -> None:
        assert actors("Jordan Harwick met Norway. Jordan praised it.")["Jordan"] == "Jordan Harwick"


class TestOrganisations:
    def test_abbreviation_in_brackets_stands_for_its_expansion(self) -> None:
        found = actors("The Harbour Workers Union (HWU) criticised Norway. The HWU praised Kenya.")
        assert found["HWU"] == "Harbour Workers Union"

    def test_known_abbreviation_needs_no_explanation(self) -> None:
        assert actors("The EU criticised Norway.")["EU"] == "European Union"

    def test_role_stands_for_the_institution(self) -> None:
        found = {one.actor.name: one.actor for one in resolve("An Iraqi Defense Ministry spokesman criticised Norway.")}
        assert found["Iraqi Defense Ministry"].country == "IRQ"

    def test_noun_stands_for_the_organisation_named_before(self) -> None:
        found = actors("Norway praised the Anti-Corruption Bureau. The bureau thanked Kenya.")
        assert found["The bureau"] == "Anti-Corruption Bureau"

    def test_noun_that_fits_two_stands_for_itself(self) -> None:
        found = actors("The Harbour Party met the Meadow Party in Norway. The party praised Kenya.")
        assert found["The party"] == "party"

    def test_bloc_is_the_european_union_where_it_is_named(self) -> None:
        assert actors("The European Union met Kenya. The bloc left.")["The bloc"] == "European Union"
        assert actors("Norway met Kenya. The bloc left.")["The bloc"] == "bloc"

    def test_members_of_an_american_party_are_the_party(self) -> None:
        assert actors("Republican lawmakers criticised the GOP.")["Republican lawmakers"] == "Republican Party"


class TestAliases:
    ALIASES = Aliases({"Ankara": Actor(name="Republic of the Alias", kind="group")})

    def test_users_alias_wins_over_every_rule(self) -> None:
        found = resolve("Kenya met Norway in Ankara.", self.ALIASES)
        assert [one.actor.name for one in found] == ["Kenya", "Norway", "Republic of the Alias"]
        assert found[-1].why == "your alias: Ankara"


def test_resolution_says_why() -> None:
    why = {one.mention.surface: one.why for one in resolve("Norway met Turkish officials, and Ankara praised it.")}
    assert why == {
        "Norway": "name: Norway",
        "Turkish officials": "speaks for it: 'officials' of Turkey",
        "Ankara": "seat of government: Ankara",
    }


def test_actor_of_a_state_is_the_same_in_all_articles() -> None:
    texts = ["Türkiye met Kenya.", "Ankara praised Kenya.", "The Turkish government praised Kenya."]
    assert {one.actor for text in texts for one in resolve(text) if one.actor.name != "Kenya"} == {
        Actor(name="Turkey", kind="country", country="TUR")
    }


def test_same_text_gives_the_same_actors() -> None:
    text = "President Joanna Harwick met the Harbour Workers Union (HWU). The union praised Turkish officials."
    assert resolve(text) == resolve(text)


class TestFaceless:
    @pytest.mark.parametrize("text", ["Critics attacked Kenya.", "The panel thanked Kenya.", "Voters punished Kenya."])
    def test_noun_that_says_nothing_of_who_is_meant_is_no_actor(self, text: str) -> None:
        assert list(actors(text)) == ["Kenya"]

    @pytest.mark.parametrize(
        ("text", "surface"),
        [
            ("Young voters punished Kenya.", "Young voters"),
            ("Norway's critics attacked Kenya.", "critics"),
            ("The Harbour Agency met. The agency thanked Kenya.", "The agency"),
        ],
    )
    def test_a_word_an_owner_or_a_name_before_tells(self, text: str, surface: str) -> None:
        assert surface in actors(text)
