"""What a served model is asked and answers, as plain rows: questions or whole articles in, stances out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from detente.configs.errors import InputError
from detente.data.ingest.columns import name_columns
from detente.data.reading import to_record
from detente.data.records import STANCES, Article
from detente.models.predictor import Predictor

TEXT = "text"
ROLES = ("actor", "target")
"""What a row has beside its text that is a question; one without them is an article."""
ABOUT = ("id", "title", "published", "outlet", "url", "story")
"""What may be known of an article."""
STANCE = ("stance", *(f"p_{stance}" for stance in STANCES), "confident", "stances")
"""The answer to a question. `stances` is the conformal set, where the model gives them."""
FOUND = ("article_id", *ROLES, TEXT)
"""What stands before the answer where the questions were found in articles."""
Rows = list[dict[str, Any]]


def answer(predictor: Predictor, rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], Rows]:
    """The columns and rows that answer: one for each question, in order, or one for each pair found in the articles.

    Raises:
        InputError: There are questions and articles among the rows, or one lacks a name or its text, or is too long.
    """
    given = [{name: value for name, value in row.items() if value is not None} for row in rows]
    if any(role in row for row in given for role in ROLES):
        return STANCE, _answer_questions(predictor, given)
    return (*FOUND, *STANCE), _answer_articles(predictor, given)


def _answer_questions(predictor: Predictor, rows: Rows) -> Rows:
    for number, row in enumerate(rows, start=1):
        if lacking := [role for role in ROLES if role not in row]:
            raise InputError(
                f"row {number}: expected an actor and a target in every row, or in none of them, which are articles "
                f"then; found no {' and no '.join(lacking)}"
            )
    questions = [{name: row.get(name) for name in (*ROLES, TEXT)} for row in rows]
    return [prediction.model_dump(mode="json", include=set(STANCE)) for prediction in predictor.predict(questions)]


def _answer_articles(predictor: Predictor, rows: Rows) -> Rows:
    # the parser takes seconds to load, and who asks questions doesn't need it
    from detente.inference.window import asking, predict_window  # noqa: PLC0415

    part = predict_window(list(_articles(rows)), predictor, asking(predictor))
    if part.facts.rejected:
        raise InputError("; ".join(f"article {one.place}: {one.reason}" for one in part.facts.rejected))
    columns = {*FOUND, *STANCE}
    return [prediction.model_dump(mode="json", include=columns) for prediction in part.predictions]


def _articles(rows: Rows) -> Iterator[Article]:
    ids: Counter[str] = Counter()
    for number, row in enumerate(rows, start=1):
        record = to_record(name_columns(row), Article, default_id=str(number))
        if isinstance(record, list):
            raise InputError(f"row {number}: {'; '.join(record)}")
        ids[record.id] += 1
        if ids[record.id] > 1:
            raise InputError(f"row {number}: expected an id of its own; '{record.id}' is that of another row too")
        yield record
