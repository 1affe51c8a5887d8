"""Both directions of a pair, and the five classes of DSE."""

import json

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from detente.data.records import STANCES, Example, Stance
from detente.evaluation.directions import FIVE, Pair, both_directions, five_class, measure_directions
from detente.evaluation.intervals import Draws

SUPPORT, NEUTRAL, OPPOSE = STANCES
NAMES = ("Norway", "Kenya")


def pair_of(number: int, there: Stance, back: Stance, text: str = "Norway met Kenya") -> list[Example]:
    """The questions from Norway to Kenya and from Kenya to Norway about a text of its own."""
    whole = f"{text} in round {number}."
    return [
        Example(id=f"{number}.{i}", actor=NAMES[i], target=NAMES[1 - i], text=whole, label=label)
        for i, label in enumerate((there, back))
    ]


def sure_of(*stances: Stance, confidence: float = 0.8) -> np.ndarray:
    rows = np.full((len(stances), 3), (1 - confidence) / 2)
    rows[np.arange(len(stances)), [STANCES.index(stance) for stance in stances]] = confidence
    return rows


def draws(examples: list[Example]) -> Draws:
    return Draws.of([example.group_key for example in examples], resamples=100, seed=1)


def test_a_pair_is_two_questions_about_one_text_and_p_is_mentioned_first() -> None:
    forward, backward = pair_of(0, NEUTRAL, NEUTRAL), pair_of(1, NEUTRAL, NEUTRAL, "Kenya met Norway")
    alone = pair_of(2, NEUTRAL, NEUTRAL)[:1]
    assert both_directions([*forward, *backward, *alone]) == [(0, 1), (3, 2)]


def test_names_that_the_text_does_not_mention_stand_in_the_order_of_the_file() -> None:
    there, back = pair_of(0, NEUTRAL, NEUTRAL, "They met")
    assert both_directions([back, there]) == [(0, 1)]


def test_of_repeated_questions_the_first_counts() -> None:
    there, back = pair_of(0, SUPPORT, NEUTRAL)
    again = there.model_copy(update={"id": "again", "actor": "NORWAY"})
    assert both_directions([there, again, back, back]) == [(0, 2)]


def test_directions_are_right_if_both_are() -> None:
    examples = [
        *pair_of(0, SUPPORT, NEUTRAL),  # both right
        *pair_of(1, OPPOSE, NEUTRAL),  # one right, the same answer both ways
        *pair_of(2, NEUTRAL, SUPPORT),  # swapped
        *pair_of(3, NEUTRAL, NEUTRAL),  # both right, alike and rightly so
    ]
    said = sure_of(SUPPORT, NEUTRAL, OPPOSE, OPPOSE, SUPPORT, NEUTRAL, NEUTRAL, NEUTRAL)
    measured = measure_directions(examples, said, both_directions(examples), draws(examples))
    assert (measured.pairs, measured.right) == (4, 0.5)
    assert (measured.differing, measured.differing_right, measured.alike) == (
        3,
        pytest.approx(1 / 3),
        pytest.approx(1 / 3),
    )
    assert measured.right_interval[0] < 0.5 < measured.right_interval[1]
    assert measured.differing_right_interval[0] < 1 / 3 < measured.differing_right_interval[1]


def test_a_model_that_ignores_direction_is_never_right_where_directions_differ() -> None:
    examples = [one for number in range(30) for one in pair_of(number, [SUPPORT, OPPOSE][number % 2], NEUTRAL)]
    said = sure_of(*(stance for number in range(30) for stance in [[SUPPORT, OPPOSE][number % 2]] * 2))
    measured = measure_directions(examples, said, both_directions(examples), draws(examples))
    assert (measured.differing_right, measured.alike) == (0, 1)
    assert measured.differing_right_interval == (0, 0)


def test_pairs_that_never_differ_tell_nothing_about_direction() -> None:
    examples = pair_of(0, NEUTRAL, NEUTRAL)
    measured = measure_directions(examples, sure_of(NEUTRAL, NEUTRAL), [(0, 1)], draws(examples))
    assert (measured.right, measured.differing) == (1, 0)
    assert (measured.differing_right, measured.differing_right_interval, measured.alike) == (None, None, None)


def test_without_pairs_nothing_is_measured() -> None:
    examples = pair_of(0, NEUTRAL, NEUTRAL)[:1]
    assert measure_directions(examples, sure_of(NEUTRAL), [], draws(examples)) is None
    assert five_class(examples, sure_of(NEUTRAL), [], draws(examples)) is None


@pytest.mark.parametrize(("name", "stances"), FIVE.items())
def test_each_class_is_recognised(name: str, stances: tuple[Stance, Stance]) -> None:
    examples = pair_of(0, *stances)
    measured = five_class(examples, sure_of(*stances), both_directions(examples), draws(examples))
    assert (measured.pairs, measured.micro_f1, measured.per_class[name]) == (1, 1, 1)
    assert measured.macro_f1 == pytest.approx(1 / 5)


def test_p_is_the_first_mention_whatever_the_order_of_the_file() -> None:
    there, back = pair_of(0, SUPPORT, NEUTRAL)
    examples = [back, there]
    measured = five_class(examples, sure_of(NEUTRAL, SUPPORT), both_directions(examples), draws(examples))
    assert measured.per_class["p supports q"] == 1


def test_an_answer_both_ways_becomes_the_likelier_of_the_five() -> None:
    examples = pair_of(0, SUPPORT, NEUTRAL)
    mutual = np.array([[0.9, 0.05, 0.05], [0.6, 0.3, 0.1]])
    # p supports q: 0.9 * 0.3; q supports p: 0.05 * 0.6; neutral: 0.05 * 0.3
    assert five_class(examples, mutual, [(0, 1)], draws(examples)).per_class["p supports q"] == 1


def test_figures_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(2)
    gold, said = random.integers(0, 5, 80), random.integers(0, 5, 80)
    classes = list(FIVE.values())
    examples = [one for number, label in enumerate(gold) for one in pair_of(number, *classes[label])]
    probabilities = np.concatenate([sure_of(*classes[label]) for label in said])
    measured = five_class(examples, probabilities, both_directions(examples), draws(examples))
    assert measured.micro_f1 == pytest.approx(accuracy_score(gold, said))
    assert measured.macro_f1 == pytest.approx(f1_score(gold, said, average="macro"))
    assert list(measured.per_class.values()) == pytest.approx(f1_score(gold, said, average=None))
    for name, (low, high) in measured.intervals.items():
        assert low < getattr(measured, name) < high


def test_pairs_with_a_stance_both_ways_are_counted_and_left_out() -> None:
    examples = [*pair_of(0, SUPPORT, SUPPORT), *pair_of(1, OPPOSE, NEUTRAL)]
    said = sure_of(SUPPORT, SUPPORT, OPPOSE, NEUTRAL)
    measured = five_class(examples, said, both_directions(examples), draws(examples))
    assert (measured.pairs, measured.mutual, measured.micro_f1) == (1, 1, 1)
    assert five_class(examples[:2], said[:2], [(0, 1)], draws(examples[:2])) is None


def test_records_survive_json() -> None:
    examples = pair_of(0, SUPPORT, NEUTRAL)
    pairs: list[Pair] = [(0, 1)]
    for measure in (five_class, measure_directions):
        plain = measure(examples, sure_of(SUPPORT, NEUTRAL), pairs, draws(examples)).as_dict()
        assert json.loads(json.dumps(plain)) == plain
