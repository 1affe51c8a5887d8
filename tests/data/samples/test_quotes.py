"""The marked quotes: spans that hold what they say, in articles that may be looked at."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from detente.data import samples
from detente.data.reading import read_articles
from detente.data.records import Article

FOLDER = Path(samples.__path__[0])
FIELDS = ["article_id", "content", "cue", "speaker", "speaker_name", "direct", "text"]
Quote = dict[str, Any]


@pytest.fixture(scope="module")
def quotes() -> list[Quote]:
    return [json.loads(line) for line in (FOLDER / "quotes.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {article.id: article for article in read_articles(FOLDER / "articles.jsonl")}


def _spans(quote: Quote) -> list[list[int]]:
    return [quote[name] for name in ("content", "cue", "speaker") if quote[name] is not None]


def test_there_are_enough_quotes_and_indirect_ones(quotes: list[Quote]) -> None:
    assert len(quotes) >= 100
    assert sum(not quote["direct"] for quote in quotes) >= 40


def test_every_quote_has_the_documented_fields(quotes: list[Quote]) -> None:
    assert {tuple(quote) for quote in quotes} == {tuple(FIELDS)}
    assert {type(quote["direct"]) for quote in quotes} == {bool}


def test_quotes_stand_in_training_and_validation_articles_only(
    quotes: list[Quote], articles: dict[str, Article]
) -> None:
    assert {articles[quote["article_id"]].meta["split"] for quote in quotes} == {"train", "valid"}


def test_content_offsets_give_the_text(quotes: list[Quote], articles: dict[str, Article]) -> None:
    wrong = [one for one in quotes if articles[one["article_id"]].text[slice(*one["content"])] != one["text"]]
    assert wrong == []


def test_spans_are_whole_words_within_the_article(quotes: list[Quote], articles: dict[str, Article]) -> None:
    for quote in quotes:
        text = articles[quote["article_id"]].text
        for start, end in _spans(quote):
            assert 0 <= start < end <= len(text), quote
            assert text[start:end] == text[start:end].strip(), quote
            assert not re.fullmatch(r"\w\w", text[max(start - 1, 0) : start + 1]), quote
            assert not re.fullmatch(r"\w\w", text[end - 1 : end + 1]), quote


def test_direct_quotes_and_no_others_stand_between_quotation_marks(
    quotes: list[Quote], articles: dict[str, Article]
) -> None:
    for quote in quotes:
        start, end = quote["content"]
        around = articles[quote["article_id"]].text[start - 1 : start] + articles[quote["article_id"]].text[end]
        assert (around == '""') == quote["direct"], quote


def test_direct_quotes_have_three_words_or_more(quotes: list[Quote]) -> None:
    assert [one["text"] for one in quotes if one["direct"] and len(one["text"].split()) < 3] == []


def test_speakers_are_unknown_exactly_where_none_is_marked(quotes: list[Quote]) -> None:
    assert [one for one in quotes if (one["speaker"] is None) != (one["speaker_name"] == "unknown")] == []
    assert all(quote["speaker_name"].strip() for quote in quotes)


def test_no_quote_is_marked_twice(quotes: list[Quote]) -> None:
    places = [(quote["article_id"], *quote["content"], quote["direct"]) for quote in quotes]
    assert len(set(places)) == len(places)


def test_quotation_marks_of_the_articles_are_all_accounted_for(
    quotes: list[Quote], articles: dict[str, Article]
) -> None:
    """Every quotation of three words or more is a record: a forgotten one would count against a right answer."""
    marked = {(quote["article_id"], *quote["content"]) for quote in quotes if quote["direct"]}
    for id_ in {quote["article_id"] for quote in quotes}:
        for found in re.finditer(r'"([^"]+)"', articles[id_].text):
            if len(found[1].split()) >= 3:
                assert (id_, *found.span(1)) in marked, f"{id_}: {found[1]}"
