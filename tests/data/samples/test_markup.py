import re
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.data import samples
from detente.data.samples.markup import MarkupError, SourceArticle, candidates, parse

HEADER = """\
=== a1
title: Levy divides hosts
outlet: The Ledger
published: 2024-03-12
topic: trade
"""
NORWAY = "@ norway | country | Norway\n"
KENYA = "@ kenya | country | Kenya\n"
PERU = "@ peru | country | Peru\n"
LEVY = "@ levy | policy | the levy on ships\n"
TWO = HEADER + NORWAY + KENYA + "---\n"
THREE = HEADER + NORWAY + KENYA + LEVY + "---\n"
FOUR = HEADER + NORWAY + KENYA + PERU + LEVY + "---\n"


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], SourceArticle]:
    def read_one(text: str) -> SourceArticle:
        (tmp_path / "s.txt").write_text(text, encoding="utf-8")
        (article,) = parse(tmp_path / "s.txt")
        return article

    return read_one


@pytest.fixture
def faults(tmp_path: Path) -> Callable[[str], list[str]]:
    def read_faults(text: str) -> list[str]:
        (tmp_path / "s.txt").write_text(text, encoding="utf-8")
        with pytest.raises(MarkupError) as caught:
            parse(tmp_path / "s.txt")
        return str(caught.value).splitlines()

    return read_faults


def found(article: SourceArticle) -> list[tuple[str, str, str, int, int]]:
    return [(one.actor, one.stance, one.target, one.first, one.last) for one in candidates(article)]


