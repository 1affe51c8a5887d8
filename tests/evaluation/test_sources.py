"""Figures of each corpus of a mixture."""

import numpy as np
import pytest

from detente.data.records import STANCES, Example
from detente.evaluation.sources import FIGURES, MOST_SOURCES, source_figures
from detente.models.calibration import Floats


def of(source: str | None, examples: list[Example]) -> list[Example]:
    return [example.model_copy(update={"source": source}) for example in examples]


def answers(examples: list[Example], *, right: bool) -> Floats:
    gold = np.array([STANCES.index(example.label) for example in examples if example.label])
    return np.eye(3)[gold if right else (gold + 1) % 3]


def test_each_source_has_its_own_figures(examples: list[Example]) -> None:
    mixed = [*of("a", examples[:12]), *of("b", examples[12:])]
    probabilities = np.concatenate([answers(examples[:12], right=True), answers(examples[12:], right=False)])
    figures = source_figures(mixed, probabilities)
    assert set(figures) == {f"{source}/{name}" for source in "ab" for name in FIGURES}
    assert (figures["a/macro_f1"], figures["b/macro_f1"], figures["b/accuracy"]) == (1.0, 0.0, 0.0)


def test_order_of_the_examples_does_not_matter(examples: list[Example]) -> None:
    mixed = [*of("a", examples[::2]), *of("b", examples[1::2])]
    probabilities = np.random.default_rng(1).dirichlet([1, 1, 1], len(mixed))
    turned = source_figures(mixed[::-1], probabilities[::-1])
    assert turned == pytest.approx(source_figures(mixed, probabilities))


@pytest.mark.parametrize("source", ["a", None])
def test_one_source_has_none(examples: list[Example], source: str | None) -> None:
    assert source_figures(of(source, examples), answers(examples, right=True)) == {}


def test_examples_without_a_source_are_left_out(examples: list[Example]) -> None:
    mixed = [*of("a", examples[:6]), *of("b", examples[6:12]), *of(None, examples[12:])]
    figures = source_figures(mixed, answers(mixed, right=True))
    assert {name.partition("/")[0] for name in figures} == {"a", "b"}


def test_only_the_largest_sources_are_told(examples: list[Example]) -> None:
    mixed = [one.model_copy(update={"source": f"s{place % 15}"}) for place, one in enumerate(examples * 2)]
    figures = source_figures(mixed, answers(mixed, right=True))
    assert len(figures) == MOST_SOURCES * len(FIGURES)
    assert "s0/macro_f1" in figures


def test_a_name_holds_nothing_that_a_metric_cannot(examples: list[Example]) -> None:
    mixed = [*of("news (US)/east", examples[:12]), *of("Mère", examples[12:])]
    names = {name.partition("/")[0] for name in source_figures(mixed, answers(mixed, right=True))}
    assert names == {"news-US-east", "Mère"}
