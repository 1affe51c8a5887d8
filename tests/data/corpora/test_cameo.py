"""CAMEO: a file of classes joined with a file of tagged tokens."""

from collections.abc import Callable

import pytest

from detente.data.problems import Problem


def tokens(*tagged: str) -> str:
    """Lines of the token file from "token/tag" words; an untagged word has the tag O."""
    return "\n".join(word.replace("/", " ") if "/" in word else f"{word} O" for word in tagged) + "\n\n"


NORWAY = tokens("Norway/B-S", "fined", "the/B-T", "Kenyan/I-T", "port/I-T", ".")


def files(classes: str, tagged: str = NORWAY, part: str = "train") -> dict[str, str]:
    return {f"data/cameo_class/{part}.tsv": classes, f"data/cameo_ner/{part}.txt": tagged}


@pytest.mark.parametrize(
    ("event", "stance"), [(0, "neutral"), (1, "support"), (2, "support"), (3, "oppose"), (4, "oppose")]
)
def test_the_quad_class_gives_the_stance_of_source_towards_target(read: Callable, event: int, stance: str) -> None:
    (one,) = read("cameo", files(f"Norway fined the Kenyan port.\t{event}\n"), "train").examples
    assert (one.actor, one.target, one.label) == ("Norway", "the Kenyan port", stance)
    assert (one.actor_span, one.target_span) == ((0, 6), (13, 28))
    assert one.meta["cameo_class"] == event


def test_sentence_and_tokens_are_joined_whatever_the_spaces(read: Callable) -> None:
    tagged = tokens("Norway/B-S", "’", "s", "ex", "-", "port/B-T", "tax")
    (one,) = read("cameo", files("Norway’s  ex-port tax\t3\n", tagged), "train").examples
    assert (one.text, one.actor, one.target) == ("Norway’s ex-port tax", "Norway", "port")


def test_the_first_source_and_target_count_and_others_are_kept(read: Callable) -> None:
    tagged = tokens("Norway/B-S", "and", "Kenya/B-S", "fined", "Peru/B-T", "Chile/B-T")
    (one,) = read("cameo", files("Norway and Kenya fined Peru Chile\t3\n", tagged), "train").examples
    assert (one.actor, one.target) == ("Norway", "Peru")
    assert one.meta["other_sources"] == [[11, 16]]
    assert one.meta["other_targets"] == [[28, 33]]


def test_the_last_sentence_of_the_tokens_needs_no_empty_line(read: Callable) -> None:
    assert read("cameo", files("Norway fined the Kenyan port.\t3\n", NORWAY.strip()), "train").examples


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Norway fined the Kenyan port.\n", "expected a sentence and a class from 0 to 4"),
        ("Norway fined the Kenyan port.\t9\n", "expected a sentence and a class from 0 to 4"),
        ("Norway left.\t3\n", "the sentence is not in the file of tokens"),
        ("Peru left.\t3\n", "the event has no source or no target"),
    ],
)
def test_a_sentence_that_cannot_be_used_is_set_aside(read: Callable, line: str, reason: str) -> None:
    found = read("cameo", files(line, NORWAY + tokens("Peru/B-S", "left", ".")), "train")
    assert found == ([], [Problem("train.tsv:1", reason)])


def test_without_one_of_the_two_files_there_is_no_part(read: Callable) -> None:
    assert read("cameo", {"cameo_class/train.tsv": "Norway left.\t3\n"}, "train") == ([], [])
