"""DSE: tab-separated rows with brackets; both directions of each."""

import gzip
import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from detente.data.corpora.dse import read_part
from detente.data.corpora.published import open_published
from detente.data.problems import Problem
from detente.data.records import Example, Stance

CORPORA = Path(os.environ.get("DETENTE_CORPORA", "../shared/corpora"))
needs_corpora = pytest.mark.skipif(
    not (CORPORA / "raw" / "dse").is_dir(), reason=f"needs the published DSE in {CORPORA / 'raw' / 'dse'}"
)


def row(label: int, sentence: str = "[Norway] met [Kenya].", p: str = "Norway", q: str = "Kenya") -> str:
    return f"{sentence}\t{p}\t{q}\t{label}\n"


@pytest.mark.parametrize(
    ("label", "forth", "back"),
    [
        (0, ("neutral", "annotated"), ("neutral", "annotated")),
        (1, ("support", None), ("neutral", "reverse")),
        (2, ("neutral", "reverse"), ("support", None)),
        (3, ("oppose", None), ("neutral", "reverse")),
        (4, ("neutral", "reverse"), ("oppose", None)),
    ],
)
def test_a_class_gives_an_example_for_each_direction(
    read: Callable, label: int, forth: tuple[str, str | None], back: tuple[str, str | None]
) -> None:
    one, other = read("dse", {"train.txt": row(label)}, "train").examples
    assert (one.actor, one.target, other.actor, other.target) == ("Norway", "Kenya", "Kenya", "Norway")
    assert (one.label, one.meta.get("neutral_kind")) == forth
    assert (other.label, other.meta.get("neutral_kind")) == back


def test_spans_point_at_the_mentions_in_both_directions(read: Callable) -> None:
    content = row(1, "So [Port Elli]s met [Kenya’]s envoy.", "Port Elli", "Kenya’")
    for example in read("dse", {"train.txt": content}, "train").examples:
        assert example.text == "So Port Ellis met Kenya’s envoy."
        assert example.text[slice(*example.actor_span)] == example.actor
        assert example.text[slice(*example.target_span)] == example.target
        assert {example.actor, example.target} == {"Port Ellis", "Kenya"}
        assert example.meta["repairs"] == ["… +s", "… -’"]
        assert example.meta["as_published"] == ["Port Elli", "Kenya’"]


def test_the_copies_of_a_sentence_share_a_group(read: Callable) -> None:
    content = row(1) + row(1, "[Norway]  met [kenya].", "Norway", "kenya") + row(0, "[Norway] left [Kenya].")
    groups = [example.group for example in read("dse", {"train.txt": content}, "train").examples]
    assert len(set(groups[:4])) == 1
    assert groups[4] != groups[0]


def test_ids_tell_part_line_and_direction(read: Callable) -> None:
    found = read("dse", {"valid.txt": row(0) + row(1)}, "valid").examples
    assert [example.id for example in found] == [
        "dse-valid-00001-pq",
        "dse-valid-00001-qp",
        "dse-valid-00002-pq",
        "dse-valid-00002-qp",
    ]


def test_quoted_sentences_are_read_as_csv(read: Callable) -> None:
    content = '"[Norway] said ""yes"" to [Kenya]."\tNorway\tKenya\t1\n'
    assert read("dse", {"train.txt": content}, "train").examples[0].text == 'Norway said "yes" to Kenya.'


def test_stray_spaces_in_brackets_and_sentences_do_no_harm(read: Callable) -> None:
    content = row(0, "[ Juror]s  met [Kenya ].", "Juror", "Kenya")
    one = read("dse", {"train.txt": content}, "train").examples[0]
    assert (one.text, one.actor, one.target) == ("Jurors met Kenya .", "Jurors", "Kenya")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[Norway] met [Kenya].\tNorway\tKenya\n", "expected 4 columns: sentence, p, q, class"),
        (row(7), "expected a class from 0 to 4"),
        (row(1, p="Sweden"), "the mentions in brackets are not those of the columns"),
        (row(1, "[Norway] met Kenya."), "the mentions in brackets are not those of the columns"),
        (row(1, "[Norway] left[.] Then.", q="."), "a mention without a letter or a digit"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_the_reason(read: Callable, content: str, reason: str) -> None:
    found = read("dse", {"train.txt": row(0) + content}, "train")
    assert found.problems == [Problem("train.txt:2", reason)]
    assert len(found.examples) == 2


def test_a_part_without_a_file_gives_nothing(read: Callable) -> None:
    assert read("dse", {"train.txt": row(0)}, "test") == ([], [])


def raw(part: str) -> list[Example | Problem]:
    with open_published(CORPORA / "raw" / "dse") as published:
        return list(read_part(published, part))


@needs_corpora
@pytest.mark.slow
@pytest.mark.parametrize(("part", "rows", "unusable"), [("train", 13_144, 178), ("valid", 1_461, 15)])
def test_every_published_row_becomes_two_examples_or_a_problem(part: str, rows: int, unusable: int) -> None:
    found = raw(part)
    problems = [one for one in found if isinstance(one, Problem)]
    assert len(problems) == unusable
    assert len(found) - unusable == 2 * (rows - unusable)


@needs_corpora
@pytest.mark.slow
@pytest.mark.parametrize("part", ["train", "valid"])
def test_labels_and_mentions_agree_with_those_that_were_mended_by_others(part: str) -> None:
    mine = {one.id: one for one in raw(part) if isinstance(one, Example)}
    agree: Counter[tuple[str, bool]] = Counter()
    with gzip.open(CORPORA / "dse" / f"{part}_clean.jsonl.gz") as file:
        for line in file:
            theirs = json.loads(line)
            one = mine[theirs["id"]]
            agree["label", one.label is Stance(theirs["label"])] += 1
            names = (" ".join(theirs["actor"].split()), " ".join(theirs["target"].split()))
            agree["mentions", (one.actor, one.target) == names] += 1
    assert agree["label", False] == 0
    assert agree["mentions", False] / agree["mentions", True] < 0.001
