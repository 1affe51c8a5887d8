"""How far a name alone moves the stance."""

import numpy as np
import pytest

from detente.evaluation.behaviour.name_effects import NameTexts, measure_names, name_texts
from detente.evaluation.behaviour.names import code_of
from detente.models.calibration import Floats

SUPPORT, NEUTRAL, OPPOSE = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]


@pytest.fixture
def texts() -> NameTexts:
    one = name_texts()[0]
    return NameTexts(
        "states", ("Kenya", "Norway", "Peru"), ("Africa", "Europe", "Europe"), tuple(row[:3] for row in one.asked)
    )


def answers(texts: NameTexts, *by_name: list[float]) -> Floats:
    return np.array([by_name] * len(texts.asked))


def test_each_sentence_is_asked_with_each_name_in_one_role() -> None:
    groups = {one.name: one for one in name_texts()}
    assert list(groups) == [
        f"{who} as {role}" for who in ("states", "nationalities", "persons") for role in ("actor", "target")
    ]
    for title, one in groups.items():
        role = title.split()[-1]
        assert len(one.asked) >= 6
        assert len(one.groups) == len(one.names) >= 28
        assert 5 <= len(set(one.groups)) <= 7
        for row in one.asked:
            assert [example.actor if role == "actor" else example.target for example in row] == list(one.names)
            for example in row:
                span = example.actor_span if role == "actor" else example.target_span
                assert span
                surface = example.text[slice(*span)]
                if title.startswith("persons"):
                    assert surface == (example.actor if role == "actor" else example.target)
                    assert code_of(surface) is None
                    continue
                assert surface.endswith(" officials") is title.startswith("nationalities")
                assert code_of(surface.removesuffix(" officials")) == code_of(
                    example.actor if role == "actor" else example.target
                )


def test_answers_that_are_the_same_for_all_names_have_no_spread(texts: NameTexts) -> None:
    effect = measure_names(texts, answers(texts, SUPPORT, SUPPORT, SUPPORT), resamples=50, seed=13)
    assert effect.spread == pytest.approx(0)
    assert (effect.steady, effect.level) == (1.0, "good")


def test_the_names_at_both_ends_are_found_with_their_shifts(texts: NameTexts) -> None:
    effect = measure_names(texts, answers(texts, NEUTRAL, SUPPORT, OPPOSE), resamples=50, seed=13)
    assert (effect.lowest.name, effect.highest.name) == ("Peru", "Norway")
    assert effect.spread == pytest.approx(1.4)
    assert effect.interval == pytest.approx((1.4, 1.4))
    assert [one.shift for one in effect.shifts] == pytest.approx([0, 0.7, -0.7])
    assert effect.steady == pytest.approx(1 / 3)
    assert effect.level == "stop"
    assert effect.reading == "The name matters much: from Peru to Norway the mean stance moves by 1.40."


def test_the_shift_of_a_group_is_the_mean_of_its_names(texts: NameTexts) -> None:
    effect = measure_names(texts, answers(texts, SUPPORT, NEUTRAL, OPPOSE), resamples=50, seed=13)
    assert [(one.name, one.shift) for one in effect.groups] == [
        ("Africa", pytest.approx(0.7)),
        ("Europe", pytest.approx(-0.35)),
    ]
    assert effect.groups[1].interval == pytest.approx((-0.35, -0.35))


def test_the_interval_tells_how_much_the_sentences_differ(texts: NameTexts) -> None:
    mixed = answers(texts, NEUTRAL, NEUTRAL, NEUTRAL)
    mixed[0, 1] = SUPPORT
    effect = measure_names(texts, mixed, resamples=500, seed=13)
    assert effect.spread == pytest.approx(0.7 / len(mixed))
    assert effect.interval[0] == 0
    assert effect.interval[1] > effect.spread
    assert effect.level == "good"


def test_the_effect_is_plain_for_json(texts: NameTexts) -> None:
    plain = measure_names(texts, answers(texts, NEUTRAL, SUPPORT, OPPOSE), resamples=50, seed=13).as_dict()
    assert plain["lowest"]["name"] == "Peru"
    assert [one["name"] for one in plain["shifts"]] == ["Kenya", "Norway", "Peru"]
    assert plain["level"] == "stop"
