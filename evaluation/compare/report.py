"""A comparison as files: `compare.html`, which opens from disk and loads nothing, and `comparison.json`."""

import json
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from detente.data.formats import make_folder
from detente.data.records import STANCES
from detente.evaluation.compare.results import Comparison
from detente.evaluation.compare.tables import all_tables
from detente.evaluation.compare.words import headline, notes
from detente.evaluation.evaluated import Question

PAGE = "compare.html"
FIGURES = "comparison.json"
WRITTEN = (PAGE, FIGURES)
SWAPS_SHOWN = 6


@dataclass(frozen=True)
class Bar:
    """A contender's figure and interval, as shares of the width of the picture."""

    name: str
    value: str
    at: float
    low: float
    high: float


@dataclass(frozen=True)
class Swap:
    """An example that one contender gets right and the other wrong."""

    question: Question
    gold: str
    right: float
    """The probability that the one that is right gives to the gold stance; the mean over its runs."""
    wrong: float
    """That of the other one."""


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write both files and return the page.

    Raises:
        InputError: The folder can't be written to.
    """
    make_folder(folder)
    plain = json.dumps(comparison.as_dict(), indent=2, allow_nan=False)
    (folder / FIGURES).write_text(plain + "\n", encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("detente.evaluation.compare", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    second = comparison.others[0][0].contender.name
    page = environment.get_template("compare.html.jinja").render(
        headline=headline(comparison),
        notes=notes(comparison),
        figure=comparison.figure,
        bars=bars(comparison),
        tables=all_tables(comparison),
        best=comparison.best.contender.name,
        second=second,
        won=swaps(comparison, comparison.best.contender.name, second),
        lost=swaps(comparison, second, comparison.best.contender.name),
    )
    path = folder / PAGE
    path.write_text(page, encoding="utf-8")
    return path


def bars(comparison: Comparison) -> list[Bar]:
    """The ranking as a picture."""
    ends = [end for one in comparison.standings for end in one.interval]
    low, width = min(ends), max(max(ends) - min(ends), 1e-9)
    return [
        Bar(
            name=one.contender.name,
            value=f"{one.value:.3f}",
            at=(one.value - low) / width,
            low=(one.interval[0] - low) / width,
            high=(one.interval[1] - low) / width,
        )
        for one in comparison.standings
    ]


def swaps(comparison: Comparison, right: str, wrong: str) -> list[Swap]:
    """The examples that the one gets right and the other wrong, those first where their probabilities differ most."""
    shared = comparison.shared
    first, second = (shared.probabilities[list(comparison.places[name])].mean(axis=0) for name in (right, wrong))
    places = [
        place
        for place, gold in enumerate(shared.gold)
        if first[place].argmax() == gold and second[place].argmax() != gold
    ]
    places.sort(key=lambda place: second[place, shared.gold[place]] - first[place, shared.gold[place]])
    return [
        Swap(
            shared.questions[place],
            STANCES[shared.gold[place]].value,
            float(first[place, shared.gold[place]]),
            float(second[place, shared.gold[place]]),
        )
        for place in places[:SWAPS_SHOWN]
    ]
