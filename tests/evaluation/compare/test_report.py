"""The page of a comparison and its JSON."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.contenders import Run
from detente.evaluation.compare.report import SWAPS_SHOWN, bars, swaps, write_comparison

HOSTILE = "<script>alert('x')</script>"
Make = Callable[..., Run]


class Tags(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(make_run: Make, make_evaluated: Callable) -> list[Run]:
    """Everything that a user can write holds markup."""
    by = {HOSTILE: [HOSTILE] * 60 + ["other"] * 60}
    questions = [(HOSTILE, f"{HOSTILE}{place}", f"{HOSTILE} {place}") for place in range(120)]
    return [
        make_run(
            f"{HOSTILE}{place}",
            evaluated=make_evaluated(range(0, place * 40, 2), by=by, questions=questions, split=HOSTILE),
            settings={HOSTILE: f"{HOSTILE}{place}"},
            leaks=HOSTILE,
        )
        for place in range(2)
    ]


def test_the_page_loads_nothing_and_holds_no_markup_of_users(
    make_run: Make, make_evaluated: Callable, tmp_path: Path
) -> None:
    comparison = compare(hostile(make_run, make_evaluated))
    page = write_comparison(comparison, tmp_path / "new").read_text(encoding="utf-8")
    tags = Tags(page)
    assert "script" not in {tag for tag, _ in tags.tags}
    assert not {name for _, attributes in tags.tags for name in attributes} & {"src", "href", "onload", "style"}
    assert "url(" not in page
    assert "@import" not in page
    assert tags.text.count(HOSTILE) > 10
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in tags.tags


def test_tables_scroll_in_a_box_of_their_own(make_run: Make, tmp_path: Path) -> None:
    page = write_comparison(compare([make_run("a", [1]), make_run("b")]), tmp_path).read_text(encoding="utf-8")
    assert page.count("<table>") == len(re.findall(r'<div class="wide"><table>', page)) == 3
    assert ".wide { overflow-x: auto;" in page


def test_the_page_says_what_the_comparison_says(make_run: Make, tmp_path: Path) -> None:
    runs = [make_run("weak", range(0, 60, 2)), make_run("good", [1])]
    text = Tags(write_comparison(compare(runs), tmp_path).read_text(encoding="utf-8")).text
    for expected in ("good is better than weak", "Ranking", "One run each", "good is right, weak is not", "Norway"):
        assert expected in text


def test_the_figures_lie_beside_the_page(make_run: Make, tmp_path: Path) -> None:
    comparison = compare([make_run("a", [1]), make_run("b")])
    write_comparison(comparison, tmp_path)
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8")) == comparison.as_dict()


def test_examples_that_one_alone_gets_right_are_shown_the_clearest_first(
    make_run: Make, make_evaluated: Callable
) -> None:
    good, weak = make_evaluated(), make_evaluated(range(0, 60, 2))
    weak.probabilities[4] = [0.02, 0.03, 0.95]
    comparison = compare([make_run("good", evaluated=good), make_run("weak", evaluated=weak)])
    won = swaps(comparison, "good", "weak")
    assert len(won) == SWAPS_SHOWN
    assert won[0].question[2] == "Norway met Kenya in round 4."
    assert (won[0].gold, won[0].right, won[0].wrong) == ("neutral", pytest.approx(0.8), pytest.approx(0.03))
    assert swaps(comparison, "weak", "good") == []


def test_the_picture_has_room_for_all_intervals(make_run: Make) -> None:
    drawn = bars(compare([make_run("weak", range(0, 60, 2)), make_run("good", [1])]))
    assert [bar.name for bar in drawn] == ["good", "weak"]
    assert (min(bar.low for bar in drawn), max(bar.high for bar in drawn)) == pytest.approx((0, 1))
    assert all(bar.low <= bar.at <= bar.high for bar in drawn)


def test_runs_without_any_mistake_can_be_drawn(make_run: Make, tmp_path: Path) -> None:
    assert write_comparison(compare([make_run("a"), make_run("b")]), tmp_path).is_file()


def test_a_folder_that_is_a_file_is_named(make_run: Make, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="taken: expected a folder to write to"):
        write_comparison(compare([make_run("a"), make_run("b")]), tmp_path / "taken")
