"""The page as a file."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from detente.configs.errors import InputError
from detente.data.records import Stance
from detente.inference.report.page import write_report
from tests.inference.report.conftest import HOSTILE, make_prediction, two_blocs

Write = Callable[..., Path]


def data_of(page: Path, name: str) -> Any:
    """The JSON of a data block of a page."""
    found = re.search(rf'id="{name}-data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    return json.loads(found[1]) if found else None


@pytest.fixture(scope="module")
def blocs(write_page: Write) -> Path:
    return write_page(two_blocs(), title="Two blocs")


def test_the_same_predictions_give_the_same_bytes(write_page: Write, blocs: Path) -> None:
    assert write_page(two_blocs()[::-1], title="Two blocs").read_bytes() == blocs.read_bytes()


def test_the_page_names_its_language_and_width_and_what_it_rests_on(blocs: Path) -> None:
    text = blocs.read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert "<title>Two blocs</title>" in text
    assert "<b>137</b> answers" in text
    assert "2 camps: 100% of the support" in text


def test_an_article_stays_text(write_page: Write) -> None:
    hostile = make_prediction(0, HOSTILE, "Kenya", Stance.OPPOSE, outlet=HOSTILE, url="javascript:window.hacked=3")
    page = write_page([hostile], title=HOSTILE)
    before_library = page.read_text(encoding="utf-8").partition("/*!")[0]
    assert "<img" not in before_library
    assert "window.hacked=1</script>" not in before_library
    assert data_of(page, "network")["actors"]["name"] == sorted([HOSTILE, "Kenya"])
    assert data_of(page, "evidence")["sources"] == [[HOSTILE, "2024-01-10", None, None]]


def test_a_single_pair_has_a_page(write_page: Write) -> None:
    page = write_page([make_prediction(0, "Norway", "Kenya", Stance.SUPPORT)])
    assert data_of(page, "network")["edges"]["stories"] == [1, 1]
    assert "No camps found" in page.read_text(encoding="utf-8")


def test_without_dates_there_are_the_undated_alone(write_page: Write) -> None:
    page = write_page(
        [make_prediction(n, "Norway", "Kenya", Stance.SUPPORT, published="last spring") for n in range(2)]
    )
    assert [one["name"] for one in data_of(page, "network")["periods"]] == ["all", "undated"]
    assert "<b>2</b> stories have no usable date" in page.read_text(encoding="utf-8")


def test_all_time_alone_has_each_pair_once(write_page: Write) -> None:
    assert set(data_of(write_page(two_blocs(), period="all"), "network")["edges"]["period"]) == {0}


def test_nothing_to_show_is_told(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(
        InputError, match="expected predictions, as detente predict writes them; found files without any"
    ):
        write_report(tmp_path / "none.jsonl", tmp_path / "report.html")


def test_another_suffix_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected the name of a page, \.html; found 'report\.pdf'"):
        write_report(tmp_path / "none.jsonl", tmp_path / "report.pdf")
