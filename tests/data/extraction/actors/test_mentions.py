from itertools import pairwise

import pytest

from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.actors.mentions import actor_name, find_mentions
from detente.data.extraction.extract import extract
from detente.data.extraction.parsing import ParsedArticle, parse_articles
from detente.data.records import Actor, Article, Form


def parse(text: str) -> ParsedArticle:
    (parsed,) = parse_articles([Article(id="a", text=text)])
    return parsed


def sentences(parsed: ParsedArticle) -> list[str]:
    return [parsed.article.text[start:end] for start, end in parsed.sentences]


class TestActorName:
    @pytest.mark.parametrize(
        ("surface", "name"),
        [
            ("Norway", "Norway"),
            ("the United States", "United States"),
            ("The EU's", "EU"),
            ("Kenya’s", "Kenya"),
            ("the Workers'", "Workers"),
            ("Médecins Sans Frontières’", "Médecins Sans Frontières"),
            ("the United\n  States", "United States"),
            ("U.S.'s", "U.S."),
            ("A Coruña", "Coruña"),
            ("Theresa May", "Theresa May"),
            ("Angola", "Angola"),
            ("the", "the"),
            ("'s", ""),
            ("McDonald's Corporation", "McDonald's Corporation"),
        ],
    )
    def test_name_is_the_surface_without_article_possessive_and_breaks(self, surface: str, name: str) -> None:
        assert actor_name(surface) == name

    @pytest.mark.parametrize("surface", ["the United States'", "Kenya’s", "the EU"])
    def test_name_of_a_name_is_the_name(self, surface: str) -> None:
        assert actor_name(actor_name(surface)) == actor_name(surface)


class TestNames:
    def test_sentences_and_mentions_are_spans_of_the_text(self) -> None:
        parsed = parse("Norway condemned Kenya's decision. The United States praised Norway.")
        assert sentences(parsed) == ["Norway condemned Kenya's decision.", "The United States praised Norway."]
        assert [(mention.surface, mention.span, mention.sentence) for mention in find_mentions(parsed)] == [
            ("Norway", (0, 6), 0),
            ("Kenya", (17, 22), 0),
            ("The United States", (35, 52), 1),
            ("Norway", (61, 67), 1),
        ]

    def test_mention_has_its_kind_in_our_words(self) -> None:
        parsed = parse("Joanna Harwick criticised Germany, the European Union and the Russians on Tuesday.")
        assert [(mention.surface, mention.kind) for mention in find_mentions(parsed)] == [
            ("Joanna Harwick", "person"),
            ("Germany", "country"),
            ("the European Union", "organisation"),
            ("Russians", "group"),
        ]

    def test_line_break_within_a_paragraph_ends_nothing(self) -> None:
        parsed = parse("Kenya said on\nMonday that the United\nStates was wrong. It left.")
        assert sentences(parsed) == ["Kenya said on\nMonday that the United\nStates was wrong.", "It left."]
        assert [mention.surface for mention in find_mentions(parsed)] == ["Kenya", "the United\nStates"]

    def test_offsets_count_characters_behind_wide_ones(self) -> None:
        parsed = parse("🚀 é.\n\nNorway condemned Kenya.")
        assert [parsed.article.text[slice(*mention.span)] for mention in find_mentions(parsed)] == ["Norway", "Kenya"]

    def test_article_without_names_has_sentences_only(self) -> None:
        parsed = parse("nothing of note happened here.")
        assert (sentences(parsed), find_mentions(parsed)) == (["nothing of note happened here."], ())

    def test_parsing_is_deterministic_and_does_not_depend_on_neighbours(self) -> None:
        texts = ["Norway condemned Kenya's decision.", "Joanna Harwick met the Russians. Egypt did not.", "Nothing."]
        together = list(parse_articles(Article(id="a", text=text) for text in texts))
        alone = [parse(text) for text in texts]
        assert [one.sentences for one in together] == [one.sentences for one in alone]
        assert [find_mentions(one) for one in together] == [find_mentions(one) for one in alone]


class TestAwkwardText:
    @pytest.mark.parametrize(
        "text", ["Norway praised Joseph\u00a0", "Norway blamed the World Bank\t", "Kenya was wrong, said Joseph\u2028"]
    )
    def test_mention_lies_within_its_sentence(self, text: str) -> None:
        parsed = parse(text)
        assert len(find_mentions(parsed)) == 2
        assert all(mention.span[1] <= parsed.sentences[mention.sentence][1] for mention in find_mentions(parsed))

    def test_name_before_a_hard_space_gives_pairs(self) -> None:
        parsed = parse("Norway praised Joseph\u00a0\n\nKenya left.")
        assert ("Norway", "Joseph") in [
            (example.actor, example.target) for example in next(extract([parsed.article])).examples
        ]


