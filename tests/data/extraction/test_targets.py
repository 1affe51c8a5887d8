import pytest

from detente.data.extraction.parsing import parse_articles
from detente.data.extraction.targets import LONGEST, find_targets
from detente.data.records import Article, Form, Mention


def targets(text: str) -> tuple[Mention, ...]:
    (parsed,) = parse_articles([Article(id="a", text=text)])
    return find_targets(parsed)


def surfaces(text: str) -> list[str]:
    return [target.surface for target in targets(text)]


class TestGoverned:
    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("Norway opposed the fishing quota.", "fishing quota"),
            ("Kenya welcomed the truce on Monday.", "truce"),
            ("Peru voted against the resolution.", "resolution"),
            ("Chile called for sanctions.", "sanctions"),
            ("Egypt objected to the tariff.", "tariff"),
            ("Norway blocked the merger.", "merger"),
            ("There was strong opposition to the dam.", "dam"),
            ("Kenya repeated its support for the treaty.", "treaty"),
            ("Peru was critical of the embargo.", "embargo"),
            ("Chile spoke in favour of the amendment.", "amendment"),
        ],
    )
    def test_word_of_stance_leads_to_what_it_governs(self, text: str, target: str) -> None:
        assert surfaces(text) == [target]

    def test_plan_comes_with_what_it_is_to_do(self) -> None:
        assert surfaces("Turkey condemned the plan to create a border force.") == ["plan to create a border force"]

    def test_subject_of_a_passive_is_the_target(self) -> None:
        assert surfaces("The embargo was rejected by Norway.") == ["embargo"]

    def test_noun_of_a_participle_is_the_target(self) -> None:
        assert surfaces("A strike backed by the dockers went ahead.") == ["strike"]

    @pytest.mark.parametrize("clause", ["which Norway opposes", "that Norway opposes", "the dockers oppose"])
    def test_noun_of_a_relative_clause_is_the_target(self, clause: str) -> None:
        assert "levy" in surfaces(f"The levy {clause} takes effect in May.")

    def test_conjoined_nouns_are_targets_each(self) -> None:
        assert surfaces("Norway condemned the embargo and the blockade.") == ["embargo", "blockade"]

    def test_act_in_the_form_of_a_gerund_is_a_target(self) -> None:
        assert surfaces("Norway opposed sending troops to the valley.") == ["sending troops to the valley"]

    def test_call_for_something_leads_to_the_thing(self) -> None:
        assert surfaces("Norway rejected calls for a boycott.") == ["boycott"]

    def test_verb_with_all_sorts_of_objects_needs_a_policy(self) -> None:
        assert surfaces("Norway signed the treaty.") == ["treaty"]
        assert surfaces("Norway signed the book.") == []


class TestLeftOut:
    @pytest.mark.parametrize(
        "text",
        [
            "Norway condemned Kenya.",
            "Norway praised the Kenyan president.",
            "Norway criticised him.",
            "The guild supports the workers.",
            "The council demanded 30 million euros.",
            "Kenya welcomed the fact.",
            "The crowd mocked her accent.",
            "Norway met Kenya in Oslo on Monday.",
        ],
    )
    def test_actors_pronouns_amounts_and_vague_words_are_no_targets(self, text: str) -> None:
        assert targets(text) == ()

    def test_policy_that_nothing_tells_from_others_is_none_where_nobody_takes_a_stance(self) -> None:
        assert targets("A treaty was printed in Oslo.") == ()

    def test_date_behind_a_policy_does_not_belong_to_it(self) -> None:
        assert surfaces("Norway welcomed the ceasefire on Monday.") == ["ceasefire"]

    def test_target_ends_at_a_comma(self) -> None:
        assert surfaces("Norway demanded the release of the crew, the cargo and the ship's papers.")[0] == (
            "release of the crew"
        )

    def test_long_complement_is_left_out(self) -> None:
        long = "to build a road from the old harbour on the coast to the new mines in the north of the island"
        assert all(len(surface.split()) <= LONGEST for surface in surfaces(f"Norway opposed the plan {long}."))


class TestIssues:
    @pytest.mark.parametrize(
        ("text", "surface"),
        [
            ("Poverty was on Hale's mind.", "Poverty"),
            ("Norway spoke at length about immigration reform.", "immigration reform"),
            ("The talk turned to gun control.", "gun control"),
            ("Hale sat down to read a health care bill.", "health care bill"),
            ("Kenya began the deportation process.", "deportation process"),
            ("Norway is far from a debt deal.", "debt deal"),
        ],
    )
    def test_what_is_argued_over_anywhere_is_a_target_without_a_word_of_stance(self, text: str, surface: str) -> None:
        assert surfaces(text) == [surface]

    def test_people_and_bodies_of_an_issue_are_no_targets(self) -> None:
        assert targets("Norway met immigration officials and the health company in Oslo.") == ()

    def test_policy_in_the_name_of_an_organisation_is_none(self) -> None:
        assert targets("The Department of Justice and the Poverty Board met in Oslo.") == ()


class TestToldFromOthers:
    def test_policy_with_an_article_or_a_complement_is_a_target_in_other_words(self) -> None:
        text = "A bill to tax ferries is before the house.\n\nNorway took an axe to the bill."
        assert surfaces(text) == ["bill to tax ferries", "bill"]

    def test_another_word_for_it_counts(self) -> None:
        assert surfaces("The ruling came on Monday.\n\nKenya tore the judgment up.") == ["ruling", "judgment"]

    def test_indefinite_one_without_complement_is_none(self) -> None:
        assert surfaces("The deal is near. The truce holds. A deal is a deal.") == ["deal", "truce"]

    def test_turns_of_phrase_are_none(self) -> None:
        text = "The bill and the treaty lay there. They took the law into their own hands in order to win."
        assert surfaces(text) == ["bill", "treaty"]


class TestRecord:
    def test_span_kind_form_and_sentence(self) -> None:
        text = "It rained.\n\nNorway condemned the shelling."
        (target,) = targets(text)
        assert (text[slice(*target.span)], target.kind, target.form, target.sentence) == (
            "shelling",
            "event",
            Form.NOMINAL,
            1,
        )

    def test_name_of_a_law_is_a_name(self) -> None:
        (target,) = targets("Norway opposes the Seized Vessels Act.")
        assert (target.surface, target.kind, target.form) == ("Seized Vessels Act", "policy", Form.NAME)

    def test_owner_stays_and_pronoun_goes(self) -> None:
        assert surfaces("Norway condemned Kenya's decision.") == ["Kenya's decision"]
        assert surfaces("Norway defended its decision.") == ["decision"]

    def test_target_of_two_words_comes_once_and_in_the_order_of_the_text(self) -> None:
        text = "Norway opposes and condemns the levy. Kenya backs the truce, Peru rejects the ban."
        spans = [target.span for target in targets(text)]
        assert spans == sorted(set(spans))
        assert surfaces(text) == ["levy", "truce", "ban"]

    def test_article_without_words_has_none(self) -> None:
        assert targets("... !") == ()
