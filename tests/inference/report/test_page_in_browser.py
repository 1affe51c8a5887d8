"""The page opened and driven in a headless browser, from disk."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from detente.data.records import Stance
from tests.inference.report.conftest import HOSTILE, make_prediction, two_blocs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def file(write_page: Callable[..., Path]) -> Path:
    """Two blocs, and one pair of hostile text."""
    hostile = make_prediction(900, HOSTILE, "P0", Stance.OPPOSE, outlet=HOSTILE, speaker=HOSTILE, published=None)
    return write_page([*two_blocs(), hostile])


@pytest.fixture
def opened(browser: "Browser", file: Path) -> Iterator[Open]:
    """Opens the page; afterwards it must have asked for itself alone, without a complaint on the console."""
    faults: list[str] = []
    requests: list[str] = []
    pages: list[Any] = []

    def open_page(width: int = 1280, height: int = 900) -> "Page":
        page = browser.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-drawn=yes]")
        return page

    yield open_page
    hacked = [page.evaluate("window.hacked") for page in pages]
    for page in pages:
        page.close()
    assert faults == []
    assert requests == [file.as_uri()] * len(pages)
    assert hacked == [None] * len(pages)


def pixels(page: "Page", selector: str) -> int:
    """How many different colours a chart shows."""
    return page.evaluate(
        """selector => {
            const found = [];
            const look = (root) => root.querySelectorAll("*").forEach((one) => {
                if (one.tagName === "CANVAS" && one.width) found.push(one);
                if (one.shadowRoot) look(one.shadowRoot);
            });
            look(document.querySelector(selector));
            const colours = new Set();
            for (const canvas of found) {
                const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 3).join());
            }
            return colours.size;
        }""",
        selector,
    )


def expect(locator: Any) -> Any:
    """What Playwright waits for; imported late, since it may not be installed."""
    from playwright.sync_api import expect as expectation  # noqa: PLC0415

    return expectation(locator)


def rows(page: "Page") -> int:
    return int(page.text_content("#table-status").split()[0].replace(",", ""))


def settled(page: "Page", count: int) -> None:
    expect(page.locator("#table-status")).to_have_text(re.compile(rf"^{count} pair"))


def test_the_network_is_drawn_and_a_tie_shows_its_evidence(opened: Open) -> None:
    page = opened()
    assert pixels(page, "#network") > 50
    page.select_option("#network-size", "25")
    page.fill("#search", "P0")
    settled(page, 23)
    box = page.locator("#network").bounding_box()
    title = page.locator("#pair-title")
    for across in range(4, 20):  # somewhere on this line a tie is hit
        for down in range(4, 20, 3):
            page.mouse.click(box["x"] + box["width"] * across / 24, box["y"] + box["height"] * down / 24)
            if title.text_content() != "A pair":
                assert page.locator("#evidence mark.actor").count() >= 1
                return
    pytest.fail("no tie was hit")


def test_a_row_and_a_cell_show_the_sentences_with_actor_and_target_marked(opened: Open) -> None:
    page = opened()
    page.fill("#pick-actor", "P0")
    page.fill("#pick-target", "P1")
    page.click("#pick button")
    assert page.text_content("#pair-title") == "P0 \u2192 P1"
    assert "6 stories" in page.text_content("#pair-figures")
    assert page.locator("#evidence li").count() == 3
    assert page.locator("#evidence li mark.actor").all_text_contents() == ["P0"] * 3
    assert page.locator("#evidence li mark.target").all_text_contents() == ["P1"] * 3
    link = page.locator("#evidence a").first
    assert link.get_attribute("rel") == "noopener noreferrer"
    page.wait_for_selector("#timeline canvas")
    assert pixels(page, "#timeline") > 5
    page.locator("#table tbody tr").nth(3).click()
    row = page.locator("#table tbody tr").nth(3).locator("td").all_text_contents()
    assert page.text_content("#pair-title") == f"{row[0]} \u2192 {row[1]}"
    cell = page.locator("#matrix button").nth(5)
    assert page.text_content("#pair-title") not in cell.get_attribute("title")
    cell.click()
    assert page.text_content("#pair-title") in cell.get_attribute("title")
    assert page.locator("#evidence mark.target").count() >= 2


def test_filters_and_search_change_the_rows(opened: Open) -> None:
    page = opened()
    assert rows(page) == 133
    page.fill("#search", "p3")
    settled(page, 22)
    page.select_option("#actor-kind", "person")
    settled(page, 16)
    page.click("#filters button[type=reset]")
    settled(page, 133)
    page.fill("#min-stories", "2")
    settled(page, 1)
    page.select_option("#confidence", "interval")
    settled(page, 1)
    page.fill("#min-stories", "1")
    page.select_option("#confidence", "one")
    expect(page.locator("#table-status")).not_to_have_text(re.compile("^1 pair"))
    assert 50 < rows(page) < 133
    page.select_option("#confidence", "")
    page.select_option("#period", "2024-02")
    expect(page.locator("#table-status")).to_contain_text("2024-02")
    assert 20 < rows(page) < 133
    page.select_option("#period", "undated")
    settled(page, 1)


def test_the_table_sorts_and_turns_its_pages(opened: Open) -> None:
    page = opened()
    first = page.locator("#table tbody tr td").first
    page.click("#table th:nth-child(2) button")
    assert page.get_attribute("#table th:nth-child(2)", "aria-sort") == "ascending"
    targets = page.locator("#table tbody tr td:nth-child(2)").all_text_contents()
    assert targets == sorted(targets)
    page.click("#table th:nth-child(4) button")
    assert page.text_content("#table tbody tr:first-child td:nth-child(4)").startswith("+0.85")
    before = first.text_content()
    page.click("#next")
    assert page.text_content("#table-page") == "page 2 of 3"
    page.click("#previous")
    assert first.text_content() == before


def test_the_matrix_is_walked_with_the_keys(opened: Open) -> None:
    page = opened()
    page.focus("#matrix button[tabindex='0']")
    title = "document.activeElement.title"
    before = page.evaluate(title)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(title) != before
    page.keyboard.press("Enter")
    assert page.locator("#evidence li").count() == 1


def test_hostile_text_is_shown_as_text(opened: Open) -> None:
    page = opened()
    page.fill("#search", "<script>")
    settled(page, 1)
    page.locator("#table tbody tr").click()
    assert page.locator("#evidence mark.actor").nth(1).text_content() == HOSTILE
    assert HOSTILE in page.text_content("#evidence .source >> nth=1")
    box = page.locator("#network").bounding_box()
    for step in range(12):  # the tooltips too
        page.mouse.move(box["x"] + box["width"] * (step + 1) / 13, box["y"] + box["height"] * (step + 1) / 13)
    assert page.locator("img").count() == 0


def test_at_phone_width_nothing_sticks_out(opened: Open) -> None:
    page = opened(360, 740)
    page.locator("#table tbody tr").first.click()
    page.wait_for_selector("#timeline canvas")
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    assert page.locator("#pair").bounding_box()["y"] < 740
