import random

import pytest

from detente.data.near_duplicates import Groups, NearDuplicates, shingles

WORDS = [f"word{number}" for number in range(3000)]


def text(seed: int, length: int = 200) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def changed(original: str, share: float, seed: int = 0) -> str:
    """The text with a share of its words replaced."""
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) if draw.random() < share else word for word in original.split())


class TestShingles:
    def test_shingles_are_the_runs_of_words_without_case_and_punctuation(self) -> None:
        assert shingles("Norway left; KENYA stayed.", 3) == {"norway left kenya", "left kenya stayed"}

    def test_text_shorter_than_a_shingle_is_one(self) -> None:
        assert shingles("Norway left.", 5) == {"norway left"}


class TestNearDuplicates:
    def test_same_text_with_other_case_and_punctuation_resembles_fully(self) -> None:
        index = NearDuplicates(resemblance=0.5, shingle=3)
        index.add("a", "Norway praised Kenya for the accord on fish.")
        assert index.find("NORWAY praised Kenya, for the accord on fish!") == [("a", 1.0)]

    def test_other_text_resembles_nothing(self) -> None:
        index = NearDuplicates(resemblance=0.5, shingle=3)
        index.add("a", text(1))
        assert index.find(text(2)) == []

    def test_likest_comes_first(self) -> None:
        index = NearDuplicates(resemblance=0.3, shingle=3)
        index.add("far", changed(text(1), 0.12))
        index.add("near", changed(text(1), 0.03))
        assert [key for key, _ in index.find(text(1))] == ["near", "far"]

    def test_estimate_is_close_to_the_jaccard_index(self) -> None:
        index = NearDuplicates(resemblance=0.3, shingle=3)
        one, other = text(1, 400), changed(text(1, 400), 0.08)
        index.add("a", one)
        ((_, estimate),) = index.find(other)
        first, second = shingles(one, 3), shingles(other, 3)
        assert estimate == pytest.approx(len(first & second) / len(first | second), abs=0.12)

    def test_nearly_all_copies_with_a_few_changed_words_are_found(self) -> None:
        index = NearDuplicates(resemblance=0.5, shingle=5)
        for number in range(100):
            index.add(f"a{number}", text(number))
        found = [index.find(changed(text(number), 0.05, seed=number)) for number in range(100)]
        assert sum(hits[:1] != [] and hits[0][0] == f"a{number}" for number, hits in enumerate(found)) >= 90

    def test_adding_tells_what_was_there_before(self) -> None:
        index = NearDuplicates(resemblance=0.5, shingle=3)
        assert index.add("a", text(1)) == []
        assert index.add("b", text(1)) == [("a", 1.0)]
        assert len(index) == 2

    def test_key_is_added_once(self) -> None:
        index = NearDuplicates(resemblance=0.5, shingle=3)
        index.add("a", text(1))
        with pytest.raises(ValueError, match="the key 'a' was added before"):
            index.add("a", text(2))


class TestGroups:
    def test_joined_groups_go_by_the_key_that_was_added_first(self) -> None:
        groups = Groups()
        for key in "dcba":
            groups.add(key)
        groups.join("a", "b")
        groups.join("b", "c")
        assert [groups.first(key) for key in groups] == ["d", "c", "c", "c"]

    def test_joining_a_group_with_itself_changes_nothing(self) -> None:
        groups = Groups()
        groups.add("a")
        groups.join("a", "a")
        groups.add("a")
        assert list(groups) == ["a"]
        assert groups.first("a") == "a"
