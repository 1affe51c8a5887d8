"""Edges: a worked example, what counts as one story, which period it lies in, and how its evidence is chosen."""

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detente.configs.errors import InputError
from detente.data.records import Edge, Prediction
from detente.inference.edges import Node, edges
from detente.inference.prediction_store import PredictionStore

Say = Callable[..., Prediction]
Save = Callable[..., Path]


def found(path: Path | list[Path], **options: object) -> list[Edge]:
    with edges(path, **options) as them:
        return list(them)


def test_a_worked_example(say: Say, save: Save) -> None:
    """Two stories of March; the first in two papers, one of which has a second sentence about the pair."""
    march = {"published": "2024-03-05", "actor_kind": "country"}
    path = save(
        say("A", "B", 0.9, 0.0, group="s1", outlet="The Gull", **march),
        say("A", "B", 0.6, 0.3, group="s1", outlet="The Tern", **march),
        say("A", "B", 0.3, 0.6, group="s1", outlet="The Tern", **march),
        say("A", "B", 0.1, 0.8, group="s2", **march),
    )
    (edge,) = found(path)
    assert (edge.actor, edge.target, edge.actor_kind, edge.target_kind, edge.period) == (
        "A",
        "B",
        "country",
        None,
        "2024-03",
    )
    assert (edge.stories, edge.sentences, edge.outlets) == (2, 4, 2)
    # s1: (0.9 + 0.6 + 0.3) / 3 = 0.6, (0 + 0.3 + 0.6) / 3 = 0.3, so 0.1 neutral; s2: 0.1, 0.8, 0.1
    assert (edge.support, edge.neutral, edge.oppose) == (0.7, 0.2, 1.1)
    assert edge.mean_stance == -0.2  # ((0.6 - 0.3) + (0.1 - 0.8)) / 2
    # 0.9 and 0.8 are confident
    assert (edge.confident, edge.confident_support, edge.confident_neutral, edge.confident_oppose) == (2, 1, 0, 1)
    assert (edge.low, edge.high, edge.change) == (None, None, None)
    assert [one.example_id for one in edge.evidence] == ["e1", "e4", "e2", "e3"]


def test_directions_are_two_edges_in_the_order_of_the_names(say: Say, save: Save) -> None:
    path = save(say("b", "a", 0.9, 0.0), say("Å", "a", 0.9, 0.0), say("a", "b", 0.0, 0.9), say("B", "a", 0.9, 0.0))
    assert [(edge.actor, edge.target) for edge in found(path)] == [("B", "a"), ("a", "b"), ("b", "a"), ("Å", "a")]


def test_a_story_lies_in_the_period_of_its_first_copy(say: Say, save: Save) -> None:
    path = save(
        say("A", "B", 0.9, 0.0, group="s", published="2024-02-01"),
        say("A", "B", 0.9, 0.0, group="s", published="2024-01-31T22:00:00Z"),
        say("A", "B", 0.9, 0.0, group="s"),
        say("C", "B", 0.9, 0.0, group="s", published="2024-02-02"),
    )
    assert [(edge.actor, edge.period, edge.stories, edge.sentences) for edge in found(path)] == [
        ("A", "2024-01", 1, 3),
        ("C", "2024-01", 1, 1),
    ]


@pytest.mark.parametrize(
    ("period", "names"),
    [
        ("day", ["2024-12-30", "2025-01-01", None]),
        ("week", ["2025-W01", None]),
        ("month", ["2024-12", "2025-01", "2025-02", None]),
        ("year", ["2024", "2025", None]),
        ("all", ["all"]),
    ],
)
def test_periods_are_as_fine_as_wanted_and_dates_must_be_too(
    period: str, names: list[str | None], say: Say, save: Save
) -> None:
    dates = ["2024-12-30", "2025-01-01", "2025-02", "2025", "2004-2005", None]
    path = save(*(say("A", "B", 0.9, 0.0, published=one) for one in dates))
    them = found(path, period=period)
    assert [edge.period for edge in them] == names
    assert sum(edge.stories for edge in them) == 6


def test_what_has_no_date_is_reported(say: Say, save: Save) -> None:
    dates = ["2024-12-30", "2025-02-03", "2004-2005", "2004-2005", None]
    path = save(*(say("A", "B", 0.9, 0.0, published=one) for one in dates))
    with edges(path) as them:
        coverage = them.coverage
    assert (coverage.predictions, coverage.stories, coverage.undated, coverage.counted) == (5, 5, 3, 5)
    assert coverage.undated_dates == (("2004-2005", 2), (None, 1))
    assert (coverage.first, coverage.last) == ("2024-12-30", "2025-02-03")
    assert coverage.in_words() == [
        "stories of no period, without a date precise enough: 3; their predictions have '2004-2005' (2), no date (1)"
    ]


