from pathlib import Path

import pytest

from detente.data.reading import write_records
from detente.data.records import Example
from detente.data.summary import Summary, summarise


def make_example(number: int, **changes: object) -> Example:
    values = {"id": f"e{number}", "actor": "Norvik", "target": "Kelta", "text": f"Norvik met Kelta on day {number}."}
    return Example.model_validate(values | changes)


def summarise_lists(tmp_path: Path, *lists: list[Example]) -> Summary:
    files = []
    for number, examples in enumerate(lists):
        path = tmp_path / f"part-{number}.jsonl"
        write_records(path, examples, Example)
        files.append((path, examples))
    return summarise(files)


def test_stances_are_counted_by_file_and_in_all(tmp_path: Path) -> None:
    first = [make_example(0, label="support"), make_example(1, label="oppose"), make_example(2)]
    summary = summarise_lists(tmp_path, first, [make_example(3, label="support")])
    assert [(name, dict(counts)) for name, counts in summary.files()] == [
        ("part-0.jsonl", {"support": 1, "oppose": 1, "unlabelled": 1}),
        ("part-1.jsonl", {"support": 1}),
        ("all", {"support": 2, "oppose": 1, "unlabelled": 1}),
    ]


def test_one_file_has_no_line_for_all(tmp_path: Path) -> None:
    assert len(summarise_lists(tmp_path, [make_example(0)]).files()) == 1


def test_names_stand_by_frequency_then_by_name(tmp_path: Path) -> None:
    examples = [make_example(n, actor=actor) for n, actor in enumerate(["Zeb", "Ada", "Moll", "Moll", "Ada", "Kit"])]
    summary = summarise_lists(tmp_path, examples)
    assert [(name, counts.total()) for name, counts in summary.actors.top(3)] == [("Ada", 2), ("Moll", 2), ("Kit", 1)]
    assert summary.actors.distinct == 4
    assert summary.share(summary.actors.top(2)) == "66.7%"


def test_pairs_have_a_direction(tmp_path: Path) -> None:
    examples = [make_example(0), make_example(1, actor="Kelta", target="Norvik")]
    assert summarise_lists(tmp_path, examples).pairs.distinct == 2


@pytest.mark.parametrize(
    ("published", "year"),
    [
        ("2021-08-10", "2021"),
        ("10 Aug 1999", "1999"),
        ("20210810", "(not given)"),
        (None, "(not given)"),
        (["Norvik", "2020"], "(not given)"),
    ],
)
def test_years_are_those_of_dates(tmp_path: Path, published: object, year: str) -> None:
    summary = summarise_lists(tmp_path, [make_example(0, meta={"published": published})])
    assert [value for value, _ in summary.years.in_order()] == [year]


def test_lengths_are_words(tmp_path: Path) -> None:
    examples = [make_example(n, text=" ".join(["word"] * length)) for n, length in enumerate([1, 2, 3, 4, 5])]
    assert [words for _, words in summarise_lists(tmp_path, examples).lengths()] == [1, 2, 3, 4, 5]


def test_repeated_questions_and_their_contradictions_are_counted(tmp_path: Path) -> None:
    first = make_example(0, label="support")
    same = first.model_copy(update={"id": "x"})
    other = make_example(9, text=first.text, label="oppose")
    repeats = summarise_lists(tmp_path, [first, same, other]).repeats
    assert (repeats.questions, repeats.contradictions, repeats.texts, repeats.across) == (2, 1, 1, 0)


def test_texts_of_two_files_are_counted(tmp_path: Path) -> None:
    other_question = make_example(5, text=make_example(0).text, target="Kasra")
    repeats = summarise_lists(tmp_path, [make_example(0), make_example(1)], [other_question]).repeats
    assert (repeats.across, repeats.questions, repeats.texts) == (1, 0, 2)


def test_groups_articles_and_stories_are_counted(tmp_path: Path) -> None:
    examples = [
        make_example(0, group="g", meta={"article_id": "a1"}),
        make_example(1, group="g", meta={"article_id": "a2"}),
    ]
    summary = summarise_lists(tmp_path, [*examples, make_example(2)])
    assert [(name, one.distinct, one.missing) for name, one in summary.clusters.items()] == [
        ("group", 1, 1),
        ("article", 2, 1),
        ("story", 0, 3),
    ]
    assert len(summary.parts[0].groups) == 2


def test_spans_tell_what_is_marked(tmp_path: Path) -> None:
    examples = [
        make_example(0, actor_span=(0, 6), target_span=(11, 16)),
        make_example(1, target_span=(11, 16)),
        make_example(2),
    ]
    values = [value for value, _ in summarise_lists(tmp_path, examples).spans.in_order()]
    assert values == ["actor and target", "neither", "target"]


def test_what_importers_and_coders_left_in_meta_is_counted(tmp_path: Path) -> None:
    metas = [
        {"corpus": "gull", "licence": "CC BY", "defects": ["no date", "cut short"], "votes": {"ann": "support"}},
        {"corpus": "gull", "licence": "MIT", "defects": "cut short", "votes": {"ann": "oppose", "bo": "oppose"}},
        {"defects": None, "votes": "three", "chosen_by": "random"},
    ]
    summary = summarise_lists(tmp_path, [make_example(n, meta=meta) for n, meta in enumerate(metas)])
    assert {key: tally.distinct for key, tally in summary.provenance.items()} == {"corpus": 1, "licence": 2}
    assert [(value, counts.total()) for value, counts in summary.defects.top(9)] == [("cut short", 2), ("no date", 1)]
    assert (summary.coders, summary.coded_twice) == ({"ann", "bo"}, 1)
    assert [value for value, _ in summary.chosen_by.in_order()] == ["(not given)", "random"]
