"""SEESAW: stories, articles and triplets in three folders of JSON."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from detente.configs.errors import InputError
from detente.data.problems import Problem
from detente.data.records import Example, Holder

ENTITIES = {"Mira Tolve": "People", "Harbour Party": "Organization", "harbour tax": "Topic"}
SENTENCES = [
    "Mira Tolve attacked the Harbour Party.",
    "It hurt.",
    "She wants the harbour tax.",
    "",
    "Nobody spoke of Tolve.",
    "The harbour tax is a disgrace.",
]


def triplet(subject: str, sentiment: str, target: str, id_: int = 0) -> dict[str, Any]:
    return {"id": id_, "subject": subject, "sentiment": sentiment, "object": target, "annotators": ["A"]}


def story(
    stances: dict[int, list[dict[str, Any]]], *, split: str = "train", number: str = "007", **changes: Any
) -> dict[str, str]:
    """The files of a story with one article."""
    meta = {"Split": split, "triplet_id": number, "story_time": "2019-10-24", "story_topic": "ports"}
    meta["Meta info for article 0"] = {"source": "Port Times", "url": "http://example.org", "bias_label": 0}
    text = {"title": "A", "text": [{"id": place, "text": one} for place, one in enumerate(SENTENCES)]}
    annotations = {
        "title": "A",
        "entity lists": [[name, [kind], ["Main"], ["A"]] for name, kind in ENTITIES.items()],
        "sentence-level stances": {str(place): triplets for place, triplets in stances.items()},
    } | changes
    return {
        f"SEESAW/meta/TRIPLET_{number}.json": json.dumps(meta),
        f"SEESAW/articles/TRIPLET_{number}_DOCUMENT_0.json": json.dumps(text),
        f"SEESAW/annotations/TRIPLET_{number}_DOCUMENT_0.json": json.dumps(annotations),
    }


def stance(found: Any) -> Example:
    (one,) = [example for example in found.examples if "neutral_kind" not in example.meta]
    return one


def test_a_stance_between_two_named_entities_asks_about_its_sentence(read: Callable) -> None:
    one = stance(read("seesaw", story({0: [triplet("Mira Tolve", "NEG", "Harbour Party")]}), "train"))
    assert (one.actor, one.target, one.label) == ("Mira Tolve", "Harbour Party", "oppose")
    assert one.text == SENTENCES[0]
    assert (one.actor_span, one.target_span) == ((0, 10), (24, 37))
    assert (one.group, one.holder, one.id) == ("seesaw-007", None, "seesaw-007_0-0-0")
    assert one.meta["article_id"] == "seesaw-007_0"
    assert (one.meta["outlet"], one.meta["published"], one.meta["sentence"]) == ("Port Times", "2019-10-24", 0)


def test_sentences_before_come_along_where_the_sentence_does_not_name_both(read: Callable) -> None:
    one = stance(read("seesaw", story({2: [triplet("Mira Tolve", "POS", "harbour tax")]}), "train"))
    assert one.label == "support"
    assert one.text == " ".join(SENTENCES[:3])
    assert one.meta["context_sentences"] == 2
    assert one.actor_span == (0, 10)
    assert one.text[slice(*one.target_span or (0, 0))] == "harbour tax"


def test_an_entity_that_is_named_nowhere_has_no_span(read: Callable) -> None:
    one = stance(read("seesaw", story({5: [triplet("Harbour Party", "NEG", "harbour tax")]}), "train"))
    assert one.actor_span is None
    assert one.target_span is not None
    assert one.meta["context_sentences"] == 3


def test_a_source_of_none_is_the_author(read: Callable) -> None:
    one = stance(read("seesaw", story({5: [triplet("None", "NEG", "harbour tax")]}), "train"))
    assert (one.actor, one.actor_span, one.holder) == ("(author)", None, Holder.AUTHOR)
    assert one.text == SENTENCES[5]


def test_a_source_that_is_not_listed_is_an_unnamed_one(read: Callable) -> None:
    one = stance(read("seesaw", story({5: [triplet("Not in the list", "NEG", "harbour tax")]}), "train"))
    assert (one.actor, one.actor_span, one.holder) == ("(unnamed source)", None, None)


@pytest.mark.parametrize(
    ("place", "triplets", "problem"),
    [
        (
            0,
            [triplet("Mira Tolve", "NEG", "Not in the list")],
            Problem("article 007_0, sentence 0, stance 0", "the target is not among the entities of the article"),
        ),
        (
            0,
            [triplet("Mira Tolve", "NEG", "Harbour Party"), triplet("Mira Tolve", "POS", "Harbour Party", 1)],
            Problem(
                "article 007_0, sentence 0, stance 0",
                "the sentence has both a positive and a negative stance for the pair",
            ),
        ),
        (
            3,
            [triplet("Mira Tolve", "NEG", "Harbour Party")],
            Problem("article 007_0, sentence 3", "the annotated sentence is empty or missing"),
        ),
    ],
)
def test_a_stance_that_cannot_be_used_is_set_aside(
    read: Callable, place: int, triplets: list[dict[str, Any]], problem: Problem
) -> None:
    found = read("seesaw", story({place: triplets}), "train")
    assert found.problems == [problem]
    assert all(one.label == "neutral" for one in found.examples)


def test_a_stance_given_twice_is_one_example(read: Callable) -> None:
    twice = [triplet("Mira Tolve", "NEG", "Harbour Party"), triplet("Mira Tolve", "NEG", "Harbour Party", 1)]
    assert stance(read("seesaw", story({0: twice}), "train")).label == "oppose"


def test_pairs_without_a_stance_are_neutral_with_the_kind(read: Callable) -> None:
    annotated = read("seesaw", story({0: [triplet("Mira Tolve", "NEG", "Harbour Party")]}), "train").examples
    kinds = [(one.actor, one.target, one.meta["neutral_kind"]) for one in annotated if one.label == "neutral"]
    assert kinds == [("Harbour Party", "Mira Tolve", "reverse")]
    free = read("seesaw", story({}), "train").examples
    assert [one.meta["neutral_kind"] for one in free] == ["stance_free_sentence"] * 2
    other = read("seesaw", story({0: [triplet("None", "NEG", "Harbour Party")]}), "train").examples
    assert {one.meta.get("neutral_kind") for one in other} == {None, "unannotated"}


def test_a_topic_takes_no_stance(read: Callable) -> None:
    entities = [["Mira Tolve", ["Topic"], ["Main"], ["A"]], ["Harbour Party", ["People"], ["Main"], ["A"]]]
    found = read("seesaw", story({}, **{"entity lists": entities}), "train").examples
    assert [one.actor for one in found] == ["Harbour Party"]


def test_the_official_split_is_kept_by_story(read: Callable) -> None:
    files = story({}) | story({0: [triplet("Mira Tolve", "NEG", "Harbour Party")]}, split="test", number="008")
    assert {one.group for one in read("seesaw", files, "test").examples} == {"seesaw-008"}
    assert {one.group for one in read("seesaw", files, "train").examples} == {"seesaw-007"}
    assert read("seesaw", files, "valid") == ([], [])


def test_ids_are_unique(read: Callable) -> None:
    stances = {0: [triplet("Mira Tolve", "NEG", "Harbour Party")], 5: [triplet("None", "NEG", "harbour tax")]}
    ids = [one.id for one in read("seesaw", story(stances), "train").examples]
    assert len(ids) == len(set(ids))


def test_a_missing_text_is_an_error(read: Callable) -> None:
    files = {name: content for name, content in story({}).items() if "articles" not in name}
    with pytest.raises(InputError) as caught:
        read("seesaw", files, "train")
    assert str(caught.value).endswith(
        "expected its text at articles/TRIPLET_007_DOCUMENT_0.json; found none. Is the checkout whole?"
    )


def test_another_kind_of_json_is_an_error(read: Callable) -> None:
    files = story({}) | {"SEESAW/annotations/TRIPLET_007_DOCUMENT_0.json": "{}"}
    with pytest.raises(InputError) as caught:
        read("seesaw", files, "train")
    assert str(caught.value).endswith("expected an article of SEESAW and its text; KeyError('sentence-level stances')")