@pytest.mark.parametrize(
    ("bounds", "kept", "outside", "undated"),
    [
        ({"since": "2024-02"}, ["2024-02-01", "2024-03", "2024-03-31"], 1, 2),
        ({"since": "2024-02", "until": "2024-02"}, ["2024-02-01"], 3, 2),
        ({"since": "2024-02-01", "until": "2024-03-30"}, ["2024-02-01"], 2, 3),
        ({"until": "2023"}, [], 5, 1),
        ({"until": "2024-W05"}, ["2024-01-31", "2024-02-01"], 1, 3),
    ],
)
def test_bounds_include_themselves_and_leave_out_what_has_no_date(
    bounds: dict, kept: list[str], outside: int, undated: int, say: Say, save: Save
) -> None:
    dates = ["2024-01-31", "2024-02-01", "2024-03", "2024-03-31", "2024", None]
    path = save(*(say("A", one or "-", 0.9, 0.0, published=one) for one in dates))
    with edges(path, period="all", **bounds) as them:
        assert [edge.target for edge in them] == kept
        assert (them.coverage.outside, them.coverage.undated) == (outside, undated)
        assert them.coverage.counted == len(kept) == 6 - outside - undated


def monthly(say: Say, month: int, stances: list[float]) -> list[Prediction]:
    """One story for each stance; where it is positive, it is support."""
    return [
        say("A", "B", max(stance, 0), max(-stance, 0), group=f"{month}-{number}", published=f"2024-{month:02}-10")
        for number, stance in enumerate(stances)
    ]


def test_intervals_and_changes_agree_with_plain_resampling(say: Say, save: Save) -> None:
    rng = np.random.default_rng(3)
    stances = {month: rng.uniform(-0.9, 0.5 + month / 10, size=12).round(3) for month in (1, 2)}
    one, two = found(save(*monthly(say, 1, list(stances[1])), *monthly(say, 2, list(stances[2]))))
    draws = {month: rng.choice(values, (20_000, 12)).mean(axis=1) for month, values in stances.items()}
    assert [one.low, one.high] == pytest.approx(np.percentile(draws[1], [2.5, 97.5]), abs=0.04)
    assert one.change is None
    assert two.change == pytest.approx(stances[2].mean() - stances[1].mean(), abs=1e-5)
    expected = np.percentile(draws[2] - draws[1], [2.5, 97.5])
    assert [two.change_low, two.change_high] == pytest.approx(expected, abs=0.06)


def test_a_change_is_against_the_calendar_period_before(say: Say, save: Save) -> None:
    path = save(
        *monthly(say, 1, [0.5]),
        *monthly(say, 2, [0.1] * 5),
        *monthly(say, 4, [0.1] * 5),
        *monthly(say, 5, [-0.2] * 6),
        say("A", "B", 0.9, 0.0),
        say("A", "C", 0.9, 0.0, published="2024-06-01"),
    )
    them = {(edge.target, edge.period): edge for edge in found(path)}
    changes = {key: edge.change for key, edge in them.items() if edge.change is not None}
    assert changes == {("B", "2024-02"): -0.4, ("B", "2024-05"): -0.3}
    assert them["B", "2024-02"].change_low is None  # one story in January
    assert (them["B", "2024-05"].change_low, them["B", "2024-05"].change_high) == (-0.3, -0.3)


def test_changes_do_not_depend_on_what_is_left_out_for_few_stories(say: Say, save: Save) -> None:
    path = save(*monthly(say, 1, [0.5]), *monthly(say, 2, [0.1, 0.1]))
    (edge,) = found(path, min_stories=2)
    assert (edge.period, edge.change, len(edge.evidence)) == ("2024-02", -0.4, 2)


def test_confident_predictions_alone_can_be_counted(say: Say, save: Save) -> None:
    path = save(say("A", "B", 0.9, 0.0, group="s"), say("A", "B", 0.5, 0.1, group="s"), say("A", "C", 0.5, 0.4))
    with edges(path, confident_only=True) as them:
        (edge,) = them
        assert (edge.target, edge.sentences, edge.support, len(edge.evidence)) == ("B", 1, 0.9, 1)
        assert them.coverage.in_words()[0] == "predictions left out, not confident: 2"
        assert (them.coverage.stories, them.coverage.counted) == (2, 1)


