import json
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.extraction.extract_files import NO_ACTORS, NO_PAIRS, extract_files
from detente.data.extraction.pairs import PairSettings
from detente.data.extraction.parsing import LONGEST
from detente.data.reading import read_examples, write_records
from detente.data.records import Article

TEXTS = {"met": "Norway met Kenya.", "alone": "Norway waited.", "nobody": "It rained all day."}


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    path = tmp_path / "articles.jsonl"
    write_records(path, [Article(id=id_, text=text) for id_, text in TEXTS.items()], Article)
    return path


@pytest.fixture
def run(tmp_path: Path, articles: Path) -> Callable:
    """Extracts the articles into out.jsonl."""
    return lambda **settings: extract_files([articles], tmp_path / "out.jsonl", progress=False, **settings)


def test_pairs_are_written_as_unlabelled_examples(run: Callable, tmp_path: Path) -> None:
    result = run()
    examples = list(read_examples(tmp_path / "out.jsonl"))
    assert [(one.id, one.actor, one.target, one.label) for one in examples] == [
        ("met:0-6:11-16", "Norway", "Kenya", None),
        ("met:11-16:0-6", "Kenya", "Norway", None),
    ]
    assert (result.articles, result.sentences, result.examples, result.failed) == (3, 3, 2, 0)


def test_article_without_a_pair_is_counted_with_the_reason(run: Callable) -> None:
    assert run().left_out == {NO_PAIRS: 1, NO_ACTORS: 1}


def test_what_is_left_out_can_be_written_down(run: Callable, tmp_path: Path) -> None:
    run(rejects=tmp_path / "deep" / "rejects.jsonl", settings=PairSettings(max_pairs=1))
    rows = [json.loads(line) for line in (tmp_path / "deep" / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == [
        {"place": "met:11-16:0-6", "reason": "more than 1 pairs in a sentence; others stand closer together"},
        {"place": "alone", "reason": NO_PAIRS},
        {"place": "nobody", "reason": NO_ACTORS},
    ]


def test_broken_line_is_left_out_and_the_rest_is_done(run: Callable, articles: Path) -> None:
    articles.write_text("{broken\n" + articles.read_text(encoding="utf-8"), encoding="utf-8")
    result = run()
    assert (result.failed, result.articles) == (1, 3)
    assert any(reason.startswith("expected a JSON object") for reason in result.left_out)


def test_example_among_the_articles_stops_the_run(run: Callable, articles: Path, tmp_path: Path) -> None:
    articles.write_text('{"actor": "Norway", "target": "Kenya", "text": "Norway met Kenya."}\n', encoding="utf-8")
    with pytest.raises(InputError, match="expected articles; found an example with an actor and a target"):
        run()
    assert not (tmp_path / "out.jsonl").exists()


def test_output_of_unknown_kind_is_refused_before_anything_is_read(articles: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a file name that ends in"):
        extract_files([articles], tmp_path / "out.txt", progress=False)


def test_output_in_the_folder_that_is_read_is_no_input(articles: Path, tmp_path: Path) -> None:
    for _ in range(2):
        result = extract_files([tmp_path], tmp_path / "out.jsonl", progress=False)
    assert result.articles == 3


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_other_formats_hold_the_same(articles: Path, tmp_path: Path, name: str) -> None:
    extract_files([articles], tmp_path / "out.jsonl", progress=False)
    extract_files([articles], tmp_path / name, progress=False)
    assert list(read_examples(tmp_path / name)) == list(read_examples(tmp_path / "out.jsonl"))


@pytest.mark.parametrize("option", ["output", "rejects"])
def test_articles_are_not_written_over(articles: Path, tmp_path: Path, option: str) -> None:
    before = articles.read_bytes()
    paths = {"output": tmp_path / "out.jsonl", option: articles}
    with pytest.raises(InputError, match=r"articles\.jsonl: expected an output that is none of the inputs"):
        extract_files([articles], **paths, progress=False)
    assert articles.read_bytes() == before


def test_rejects_in_the_folder_that_is_read_are_no_input(run: Callable, tmp_path: Path) -> None:
    for _ in range(2):
        paths = {"output": tmp_path / "out.jsonl", "rejects": tmp_path / "rejects.jsonl"}
        result = extract_files([tmp_path], **paths, progress=False)
        assert (result.articles, result.failed) == (3, 0)


def test_file_of_many_articles_in_one_is_left_out(run: Callable, articles: Path) -> None:
    write_records(
        articles, [Article(id="book", text="x " * (LONGEST // 2) + "x"), Article(id="b", text="Rain.")], Article
    )
    assert run().left_out == {
        "longer than 200,000 characters: no single article. Cut it into its articles": 1,
        NO_ACTORS: 1,
    }


def test_other_kinds_of_files_are_counted_and_empty_ones_are_no_failure(tmp_path: Path, articles: Path) -> None:
    (tmp_path / "a.pdf").write_text("x", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    result = extract_files([tmp_path], tmp_path / "out.jsonl", progress=False)
    assert (result.articles, result.failed) == (3, 0)
    assert result.left_out.keys() >= {"files that end in .pdf are not read", "the file is empty"}
