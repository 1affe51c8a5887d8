"""Pass rates, intervals, readings and failing cases."""

from collections.abc import Sequence

import numpy as np
import pytest

from detente.data.records import STANCES, Example, Stance
from detente.evaluation.behaviour.cases import Case, Expectation, Probe
from detente.evaluation.behaviour.results import SHOWN, ProbeResult, measure, pass_interval
from detente.models.calibration import Floats

SUPPORT, NEUTRAL, OPPOSE = Stance


def make_probe(answers: Sequence[Stance], groups: int = 5, *, judged: bool = True) -> tuple[Probe, dict[str, Floats]]:
    """One question a case, of which support is right; the later, the surer."""
    cases, rows = [], {}
    for number, answer in enumerate(answers):
        example = Example(id=f"q{number:03}", actor="a", target="b", text=f"t{number}")
        allowed = (frozenset([SUPPORT]),)
        cases.append(Case(f"c{number:03}", f"g{number % groups}", "k", Expectation.STANCES, (example,), allowed))
        sure = 0.5 + number / 1000
        rows[example.id] = np.array([sure if stance is answer else (1 - sure) / 2 for stance in STANCES])
    return Probe("p", "Support.", "reads", tuple(cases), len(cases) + 7, judged), rows


def result_of(answers: Sequence[Stance], groups: int = 5, *, judged: bool = True) -> ProbeResult:
    probe, rows = make_probe(answers, groups, judged=judged)
    return measure(probe, lambda example: rows[example.id], resamples=200, seed=13)


@pytest.mark.parametrize(
    ("right", "wrong", "level", "reading"),
    [
        (19, 1, "good", "It reads: 19 of 20 cases pass."),
        (16, 4, "caution", "It mostly reads: 16 of 20 cases pass."),
        (5, 15, "stop", "It doesn't show that it reads: 5 of 20 cases pass."),
        (9, 0, "unknown", "Too few cases to tell: 9 of 9 cases pass."),
    ],
)
def test_the_pass_rate_is_read_in_a_sentence(right: int, wrong: int, level: str, reading: str) -> None:
    result = result_of([SUPPORT] * right + [NEUTRAL] * wrong)
    assert result.pass_rate == right / (right + wrong)
    assert (result.level, result.reading) == (level, reading)
    assert (result.cases, result.possible, result.groups) == (right + wrong, right + wrong + 7, 5)


def test_nothing_is_said_without_cases() -> None:
    result = result_of([])
    assert (result.pass_rate, result.interval, result.mean_shift, result.failing) == (None, None, None, ())
    assert (result.level, result.reading) == ("unknown", "Not asked: none of the examples fits.")


@pytest.mark.parametrize(("alike", "words"), [(0, "not many"), (5, "suspicious, since most stances go one way")])
def test_what_is_not_judged_is_reported(alike: int, words: str) -> None:
    result = result_of([SUPPORT] * (12 - alike) + [NEUTRAL] * alike, judged=False)
    assert result.level == "unknown"
    assert result.reading == f"{alike / 12:.0%} of 12 get one and the same stance both ways: {words}."


def test_the_interval_draws_whole_groups() -> None:
    passed = [number < 20 for number in range(40)]
    together = pass_interval(passed, [str(number // 20) for number in range(40)], resamples=500, seed=13)
    apart = pass_interval(passed, [str(number) for number in range(40)], resamples=500, seed=13)
    assert together == (0.0, 1.0)
    assert 0.3 < apart[0] < 0.45
    assert 0.55 < apart[1] < 0.7


def test_where_all_or_none_pass_the_bound_is_exact() -> None:
    groups = [str(number % 10) for number in range(30)]
    assert pass_interval([True] * 30, groups, resamples=50, seed=13) == pytest.approx((0.025 ** (1 / 10), 1.0))
    assert pass_interval([False] * 30, groups, resamples=50, seed=13) == pytest.approx((0.0, 1 - 0.025 ** (1 / 10)))


def test_at_most_ten_failing_cases_are_shown_the_surest_of_each_group_first() -> None:
    result = result_of([OPPOSE] * 60, groups=3)
    ids = [case[0].example.id for case in result.failing]
    assert len(ids) == SHOWN
    assert ids[:4] == ["q059", "q058", "q057", "q056"]
    uneven = result_of([SUPPORT] * 2 + [OPPOSE] * 18, groups=18)
    assert [case[0].example.id for case in uneven.failing][:2] == ["q019", "q018"]


def test_a_failing_case_says_what_was_wanted_and_what_was_said() -> None:
    (asked,) = result_of([SUPPORT] * 19 + [OPPOSE]).failing[0]
    assert (asked.wanted, asked.answer, asked.sure) == ("support", OPPOSE, pytest.approx(0.519))
    assert asked.pieces == [("t19", "")]
    assert asked.as_dict() == {
        "id": "q019",
        "actor": "a",
        "target": "b",
        "text": "t19",
        "actor_span": None,
        "target_span": None,
        "wanted": "support",
        "answer": "oppose",
        "sure": pytest.approx(0.519),
    }


def test_the_mean_shift_is_the_share_of_the_probability_that_moves() -> None:
    one, other = (Example(id=name, actor="a", target="b", text=name) for name in "xy")
    case = Case("c", "g", "k", Expectation.SAME, (one, other))
    rows = {"x": np.array([0.6, 0.3, 0.1]), "y": np.array([0.5, 0.1, 0.4])}
    probe = Probe("p", "", "reads", (case,), 1)
    assert measure(probe, lambda example: rows[example.id], resamples=9, seed=1).mean_shift == pytest.approx(0.3)
    assert result_of([SUPPORT]).mean_shift is None
