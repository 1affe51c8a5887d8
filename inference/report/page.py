"""Predictions to the page of their network: `report.html`, which opens from disk and loads nothing."""

from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path

import bokeh
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detente.configs.errors import InputError
from detente.data.formats import make_folder
from detente.inference.edges import edges
from detente.inference.periods import Period
from detente.inference.prediction_store import Paths, PredictionStore
from detente.inference.report.camps import DEALS
from detente.inference.report.embedding import content_security_policy, embedded_json
from detente.inference.report.page_data import ALL, UNDATED, PageData, page_data
from detente.inference.story_counts import Coverage

_LIBRARY = ("bokeh.min.js", "bokeh-api.min.js")
_OURS = (
    "page_data.js",
    "elements.js",
    "evidence.js",
    "timeline.js",
    "drawing.js",
    "places.js",
    "network.js",
    "matrix.js",
    "table.js",
    "page.js",
)
"""In the order in which they are read: each uses only those before it."""
MEMBERS_SHOWN = 12
"""Of a camp; the others can be unfolded."""


@dataclass(frozen=True)
class Report:
    """What was written, and on how much it rests."""

    path: Path
    actors: int
    pairs: int
    camps: int
    coverage: Coverage


def write_report(
    predictions: Paths,
    output: Path,
    *,
    period: Period = "month",
    evidence: int = 3,
    title: str = "Who supports, who opposes whom",
    memory: str = "2GB",
) -> Report:
    """Write the page of a network of stances. The same predictions give the same page.

    Args:
        predictions: Files or folders of predictions.
        output: The page, `.html`.
        period: How finely time is divided; with "all" the page has no timelines.
        evidence: Sentences shown for each pair and period.
        title: Of the page.
        memory: What the database may hold in memory before it goes to disk.

    Raises:
        InputError: The output isn't an `.html`, an option isn't as expected, or there are no predictions.
        RecordError: Predictions are faulty.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{output}: expected the name of a page, .html; found '{output.name}'")
    with PredictionStore(predictions, memory=memory) as store:
        data, coverage = _read(store, period, evidence)
    make_folder(output.parent)
    output.write_text(_render(data, coverage, title=title, period=period), encoding="utf-8")
    pairs = sum(number == 0 for number in data.network["edges"]["period"])
    return Report(output, len(data.nodes), pairs, len(data.camps.sizes), coverage)


def _read(store: PredictionStore, period: Period, evidence: int) -> tuple[PageData, Coverage]:
    over_time = edges(store, period=period, evidence=evidence)
    if not over_time.coverage.predictions:
        raise InputError("expected predictions, as detente predict writes them; found files without any")
    whole = edges(store, period=ALL, evidence=evidence) if period != ALL else over_time
    return page_data(whole.nodes(), whole, over_time if period != ALL else ()), over_time.coverage


def _render(data: PageData, coverage: Coverage, *, title: str, period: Period) -> str:
    environment = Environment(
        loader=PackageLoader("detente.inference.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    scripts = [*_library(), _own_script()]
    return environment.get_template("page.html.jinja").render(
        title=title,
        policy=content_security_policy(scripts),
        scripts=[Markup(script) for script in scripts],  # noqa: S704  (ours, and the library's)
        style=Markup(_own("page.css")),  # noqa: S704
        network=embedded_json(data.network),
        evidence=embedded_json(data.evidence),
        coverage=coverage,
        period=period,
        **_sums(data),
        nodes=data.nodes,
        kinds=sorted({node.kind for node in data.nodes if node.kind}),
        periods=[one["name"] for one in data.network["periods"] if one["name"] not in (ALL, UNDATED)],
        undated=UNDATED in (one["name"] for one in data.network["periods"]),
        camps=data.camps,
        members=_members(data),
        members_shown=MEMBERS_SHOWN,
        deals=DEALS,
        versions={"detente": metadata.version("detente"), "bokeh": bokeh.__version__},
    )


def _sums(data: PageData) -> dict[str, int]:
    """Pairs, their stories over all time, and how many of those the model is sure of."""
    columns = data.network["edges"]
    whole = [row for row, number in enumerate(columns["period"]) if number == 0]
    return {
        "pairs": len(whole),
        "statements": sum(columns["stories"][row] for row in whole),
        "confident": sum(columns["confident"][row] for row in whole),
    }


def _members(data: PageData) -> list[list[str]]:
    """The names of each camp, those of the most stories first."""
    by_stories = sorted(range(len(data.nodes)), key=lambda number: (-data.nodes[number].stories, number))
    return [
        [data.nodes[number].name for number in by_stories if data.camps.members[number] == camp]
        for camp in range(len(data.camps.sizes))
    ]


def _library() -> list[str]:
    folder = resources.files("bokeh") / "server" / "static" / "js"
    return [(folder / name).read_text(encoding="utf-8") for name in _LIBRARY]


def _own_script() -> str:
    """Our modules as one script, in a scope of its own."""
    return '(() => {\n"use strict";\n' + "\n".join(_own(name) for name in _OURS) + "\n})();"


def _own(name: str) -> str:
    return (resources.files("detente.inference.report") / name).read_text(encoding="utf-8")
