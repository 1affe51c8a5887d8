import random

import pytest

from detente.data.ingest.stories import Stories, sentence_fingerprints
from detente.data.records import Article

WORDS = [f"word{number}" for number in range(3000)]


def sentence(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=14)).capitalize() + "."


def text(seed: int, sentences: int = 20) -> str:
    draw = random.Random(seed)
    return " ".join(sentence(draw) for _ in range(sentences))


def first(text: str, sentences: int) -> str:
    return ". ".join(text.split(". ")[:sentences]) + "."


def stories(*texts: str) -> list[str]:
    """The stories of the texts, by the places of their first articles."""
    found = Stories()
    for number, one in enumerate(texts):
        found.add(Article(id=str(number), text=one))
    return list(found.of_articles().values())


def test_articles_that_share_nothing_are_stories_of_their_own() -> None:
    assert stories(text(1), text(2), text(3)) == ["0", "1", "2"]


def test_story_is_the_id_of_its_first_article() -> None:
    changed = text(1).replace("word1 ", "another ")
    assert stories(text(2), text(1), changed, text(1).upper()) == ["0", "1", "1", "1"]


@pytest.mark.parametrize("sentences", [3, 5, 8])
def test_copy_of_the_first_sentences_is_of_the_story_whichever_comes_first(sentences: int) -> None:
    whole, start = text(1), first(text(1), sentences)
    assert stories(whole, text(2), start) == ["0", "1", "0"]
    assert stories(start, text(2), whole) == ["0", "1", "0"]


def test_copy_with_a_sentence_of_its_own_before_the_start_is_of_the_story() -> None:
    assert stories(text(1), f"{sentence(random.Random(9))} {first(text(1), 5)}") == ["0", "0"]


def test_two_reports_that_quote_the_same_statement_are_two_stories() -> None:
    statement = first(text(7), 3)
    assert stories(f"{statement} {text(1)}", f"{statement} {text(2)}") == ["0", "1"]


def test_report_that_quotes_does_not_hide_the_copy_behind_it() -> None:
    statement = first(text(7), 3)
    whole = f"{statement} {text(1)}"
    assert stories(f"{statement} {text(2)}", whole, first(whole, 6)) == ["0", "1", "1"]


def test_short_sentences_make_no_story() -> None:
    replies = "He declined to comment. She did not reply. They left at noon."
    assert stories(f"{replies} {text(1, 3)}", f"{replies} {text(2, 3)}") == ["0", "1"]


def test_articles_that_state_a_story_are_one_within_a_source() -> None:
    found = Stories()
    for key, source in (("a", "x.jsonl"), ("b", "x.jsonl"), ("c", "y.jsonl")):
        found.add(Article(id=key, text=text(ord(key)), story="s1"), source)
    assert found.of_articles() == {"a": "a", "b": "a", "c": "c"}


def test_sentences_differ_by_their_words_alone() -> None:
    one = sentence_fingerprints(
        "Norway said that it backed the levy on fuel. No.\n“Kenya opposed it, and left the hall at noon.”"
    )
    other = sentence_fingerprints(
        "NORWAY said, that it backed the levy on fuel! Kenya opposed it and left the hall at noon"
    )
    assert list(one) == list(other)
    assert len(one) == 2
