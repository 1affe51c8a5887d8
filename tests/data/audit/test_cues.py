import pytest

from detente.data.audit.cues import cues
from detente.data.records import Example, Stance

SUPPORT, NEUTRAL, OPPOSE = Stance.SUPPORT, Stance.NEUTRAL, Stance.OPPOSE


def example(
    label: Stance, actor: str = "Norway", target: str = "Kenya", text: str | None = None, **meta: str
) -> Example:
    text = text or f"{actor} met {target}."
    spans = {
        f"{role}_span": (text.index(name), text.index(name) + len(name))
        for role, name in (("actor", actor), ("target", target))
    }
    return Example(id="x", actor=actor, target=target, text=text, label=label, meta=meta, **spans)


def reverse(label: Stance) -> Example:
    return example(label, text="Kenya was met by Norway.")


def table(found: dict[str, dict[str, int]]) -> dict[str, tuple[int, ...]]:
    return {value: tuple(counts.values()) for value, counts in found.items()}


class TestMentionOrder:
    def test_table_counts_the_stances_of_each_order(self) -> None:
        train = [
            example(SUPPORT),
            example(SUPPORT),
            reverse(NEUTRAL),
            Example(id="x", actor="A", target="B", text="C", label=OPPOSE),
        ]
        assert table(cues(train, train)["mention order"].table) == {
            "actor first": (2, 0, 0),
            "not both in the text": (0, 0, 1),
            "target first": (0, 1, 0),
        }

    def test_order_that_gives_the_label_away_scores_fully(self) -> None:
        train = [example(OPPOSE)] * 3 + [reverse(NEUTRAL)] * 5
        assert cues(train, train)["mention order"].guess.micro_f1 == 1.0

    def test_order_that_tells_little_scores_like_the_commonest_stance(self) -> None:
        train = [
            example(NEUTRAL),
            reverse(NEUTRAL),
            example(OPPOSE),
            reverse(OPPOSE),
            example(NEUTRAL),
            reverse(NEUTRAL),
        ]
        guess = cues(train, train)["mention order"].guess
        assert (guess.micro_f1, guess.macro_f1) == (pytest.approx(2 / 3), pytest.approx(0.8 / 3))

    def test_tell_among_many_neutral_examples_is_not_hidden_by_them(self) -> None:
        """Both orders are mostly neutral, but all opposition stands in one of them."""
        train = [example(NEUTRAL)] * 50 + [example(OPPOSE)] * 40 + [reverse(NEUTRAL)] * 90
        guess = cues(train, train)["mention order"].guess
        neutral_throughout = 2 * 140 / (180 + 140) / 3
        assert guess.macro_f1 > neutral_throughout + 0.1

    def test_value_that_training_does_not_have_gets_the_commonest_stance(self) -> None:
        assert cues([example(OPPOSE), example(OPPOSE)], [reverse(OPPOSE)])["mention order"].guess.micro_f1 == 1.0


class TestOtherFeatures:
    def test_casing_names_the_mention_without_capitals(self) -> None:
        train = [
            example(SUPPORT),
            example(NEUTRAL, "the ministry"),
            example(NEUTRAL, "Norway", "about"),
            example(OPPOSE, "did", "about"),
        ]
        assert list(cues(train, train)["casing of the mentions"].table) == [
            "actor and target in lower case",
            "actor in lower case",
            "capitals in both",
            "target in lower case",
        ]

    def test_mention_is_read_off_the_text_not_off_the_name(self) -> None:
        train = [example(NEUTRAL, "the ministry").model_copy(update={"actor": "Ministry of Fish"})]
        assert list(cues(train, train)["casing of the mentions"].table) == ["actor in lower case"]
        assert list(cues(train, train)["length of the mentions"].table) == ["actor of 2, target of 1 words"]

    def test_long_mentions_are_counted_together(self) -> None:
        train = [example(NEUTRAL, target="the old plan for a northern port")]
        assert list(cues(train, train)["length of the mentions"].table) == ["actor of 1, target of 4 or more words"]

    def test_kind_is_what_meta_says(self) -> None:
        train = [example(NEUTRAL, actor_kind="country", target_kind="person"), example(NEUTRAL)]
        assert list(cues(train, train)["kind of the mentions"].table) == ["country to person", "unknown to unknown"]

    @pytest.mark.parametrize(
        ("words", "value"),
        [(15, "up to 15 words"), (16, "up to 25 words"), (40, "up to 40 words"), (41, "over 40 words")],
    )
    def test_text_length_is_in_words(self, words: int, value: str) -> None:
        text = " ".join(["Norway", "met", "Kenya", *["again"] * (words - 3)])
        assert list(cues([example(NEUTRAL, text=text)], [example(NEUTRAL)])["length of the text"].table) == [value]
