"""PerSenT: articles with the author's sentiment."""

from collections.abc import Callable

import pytest

from detente.data.problems import Problem
from detente.data.records import Holder

HEAD = "DOCUMENT_INDEX,TITLE,TARGET_ENTITY,DOCUMENT,MASKED_DOCUMENT,TRUE_SENTIMENT,Paragraph0,Paragraph1\n"
ARTICLE = '"Then Tolve left.\nMira Tolve, 40, is mayor."'


def row(sentiment: str = "Negative", target: str = "Mira Tolve", document: str = ARTICLE) -> str:
    return f"7,A title,{target},{document},masked,{sentiment},Neutral,\n"


@pytest.mark.parametrize(
    ("sentiment", "stance"), [("Positive", "support"), ("Neutral", "neutral"), ("Negative", "oppose")]
)
def test_an_article_asks_about_its_author(read: Callable, sentiment: str, stance: str) -> None:
    (one,) = read("persent", {"train.csv": HEAD + row(sentiment)}, "train").examples
    assert (one.actor, one.holder, one.target, one.label) == ("(author)", Holder.AUTHOR, "Mira Tolve", stance)
    assert one.target_span == (17, 27)
    assert one.meta["paragraph_sentiments"] == ["Neutral"]
    assert one.meta["title"] == "A title"


def test_a_target_that_the_article_does_not_name_has_no_span(read: Callable) -> None:
    (one,) = read("persent", {"train.csv": HEAD + row(target="Oskar Brandin")}, "train").examples
    assert one.target_span is None


@pytest.mark.parametrize(
    ("part", "name"),
    [("valid", "dev.csv"), ("test_random", "random_test.csv"), ("test_frequent", "fixed_test.csv")],
)
def test_each_part_has_its_file(read: Callable, part: str, name: str) -> None:
    assert len(read("persent", {name: HEAD + row()}, part).examples) == 1
    assert read("persent", {name: HEAD + row()}, "train").examples == []


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (row("Mixed"), "expected a TRUE_SENTIMENT of Positive, Neutral or Negative"),
        (row(target=""), "expected a DOCUMENT and a TARGET_ENTITY"),
        (row(document=""), "expected a DOCUMENT and a TARGET_ENTITY"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside(read: Callable, content: str, reason: str) -> None:
    (problem,) = read("persent", {"train.csv": HEAD + content}, "train").problems
    assert problem.reason == reason
    assert isinstance(problem, Problem)
