"""What other programs call the fields of an article."""

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_NAMES = {
    "id": (),
    "text": ("body", "content", "article", "fulltext", "full_text", "maintext"),
    "title": ("headline",),
    "published": ("date", "published_at", "published_date", "publish_date", "date_publish", "pubdate", "datetime"),
    "outlet": ("source", "publisher", "publication", "site", "sitename", "newspaper"),
    "url": ("link", "uri"),
    "language": ("lang",),
}
_MONTH_OR_YEAR = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2]))?")
_WRITTEN = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%Y/%m/%d", "%Y.%m.%d")


def name_columns(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the fields of an article under our names, and its date in ISO 8601.

    A name that we know only stands in for a field that the row lacks. A date that can be read in two ways (3/4/2024),
    or in none, goes into `meta` as `published` and leaves the field empty: nothing is guessed.
    """
    given = {name.lower(): name for name in row}
    ours: dict[str, str] = {}
    for field, others in _NAMES.items():
        if field not in row and (name := next((given[one] for one in (field, *others) if one in given), None)):
            ours[name] = field
    return _with_iso_date({ours.get(name, name): value for name, value in row.items()})


def iso_date(value: Any) -> str | None:
    """A date in ISO 8601, or a month or a year in it; None where it is none, or could be one of two days."""
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    text = str(value).strip()
    if _MONTH_OR_YEAR.fullmatch(text):
        return text
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return _written_date(text)
    if "W" not in text:
        return text
    return read.date().isoformat() if re.search(r"W\d\d-?\d", text) else None  # else a week, whose day is not known


def _written_date(text: str) -> str | None:
    try:
        return parsedate_to_datetime(text).isoformat()
    except (ValueError, OverflowError):
        pass
    for form in _WRITTEN:
        try:
            return datetime.strptime(text, form).date().isoformat()
        except ValueError:
            continue
    return None


def _with_iso_date(row: dict[str, Any]) -> dict[str, Any]:
    published, meta = row.get("published"), row.get("meta") or {}
    if published is None or not isinstance(meta, dict):
        return row
    if iso := iso_date(published):
        return {**row, "published": iso}
    rest = {name: value for name, value in row.items() if name != "published"}
    return {**rest, "meta": {**meta, "published": str(published)}}