class TestParsing:
    def test_marks_are_taken_out_and_mentions_kept(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(TWO + "On Monday [Oslo's envoy|norway] met [Kenya|kenya], said [Oslo|norway].\n")
        (sentence,) = article.sentences
        assert sentence.text == "On Monday Oslo's envoy met Kenya, said Oslo."
        assert {id_: sentence.text[slice(*span)] for id_, span in sentence.mentions.items()} == {
            "norway": "Oslo's envoy",
            "kenya": "Kenya",
        }

    def test_empty_line_ends_a_paragraph_and_a_line_a_sentence(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(TWO + "[Norway|norway] left.\nIt rained.\n\n[Kenya|kenya] stayed.\n")
        one, two, three = (sentence.paragraph for sentence in article.sentences)
        assert one == two != three

    def test_header_and_entities_are_read(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(THREE + "[Norway|norway] met [Kenya|kenya].\n")
        assert (article.id, article.header["published"], article.header["topic"]) == ("a1", "2024-03-12", "trade")
        assert article.entities["levy"].name == "the levy on ships"
        assert [entity.can_act for entity in article.entities.values()] == [True, True, False]

    def test_file_may_hold_several_articles(self, tmp_path: Path) -> None:
        text = TWO + "[Norway|norway] met [Kenya|kenya].\n"
        (tmp_path / "s.txt").write_text(text + "\n" + text.replace("a1", "a2"))
        articles = parse(tmp_path / "s.txt")
        assert [(article.id, len(article.sentences)) for article in articles] == [("a1", 1), ("a2", 1)]

    def test_empty_file_holds_no_article(self, tmp_path: Path) -> None:
        (tmp_path / "s.txt").touch()
        assert parse(tmp_path / "s.txt") == []

    def test_example_of_the_codebook_is_right(self, read: Callable[[str], SourceArticle]) -> None:
        codebook = (Path(samples.__path__[0]) / "CODEBOOK.md").read_text(encoding="utf-8")
        (block,) = re.findall(r"```\n(=== .*?)```", codebook, flags=re.DOTALL)
        assert found(read(block)) == [
            ("turkey", "oppose", "plan", 0, 0),
            ("quill", "neutral", "turkey", 1, 1),
            ("turkey", "neutral", "quill", 1, 1),
            ("quill", "neutral", "plan", 0, 1),
        ]


class TestFaults:
    def test_all_faults_of_a_file_come_at_once_with_their_lines(self, faults: Callable[[str], list[str]]) -> None:
        body = "[Norway|norway] met [Kenya|kenia].\n[Kenya|kenya] left.\n> kenya favour norway : quote\n"
        assert faults(TWO + body) == [
            "s.txt:9: mention of 'kenia', which no '@' line declares",
            "s.txt:11: stance 'favour' is none of support, neutral, oppose",
            "s.txt:1: a1: entity 'norway' is never mentioned",
        ]

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("> norway oppose", "expected '> actor stance target : device', found '> norway oppose'"),
            (">norway oppose kenya : x", "expected '> actor stance target : device', found '>norway oppose kenya : x'"),
            ("> norway hates kenya : x", "stance 'hates' is none of support, neutral, oppose"),
            ("> norway oppose chad : x", "'chad' is not declared"),
            ("> levy oppose kenya : x", "'levy' is a policy, which holds no stance"),
            ("> norway oppose norway : x", "the author is no target, and nobody is their own"),
            ("> norway oppose author : x", "the author is no target, and nobody is their own"),
            ("> norway oppose peru : x", "'peru' is not mentioned in the sentence or the one before"),
            ("[Norway|norway", "a mark is left over in '[Norway|norway'"),
            ("Norway|norway left.", "a mark is left over in 'Norway|norway left.'"),
            ("[Norway] left.", "a mark is left over in '[Norway] left.'"),
        ],
    )
    def test_faulty_line_is_named(self, faults: Callable[[str], list[str]], line: str, fault: str) -> None:
        body = "[Peru|peru] slept.\nNothing.\n[Norway|norway] met [Kenya|kenya] on [the levy|levy].\n"
        assert faults(FOUR + body + line + "\n") == [f"s.txt:14: {fault}"]

    def test_pair_judged_twice_is_a_fault(self, faults: Callable[[str], list[str]]) -> None:
        line = "> norway oppose kenya : active\n"
        assert faults(TWO + "[Norway|norway] hit [Kenya|kenya].\n" + line * 2) == [
            "s.txt:11: 'norway' towards 'kenya' is judged twice under one sentence"
        ]

    def test_judgement_without_a_sentence_is_a_fault(self, faults: Callable[[str], list[str]]) -> None:
        body = "> norway oppose kenya : x\n[Norway|norway] met [Kenya|kenya].\n"
        assert faults(TWO + body) == ["s.txt:9: a judgement must follow a sentence"]

    def test_pair_that_shares_an_entity_with_the_sentence_before_is_judged_there(
        self, faults: Callable[[str], list[str]]
    ) -> None:
        body = "[Norway|norway] met [Kenya|kenya].\n[Norway|norway] fumed.\n> norway oppose kenya : quote\n"
        (fault,) = faults(TWO + body)
        assert fault.startswith("s.txt:11: 'kenya' is not mentioned in the sentence, and the pair shares an entity")

    @pytest.mark.parametrize("key", ["title", "outlet", "published", "topic"])
    def test_missing_header_is_a_fault_of_the_article(self, faults: Callable[[str], list[str]], key: str) -> None:
        text = "".join(line for line in TWO.splitlines(keepends=True) if not line.startswith(key))
        body = "[Norway|norway] met [Kenya|kenya].\n"
        assert faults(text + body) == [f"s.txt:1: a1: '{key}:' is missing"]

    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("@ x | state | X", "kind 'state' is none of country, organisation, group, person, policy, event"),
            ("@ author | person | A", "entity 'author' is declared twice, or reserved"),
            ("@ kenya | person | K", "entity 'kenya' is declared twice, or reserved"),
            (
                "colour: red",
                "expected '@ id | kind | name', or one of title, outlet, published, topic; found 'colour: red'",
            ),
        ],
    )
    def test_faulty_header_line_is_named(self, faults: Callable[[str], list[str]], line: str, fault: str) -> None:
        text = TWO.replace("---\n", f"{line}\n---\n") + "[Norway|norway] met [Kenya|kenya].\n"
        assert faults(text) == [f"s.txt:8: {fault}"]

    def test_text_before_the_first_article_is_a_fault(self, faults: Callable[[str], list[str]]) -> None:
        assert faults("title: x\n") == ["s.txt:1: expected '=== ID' before anything else"]

    def test_sentence_repeated_is_a_fault(self, faults: Callable[[str], list[str]]) -> None:
        body = "[Norway|norway] met [Kenya|kenya].\n" * 2
        assert faults(TWO + body) == ["s.txt:1: a1: sentence repeated: 'Norway met Kenya.'"]

    @pytest.mark.parametrize("text", [TWO.replace("=== a1", "===") + "It rained.\n", HEADER + "---\n"])
    def test_article_without_id_or_sentences_is_a_fault(self, faults: Callable[[str], list[str]], text: str) -> None:
        assert any("s.txt:1" in fault and "never mentioned" not in fault for fault in faults(text))

    def test_id_given_twice_is_a_fault(self, faults: Callable[[str], list[str]]) -> None:
        text = TWO + "[Norway|norway] met [Kenya|kenya].\n"
        assert len(faults(text + text)) == 1


