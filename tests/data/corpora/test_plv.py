"""PLV: sentences with <s> and <t> marks."""

from collections.abc import Callable

import pytest

from detente.data.problems import Problem

HEAD = "\tsentence_id\tsentence\tmarked_sentence\tsource\ttarget\tgold_penta\tgold_root\n"
MARKED = "So <s>Norway</s> fined <t>Kenya </t>, it says."


def row(penta: str = "3", marked: str = MARKED) -> str:
    return f"\t4\tplain\t{marked}\tNorway\tKenya\t{penta}\tACCUSE\n"


@pytest.mark.parametrize(("penta", "stance"), [("1", "support"), ("2", "support"), ("3", "oppose"), ("4.0", "oppose")])
def test_the_class_gives_the_stance_and_the_marks_give_the_spans(read: Callable, penta: str, stance: str) -> None:
    (one,) = read("plv", {"datasets/PLV_train.tsv": HEAD + row(penta)}, "train").examples
    assert one.text == "So Norway fined Kenya , it says."
    assert (one.actor, one.target, one.label) == ("Norway", "Kenya", stance)
    assert (one.actor_span, one.target_span) == ((3, 9), (16, 21))
    assert one.meta["plover_root"] == "ACCUSE"


def test_the_target_may_stand_before_the_source(read: Callable) -> None:
    content = HEAD + row(marked="<t>Kenya</t> was fined by <s>Norway</s>.")
    (one,) = read("plv", {"PLV_test.tsv": content}, "test").examples
    assert (one.actor_span, one.target_span) == ((19, 25), (0, 5))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (row("7"), "expected a gold_penta from 1 to 4"),
        (row(""), "expected a gold_penta from 1 to 4"),
        (row(marked="<s>Norway</s> opened a case."), "source or target is not marked in the sentence"),
        (row(marked="<s>Norway</s> fined <t> </t>."), "source or target is not marked in the sentence"),
    ],
)
def test_a_sentence_that_cannot_be_used_is_set_aside(read: Callable, content: str, reason: str) -> None:
    assert read("plv", {"PLV_train.tsv": HEAD + content}, "train").problems == [Problem("PLV_train.tsv:2", reason)]
