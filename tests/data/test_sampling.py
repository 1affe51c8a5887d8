"""What an epoch shows: whole texts, drawn anew each time, not too many neutral ones, small corpora more often."""

from collections import Counter

import pytest

from detente.data.records import Example, Stance
from detente.data.sampling import draw_epoch

SUPPORT, NEUTRAL, OPPOSE = Stance


def corpus(source: str | None, *texts: tuple[Stance, ...]) -> list[Example]:
    """An example for each stance of each text."""
    return [
        Example(
            id=f"{source}-{text}-{place}",
            actor=f"Actor {place}",
            target="Kenya",
            text=f"{source} {text}",
            label=label,
            source=source,
        )
        for text, labels in enumerate(texts)
        for place, label in enumerate(labels)
    ]


def sources(examples: list[Example], drawn: list[int]) -> Counter[str | None]:
    return Counter(examples[place].source for place in drawn)


def neutral(examples: list[Example], drawn: list[int]) -> int:
    return sum(examples[place].label is NEUTRAL for place in drawn)


def test_without_settings_an_epoch_is_all_examples_in_another_order_each_time() -> None:
    examples = corpus("a", *[(SUPPORT,)] * 9) + corpus("b", *[(NEUTRAL,)] * 30)
    first, second = (draw_epoch(examples, seed=1, epoch=epoch) for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(39))
    assert first != second


def test_the_same_seed_and_epoch_draw_the_same_and_another_seed_others() -> None:
    examples = corpus("a", *[(SUPPORT,)] * 5, *[(NEUTRAL,)] * 30)
    one, same, other = (draw_epoch(examples, seed=seed, epoch=3, neutral_ratio=1.0) for seed in (7, 7, 8))
    assert one == same
    assert set(one) != set(other)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_the_examples_of_a_text_stay_together(temperature: float) -> None:
    texts = [(NEUTRAL, NEUTRAL), (SUPPORT, NEUTRAL, NEUTRAL), (NEUTRAL,), (OPPOSE, OPPOSE)] * 5
    shuffled = sorted(corpus("a", *texts) + corpus("b", *texts[:4]), key=lambda one: one.actor)
    for epoch in range(5):
        drawn = draw_epoch(shuffled, seed=1, epoch=epoch, mixing_temperature=temperature, neutral_ratio=1.0)
        rest = list(drawn)
        while rest:
            text = shuffled[rest[0]].text
            whole = [place for place, example in enumerate(shuffled) if example.text == text]
            assert rest[: len(whole)] == whole
            rest = rest[len(whole) :]


class TestNeutralRatio:
    def test_surplus_neutral_texts_are_left_out_others_each_epoch(self) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 4, *[(OPPOSE,)] * 6, *[(NEUTRAL,)] * 100)
        epochs = [draw_epoch(examples, seed=1, epoch=epoch, neutral_ratio=2.0) for epoch in range(60)]
        assert [len(drawn) for drawn in epochs] == [30] * 60
        assert all(set(range(10)) <= set(drawn) for drawn in epochs)
        assert set().union(*map(set, epochs)) == set(range(110))

    def test_neutral_examples_beside_a_stance_count_and_stay(self) -> None:
        examples = corpus("a", *[(SUPPORT, NEUTRAL, NEUTRAL)] * 3, *[(NEUTRAL,)] * 10)
        assert neutral(examples, draw_epoch(examples, seed=1, epoch=0, neutral_ratio=3.0)) == 9
        assert neutral(examples, draw_epoch(examples, seed=1, epoch=0, neutral_ratio=1.0)) == 6

    def test_texts_of_several_neutral_examples_never_pass_the_limit(self) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 5, *[(NEUTRAL,) * 3] * 10)
        assert [neutral(examples, draw_epoch(examples, seed=1, epoch=e, neutral_ratio=1.0)) for e in range(5)] == [
            3
        ] * 5

    def test_each_corpus_is_thinned_by_itself_and_one_without_stances_stays(self) -> None:
        stances = [(OPPOSE,)] * 10
        examples = corpus("a", *stances, *[(NEUTRAL,)] * 30) + corpus("b", *stances) + corpus("c", *[(NEUTRAL,)] * 7)
        drawn = draw_epoch(examples, seed=1, epoch=0, neutral_ratio=1.0)
        assert sources(examples, drawn) == {"a": 20, "b": 10, "c": 7}

    def test_a_ratio_with_room_for_all_leaves_nothing_out(self) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 5, *[(NEUTRAL,)] * 10)
        assert sorted(draw_epoch(examples, seed=1, epoch=0, neutral_ratio=9.0)) == list(range(15))

    def test_a_ratio_that_is_no_whole_number_counts_without_rounding_faults(self) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 100, *[(NEUTRAL,)] * 100)
        assert neutral(examples, draw_epoch(examples, seed=1, epoch=0, neutral_ratio=0.29)) == 29


class TestMixing:
    @pytest.mark.parametrize(("temperature", "shares"), [(1.0, (80, 20)), (2.0, (67, 33)), (1e6, (50, 50))])
    def test_shares_of_the_corpora_follow_the_temperature(self, temperature: float, shares: tuple[int, int]) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 80) + corpus("b", *[(OPPOSE,)] * 20)
        drawn = draw_epoch(examples, seed=1, epoch=0, mixing_temperature=temperature)
        assert sources(examples, drawn) == {"a": shares[0], "b": shares[1]}

    def test_a_small_corpus_is_repeated_evenly_and_a_large_one_shows_all_its_texts_in_time(self) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 80) + corpus("b", *[(OPPOSE,)] * 20)
        epochs = [draw_epoch(examples, seed=1, epoch=epoch, mixing_temperature=1e6) for epoch in range(20)]
        times = Counter(epochs[0])
        assert {times[place] for place in range(80, 100)} == {2, 3}
        assert {times[place] for place in range(80)} == {0, 1}
        assert set().union(*map(set, epochs)) == set(range(100))

    def test_the_ratio_comes_before_the_temperature(self) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 10, *[(NEUTRAL,)] * 300) + corpus("b", *[(OPPOSE,)] * 20)
        drawn = draw_epoch(examples, seed=1, epoch=0, mixing_temperature=2.0, neutral_ratio=1.0)
        assert sources(examples, drawn) == {"a": 20, "b": 20}

    def test_examples_without_a_source_are_a_corpus(self) -> None:
        examples = corpus(None, *[(SUPPORT,)] * 90) + corpus("b", *[(OPPOSE,)] * 10)
        drawn = draw_epoch(examples, seed=1, epoch=0, mixing_temperature=1e6)
        assert sources(examples, drawn) == {None: 50, "b": 50}

    def test_a_text_of_two_corpora_counts_in_the_first(self) -> None:
        examples = corpus("a", *[(SUPPORT,)] * 4)
        double = examples[0].model_copy(update={"id": "x", "source": "b"})
        drawn = draw_epoch([*examples, double], seed=1, epoch=0, mixing_temperature=9.0)
        assert sorted(drawn) == [0, 1, 2, 3, 4]
        assert abs(drawn.index(0) - drawn.index(4)) == 1
