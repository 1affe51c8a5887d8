"""A window of records to a part: what is asked, in which order, and what an article that can't be asked becomes."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from detente.data.problems import Problem
from detente.data.records import Article, Example
from detente.inference import window
from detente.inference.window import CHUNK, Asking, Input, answer, asking, chunks, predict_window
from detente.models.baselines.predictor import BaselinePredictor
from detente.models.predictor import Predictor

BAD = "A stone."


def articles(count: int) -> list[Article]:
    return [Article(id=f"a{number}", text=f"Norway praised Kenya in round {number}.") for number in range(count)]


@pytest.fixture
def stumble(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes extraction fail at the article whose text is BAD."""
    extract = window.extract

    def on(error: BaseException) -> None:
        def stumbling(articles: Sequence[Article], **settings: Any) -> Any:
            if any(article.text == BAD for article in articles):
                raise error
            return extract(articles, **settings)

        monkeypatch.setattr(window, "extract", stumbling)

    return on


def test_records_are_counted_and_asked_in_their_order(predictor: Predictor, examples: list[Example]) -> None:
    quiet = Article(id="q", text="It rained.")
    records: list[Input] = [*articles(1), examples[0], Problem("in.jsonl:3", "no JSON"), quiet, examples[1]]
    part = predict_window(records, predictor, asking(predictor))
    assert [one.example_id for one in part.predictions] == ["a0:0-6:15-20", "a0:15-20:0-6", "e0", "e1"]
    assert (part.facts.records, part.facts.articles, part.facts.examples) == (5, 2, 2)
    assert part.facts.rejected == [Problem("in.jsonl:3", "no JSON")]
    assert part.facts.silent == [Problem("q", "no actors found")]


def test_an_answer_is_the_same_as_that_of_predict(predictor: Predictor, examples: list[Example]) -> None:
    assert len(examples) > CHUNK
    assert predict_window(examples, predictor, asking(predictor)).predictions == predictor.predict(examples)


def test_a_model_that_reads_no_rows_answers_too(examples: list[Example]) -> None:
    model = BaselinePredictor("majority", _Majority())
    part = predict_window([*articles(1), *examples], model, asking(model))
    assert len(part.predictions) == 26
    assert predict_window([], model, asking(model)).predictions == []


class _Majority:
    def predict_proba(self, examples: Sequence[Example]) -> Any:
        return np.tile([0.2, 0.5, 0.3], (len(examples), 1))


@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError("deep"), KeyError("x"), AssertionError("no")])
def test_an_article_that_makes_extraction_fail_is_rejected_alone(
    error: Exception, stumble: Callable[[BaseException], None], predictor: Predictor, examples: list[Example]
) -> None:
    stumble(error)
    good = [*articles(3), examples[0]]
    whole = predict_window([*good[:2], Article(id="bad", text=BAD), *good[2:]], predictor, asking(predictor))
    assert [one.place for one in whole.facts.rejected] == ["bad"]
    assert whole.facts.rejected[0].reason == f"extraction or tokenising failed: {type(error).__name__}: {error}"
    assert whole.predictions == predict_window(good, predictor, asking(predictor)).predictions
    assert (whole.facts.records, whole.facts.articles, whole.facts.examples) == (5, 3, 1)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), OSError(5, "broken disk"), SystemExit(1)])
def test_what_is_not_the_articles_fault_ends_the_run(
    error: BaseException, stumble: Callable[[BaseException], None]
) -> None:
    stumble(error)
    with pytest.raises(type(error)):
        Asking().ask([Article(id="bad", text=BAD)])


def test_rows_of_several_chunks_answer_their_own_questions(predictor: Predictor) -> None:
    records = articles(CHUNK + 3)
    asked = [asking(predictor).ask(chunk) for chunk in chunks(records)]
    assert [len(one.questions) for one in asked] == [2 * CHUNK, 6]
    part = answer(asked, predictor)
    assert part.predictions == predictor.predict([question for one in asked for question in one.questions])
