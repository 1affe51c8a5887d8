"""Folds: every example is tested once, and nothing that belongs together is torn apart."""

import random

import pytest

from detente.configs.errors import InputError
from detente.data.audit.leaks import audit
from detente.data.folds import split_into_folds
from detente.data.records import STANCES, Example, Stance

WORDS = [
    "harbour",
    "glacier",
    "orchestra",
    "tariff",
    "envoy",
    "border",
    "summit",
    "ledger",
    "wheat",
    "chess",
    "tram",
    "ferry",
    "quarry",
    "lantern",
    "meadow",
]


def make_examples(groups: int, per_group: int = 4) -> list[Example]:
    chance = random.Random(0)
    made = []
    for group in range(groups):
        for number in range(per_group):
            words = " ".join(chance.choices(WORDS, k=14))
            label = STANCES[(group + number) % 3] if number % 2 else Stance.NEUTRAL
            text = f"Norway told Kenya of {words}."
            made.append(
                Example(
                    id=f"{group}.{number}", actor="Norway", target="Kenya", text=text, label=label, group=f"g{group}"
                )
            )
    return made


def test_each_example_is_tested_once_and_in_one_part_of_each_fold() -> None:
    examples = make_examples(30)
    parts = split_into_folds(examples, 5, seed=1)
    assert sorted(one.id for part in parts for one in part.test) == sorted(one.id for one in examples)
    for part in parts:
        assert sorted(one.id for one in (*part.train, *part.valid, *part.test)) == sorted(one.id for one in examples)
        assert min(map(len, (part.train, part.valid, part.test))) > 0


def test_no_part_of_a_fold_shares_anything_with_its_training_part() -> None:
    examples = make_examples(30)
    examples[50] = examples[50].model_copy(update={"text": examples[3].text})  # joins two groups
    for part in split_into_folds(examples, 5, seed=1):
        assert audit(part.train, part.test).leaking == 0
        assert audit(part.train, part.valid).leaking == 0
        assert audit(part.valid, part.test).leaking == 0


def test_the_stances_are_about_as_frequent_in_each_fold() -> None:
    examples = make_examples(60)
    share = sum(one.label is Stance.SUPPORT for one in examples) / len(examples)
    for part in split_into_folds(examples, 5, seed=1):
        for some in (part.test, part.train):
            assert sum(one.label is Stance.SUPPORT for one in some) / len(some) == pytest.approx(share, abs=0.06)


def test_the_same_seed_deals_the_same_folds_and_another_others() -> None:
    examples = make_examples(30)
    dealt = [[[one.id for one in part.test] for part in split_into_folds(examples, 3, seed=seed)] for seed in (1, 1, 2)]
    assert dealt[0] == dealt[1] != dealt[2]


@pytest.mark.parametrize(
    ("examples", "folds", "message"),
    [
        (make_examples(30), 1, "--folds: expected at least 2; found 1"),
        (make_examples(7), 5, "expected examples of at least 10 groups that share no text"),
        (
            [one.model_copy(update={"label": Stance.NEUTRAL}) for one in make_examples(30)][:-1]
            + make_examples(30)[-1:],
            5,
            "expected at least 5 examples of each stance; found 1 of",
        ),
    ],
)
def test_what_can_not_be_dealt_is_refused(examples: list[Example], folds: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_into_folds(examples, folds, seed=1)
