"""The order of a training's rows."""

from collections import Counter

from detente.configs.loading import load_config
from detente.configs.schema import DataConfig
from detente.data.records import Example, Stance
from detente.train.sampling import EpochSampler

LENGTHS = [3 + number % 7 for number in range(60)]


def data(**settings: object) -> DataConfig:
    """The data part of a config."""
    given = [f"data.{name}={value}" for name, value in settings.items()]
    return load_config("debug", ["data.train=a.jsonl", "data.valid=b.jsonl", *given]).data


def examples(stances: int) -> list[Example]:
    """Two examples for each of 60 texts; the first texts hold a stance."""
    return [
        Example(
            id=f"{text}-{side}",
            actor="Norvik",
            target="Kelta",
            text=f"Norvik met Kelta {text} times.",
            label=Stance.OPPOSE if text < stances and side == 0 else Stance.NEUTRAL,
        )
        for text in range(60)
        for side in range(2)
    ]


def sampler(config: DataConfig, stances: int = 10, seed: int = 1) -> EpochSampler:
    """A sampler of rows that hold the two examples of a text."""
    items = [[2 * text, 2 * text + 1] for text in range(60)]
    return EpochSampler(examples(stances), items, LENGTHS, batch_size=4, config=config, seed=seed)


def test_each_row_is_shown_once_an_epoch() -> None:
    assert sorted(sampler(data())) == list(range(60))


def test_an_epoch_is_the_same_again_and_the_next_another() -> None:
    one, again = sampler(data()), sampler(data())
    assert list(one) == list(again)
    one.set_epoch(1)
    assert list(one) != list(again)
    assert sorted(one) == sorted(again)


def test_another_seed_is_another_order() -> None:
    assert list(sampler(data(), seed=1)) != list(sampler(data(), seed=2))


def test_rows_of_a_batch_are_of_about_equal_length() -> None:
    rows = list(sampler(data()))
    spreads = [max(part) - min(part) for part in ([LENGTHS[row] for row in rows[i : i + 4]] for i in range(0, 60, 4))]
    assert sum(spreads) / len(spreads) < 2  # in random order: about 5


def test_neutral_rows_are_thinned_and_drawn_anew() -> None:
    thinned = sampler(data(neutral_ratio=3.0))
    shown = []
    for epoch in range(12):
        thinned.set_epoch(epoch)
        rows = list(thinned)
        assert len(rows) == len(thinned) == len(set(rows)) == 20  # 10 with a stance and 10 without: 30 neutral examples
        assert set(range(10)) <= set(rows)
        shown += rows
    assert len(Counter(shown)) > 45