def test_evidence_is_of_different_stories_first_and_of_copies_the_first(say: Say, save: Save) -> None:
    path = save(
        say("A", "B", 0.0, 0.9, group="s1", text="late copy", published="2024-03-09"),
        say(
            "A",
            "B",
            0.0,
            0.9,
            group="s1",
            text="first copy",
            published="2024-03-08",
            speaker="Ada",
            url="https://a.example",
        ),
        say("A", "B", 0.4, 0.3, group="s2", text="weak"),
        say("A", "B", 0.7, 0.1, group="s3", text="strong", actor_span=(0, 2)),
        say("A", "B", 0.6, 0.1, group="s3", text="less strong"),
    )
    (edge,) = found(path, period="all", evidence=4)
    assert [one.text for one in edge.evidence] == ["first copy", "strong", "weak", "late copy"]
    first, strong = edge.evidence[:2]
    assert (first.stance, first.p_oppose, first.confident) == ("oppose", 0.9, True)
    assert (first.published, first.speaker, first.url) == ("2024-03-08", "Ada", "https://a.example")
    assert strong.actor_span == (0, 2)
    assert [len(edge.evidence) for edge in found(path, period="all", evidence=0)] == [0]


def test_one_store_gives_several_views_any_number_of_times(say: Say, save: Save) -> None:
    path = save(*monthly(say, 1, [0.5]), *monthly(say, 2, [0.1]))
    with PredictionStore(path) as store:
        months, whole = edges(store, period="month"), edges(store, period="all")
        assert [edge.period for edge in months] == [edge.period for edge in months] == ["2024-01", "2024-02"]
        assert [edge.stories for edge in whole] == [2]
        with months:
            pass  # the store belongs to who opened it
        assert len(list(months)) == 2


def test_nodes_have_their_distinct_stories(say: Say, save: Save) -> None:
    path = save(
        say("A", "B", 0.9, 0.0, group="s1", actor_kind="country"),
        say("B", "A", 0.9, 0.0, group="s1"),
        say("A", "A", 0.9, 0.0, group="s2"),
    )
    with edges(path) as them:
        assert them.nodes() == [Node("A", "country", 2), Node("B", None, 1)]


def some_predictions(say: Say, count: int) -> list[Prediction]:
    """Many of few pairs, with copies that weigh the same, and figures that no float holds exactly."""
    rng = random.Random(7)
    made = []
    for _ in range(count):
        support, oppose = (round(rng.random() / 2, rng.choice([1, 17])) for _ in range(2))
        day = f"2024-0{rng.randint(1, 3)}-{rng.randint(1, 28):02}"
        story = f"s{rng.randint(0, count // 3)}"
        names = rng.sample(["A", "B", "C"], 2)
        made += [say(*names, support, oppose, group=story, published=day) for _copy in range(2)]
    return made


def test_the_order_of_parts_and_the_threads_change_nothing(say: Say, save: Save) -> None:
    said = some_predictions(say, 750)
    whole = found(save(*said), threads=1)
    random.Random(1).shuffle(said)
    parts = [save(*said[start::4], name=f"{name}.parquet") for start, name in enumerate("zyxw")]
    assert found(parts, threads=3) == whole == found(save(*reversed(said), name="p.jsonl"), threads=2)
    assert sum(edge.low is not None for edge in whole) > 10
    assert sum(edge.change_low is not None for edge in whole) > 8


def test_no_predictions_make_no_edges(save: Save) -> None:
    for name in ("p.parquet", "p.csv"):
        with edges(save(name=name)) as them:
            assert (list(them), them.nodes(), them.coverage.stories) == ([], [], 0)


def test_wrong_options_are_refused(say: Say, save: Save) -> None:
    path = save(say("A", "B", 0.9, 0.0))
    for options, message in [
        ({"period": "decade"}, "period: expected day, week, month, year, all; found 'decade'"),
        ({"evidence": -1}, "expected evidence from 0 and min_stories from 1; found -1 and 1"),
        ({"min_stories": 0}, "expected evidence from 0 and min_stories from 1; found 5 and 0"),
        ({"until": "soon"}, "until: expected a day"),
    ]:
        with pytest.raises(InputError, match=message):
            edges(path, **options)


def test_no_model_is_needed() -> None:
    heavy = ("torch", "transformers", "spacy", "mlflow")
    code = f"import sys, detente.inference.edge_files; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
