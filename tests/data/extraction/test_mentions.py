import time

import pytest

from detente.data.extraction.extract import extract
from detente.data.extraction.mentions import actor_name, find_mentions
from detente.data.extraction.parsing import ParsedArticle, parse_articles
from detente.data.records import Article


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


class TestParsing:
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
        parsed = parse("Angela Merkel criticised Germany, the European Union and the Russians on Tuesday.")
        assert [(mention.surface, mention.kind) for mention in find_mentions(parsed)] == [
            ("Angela Merkel", "person"),
            ("Germany", "country"),
            ("the European Union", "organisation"),
            ("Russians", "group"),
        ]

    @pytest.mark.parametrize("gap", ["\n\n", "\n \t\n", "\r\n\r\n", "\n\n\n\n"])
    def test_sentence_ends_with_its_paragraph(self, gap: str) -> None:
        parsed = parse(f"Norway condemned Kenya{gap}Brazil met Egypt.")
        assert sentences(parsed) == ["Norway condemned Kenya", "Brazil met Egypt."]

    def test_line_break_within_a_paragraph_ends_nothing(self) -> None:
        parsed = parse("Kenya said on\nMonday that the United\nStates was wrong. It left.")
        assert sentences(parsed) == ["Kenya said on\nMonday that the United\nStates was wrong.", "It left."]
        assert [mention.surface for mention in find_mentions(parsed)] == ["Kenya", "the United\nStates"]

    def test_white_space_around_sentences_is_left_out(self) -> None:
        parsed = parse("   Kenya left.   \n \n\n  Brazil met Egypt.  ")
        assert sentences(parsed) == ["Kenya left.", "Brazil met Egypt."]

    def test_offsets_count_characters_behind_wide_ones(self) -> None:
        parsed = parse("🚀 é.\n\nNorway condemned Kenya.")
        assert [parsed.article.text[slice(*mention.span)] for mention in find_mentions(parsed)] == ["Norway", "Kenya"]

    def test_article_without_names_has_sentences_only(self) -> None:
        parsed = parse("nothing of note happened here.")
        assert (sentences(parsed), find_mentions(parsed)) == (["nothing of note happened here."], ())

    def test_every_article_comes_back_once_and_in_order(self) -> None:
        articles = [Article(id=str(number), text="Kenya met Brazil.\n\n" * (1 + number % 3)) for number in range(70)]
        parsed = list(parse_articles(iter(articles), batch_size=4))
        assert [one.article for one in parsed] == articles
        assert [len(one.sentences) for one in parsed] == [1 + number % 3 for number in range(70)]

    def test_article_given_twice_comes_back_twice(self) -> None:
        article = Article(id="a", text="Kenya met Brazil.")
        assert len(list(parse_articles([article, article]))) == 2

    def test_no_articles_give_nothing(self) -> None:
        assert list(parse_articles([])) == []

    def test_parsing_is_deterministic_and_does_not_depend_on_neighbours(self) -> None:
        texts = ["Norway condemned Kenya's decision.", "Angela Merkel met the Russians. Egypt did not.", "Nothing."]
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

    def test_huge_paragraph_does_not_stop_the_others(self) -> None:
        articles = [Article(id="a", text=("a" * 9_999 + " ") * 101), Article(id="b", text="Kenya met Brazil.")]
        assert [parsed.article.id for parsed in parse_articles(articles)][-1] == "b"

    @pytest.mark.slow
    def test_long_paragraph_takes_no_longer_than_its_sentences_apart(self) -> None:
        def seconds(gap: str) -> float:
            start = time.perf_counter()
            parse(gap.join(["Kenya praised Norway in Oslo."] * 1200))
            return time.perf_counter() - start

        parse("Kenya left.")
        assert seconds(" ") < seconds("\n\n")
