"""VAST: for or against a topic in reader comments of a newspaper, with thousands of topics."""

from collections.abc import Iterator
from typing import Any

from detente.data.corpora.corpus import Corpus, author_example, group_of, raw_files
from detente.data.corpora.published import Published
from detente.data.formats import read_rows
from detente.data.problems import Problem
from detente.data.records import Example, Span, Stance

REPOSITORY = "emilyallaway/zero-shot-stance"
COMMIT = "06bab8a278c11cb3dd6e4ee16b5eab7e9575f856"
FILES = {"train": "vast_train.csv", "valid": "vast_dev.csv", "test": "vast_test.csv"}
LABELS = {"0": Stance.OPPOSE, "1": Stance.SUPPORT, "2": Stance.NEUTRAL}
_SYNTHETIC = "4"


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield an example for each comment and topic."""
    path = published.find(FILES[part])
    if path is None:
        return
    for number, row in read_rows(path):
        place = f"{path.name}:{number}"
        found = row if isinstance(row, str) else _example(row, f"vast-{part}-{number:06}")
        yield Problem(place, found) if isinstance(found, str) else found


def _example(row: dict[str, str], id_: str) -> Example | str:
    label = LABELS.get(row.get("label", ""))
    if label is None:
        return "expected a label of 0, 1 or 2"
    synthetic = row.get("type_idx") == _SYNTHETIC
    text = row.get("post", "").strip()
    target = (row.get("topic_str" if synthetic else "new_topic") or "").strip()
    if not (text and target):
        return "expected a post and a topic"
    meta: dict[str, Any] = {
        "corpus": "vast",
        "licence": CORPUS.licence,
        "new_id": row.get("new_id"),
        "seen": row.get("seen?") == "1",
    }
    if row.get("arc_id"):
        meta["article_id"] = f"vast-{row['arc_id']}"
    if label is Stance.NEUTRAL:
        meta["neutral_kind"] = "synthetic" if synthetic else "annotated"
    return author_example(
        id_,
        target=target,
        text=text,
        label=label,
        span=_locate(text, target),
        group=group_of("vast", text),
        source="vast",
        meta=meta,
    )


def _locate(text: str, topic: str) -> Span | None:
    start = text.lower().find(topic.lower())
    return None if start < 0 or len(text.lower()) != len(text) else (start, start + len(topic))


CORPUS = Corpus(
    name="vast",
    title="VAST: varied stance topics",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="none stated",
    citation="Allaway and McKeown, Zero-Shot Stance Detection: A Dataset and Model using Generalized Topic "
    "Representations, EMNLP 2020",
    size="18,545 pairs of comment and topic (13,477 / 2,062 / 3,006)",
    language="en",
    parts=tuple(FILES),
    published_as="data/VAST/vast_train.csv, vast_dev.csv, vast_test.csv",
    mapping=(
        "pro is support, con oppose; the actor is the author of the comment, the target the topic",
        "group is the comment; the article that it was written under is meta.article_id",
    ),
    defects=(
        "reader comments, not news; the author's stance towards a topic",
        "many of the neutrals are made by pairing a comment with a foreign topic (neutral_kind synthetic); new_topic "
        "is wrong there, so that the topic comes from topic_str, in lower case and without small words",
        "models are reported to do as well without seeing the topic",
    ),
    read=read_part,
    files=raw_files(REPOSITORY, COMMIT, {name: f"data/VAST/{name}" for name in FILES.values()}),
)
