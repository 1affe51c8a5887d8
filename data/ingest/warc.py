"""Web archives: the pages of a WARC file (ISO 28500), such as those of Common Crawl's CC-News, as articles.

An article is a response with status 200 and HTML in it. Everything else (requests, redirects, pictures, robots.txt) is
passed over and counted. Memory holds one page at a time.
"""

import mmap
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, urlsplit

from fastwarc.stream_io import BrotliReader, ChunkedReader, GzipReader, WarcReader, ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecord, response

from detente.configs.errors import InputError
from detente.data.formats import stem
from detente.data.ingest.decoding import decode
from detente.data.ingest.pages import declared_encoding, page_article, readable_name
from detente.data.problems import PassedOver, Problem
from detente.data.records import Article

WARC_SUFFIXES = (".warc", ".warc.gz")
MOST_BYTES = 8 * 2**20
"""Of a page."""
_HTML = ("text/html", "application/xhtml+xml")
_GZIP, _PLAIN = b"\x1f\x8b\x08", b"\nWARC/"
"""How a record begins in a compressed file, and in another, with the line end before it."""
_HEAD = 512
_CODINGS: dict[str, Callable[[IO[bytes]], WarcReader]] = {
    "gzip": GzipReader,
    "x-gzip": GzipReader,
    "deflate": partial(GzipReader, zlib=True),
    "br": BrotliReader,
    "zstd": ZstdReader,
}


@dataclass(frozen=True)
class _Page:
    """A response that holds a page, still encoded as the server sent it."""

    record: WarcRecord
    body: bytes


def is_warc(path: Path) -> bool:
    """Whether a file's name is that of a web archive."""
    return path.name.lower().endswith(WARC_SUFFIXES)


def read_warc(path: Path) -> Iterator[Article | Problem]:
    """Yield the pages of a web archive as articles; at the end, how many records were passed over, by reason.

    A damaged record is a problem, and the reading goes on with the next one. `url` is the address that was asked for.
    A page that states no date gets that of the visit, and its `meta` says `"published_from": "WARC-Date"`; `truncated`
    in the `meta` says why the crawler kept only the beginning of a page.

    Raises:
        InputError: The file can't be read.
    """
    left_out: Counter[str] = Counter()
    for found in _pages(path, left_out):
        yield found if isinstance(found, Problem) else _read(found, path)
    for reason, count in sorted(left_out.items()):
        yield PassedOver(str(path), reason, count=count)


def count_pages(path: Path) -> int:
    """How many articles and problems `read_warc` gives.

    Raises:
        InputError: The file can't be read.
    """
    return sum(1 for _ in _pages(path, Counter()))


def _pages(path: Path, left_out: Counter[str]) -> Iterator[_Page | Problem]:
    try:
        with path.open("rb") as file:
            if path.stat().st_size:
                yield from _pages_of(file, str(path), left_out)
            else:
                yield Problem(str(path), "the file is empty", empty=True)
    except OSError as error:
        raise InputError(f"{path}: expected a file that can be read; {error.strerror or error}") from error


def _pages_of(file: IO[bytes], name: str, left_out: Counter[str]) -> Iterator[_Page | Problem]:
    """The pages of a file; after damage, those behind the next place where a record begins."""
    start: int | None = 0
    between: Problem | None = None  # or in the record that begins at `start`, as trying it shows
    while start is not None:
        last, taken = None, False
        try:
            file.seek(start)
            for record in ArchiveIterator(file, parse_http=False):
                last, taken = record.stream_pos, False
                found = _take(record, f"{name}: record at byte {last}", left_out)
                taken = True
                yield from filter(None, (between, found))
                between = None
            break
        except OSError as error:
            reason = f"expected a whole WARC record; {str(error)[:80]}"
            between = Problem(f"{name}: record after the one at byte {last}", reason) if taken else None
            if not taken:
                yield Problem(f"{name}: record at byte {start if last is None else last}", reason)
        start = _next_record(file, (start if last is None else last) + 1)
    if between:
        yield between


