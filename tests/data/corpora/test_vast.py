"""VAST: comments and topics."""

from collections.abc import Callable

import pytest

from detente.data.records import Holder

HEAD = "author,post,new_topic,label,type_idx,new_id,arc_id,topic_str,seen?\n"


def row(
    label: int, kind: int = 1, post: str = "A harbour tax? Never.", topic: str = "Harbour Tax", string: str = "x"
) -> str:
    return f'Bo,"{post}",{topic},{label},{kind},9,a77,{string},1\n'


@pytest.mark.parametrize(("label", "stance"), [(0, "oppose"), (1, "support"), (2, "neutral")])
def test_a_comment_asks_about_its_author_and_the_topic(read: Callable, label: int, stance: str) -> None:
    (one,) = read("vast", {"data/VAST/vast_train.csv": HEAD + row(label)}, "train").examples
    assert (one.actor, one.holder, one.target, one.label) == ("(author)", Holder.AUTHOR, "Harbour Tax", stance)
    assert one.target_span == (2, 13)
    assert (one.meta["article_id"], one.meta["seen"]) == ("vast-a77", True)


def test_a_made_up_neutral_takes_its_topic_from_the_column_that_is_right(read: Callable) -> None:
    (one,) = read("vast", {"vast_dev.csv": HEAD + row(2, kind=4, string="whale hunting")}, "valid").examples
    assert (one.target, one.target_span, one.meta["neutral_kind"]) == ("whale hunting", None, "synthetic")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (row(3), "expected a label of 0, 1 or 2"),
        (row(0, topic=""), "expected a post and a topic"),
        (row(0, post=""), "expected a post and a topic"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside(read: Callable, content: str, reason: str) -> None:
    (problem,) = read("vast", {"vast_test.csv": HEAD + content}, "test").problems
    assert (problem.place, problem.reason) == ("vast_test.csv:2", reason)
