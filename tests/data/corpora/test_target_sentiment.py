"""The line formats of NewsMTSC and MAD-TSC."""

import json
from pathlib import Path
from typing import Any

import pytest

from detente.data.corpora.target_sentiment import read_targets
from detente.data.problems import Problem
from detente.data.records import Example, Holder

SENTENCE = "Mira Tolve praised Oskar Brandin, but Tolve left."


def target(mention: str = "Oskar Brandin", start: int = 19, polarity: float = 6.0, **more: Any) -> dict[str, Any]:
    gid = f"allsides_12_34_5_{mention}_{start}_{start + len(mention)}"
    return {
        "Input.gid": gid,
        "from": start,
        "to": start + len(mention),
        "mention": mention,
        "polarity": polarity,
    } | more


def line(*targets: dict[str, Any], text: str = SENTENCE, primary: int = 0) -> str:
    primary_gid = targets[primary]["Input.gid"] if targets else ""
    return json.dumps({"primary_gid": primary_gid, "sentence_normalized": text, "targets": targets}) + "\n"


def read(tmp_path: Path, content: str, **options: Any) -> list[Example | Problem]:
    path = tmp_path / "a.jsonl"
    path.write_text(content, encoding="utf-8")
    return list(read_targets(path, "toy", "train", {"corpus": "toy"}, **options))


def first(found: list[Example | Problem]) -> Example:
    assert isinstance(found[0], Example), found
    return found[0]


@pytest.mark.parametrize(("polarity", "stance"), [(2.0, "oppose"), (4.0, "neutral"), (6.0, "support"), (6, "support")])
def test_each_target_is_a_question_about_the_author(tmp_path: Path, polarity: float, stance: str) -> None:
    one = first(read(tmp_path, line(target(polarity=polarity))))
    assert (one.actor, one.target, one.label, one.holder) == ("(author)", "Oskar Brandin", stance, Holder.AUTHOR)
    assert one.target_span == (19, 32)
    assert one.actor_span is None
    assert one.id == "toy-train-00001-0"


def test_all_targets_of_a_sentence_are_read(tmp_path: Path) -> None:
    found = read(tmp_path, line(target(), target("Mira Tolve", 0, 4.0)))
    assert [(one.target, one.label) for one in found if isinstance(one, Example)] == [
        ("Oskar Brandin", "support"),
        ("Mira Tolve", "neutral"),
    ]


def test_of_several_targets_only_the_one_of_the_line_is_read_if_asked(tmp_path: Path) -> None:
    found = read(tmp_path, line(target(), target("Mira Tolve", 0), primary=1), primary_only=True)
    assert [one.target for one in found if isinstance(one, Example)] == ["Mira Tolve"]


@pytest.mark.parametrize(("polarity", "stance"), [(-1, "oppose"), (0, "neutral"), (1, "support")])
def test_the_exported_format_with_one_target_a_line_is_read_too(tmp_path: Path, polarity: int, stance: str) -> None:
    row = {"mention": "Mira Tolve", "polarity": polarity, "from": 0, "to": 10, "sentence": SENTENCE}
    one = first(read(tmp_path, json.dumps(row | {"id": "allsides_12_34_5_x_0_10"})))
    assert (one.target, one.label, one.group) == ("Mira Tolve", stance, "allsides-34")


def test_quotation_marks_and_spaces_are_cut_off_a_mention(tmp_path: Path) -> None:
    one = first(read(tmp_path, line(target('" Tolve', 8), text='They met." Tolve left.')))
    assert (one.target, one.target_span) == ("Tolve", (11, 16))


def test_a_shifted_offset_is_set_right_to_the_nearest_place(tmp_path: Path) -> None:
    one = first(read(tmp_path, line(target("Tolve", 36))))
    assert one.target_span == (38, 43)


def test_story_and_article_come_from_the_id_of_the_target(tmp_path: Path) -> None:
    of_story = first(read(tmp_path, line(target())))
    assert (of_story.meta["article_id"], of_story.meta["story"]) == ("allsides-12", "allsides-34")
    assert of_story.group == "allsides-34"
    alone = first(read(tmp_path, line(target(**{"Input.gid": "polusa_v1_77_-1_3_Brandin_20_33"}))))
    assert alone.group == alone.meta["article_id"] == "polusa_v1-77"
    assert "story" not in alone.meta
    unknown = first(read(tmp_path, line(target(**{"Input.gid": "other_1"}))))
    assert unknown.group is not None
    assert unknown.group.startswith("toy-")


def test_pronouns_and_further_mentions_are_kept_in_meta(tmp_path: Path) -> None:
    more = {"further_mentions": [{"from": 38, "to": 43, "mention": "Tolve"}]}
    one = first(read(tmp_path, line(target("She", 0, **more), text="She praised Oskar Brandin, as one would.")))
    assert one.meta["pronoun"] is True
    assert one.meta["further_mentions"] == [[38, 43]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (line(target(polarity=5.0)), "expected a polarity of 2, 4, 6 or -1, 0, 1"),
        (line(target("Nobody", 3)), "the target is not in the sentence"),
        (line(target("“", 3)), "the target is not in the sentence"),
        (line(), "expected a sentence with targets, as the corpus was published"),
        ('{"a": 1}', "expected a sentence with targets, as the corpus was published"),
        ("{", "expected a JSON object on the line; Expecting property name enclosed in double quotes at column 2"),
    ],
)
def test_a_line_that_cannot_be_used_is_set_aside_with_the_reason(tmp_path: Path, content: str, reason: str) -> None:
    assert read(tmp_path, content) == [Problem("a.jsonl:1", reason)]
