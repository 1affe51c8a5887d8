"""A headless browser for tests: the Chromium that is installed, or a message why a test was skipped."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_browser() -> str | None:
    """The Chromium in DETENTE_TEST_BROWSER, or one on the path."""
    named = os.environ.get("DETENTE_TEST_BROWSER")
    return named or next((found for name in _NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One browser for all tests of a session; each takes a page of its own: `browser.new_page()`."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = find_browser()
    if not executable:
        pytest.skip("no Chromium on the path; name one in DETENTE_TEST_BROWSER")
    with playwright.sync_playwright() as running:
        # as root, in containers, Chromium refuses to start with its sandbox
        started = running.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield started
        started.close()
