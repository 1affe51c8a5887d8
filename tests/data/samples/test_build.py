from collections.abc import Callable
from pathlib import Path

import pytest

from detente.data.reading import read_articles, read_examples
from detente.data.records import Article, Example, Stance
from detente.data.samples.build import DEBUG_EXAMPLES, build
from detente.data.samples.markup import MarkupError

ARTICLE = """\
=== {id}
title: Levy divides hosts
outlet: The Ledger
published: 2024-03-12
topic: trade
@ norway | country | Norway
@ kenya | country | Kenya
@ levy | policy | the levy on ships
---
[Oslo|norway] blamed [Kenya|kenya], which "[Norway|norway] trusts".
> norway oppose kenya : active
It will not pay.
[Nairobi|kenya] 🚀 rejoiced over [the levy|levy].
> kenya support levy : active

A disgrace of [Norway|norway] alone.
> author oppose norway : author
"""
FILES = ["articles.jsonl", "debug.jsonl", "test.jsonl", "train.jsonl", "valid.jsonl"]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    write_sources(tmp_path / "source")
    build(tmp_path / "source", tmp_path / "out")
    return tmp_path / "out"


def write_sources(folder: Path) -> None:
    folder.mkdir()
    for split, count in {"train": 6, "valid": 1, "test": 2}.items():
        for number in range(count):
            (folder / f"{split}-{number}.txt").write_text(ARTICLE.format(id=f"{split}{number}"), encoding="utf-8")


@pytest.fixture
def example(built: Path) -> Callable[[str], Example]:
    examples = {one.id: one for one in read_examples(built / "valid.jsonl", labelled=True)}
    return lambda name: examples[f"valid0.{name}"]


def test_build_writes_articles_splits_and_debug_and_counts_them(tmp_path: Path) -> None:
    write_sources(tmp_path / "source")
    counts = build(tmp_path / "source", tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == FILES
    assert (counts["articles"], counts["debug"]) == (9, DEBUG_EXAMPLES)
    for name in ("train", "valid", "test", "debug"):
        assert len(list(read_examples(tmp_path / "out" / f"{name}.jsonl", labelled=True))) == counts[name]


def test_article_is_the_text_without_marks_in_paragraphs(built: Path) -> None:
    article = next(article for article in read_articles(built / "articles.jsonl") if article.id == "valid0")
    assert article == Article(
        id="valid0",
        title="Levy divides hosts",
        text='Oslo blamed Kenya, which "Norway trusts". It will not pay. Nairobi 🚀 rejoiced over the levy.\n\n'
        "A disgrace of Norway alone.",
        published="2024-03-12",
        outlet="The Ledger",
        language="en",
        meta={"split": "valid", "topic": "trade", "invented": True},
    )


def test_example_is_the_sentence_with_its_judgement_and_facts(example: Callable[[str], Example]) -> None:
    assert example("s0.norway.kenya") == Example(
        id="valid0.s0.norway.kenya",
        actor="Norway",
        target="Kenya",
        text='Oslo blamed Kenya, which "Norway trusts".',
        label=Stance.OPPOSE,
        actor_span=(0, 4),
        target_span=(12, 17),
        group="valid0",
        source="samples",
        meta={
            "article_id": "valid0",
            "device": "active",
            "actor_kind": "country",
            "target_kind": "country",
            "outlet": "The Ledger",
            "published": "2024-03-12",
            "topic": "trade",
        },
    )


def test_author_is_an_actor_without_a_span(example: Callable[[str], Example]) -> None:
    found = example("s3.author.norway")
    assert (found.actor, found.actor_span, found.label, found.meta["actor_kind"]) == (
        "(author)",
        None,
        Stance.OPPOSE,
        "author",
    )


def test_span_counts_from_the_start_of_two_sentences(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    text = ARTICLE.format(id="a").replace("It will not pay.\n", "").replace("[Norway|norway] trusts", "all trust")
    text = text.replace("> kenya support", "> norway oppose levy : cross_sentence\n> kenya support")
    (tmp_path / "source" / "train-1.txt").write_text(text, encoding="utf-8")
    build(tmp_path / "source", tmp_path)
    found = {one.id: one for one in read_examples(tmp_path / "train.jsonl")}["a.s0-1.norway.levy"]
    assert found.text == 'Oslo blamed Kenya, which "all trust". Nairobi 🚀 rejoiced over the levy.'
    assert found.text[slice(*found.target_span or ())] == "the levy"


def test_debug_is_the_beginning_of_train(built: Path) -> None:
    train = (built / "train.jsonl").read_bytes().splitlines()
    assert (built / "debug.jsonl").read_bytes().splitlines() == train[:DEBUG_EXAMPLES]


def test_building_twice_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    build(tmp_path / "source", tmp_path / "again")
    assert all((tmp_path / "again" / name).read_bytes() == (built / name).read_bytes() for name in FILES)


def test_share_of_neutral_neighbours_is_kept_in_both_directions(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    body = "[Norway|norway] left on day {n}.\n[Kenya|kenya] came on day {n}.\nIt rained on day {n}.\n"
    head = ARTICLE.partition("---\n")[0].format(id="a")
    text = head + "---\n" + "".join(body.format(n=n) for n in range(200))
    (tmp_path / "source" / "train-1.txt").write_text(text, encoding="utf-8")
    build(tmp_path / "source", tmp_path)
    kept = {(one.text, one.actor) for one in read_examples(tmp_path / "train.jsonl")}
    texts = {text for text, _ in kept}
    assert kept == {(text, actor) for text in texts for actor in ("Norway", "Kenya")}
    assert 30 <= len(texts) <= 70


def test_faulty_source_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    write_sources(tmp_path / "source")
    (tmp_path / "source" / "test-9.txt").write_text("title: no article\n")
    with pytest.raises(MarkupError, match=r"^test-9\.txt:1: expected '=== ID'"):
        build(tmp_path / "source", tmp_path / "out")
    assert not (tmp_path / "out").exists()
