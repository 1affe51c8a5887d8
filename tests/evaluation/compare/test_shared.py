"""Which examples several evaluations have in common, and what is said when they are not the same."""

from collections.abc import Callable

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.evaluation.compare.shared import share
from detente.evaluation.evaluated import Evaluated

Make = Callable[..., Evaluated]


def reordered(one: Evaluated, places: list[int]) -> Evaluated:
    return Evaluated(
        one.split,
        one.sha256,
        one.seconds,
        [one.ids[place] for place in places],
        [one.questions[place] for place in places],
        [one.groups[place] for place in places],
        one.gold[places],
        one.probabilities[places],
        {name: [values[place] for place in places] for name, values in one.by.items()},
    )


def test_the_same_examples_in_another_order_are_the_same(make_evaluated: Make) -> None:
    first, second = make_evaluated([1], size=6), make_evaluated([2, 3], size=6)
    shared = share({"a": first, "b": reordered(second, [5, 0, 4, 1, 3, 2])}, on_common=False)
    assert shared.ids == first.ids
    np.testing.assert_array_equal(shared.probabilities, [first.probabilities, second.probabilities])
    assert not shared.partial


def test_other_examples_are_refused_with_what_differs(make_evaluated: Make) -> None:
    first, second = make_evaluated(size=6), make_evaluated(size=5, sha256="f" * 64, split="dev")
    second.gold[1] = 0
    second.questions[2] = ("Norway", "Peru", "Norway met Peru.")
    with pytest.raises(InputError) as error:
        share({"a": first, "b": second}, on_common=False)
    assert str(error.value).splitlines() == [
        "expected runs that were evaluated on the same examples; found",
        "  a: 6 examples of the test file, fingerprint 0123456789ab",
        "  b: 5 examples of the dev file, fingerprint ffffffffffff",
        "  a alone has 1 example (e5)",
        "  b asks something else in 1 example (e2)",
        "  b has another label in 1 example (e1)",
        "To compare on the 3 examples that all have: --on-common. To compare on all, measure each model on one file "
        "(detente evaluate MODEL EXAMPLES -o DIR), and compare these folders.",
    ]


def test_on_the_common_examples_the_others_are_left_out_and_counted(make_evaluated: Make) -> None:
    first, second = make_evaluated(size=6), make_evaluated(size=9)
    shared = share({"a": first, "b": second}, on_common=True)
    assert shared.ids == first.ids
    assert shared.left_out == {"a": 0, "b": 3}
    assert shared.partial


def test_runs_without_a_common_example_are_refused_whatever_is_asked(make_evaluated: Make) -> None:
    other = make_evaluated(size=3, ids=["x", "y", "z"])
    with pytest.raises(InputError, match=r"b alone has 3 examples \(x, y, z\)\nNo example is common to all"):
        share({"a": make_evaluated(size=3), "b": other}, on_common=True)


def test_an_example_that_evaluations_put_into_different_slices_is_in_none(make_evaluated: Make) -> None:
    first = make_evaluated(size=3, by={"text": ["seen", "seen", None], "outlet": ["x", "y", "x"], "mine": [None] * 3})
    second = make_evaluated(size=3, by={"text": ["seen", "unseen", None], "outlet": ["x", "y", "x"]})
    shared = share({"a": first, "b": second}, on_common=False)
    assert shared.by == {"text": ["seen", None, None], "outlet": ["x", "y", "x"]}
