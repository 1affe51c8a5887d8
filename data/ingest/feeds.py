"""Feeds: the entries of an RSS or Atom file as articles."""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser
import lxml.etree
import lxml.html

from detente.configs.errors import InputError
from detente.data.formats import stem
from detente.data.ingest.columns import name_columns
from detente.data.ingest.pages import readable_name
from detente.data.problems import Problem
from detente.data.reading import to_record
from detente.data.records import Article

XML_SUFFIX = ".xml"
FEED_SUFFIXES = (".rss", ".atom", XML_SUFFIX)
_HEAD = 16384
_BEFORE_ROOT = r"(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|\s+)*+"
_ROOT = re.compile(rf"[^<]{{0,4}}{_BEFORE_ROOT}<([\w:.-]+)([^>]*)", re.DOTALL)
_MARKS_OF_ROOTS = {
    "rss": ("",),
    "feed": ("w3.org/2005/atom", "purl.org/atom/"),
    "rdf": ("purl.org/rss/", "netscape.com/rdf/simple/"),
}
"""What stands in the root beside its name: the name space, in lower case."""
_END = re.compile(rb"</(?:\w+:)?(?:rss|rdf|feed)\s*>", re.IGNORECASE)
_ENTRY = re.compile(rb"<(/?)(?:\w+:)?(?:item|entry)[\s>]")
_PARAGRAPHS = ("p", "div", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "section", "article", "pre")
_NO_TEXT = ("script", "style", "figure", "iframe", "noscript", "template", "video", "audio", "form")
_LINE, _PARAGRAPH = "\u2028", "\u2029"


def is_feed(path: Path) -> bool:
    """Whether a file is a feed: by its name or, if that ends in .xml, by its root."""
    suffix = path.suffix.lower()
    return suffix in FEED_SUFFIXES and (suffix != XML_SUFFIX or _has_root_of_feed(path))


def read_feed(path: Path) -> Iterator[Article | Problem]:
    """Yield the entries of an RSS (0.9 to 2.0) or Atom file as articles; nothing is fetched.

    The text is the whole content where the feed has it. Otherwise it is the summary, and `meta` says `"summary": true`:
    a teaser is not the article.

    Raises:
        InputError: The file can't be read, is no feed, or declares entities of its own.
    """
    content = _read(path)
    found = feedparser.parse(BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    if not found.get("version"):
        raise InputError(f"{path}: expected an RSS or Atom feed; found none in the file")
    entries, whole = found.entries, _is_whole(content)
    if not whole and [*_ENTRY.findall(_without_zeros(content)), b"/"][-2:-1] == [b""]:
        entries = entries[:-1]  # the file ends in the midst of it
    for number, entry in enumerate(entries, start=1):
        yield _to_article(entry, found.feed, f"{path}: entry {number}", f"{readable_name(stem(path))}-{number}")
    if not whole:
        yield Problem(str(path), f"expected a whole feed; the file ends after {len(entries)} entries")


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: expected a file that can be read; {error.strerror}") from error
    if b"<!entity" in _without_zeros(content).lower():  # a few of them can stand for gigabytes, or for another file
        raise InputError(f"{path}: expected a feed that declares no entities; found <!ENTITY. Remove the declarations.")
    return content


def _has_root_of_feed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = _without_zeros(file.read(_HEAD)).decode("latin-1")
    except OSError:
        return False
    if not (root := _ROOT.match(head)):
        return False
    name, rest = root.group(1).rpartition(":")[2].lower(), root.group(2).lower()
    return any(mark in rest for mark in _MARKS_OF_ROOTS.get(name, ()))


def _is_whole(content: bytes) -> bool:
    return bool(_END.search(_without_zeros(content)[-_HEAD:]))


def _without_zeros(content: bytes) -> bytes:
    """UTF-16 as ASCII, as far as it is."""
    return content.replace(b"\0", b"")


def _to_article(entry: Mapping[str, Any], feed: Mapping[str, Any], place: str, default_id: str) -> Article | Problem:
    text, only_summary = _text(entry)
    if not text:
        return Problem(place, "expected an article; the entry has no text", empty=True)
    url = _address(entry, feed)
    row = {
        "id": entry.get("id") or url or default_id,
        "text": text,
        "title": " ".join(_plain(entry.get("title_detail")).split()),
        "published": entry.get("published") or entry.get("updated"),
        "outlet": _outlet(entry, feed),
        "url": url,
        "language": feed.get("language"),
        "meta": {name: value for name, value in (("author", entry.get("author")), ("summary", only_summary)) if value},
    }
    record = to_record(name_columns({name: value for name, value in row.items() if value}), Article)
    return Problem(place, "; ".join(record)) if isinstance(record, list) else record


def _text(entry: Mapping[str, Any]) -> tuple[str, bool]:
    """The longest content, or the summary, and whether it is only that."""
    contents = [_plain(content) for content in entry.get("content", ())]
    text = max(contents, key=len, default="")
    return (text, False) if text else (_plain(entry.get("summary_detail")), True)


def _outlet(entry: Mapping[str, Any], feed: Mapping[str, Any]) -> str:
    """The title of the feed, or of the one that an entry was taken over from."""
    source = entry.get("source", {}).get("title")
    return source or " ".join(_plain(feed.get("title_detail")).split())


def _address(entry: Mapping[str, Any], feed: Mapping[str, Any]) -> str | None:
    try:
        url = urljoin(feed.get("link", ""), entry.get("link", ""))
    except ValueError:
        return None
    return url if entry.get("link") and url.startswith(("http://", "https://")) else None


def _plain(detail: Mapping[str, Any] | None) -> str:
    """The text of a title, summary or content; its type says whether it is HTML. Empty lines between paragraphs."""
    value = str((detail or {}).get("value") or "").replace("\0", "")
    if (detail or {}).get("type") != "text/plain":
        value = _marked(value)
    else:
        value = value.replace("\r\n", "\n").replace("\n\n", _PARAGRAPH).replace("\n", _LINE)
    paragraphs = [[" ".join(line.split()) for line in one.split(_LINE)] for one in value.split(_PARAGRAPH)]
    return "\n\n".join(text for lines in paragraphs if (text := "\n".join(filter(None, lines))))


def _marked(html: str) -> str:
    """The text of HTML, with marks where paragraphs and lines end."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True)
    try:
        root = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:  # nothing in it
        return ""
    lxml.etree.strip_elements(root, *_NO_TEXT, with_tail=False)
    for element in root.iter(*_PARAGRAPHS):
        element.text = _PARAGRAPH + (element.text or "")
        element.tail = _PARAGRAPH + (element.tail or "")
    for element in root.iter("br"):
        element.tail = _LINE + (element.tail or "")
    return str(root.text_content())
