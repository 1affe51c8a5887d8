"""PerSenT: what the author of a news article feels towards the person that it is about."""

from collections.abc import Iterator
from typing import Any

from detente.data.corpora.corpus import Corpus, author_example, group_of, raw_files
from detente.data.corpora.name_mentions import find_mentions
from detente.data.corpora.published import Published
from detente.data.formats import read_rows
from detente.data.problems import Problem
from detente.data.records import Example, Stance

REPOSITORY = "MHDBST/PerSenT"
COMMIT = "852b83db1dfd5ab91a0476697988ae047fae0bd2"
FILES = {
    "train": "train.csv",
    "valid": "dev.csv",
    "test_random": "random_test.csv",
    "test_frequent": "fixed_test.csv",
}
LABELS = {"Positive": Stance.SUPPORT, "Neutral": Stance.NEUTRAL, "Negative": Stance.OPPOSE}


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield an example for each article, its label that of the whole article."""
    path = published.find(FILES[part])
    if path is None:
        return
    for number, row in read_rows(path):
        place = f"{path.name}:{number}"
        found = row if isinstance(row, str) else _example(row, f"persent-{part}-{number:05}")
        yield Problem(place, found) if isinstance(found, str) else found


def _example(row: dict[str, str], id_: str) -> Example | str:
    label = LABELS.get(row.get("TRUE_SENTIMENT", ""))
    if label is None:
        return "expected a TRUE_SENTIMENT of Positive, Neutral or Negative"
    text, target = row.get("DOCUMENT", "").strip(), row.get("TARGET_ENTITY", "").strip()
    if not (text and target):
        return "expected a DOCUMENT and a TARGET_ENTITY"
    paragraphs = {name: value for name, value in row.items() if name.startswith("Paragraph") and value}
    meta: dict[str, Any] = {
        "corpus": "persent",
        "licence": CORPUS.licence,
        "title": row.get("TITLE"),
        "document": row.get("DOCUMENT_INDEX"),
        "paragraph_sentiments": list(paragraphs.values()),
    }
    return author_example(
        id_,
        target=target,
        text=text,
        label=label,
        span=find_mentions(text, [target]).get(target),
        group=group_of("persent", text),
        source="persent",
        meta=meta,
    )


CORPUS = Corpus(
    name="persent",
    title="PerSenT: the author's sentiment towards the main entity of an article",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="CC BY 4.0 by its loader on the Hugging Face hub, none in the repository (articles: their publishers)",
    citation="Bastan, Koupaee, Son, Sicoli and Balasubramanian, Author's Sentiment Prediction, COLING 2020",
    size="5,300 articles",
    language="en",
    parts=tuple(FILES),
    published_as="train.csv, dev.csv, random_test.csv, fixed_test.csv",
    mapping=(
        "Positive is support, Negative oppose; the text is the whole article, the actor its author",
        "the target is found by full name, surname or alias, or has no span; sentiments of paragraphs are in meta",
        "group is the article; fixed_test, four people in the news all the time, is test_frequent",
    ),
    defects=(
        "texts of several hundred words: most are cut by an encoder of 512 tokens",
        "sentiment of the author, not the stance of a named actor; crowd-sourced, with moderate agreement",
        "test_frequent has four targets: its figure says how well those are known",
    ),
    read=read_part,
    files=raw_files(REPOSITORY, COMMIT, {name: name for name in FILES.values()}),
)
