"""What is a date, and how periods are numbered and called."""

from datetime import date

import duckdb
import pytest

from detente.configs.errors import InputError
from detente.inference.periods import (
    FIRST_DAY_SQL,
    PERIODS,
    PRECISION_SQL,
    UNDATED,
    Period,
    days,
    days_of,
    label,
    number_sql,
)


def read(published: str | None) -> tuple[date, int] | None:
    day, precision = duckdb.execute(
        f"SELECT {FIRST_DAY_SQL}, {PRECISION_SQL} FROM (SELECT $1::VARCHAR AS published)", [published]
    ).fetchone()
    return day and (day, precision)


def number(period: Period, day: date | None) -> int:
    return duckdb.execute(f"SELECT {number_sql(period)} FROM (SELECT $1::DATE AS day)", [day]).fetchone()[0]


@pytest.mark.parametrize(
    ("published", "found"),
    [
        ("2024-03-17", (date(2024, 3, 17), 3)),
        ("2024-03-17T23:30:00-05:00", (date(2024, 3, 17), 3)),
        (" 2024-03-17 23:30 ", (date(2024, 3, 17), 3)),
        ("20240317", (date(2024, 3, 17), 3)),
        ("20240317T233000Z", (date(2024, 3, 17), 3)),
        ("2024-03", (date(2024, 3, 1), 2)),
        ("2024", (date(2024, 1, 1), 1)),
        ("2004-2005", None),
        ("2024-13", None),
        ("2024-02-30", None),
        ("20240230", None),
        ("17 March 2024", None),
        ("9999-12-31", None),
        ("0000-00-00", None),
        ("2024-03-17x", None),
        ("", None),
        (None, None),
    ],
)
def test_iso_dates_are_read_and_nothing_else(published: str | None, found: tuple[date, int] | None) -> None:
    assert read(published) == found


@pytest.mark.parametrize(
    ("period", "day", "name", "first", "last"),
    [
        ("day", date(2024, 2, 29), "2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("week", date(2024, 12, 31), "2025-W01", date(2024, 12, 30), date(2025, 1, 5)),
        ("week", date(1969, 12, 28), "1969-W52", date(1969, 12, 22), date(1969, 12, 28)),
        ("month", date(2024, 2, 11), "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("month", date(2024, 12, 31), "2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("year", date(1912, 4, 14), "1912", date(1912, 1, 1), date(1912, 12, 31)),
    ],
)
def test_a_period_has_a_number_a_name_and_days(period: Period, day: date, name: str, first: date, last: date) -> None:
    found = number(period, day)
    assert label(period, found) == name
    assert days(period, found) == (first, last)
    assert days_of("since", name)[:2] == (first, last)


@pytest.mark.parametrize("period", [one for one in PERIODS if one != "all"])
def test_the_next_period_has_the_next_number(period: Period) -> None:
    here = number(period, date(2023, 12, 31))
    _, last = days(period, here)
    assert number(period, date.fromordinal(last.toordinal() + 1)) == here + 1
    assert number(period, last) == here


def test_what_has_no_date_comes_last_and_has_no_name() -> None:
    assert number("month", None) == UNDATED > number("day", date(2999, 12, 31))
    assert label("month", UNDATED) is None


def test_all_time_is_one_period() -> None:
    assert number("all", None) == number("all", date(2024, 1, 1)) == 0
    assert label("all", 0) == "all"


@pytest.mark.parametrize("found", ["2024-13", "spring", "2004-2005", "2024-W54", "17.3.2024"])
def test_a_bound_that_is_no_period_is_refused(found: str) -> None:
    expected = r"since: expected a day \(2024-03-17\), week \(2024-W11\), month \(2024-03\) or year \(2024\); found '"
    with pytest.raises(InputError, match=expected + found):
        days_of("since", found)
