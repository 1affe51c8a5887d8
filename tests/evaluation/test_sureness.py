"""Confident answers and sets of stances held against the truth, counted by hand."""

import json
from collections.abc import Sequence

import pytest

from detente.data.records import STANCES, Prediction, Stance
from detente.evaluation.intervals import Draws
from detente.evaluation.sureness import Sureness, measure_sureness
from detente.models.confidence import Confidence, PrecisionCurve
from detente.models.conformal import ConformalSets

SUPPORT, NEUTRAL, OPPOSE = STANCES
QUESTION = {"actor": "Norway", "target": "Kenya", "text": "They met."}
SETS = ConformalSets(coverage=0.9, thresholds=(0.1, 0.1, 0.1), examples=(50, 50, 50))


def known(conformal: ConformalSets | None = None, wanted_precision: float = 0.9) -> Confidence:
    """On the calibration examples 60 of 100 answers were confident, of oppose none."""
    curve = PrecisionCurve(answers=100, thresholds=(0.7,), kept=(60,), right=(60,))
    never = PrecisionCurve(answers=100, thresholds=(), kept=(), right=())
    return Confidence(
        wanted_precision=wanted_precision,
        curves={SUPPORT: curve, NEUTRAL: curve, OPPOSE: never},
        conformal=conformal,
    )


def answer(stance: Stance, confident: bool, stances: tuple[Stance, ...] | None = None) -> Prediction:
    shares = {f"p_{one}": 0.8 if one is stance else 0.1 for one in STANCES}
    return Prediction(example_id="e", stance=stance, confident=confident, stances=stances, **QUESTION, **shares)


def measured(
    rows: Sequence[tuple[Stance, Prediction]], confidence: Confidence, groups: Sequence[str] | None = None
) -> Sureness:
    draws = Draws.of(groups or [str(number) for number in range(len(rows))], resamples=200, seed=0)
    return measure_sureness([gold for gold, _ in rows], [one for _, one in rows], confidence, draws)


def test_coverage_and_precision_are_counted_by_the_stance_that_was_answered() -> None:
    rows = [
        (SUPPORT, answer(SUPPORT, True)),
        (OPPOSE, answer(SUPPORT, True)),
        (SUPPORT, answer(SUPPORT, True)),
        (NEUTRAL, answer(SUPPORT, False)),
        (SUPPORT, answer(NEUTRAL, False)),
    ]
    sureness = measured(rows, known())
    support, neutral, oppose = sureness.per_stance.values()
    assert (support.answers, support.confident, support.coverage) == (4, 3, 0.75)
    assert support.precision == pytest.approx(2 / 3)
    assert support.coverage_interval[0] < 0.75 < support.coverage_interval[1]
    assert support.precision_interval[0] < 2 / 3 < support.precision_interval[1]
    assert (neutral.answers, neutral.confident, neutral.coverage, neutral.precision) == (1, 0, 0.0, None)
    assert (oppose.answers, oppose.coverage, oppose.coverage_interval, oppose.precision) == (0, None, None, None)
    assert [one.expected_coverage for one in sureness.per_stance.values()] == [0.6, 0.6, 0.0]
    assert (sureness.wanted_precision, sureness.sets) == (0.9, None)


def test_an_interval_is_that_of_draws_of_whole_groups() -> None:
    # the articles of one half are always right, those of the other never: few groups tell little
    rows = [(SUPPORT if number < 50 else OPPOSE, answer(SUPPORT, True)) for number in range(100)]
    few = measured(rows, known(), [str(number // 25) for number in range(100)])
    many = measured(rows, known())
    (low, high), (lower, higher) = (
        many.per_stance["support"].precision_interval,
        few.per_stance["support"].precision_interval,
    )
    assert lower < low < 0.5 < high < higher
    assert higher - lower > 3 * (high - low)


def test_sets_are_counted_by_the_stance_that_is_labelled() -> None:
    rows = [
        (SUPPORT, answer(NEUTRAL, True, (SUPPORT, NEUTRAL))),
        (SUPPORT, answer(NEUTRAL, True, (NEUTRAL,))),
        (NEUTRAL, answer(NEUTRAL, True, (NEUTRAL,))),
        (NEUTRAL, answer(SUPPORT, True, STANCES)),
    ]
    sets = measured(rows, known(SETS)).sets
    assert (sets.wanted_coverage, sets.coverage, sets.size) == (0.9, 0.75, 7 / 4)
    assert sets.coverage_interval[0] < 0.75 <= sets.coverage_interval[1]
    assert sets.size_interval[0] < 7 / 4 < sets.size_interval[1]
    assert list(sets.per_stance) == ["support", "neutral"]
    support, neutral = sets.per_stance.values()
    assert (support.examples, support.coverage, support.size) == (2, 0.5, 1.5)
    assert (neutral.examples, neutral.coverage, neutral.size) == (2, 1.0, 2.0)
    assert neutral.coverage_interval == (1.0, 1.0)


def test_the_single_figures_go_by_these_names() -> None:
    rows = [(SUPPORT, answer(SUPPORT, True, (SUPPORT,))), (NEUTRAL, answer(NEUTRAL, False, (NEUTRAL, OPPOSE)))]
    assert measured(rows, known(SETS)).flat() == {
        "support_confident_coverage": 1.0,
        "support_confident_precision": 1.0,
        "neutral_confident_coverage": 0.0,
        "set_coverage": 1.0,
        "set_size": 1.5,
        "support_set_coverage": 1.0,
        "neutral_set_coverage": 1.0,
    }


def test_the_lines_say_what_is_there() -> None:
    rows = [(SUPPORT, answer(SUPPORT, True, (SUPPORT,))), (NEUTRAL, answer(NEUTRAL, False, (NEUTRAL, OPPOSE)))]
    assert measured(rows, known(SETS, 0.975)).in_words() == [
        "confident answers, 97.5% right wanted",
        "  support: 1 of 1, right among them 1.000 (1.000 to 1.000)",
        "  neutral: 0 of 1",
        "  oppose: 0 of 0",
        "sets of 1.50 stances hold the right one for 1.000 (1.000 to 1.000) of the examples",
    ]
    assert len(measured(rows, known()).in_words()) == 4


def test_the_figures_survive_json() -> None:
    plain = measured([(SUPPORT, answer(SUPPORT, True, (SUPPORT,)))], known(SETS)).as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["per_stance"]["support"]["coverage_interval"] == [1.0, 1.0]
    assert plain["sets"]["per_stance"]["support"]["size"] == 1.0
