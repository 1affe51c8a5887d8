"""When a challenger may become champion."""

from collections.abc import Callable

import pytest

from detente.configs.errors import InputError
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.contenders import Run
from detente.evaluation.compare.promotion import Decision, Terms, decide

Make = Callable[..., Run]
MARGIN = Terms(margin=0.08, reason="ten times faster")


@pytest.fixture
def decided(make_run: Make) -> Callable[..., Decision]:
    """A decision about a challenger and a champion with these wrong answers."""

    def make(challenger: object, champion: object, terms: Terms | None = None, by: str = "macro_f1") -> Decision:
        runs = [make_run("champion", champion), make_run("challenger", challenger)]
        return decide(compare(runs, by=by), "challenger", terms or Terms())

    return make


@pytest.mark.parametrize("by", ["macro_f1", "nll"])
def test_a_better_challenger_passes(by: str, decided: Callable[..., Decision]) -> None:
    decision = decided([1], range(0, 60, 2), by=by)
    assert decision.promoted
    assert decision.why.startswith("better beyond chance: ")
    assert "against the champion's" in decision.why


def test_a_challenger_that_cannot_be_told_apart_is_refused_though_it_scores_more(
    decided: Callable[..., Decision],
) -> None:
    decision = decided([1, 2], [3, 4, 7])
    assert not decision.promoted
    assert decision.why.startswith(
        "not better beyond chance: macro-F1 0.983 against the champion's 0.975, +0.008 (-0.0"
    )


@pytest.mark.parametrize("by", ["macro_f1", "nll"])
def test_a_worse_one_is_refused_in_so_many_words(by: str, decided: Callable[..., Decision]) -> None:
    decision = decided(range(0, 60, 2), [1], MARGIN, by=by)
    assert not decision.promoted
    assert decision.why.startswith("worse beyond chance, and it may be worse by more than 0.08: ")


def test_within_a_margin_it_passes_also_if_it_scores_less(decided: Callable[..., Decision]) -> None:
    decision = decided([3, 4, 7], [1, 2], MARGIN)
    assert decision.promoted
    assert decision.why.startswith("not worse by more than 0.08: ")


def test_the_whole_interval_must_lie_within_the_margin(decided: Callable[..., Decision]) -> None:
    """The difference itself, 0.008, would."""
    assert not decided([3, 4, 7], [1, 2], Terms(margin=0.01, reason="r")).promoted


def test_one_group_shows_nothing_whatever_the_margin(make_run: Make, make_evaluated: Callable) -> None:
    one_group = {"groups": ["g"] * 120}
    runs = [make_run(name, evaluated=make_evaluated([1], **one_group)) for name in ("champion", "challenger")]
    assert not decide(compare(runs), "challenger", MARGIN).promoted


def test_force_passes_and_says_what_was_overruled(decided: Callable[..., Decision]) -> None:
    decision = decided(range(0, 60, 2), [1], Terms(force=True, reason="the old one is unfair to Peru"))
    assert decision.promoted
    assert decision.why.startswith("forced, though worse beyond chance: ")


def test_a_challenger_that_has_seen_the_test_file_is_refused(make_run: Make) -> None:
    champion, challenger = make_run("champion", range(0, 60, 2)), make_run("challenger", [1], leaks="texts 9.0%")
    decision = decide(compare([champion, challenger]), "challenger", MARGIN)
    assert not decision.promoted
    assert decision.why.startswith(
        "not comparable, since its training file has a part of the test file (texts 9.0%): macro-F1 0.992 against"
    )
    assert decide(compare([champion, challenger]), "challenger", Terms(force=True, reason="r")).why.startswith(
        "forced, though not comparable"
    )


def test_a_leak_that_both_have_is_no_advantage(make_run: Make) -> None:
    runs = [make_run("champion", range(0, 60, 2), leaks="texts 9.0%"), make_run("challenger", [1], leaks="texts 9.0%")]
    assert decide(compare(runs), "challenger", Terms()).promoted


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (Terms(force=True), "--force: expected a --reason"),
        (Terms(margin=0.01), "--margin: expected a --reason"),
        (Terms(margin=0.01, reason="  "), "--margin: expected a --reason"),
        (Terms(margin=0.0, reason="r"), r"--margin: expected a difference between 0 and 1, such as 0\.01; found 0"),
        (Terms(margin=2, reason="r"), "--margin: expected a difference"),
    ],
)
def test_incomplete_terms_are_refused(terms: Terms, message: str) -> None:
    with pytest.raises(InputError, match=message):
        terms.check()


def test_complete_terms_pass() -> None:
    for terms in (Terms(), MARGIN, Terms(force=True, reason="r"), Terms(reason="r")):
        terms.check()
