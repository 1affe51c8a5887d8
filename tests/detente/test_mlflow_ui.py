"""What a user sees: three trainings in the MLflow UI that `detente ui` starts, and the pages that are written."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mlflow.tracking import MlflowClient

from detente.configs.loading import load_config
from detente.evaluation.compare.compare_runs import compare_runs
from detente.train.run import TrainedRun, train_model
from tests.conftest import free_port, stop_server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.slow
MODEL = "tiny-stance"
RATES = {13: 5e-5, 14: 3e-3, 15: 1e-2}
"""The learning rates by the seeds."""
SCREENSHOTS = Path(os.environ.get("DETENTE_SCREENSHOTS") or Path(__file__).parents[2] / "outputs" / "screenshots")
PATIENCE = 30_000
"""Milliseconds: a busy machine draws the UI slowly."""


def expect(locator: Any) -> Any:
    """What Playwright waits for; imported late, since it may not be installed."""
    from playwright.sync_api import expect as expectation  # noqa: PLC0415

    expectation.set_options(timeout=PATIENCE)
    return expectation(locator)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Iterator[Path]:
    """The current folder, with a tracking store in it."""
    folder = tmp_path_factory.mktemp("ui")
    (folder / "mlflow.db").write_bytes(empty_store.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        yield folder


@pytest.fixture(scope="module")
def trained(folder: Path) -> list[TrainedRun]:
    """Three trainings, in the order of their seeds; the first model is champion, the last one challenger."""
    shared = ["train.device=cpu", "tracking.system_metrics=false", f"tracking.register_as={MODEL}"]
    settings = [[f"seed={seed}", f"train.learning_rate={rate}", *shared] for seed, rate in RATES.items()]
    runs = [run for one in settings if (run := train_model(load_config("debug", one)))]
    MlflowClient().set_registered_model_alias(MODEL, "champion", "1")
    return runs


@pytest.fixture(scope="module")
def address(trained: list[TrainedRun], folder: Path) -> Iterator[str]:
    """Of the UI on their store."""
    port = free_port()
    command = [sys.executable, "-m", "detente", "ui", "--port", str(port)]
    with (folder / "ui.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop_server(process)


@pytest.fixture(scope="module")
def visitor(browser: "Browser") -> Iterator["BrowserContext"]:
    """A user who has closed the panel of the assistant, which covers a third of the first page."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    context.add_init_script("localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true')")
    yield context
    context.close()


@pytest.fixture
def page(visitor: "BrowserContext", address: str, request: pytest.FixtureRequest) -> Iterator["Page"]:
    """The first page of the UI, where "Model training" is chosen; how it looks in the end is kept as a picture."""
    page = visitor.new_page()
    elsewhere: list[str] = []
    page.on(
        "request", lambda one: None if one.url.startswith((address, "blob:", "data:")) else elsewhere.append(one.url)
    )
    page.goto(address)
    page.get_by_text("Model training", exact=True).click()
    yield page
    keep_picture(page, request.node.name)
    page.close()
    assert elsewhere == []


def keep_picture(page: "Page", name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{re.sub(r'[^a-z0-9]+', '-', name.removeprefix('test_'))}.png")


def run_name(seed: int) -> str:
    return f"debug pair/tiny seed {seed}"


def open_runs(page: "Page") -> None:
    """To the runs of the experiment, as a user gets there."""
    page.get_by_role("link", name="Experiments", exact=True).first.click()
    page.get_by_role("link", name="debug", exact=True).click()
    expect(page.get_by_role("link", name=re.compile("^debug pair"))).to_have_count(3)


def open_run(page: "Page", seed: int, tab: str) -> None:
    open_runs(page)
    page.get_by_role("link", name=run_name(seed)).click()
    page.get_by_role("tab", name=tab, exact=True).click()


def cell(page: "Page", seed: int, column: str) -> Any:
    """The cell of a run in the list, whose two halves know the same number of the row."""
    row = page.get_by_role("row").filter(has_text=run_name(seed)).get_attribute("row-id")
    return page.locator(f'[row-id="{row}"] [col-id="{column}"]')


def test_three_runs_are_listed_with_their_names_and_headline_figures(page: "Page", trained: list[TrainedRun]) -> None:
    open_runs(page)
    page.get_by_role("button", name="Columns").click()
    columns = page.get_by_test_id("column-selector-tree").locator(".du-bois-light-tree-treenode")
    for figure in ("macro_f1", "ece"):
        named = columns.filter(has=page.get_by_text(figure, exact=True))
        named.locator(".du-bois-light-tree-checkbox").click()
    page.keyboard.press("Escape")
    for seed, run in zip(RATES, trained, strict=True):
        scores = run.evaluation.model.scores
        for figure, value in (("macro_f1", scores.macro_f1), ("ece", scores.ece)):
            shown = cell(page, seed, f"metrics.`{figure}`")
            expect(shown).to_have_text(re.compile(r"\d"))
            assert float(shown.inner_text()) == pytest.approx(value)


def test_two_runs_are_compared_and_what_differs_is_shown(page: "Page") -> None:
    open_runs(page)
    for seed in (13, 15):
        row = page.get_by_role("row").filter(has_text=run_name(seed))
        row.get_by_role("checkbox", name="Press Space to toggle row selection").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("Comparing 2 Runs from 1 Experiment")).to_be_visible()
    same = page.get_by_role("row", name=re.compile("^train.epochs"))
    expect(same).to_be_visible()
    page.get_by_role("switch", name="Parameters - Show diff only").click()
    expect(same).to_be_hidden()
    differs = page.get_by_role("row", name=re.compile("^train.learning_rate"))
    expect(differs).to_contain_text("5e-05")
    expect(differs).to_contain_text("0.01")
    differs.scroll_into_view_if_needed()