def surfaces(text: str, aliases: Aliases | None = None) -> list[str]:
    return [mention.surface for mention in find_mentions(parse(text), aliases)]


class TestBoundaries:
    @pytest.mark.parametrize(
        "text",
        [
            "BRUSSELS, Aug 10: Norway condemned Kenya.",
            "WASHINGTON (AP) - Norway condemned Kenya.",
            "Washington (CNN) — Norway condemned Kenya.",
            "BUENOS AIRES, Argentina — Norway condemned Kenya.",
            "LONDON, Sept. 3 (Reuters) - Norway condemned Kenya.",
        ],
    )
    def test_dateline_names_nobody(self, text: str) -> None:
        assert surfaces(text) == ["Norway", "Kenya"]

    def test_credit_names_nobody(self) -> None:
        text = "Norway condemned Kenya.\n\nReporting by Ada Quill in Oslo; Editing by Tom Harwick"
        assert surfaces(text) == ["Norway", "Kenya"]

    def test_title_and_possessive_are_no_part_of_a_name(self) -> None:
        assert surfaces("President Joanna Harwick's plan failed, said Sen. Harwick.") == ["Joanna Harwick", "Harwick"]

    def test_name_of_a_policy_is_no_mention(self) -> None:
        assert "Harbour Levy" not in " ".join(surfaces("Norway backed the Harbour Levy Act."))

    def test_adjective_of_a_thing_names_no_state(self) -> None:
        assert surfaces("Norway served Turkish coffee.") == ["Norway"]


class TestNominals:
    def test_phrase_takes_in_the_state_it_speaks_for(self) -> None:
        found = find_mentions(parse("Turkish officials met the ministry in Bangkok."))
        assert [(mention.surface, mention.form) for mention in found] == [
            ("Turkish officials", Form.NOMINAL),
            ("the ministry in Bangkok", Form.NOMINAL),
        ]

    def test_owner_of_a_group_is_a_mention_of_its_own(self) -> None:
        assert surfaces("Norway warned Iran's allies.") == ["Norway", "Iran", "allies"]

    def test_mentions_never_overlap(self) -> None:
        text = "The opposition coalition's lawyers and the Iraqi Defense Ministry spokesman met Kenya's trade minister."
        spans = [mention.span for mention in find_mentions(parse(text))]
        assert all(one[1] <= other[0] for one, other in pairwise(spans))

    @pytest.mark.parametrize("text", ["Norway saw no party.", "A company was a partner of Norway."])
    def test_phrase_that_names_nobody_is_no_mention(self, text: str) -> None:
        assert surfaces(text) == ["Norway"]


class TestAliases:
    def test_alias_is_found_where_the_parser_sees_nothing_and_wins_over_longer_names(self) -> None:
        aliases = Aliases({"blue berets": Actor(name="United Nations", kind="organisation")})
        assert surfaces("Kenya asked the blue berets in.", aliases) == ["Kenya", "blue berets"]

    def test_alias_is_no_part_of_a_word(self) -> None:
        aliases = Aliases({"ring": Actor(name="The Ring", kind="group")})
        assert surfaces("Norway is bringing string.", aliases) == ["Norway"]


def test_surname_that_the_parser_missed_is_found_by_the_full_name() -> None:
    found = surfaces("Joanna Harwick met Kenya. HARD TIMES, Harwick said. Then Harwick left for Norway.")
    assert found.count("Harwick") == 2


class TestMissedNames:
    @pytest.mark.parametrize(
        ("text", "surface"),
        [
            ("Norway criticised Zorvath.", "Zorvath"),
            ("Kenya has sided with Zorvath over the levy.", "Zorvath"),
            ("Norway welcomed the Zorvath verdict.", "Zorvath"),
            ("Kenya called McZorvath a friend.", "McZorvath"),
            ("Zorvath said that Kenya was wrong.", "Zorvath"),
        ],
    )
    def test_capitalised_noun_is_a_name_whatever_its_part_in_the_sentence(self, text: str, surface: str) -> None:
        assert surface in surfaces(text)

    @pytest.mark.parametrize("text", ["Kenya thanked God.", "Norway put it on Facebook.", "Norway fought Fascism."])
    def test_words_that_are_nobody_are_none(self, text: str) -> None:
        assert surfaces(text) == [text.split(maxsplit=1)[0]]

    def test_policy_that_looks_like_a_person_is_none(self) -> None:
        text = (
            "Norway stood against the Shipping Carbon Levy. The Carbon Levy would cost Kenya. Norway hailed the Levy."
        )
        assert surfaces(text) == ["Norway", "Kenya", "Norway"]

    def test_organisation_of_the_tables_with_the_noun_of_a_policy_is_a_name(self) -> None:
        assert surfaces("The International Monetary Fund thanked Kenya.")[0] == "The International Monetary Fund"