def _take(record: WarcRecord, place: str, left_out: Counter[str]) -> _Page | Problem | None:
    """The page of a record, what is wrong with it, or nothing: it is counted as left out.

    Raises:
        OSError: The record is damaged.
    """
    if record.record_type == response:
        record.parse_http(quirks_mode=True)  # servers that end the lines of their headers as in Unix are common
    size, reason = record.content_length, _why_not(record)
    if size > MOST_BYTES and not reason:
        record.consume()
        return _too_large(place)
    body = b"" if reason else record.reader.read()
    found = record.consume() if reason else len(body)
    if found < size or not record.headers.get("Content-Length"):
        return Problem(place, f"expected {size:,} bytes; the file ends after {found:,}. Was a download cut off?")
    if not reason and record.http_headers.status_code is None:
        return Problem(place, "expected an HTTP response; found something else")
    if reason:
        left_out[reason] += 1
        return None
    return _Page(record, body)


def _why_not(record: WarcRecord) -> str | None:
    """Why a record is no page; None if it is one, or should be."""
    if record.record_type != response:
        return f"WARC records of the type {record.record_type}"
    if not record.is_http:
        return "WARC responses of another protocol than HTTP"
    status = record.http_headers.status_code
    kind = record.http_content_type or record.headers.get("WARC-Identified-Payload-Type") or ""
    if status is not None and status != 200:
        return "WARC responses with another status than 200"
    if status is not None and kind.lower() not in _HTML:
        return "WARC responses that are no HTML"
    if _split(_address(record)).path == "/robots.txt":
        return "WARC responses that are a robots.txt"
    return None


def _next_record(file: IO[bytes], start: int) -> int | None:
    """The place of the first record that begins at this byte or behind it."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        packed = content[: len(_GZIP)] == _GZIP
        mark, before = (_GZIP, 0) if packed else (_PLAIN, 1)
        found = content.find(mark, start - before)
        while packed and found >= 0 and not _is_packed_record(content[found : found + _HEAD]):
            found = content.find(mark, found + 1)
    return found + before if found >= 0 else None


def _is_packed_record(head: bytes) -> bool:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS + 16).decompress(head).startswith(b"WARC/")
    except zlib.error:
        return False


def _read(page: _Page, path: Path) -> Article | Problem:
    record = page.record
    place, url = f"{path}: record at byte {record.stream_pos}", _address(record)
    content = _plain_body(page)
    if len(content) > MOST_BYTES:
        return _too_large(place)
    html = decode(content, declared=(record.http_charset or "").strip("\"'") or declared_encoding(content))
    if html is None:
        return Problem(place, "expected a page; the bytes are of no encoding that we know")
    id_ = (record.record_id or "").strip("<>").removeprefix("urn:uuid:") or url
    default_id = id_ or f"{readable_name(stem(path))}-{record.stream_pos}"
    found = page_article(html, place=place, default_id=default_id, url=url)
    return found if isinstance(found, Problem) else _with_facts(found, record)


def _too_large(place: str) -> Problem:
    return Problem(place, f"expected a page of at most {MOST_BYTES:,} bytes; found a larger one")


def _with_facts(article: Article, record: WarcRecord) -> Article:
    """What the archive knows of a page that the page doesn't tell."""
    facts, meta = {}, {}
    visited, cut = record.headers.get("WARC-Date"), record.headers.get("WARC-Truncated")
    if article.url and not article.outlet:
        facts["outlet"] = (_split(article.url).hostname or "").removeprefix("www.") or None
    if visited and not article.published:
        facts["published"] = visited
        meta["published_from"] = "WARC-Date"
    if cut:
        meta["truncated"] = cut
    return article.model_copy(update={**facts, "meta": meta})


def _address(record: WarcRecord) -> str | None:
    """What was asked for; old versions of Wget put it in angle brackets."""
    return (record.headers.get("WARC-Target-URI") or "").strip("<>") or None


def _split(url: str | None) -> SplitResult:
    try:
        return urlsplit(url or "")
    except ValueError:
        return urlsplit("")


def _plain_body(page: _Page) -> bytes:
    """The body without the codings of HTTP.

    Some crawlers keep the headers of a coded page beside a page that they have decoded, so what can't be decoded isn't.
    """
    body, headers = page.body, page.record.http_headers
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        body = _undo(ChunkedReader, body)
    for coding in reversed((headers.get("Content-Encoding") or "").lower().split(",")):
        if reader := _CODINGS.get(coding.strip()):
            body = _undo(reader, body)
    return body


def _undo(reader: Callable[[IO[bytes]], WarcReader], body: bytes) -> bytes:
    try:
        return reader(BytesIO(body)).read(MOST_BYTES + 1)
    except OSError:
        return body
