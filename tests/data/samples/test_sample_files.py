"""The shipped sample files: what the documentation and the examples of use say of them."""

import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from detente.data import samples
from detente.data.extraction.extract import extract
from detente.data.ingest.files import count_records, find_files, read_inputs
from detente.data.reading import read_articles, read_examples
from detente.data.records import STANCES, Article, Example, Stance
from detente.data.samples.build import build

FOLDER = Path(samples.__path__[0])
SPLITS = ("train", "valid", "test")


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Example]]:
    return {name: list(read_examples(FOLDER / f"{name}.jsonl", labelled=True)) for name in SPLITS}


@pytest.fixture(scope="module")
def everything(splits: dict[str, list[Example]]) -> list[Example]:
    return [example for part in splits.values() for example in part]


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    return {article.id: article for article in read_articles(FOLDER / "articles.jsonl")}


@pytest.fixture(scope="module")
def new_articles() -> list[Article]:
    records = list(read_inputs(find_files([FOLDER / "new_articles"])))
    assert all(isinstance(record, Article) for record in records)
    return [record for record in records if isinstance(record, Article)]


@pytest.fixture(scope="module")
def surfaces() -> dict[tuple[str, str], set[str]]:
    """What the source files call each entity, by article and entity, read without our parser."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in sorted((FOLDER / "source").glob("*.txt")):
        for article in re.split(r"^===", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            for surface, entity in re.findall(r"\[([^\]|]+)\|([a-z0-9_]+)\]", article):
                found[article.split()[0], entity].add(surface)
    return found


class TestSize:
    def test_there_are_enough_articles_and_examples(
        self, articles: dict[str, Article], everything: list[Example]
    ) -> None:
        assert len(articles) >= 120
        assert len(everything) >= 1500

    @pytest.mark.parametrize("split", SPLITS)
    def test_every_split_has_every_stance(self, splits: dict[str, list[Example]], split: str) -> None:
        shares = {stance: sum(one.label is stance for one in splits[split]) / len(splits[split]) for stance in STANCES}
        assert min(shares.values()) > 0.05

    def test_debug_file_is_small_and_has_every_stance(self) -> None:
        examples = list(read_examples(FOLDER / "debug.jsonl", labelled=True))
        assert len(examples) == 24
        assert {example.label for example in examples} == set(STANCES)


class TestSplits:
    def test_ids_are_unique_over_all_splits(self, everything: list[Example]) -> None:
        assert len({example.id for example in everything}) == len(everything)

    @pytest.mark.parametrize("what", ["group", "text"])
    def test_no_group_and_no_text_is_in_two_splits(self, splits: dict[str, list[Example]], what: str) -> None:
        values = {name: {getattr(example, what) for example in part} for name, part in splits.items()}
        assert all(values[one].isdisjoint(values[other]) for one, other in combinations(SPLITS, 2))

    def test_groups_are_articles_of_the_same_split(
        self, splits: dict[str, list[Example]], articles: dict[str, Article]
    ) -> None:
        found = {
            (name, articles[str(example.group)].meta["split"]) for name, part in splits.items() for example in part
        }
        assert found == {(name, name) for name in SPLITS}


class TestContent:
    def test_spans_hold_what_the_source_marks(
        self, everything: list[Example], surfaces: dict[tuple[str, str], set[str]]
    ) -> None:
        for example in everything:
            article, _, actor, target = example.id.split(".")
            for entity, span in ((actor, example.actor_span), (target, example.target_span)):
                assert span is None or example.text[slice(*span)] in surfaces[article, entity], example.id

    def test_spans_are_whole_words(self, everything: list[Example]) -> None:
        for example in everything:
            for start, end in filter(None, (example.actor_span, example.target_span)):
                assert not re.fullmatch(r"\w\w", example.text[max(start - 1, 0) : start + 1]), example.id
                assert not re.fullmatch(r"\w\w", example.text[end - 1 : end + 1]), example.id

    def test_only_authors_and_policies_go_unmentioned(self, everything: list[Example]) -> None:
        assert {one.actor for one in everything if one.actor_span is None} == {"(author)"}
        assert {one.meta["target_kind"] for one in everything if one.target_span is None} <= {"policy", "event"}

    def test_texts_stand_in_their_articles(self, everything: list[Example], articles: dict[str, Article]) -> None:
        plain = {id_: article.text.replace("\n\n", " ") for id_, article in articles.items()}
        assert [one.id for one in everything if one.text not in plain[str(one.group)]] == []

    def test_no_marks_are_left_over(self, articles: dict[str, Article]) -> None:
        assert [one.id for one in articles.values() if re.search(r"[\[\]|]|^[>@=]", one.text, flags=re.MULTILINE)] == []

    def test_no_question_has_two_answers(self, everything: list[Example]) -> None:
        answers = defaultdict(set)
        for example in everything:
            answers[example.actor, example.target, example.text].add(example.label)
        assert [question for question, labels in answers.items() if len(labels) > 1] == []

    def test_target_often_stands_first(self, everything: list[Example]) -> None:
        held = [
            one.target_span < one.actor_span
            for one in everything
            if one.label is not Stance.NEUTRAL and one.actor_span and one.target_span
        ]
        assert sum(held) / len(held) >= 0.25

    def test_stance_is_not_a_matter_of_the_names(self, everything: list[Example]) -> None:
        groups: dict[tuple[str, str], dict[Stance | None, set[str]]] = defaultdict(lambda: defaultdict(set))
        for example in everything:
            groups[example.actor, example.target][example.label].add(str(example.group))
        both = [
            pair
            for pair, found in groups.items()
            if any(one != other for one in found[Stance.SUPPORT] for other in found[Stance.OPPOSE])
        ]
        assert both

    def test_two_directions_of_a_pair_often_differ(self, everything: list[Example]) -> None:
        labels = {(one.text, one.actor, one.target): one.label for one in everything}
        both = [(label, labels.get((text, target, actor))) for (text, actor, target), label in labels.items()]
        held = [one != other for one, other in both if other is not None and one is not Stance.NEUTRAL]
        assert sum(held) / len(held) > 0.5


class TestBuilding:
    def test_building_again_gives_the_same_bytes(self, tmp_path: Path) -> None:
        build(FOLDER / "source", tmp_path)
        changed = [file.name for file in tmp_path.iterdir() if file.read_bytes() != (FOLDER / file.name).read_bytes()]
        assert changed == []


class TestNewArticles:
    def test_folder_holds_files_of_text_and_json_lines(self, new_articles: list[Article]) -> None:
        files = find_files([FOLDER / "new_articles"])
        assert {file.suffix for file in files} == {".txt", ".jsonl"}
        assert len(new_articles) == count_records(files) >= 10

    def test_new_articles_have_titles_and_ids_of_their_own(self, new_articles: list[Article]) -> None:
        assert all(article.title for article in new_articles)
        assert len({article.id for article in new_articles}) == len(new_articles)

    def test_new_articles_are_in_no_split(self, new_articles: list[Article], articles: dict[str, Article]) -> None:
        assert {article.id for article in new_articles}.isdisjoint(articles)
        assert {article.text for article in new_articles}.isdisjoint(article.text for article in articles.values())
        assert {article.title for article in new_articles}.isdisjoint(article.title for article in articles.values())

    def test_every_new_article_gives_questions(self, new_articles: list[Article]) -> None:
        silent = [one.article.id for one in extract(new_articles) if not one.examples]
        assert silent == []
