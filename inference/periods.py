"""Days, weeks, months and years: what a `published` says, and how periods are numbered and called.

A date is ISO 8601: "2024-03-17", with or without a time, "20240317", and, less precise, "2024-03" or "2024". The day is
the one that is written: a time zone moves nothing. All else ("2004-2005", "last spring", "9999-12-31") is no date.
"""

import re
from datetime import date, timedelta
from typing import Literal, get_args

from detente.configs.errors import InputError

Period = Literal["day", "week", "month", "year", "all"]
PERIODS: tuple[Period, ...] = get_args(Period)

PRECISION: dict[Period, int] = {"all": 0, "year": 1, "month": 2, "week": 3, "day": 3}
"""How precise a date must be to lie in one period: 1 a year, 2 a month, 3 a day."""

UNDATED = 2**31 - 1
"""The number of the period without a date: after all others."""

_EPOCH = date(1970, 1, 1).toordinal()
_TEXT = "trim(published)"
FIRST_DAY_SQL = f"""CASE
    WHEN regexp_full_match({_TEXT}, '[12]\\d{{3}}-\\d{{2}}-\\d{{2}}([T ].*)?') THEN try_cast({_TEXT}[1:10] AS DATE)
    WHEN regexp_full_match({_TEXT}, '[12]\\d{{7}}(T.*)?')
        THEN try_cast({_TEXT}[1:4] || '-' || {_TEXT}[5:6] || '-' || {_TEXT}[7:8] AS DATE)
    WHEN regexp_full_match({_TEXT}, '[12]\\d{{3}}-\\d{{2}}') THEN try_cast({_TEXT} || '-01' AS DATE)
    WHEN regexp_full_match({_TEXT}, '[12]\\d{{3}}') THEN try_cast({_TEXT} || '-01-01' AS DATE)
END"""
"""The first day that a `published` can mean; NULL where it is no date from 1000 to 2999."""
PRECISION_SQL = f"CASE length({_TEXT}) WHEN 4 THEN 1 WHEN 7 THEN 2 ELSE 3 END"

_NUMBERS = {
    "day": "(day - DATE '1970-01-01')",
    "week": "floor(((day - DATE '1970-01-01') + 3) / 7.0)",
    "month": "(year(day) * 12 + month(day) - 1)",
    "year": "year(day)",
}


def number_sql(period: Period) -> str:
    """SQL for the number of the period that the column `day` lies in; the next period has the next number."""
    return "0" if period == "all" else f"coalesce({_NUMBERS[period]}, {UNDATED})::INTEGER"


def label(period: Period, number: int) -> str | None:
    """What a numbered period is called: "2024-03-17", "2024-W11", "2024-03", "2024" or "all"; None for undated."""
    if period == "all":
        return "all"
    if number == UNDATED:
        return None
    if period == "year":
        return f"{number:04}"
    if period == "month":
        return f"{number // 12:04}-{number % 12 + 1:02}"
    first, _ = days(period, number)
    year, week, _ = first.isocalendar()
    return first.isoformat() if period == "day" else f"{year:04}-W{week:02}"


def days(period: Period, number: int) -> tuple[date, date]:
    """The first and the last day of a numbered day, week, month or year."""
    if period == "day":
        return date.fromordinal(_EPOCH + number), date.fromordinal(_EPOCH + number)
    if period == "week":
        monday = date.fromordinal(_EPOCH - 3 + 7 * number)
        return monday, monday + timedelta(days=6)
    months = (number, number + 1) if period == "month" else (number * 12, number * 12 + 12)
    first, after = (date(month // 12, month % 12 + 1, 1) for month in months)
    return first, after - timedelta(days=1)


def days_of(name: str, label_: str) -> tuple[date, date, int]:
    """First day, last day and precision of a day, week, month or year that a user wrote.

    Args:
        name: The option, for the message.
        label_: As `label` gives it.

    Raises:
        InputError: It is none.
    """
    try:
        if re.fullmatch(r"\d{4}", label_):
            return *days("year", int(label_)), PRECISION["year"]
        if re.fullmatch(r"\d{4}-\d\d", label_):
            return *days("month", int(label_[:4]) * 12 + date.fromisoformat(f"{label_}-01").month - 1), 2
        first = date.fromisoformat(label_)
    except ValueError as error:
        expected = "a day (2024-03-17), week (2024-W11), month (2024-03) or year (2024)"
        raise InputError(f"{name}: expected {expected}; found '{label_}'") from error
    return first, first + timedelta(days=6 if re.fullmatch(r"\d{4}-?W\d\d", label_) else 0), PRECISION["day"]