def test_the_confusion_matrix_opens_as_an_artifact(page: "Page") -> None:
    open_run(page, 14, "Artifacts")
    page.get_by_text("evaluation", exact=True).click()
    page.get_by_text("confusion_matrix.png", exact=True).click()
    expect(page.get_by_text("evaluation/confusion_matrix.png").first).to_be_visible()
    picture = page.locator("img[src^='blob:'], img[src*='get-artifact'], img[src^='data:image/png']").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300


def test_the_report_opens_as_an_artifact(page: "Page", trained: list[TrainedRun]) -> None:
    open_run(page, 14, "Artifacts")
    page.get_by_text("evaluation", exact=True).click()
    page.get_by_text("report.html", exact=True).click()
    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", level=1)).to_contain_text("debug on the test file")
    expect(report.get_by_text(f"Macro-F1 {trained[1].evaluation.model.scores.macro_f1:.3f}").first).to_be_visible()


def test_the_registered_model_shows_its_aliases(page: "Page") -> None:
    page.get_by_role("link", name="Model registry").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()  # news about aliases, on the first visit
    page.get_by_role("link", name=MODEL, exact=True).click()
    first = page.get_by_role("row").filter(has_text="Version 1")
    expect(first).to_contain_text("champion")
    expect(page.get_by_role("row").filter(has_text="Version 3")).to_contain_text("challenger")
    first.get_by_role("link", name="Version 1").click()
    expect(page.get_by_text(run_name(13)).first).to_be_visible()


@pytest.fixture(scope="module")
def pages(trained: list[TrainedRun], folder: Path) -> dict[str, Path]:
    """The pages that are written, by what they are."""
    compared = compare_runs([str(run.run_id) for run in trained], folder / "compared", log=False)
    report = trained[1].report
    return {"report": report, "audit": report.parents[1] / "audit" / "audit.html", "comparison": compared.page}


@pytest.mark.parametrize("kind", ["report", "audit", "comparison"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_page_opens_without_a_fault_and_without_the_network(
    browser: "Browser", pages: dict[str, Path], kind: str, width: int
) -> None:
    faults: list[str] = []
    requests: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 740})
    page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith("data:") else requests.append(one.url))
    page.goto(pages[kind].as_uri())
    keep_picture(page, f"{kind} {width}")
    sticks_out = page.evaluate(_STICKS_OUT)
    smallest = page.evaluate(_SMALLEST_TEXT)
    page.close()
    assert faults == []
    assert requests == [pages[kind].as_uri()]
    assert sticks_out == []
    assert smallest >= 12


_STICKS_OUT = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] :
    [document.scrollingElement, ...document.body.querySelectorAll("*")]
        .filter(one => one.scrollWidth > innerWidth || one.getBoundingClientRect().right > innerWidth)
        .map(one => one.outerHTML.slice(0, 80))"""
"""What is broader than the window, if the page scrolls sideways."""
_SMALLEST_TEXT = """() => Math.min(...[...document.body.querySelectorAll("*")].filter(one => one.innerText)
    .map(one => parseFloat(getComputedStyle(one).fontSize)))"""