class TestCandidates:
    def test_pair_without_a_line_is_neutral_in_both_directions(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(TWO + "[Norway|norway] met [Kenya|kenya].\n")
        assert found(article) == [("norway", "neutral", "kenya", 0, 0), ("kenya", "neutral", "norway", 0, 0)]

    def test_judgement_holds_for_its_direction_only(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(TWO + "[Norway|norway] praised [Kenya|kenya].\n> norway support kenya : active\n")
        assert found(article) == [("norway", "support", "kenya", 0, 0), ("kenya", "neutral", "norway", 0, 0)]
        assert [one.device for one in candidates(article)] == ["active", "co_mention"]

    def test_policy_is_a_target_and_no_actor(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(THREE + "[Norway|norway] left.\nIt ended.\n[Kenya|kenya] discussed [the levy|levy].\n")
        assert found(article) == [("kenya", "neutral", "levy", 2, 2)]

    def test_neighbouring_sentences_make_pairs_of_what_they_do_not_share(
        self, read: Callable[[str], SourceArticle]
    ) -> None:
        article = read(FOUR + "[Norway|norway] met [Kenya|kenya].\n\n[Kenya|kenya] met [Peru|peru].\n")
        across = [(actor, target) for actor, _, target, first, last in found(article) if first != last]
        assert across == [("norway", "peru"), ("peru", "norway")]

    def test_judgement_across_two_sentences_makes_one_example_of_both(
        self, read: Callable[[str], SourceArticle]
    ) -> None:
        body = "[Norway|norway] spoke.\nIt called [Kenya|kenya] a liar.\n> norway oppose kenya : cross_sentence\n"
        assert found(read(TWO + body)) == [("norway", "oppose", "kenya", 0, 1), ("kenya", "neutral", "norway", 0, 1)]

    def test_policy_may_be_judged_where_the_text_does_not_mention_it(
        self, read: Callable[[str], SourceArticle]
    ) -> None:
        body = "[Norway|norway] will not pay [Kenya|kenya].\n> norway oppose levy : implicit\n"
        assert ("norway", "oppose", "levy", 0, 0) in found(read(THREE + body))

    def test_author_who_judges_somewhere_is_neutral_elsewhere(self, read: Callable[[str], SourceArticle]) -> None:
        body = "[Norway|norway] left in shame.\n> author oppose norway : author\nIt rained.\n[Kenya|kenya] stayed.\n"
        article = read(TWO + body)
        assert article.judges
        assert found(article) == [("author", "oppose", "norway", 0, 0), ("author", "neutral", "kenya", 2, 2)]

    def test_author_who_never_judges_asks_no_questions(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(TWO + "[Norway|norway] left.\nIt rained.\n[Kenya|kenya] stayed.\n")
        assert not article.judges
        assert found(article) == []

    def test_pair_is_judged_once_however_often_it_is_mentioned(self, read: Callable[[str], SourceArticle]) -> None:
        article = read(TWO + "[Norway|norway], [Oslo|norway] and [Kenya|kenya], [Nairobi|kenya].\n")
        assert len(found(article)) == 2

    @pytest.mark.parametrize(
        "lines",
        [
            "[Norway|norway] spoke.\nIt hurts trade.\n> norway oppose levy : implicit\n[Kenya|kenya] left.\n",
            "[Norway|norway] met [Kenya|kenya].\nIt rained.\n> norway oppose kenya : active\n",
            "[Norway|norway] met [Kenya|kenya].\nA shame.\n> author oppose norway : author\n",
        ],
        ids=["actor", "both", "target of the author"],
    )
    def test_whoever_is_judged_stands_in_the_text_or_the_line_is_refused(self, tmp_path: Path, lines: str) -> None:
        (tmp_path / "s.txt").write_text(THREE + lines)
        try:
            (article,) = parse(tmp_path / "s.txt")
        except MarkupError:
            return
        for one in candidates(article):
            sentences = article.sentences[one.first : one.last + 1]
            mentioned = {id_ for sentence in sentences for id_ in sentence.mentions}
            assert {one.actor, one.target} - {"author", "levy"} <= mentioned
