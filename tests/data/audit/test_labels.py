from collections import Counter

import pytest

from detente.data.audit.labels import (
    agreement,
    commonest,
    look_ups,
    pair_key,
    row_key,
    score,
    single_label_actors,
    text_key,
)
from detente.data.records import Example, Stance

SUPPORT, NEUTRAL, OPPOSE = Stance.SUPPORT, Stance.NEUTRAL, Stance.OPPOSE


def example(actor: str, target: str, text: str, label: Stance | None) -> Example:
    return Example(id="x", actor=actor, target=target, text=text, label=label)


TRAIN = [
    example("Norway", "Kenya", "Norway praised Kenya.", SUPPORT),
    example("Kenya", "Norway", "Norway praised Kenya.", OPPOSE),
    example("Norway", "India", "Norway met India.", NEUTRAL),
    example("Peru", "India", "Peru met India.", NEUTRAL),
    example("Peru", "Kenya", "Peru met Kenya.", NEUTRAL),
]


class TestKeys:
    def test_case_and_white_space_are_left_out(self) -> None:
        one, other = (
            example("Norway", "Kenya", "Norway met  Kenya.", None),
            example("NORWAY", "Kenya ", "norway met kenya.", None),
        )
        assert (row_key(one), pair_key(one), text_key(one)) == (row_key(other), pair_key(other), text_key(other))

    def test_direction_matters(self) -> None:
        assert pair_key(TRAIN[0]) != pair_key(TRAIN[1])


class TestAgreement:
    def test_labels_are_compared_with_the_commonest_of_the_fellows(self) -> None:
        train = [
            *TRAIN,
            example("Norway", "Kenya", "Norway hailed Kenya.", SUPPORT),
            example("Norway", "Kenya", "No.", OPPOSE),
        ]
        test = [example("Norway", "Kenya", "A.", SUPPORT), example("Norway", "Kenya", "B.", NEUTRAL)]
        found = agreement(train, [*test, example("Chad", "Kenya", "C.", SUPPORT)], pair_key)
        assert (found.examples, found.agreement, found.majority) == (2, 0.5, 0.5)

    def test_without_fellows_there_is_no_agreement(self) -> None:
        found = agreement(TRAIN, [example("Chad", "Kenya", "C.", SUPPORT)], pair_key)
        assert (found.examples, found.agreement, found.majority) == (0, None, None)


class TestLookUps:
    def test_each_step_copies_what_the_ones_before_did_not_find(self) -> None:
        test = [
            example("Norway", "Kenya", "norway praised  kenya.", SUPPORT),  # the row stands in training
            example("Chad", "Kenya", "Norway met India.", NEUTRAL),  # the text does
            example("Kenya", "Norway", "Something else.", OPPOSE),  # the pair does
            example("Chad", "Mali", "Something new.", NEUTRAL),
        ]
        found = look_ups(TRAIN, test)
        assert {name: guess.micro_f1 for name, guess in found.items()} == {
            "majority": 0.5,
            "identical rows": 0.75,
            "or else identical texts": 0.75,
            "or else identical pairs": 1.0,
        }
        assert found["or else identical pairs"].macro_f1 == 1.0

    def test_identical_text_is_copied_before_the_pair(self) -> None:
        test = [example("Kenya", "Norway", "Peru met India.", NEUTRAL)]
        found = look_ups(TRAIN, test)
        assert found["or else identical pairs"].micro_f1 == 1.0


class TestSingleLabelActors:
    def test_frequent_actors_of_one_stance_are_found_rare_stances_first(self) -> None:
        train = [example("Norway", f"T{n}", "Text.", NEUTRAL) for n in range(6)]
        train += [example("Kenya", f"T{n}", "Text.", OPPOSE) for n in range(5)]
        train += [example("Peru", f"T{n}", "Text.", OPPOSE) for n in range(4)]
        train += [example("Chad", f"T{n}", "Text.", NEUTRAL if n else SUPPORT) for n in range(9)]
        test = [example("KENYA", "T", "Text.", OPPOSE), example("Kenya", "U", "Text.", SUPPORT)]
        found = single_label_actors(train, test)
        assert [(one.actor, one.stance, one.train, one.test, one.agreeing) for one in found] == [
            ("Kenya", OPPOSE, 5, 2, 1),
            ("Norway", NEUTRAL, 6, 0, 0),
        ]


class TestScore:
    def test_stance_that_is_nowhere_counts_as_zero(self) -> None:
        examples = [example("A", "B", "Text.", label) for label in (NEUTRAL, NEUTRAL, SUPPORT)]
        found = score(examples, [NEUTRAL, NEUTRAL, SUPPORT])
        assert (found.micro_f1, found.macro_f1) == (1.0, pytest.approx(2 / 3))

    def test_equally_common_stances_go_by_the_label_order(self) -> None:
        assert commonest(Counter({OPPOSE: 2, NEUTRAL: 2})) is NEUTRAL
