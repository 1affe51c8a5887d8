import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from detente.data.extraction.extract import extract
from detente.data.extraction.parsing import ParsedArticle, _pipeline, parse_articles
from detente.data.records import Article


def parse(text: str) -> ParsedArticle:
    (parsed,) = parse_articles([Article(id="a", text=text)])
    return parsed


def sentences(parsed: ParsedArticle) -> list[str]:
    return [parsed.article.text[start:end] for start, end in parsed.sentences]


@pytest.mark.parametrize("gap", ["\n\n", "\n \t\n", "\r\n\r\n", "\n\n\n\n"])
def test_sentence_ends_with_its_paragraph(gap: str) -> None:
    parsed = parse(f"Norway condemned Kenya{gap}Brazil met Egypt.")
    assert sentences(parsed) == ["Norway condemned Kenya", "Brazil met Egypt."]


def test_white_space_around_sentences_is_left_out() -> None:
    parsed = parse("   Kenya left.   \n \n\n  Brazil met Egypt.  ")
    assert sentences(parsed) == ["Kenya left.", "Brazil met Egypt."]


def test_every_article_comes_back_once_and_in_order() -> None:
    articles = [Article(id=str(number), text="Kenya met Brazil.\n\n" * (1 + number % 3)) for number in range(70)]
    parsed = list(parse_articles(iter(articles), batch_size=4))
    assert [one.article for one in parsed] == articles
    assert [len(one.sentences) for one in parsed] == [1 + number % 3 for number in range(70)]


def test_article_given_twice_comes_back_twice() -> None:
    article = Article(id="a", text="Kenya met Brazil.")
    assert len(list(parse_articles([article, article]))) == 2


def test_no_articles_give_nothing() -> None:
    assert list(parse_articles([])) == []


def test_huge_paragraph_does_not_stop_the_others() -> None:
    articles = [Article(id="a", text=("a" * 9_999 + " ") * 101), Article(id="b", text="Kenya met Brazil.")]
    assert [parsed.article.id for parsed in parse_articles(articles)][-1] == "b"


@pytest.mark.slow
def test_long_paragraph_takes_no_longer_than_its_sentences_apart() -> None:
    def seconds(gap: str) -> float:
        start = time.perf_counter()
        parse(gap.join(["Kenya praised Norway in Oslo."] * 1200))
        return time.perf_counter() - start

    parse("Kenya left.")
    assert seconds(" ") < 2 * seconds("\n\n")


def test_words_of_an_article_are_forgotten() -> None:
    def known_after(number: int) -> int:
        text = f"Zorb{number} praised Quux{number} in Fnord{number}."
        assert list(extract([Article(id="a", text=text)]))
        return len(_pipeline().vocab.strings)

    assert known_after(1) == known_after(2) == known_after(3)


def test_threads_take_turns() -> None:
    articles = [Article(id=str(number), text=f"Zorb{number} praised Norway in Oslo. " * 9) for number in range(24)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda article: list(extract([article])), articles))
    assert found == [list(extract([article])) for article in articles]
