"""Web pages: the article without its surroundings, its title, date, outlet and address."""

import logging
import re
from pathlib import Path

from trafilatura import bare_extraction

from detente.data.ingest.decoding import decode
from detente.data.problems import Problem
from detente.data.records import Article

PAGE_SUFFIXES = (".html", ".htm")
WORDS_OF_AN_ARTICLE = 25
"""A page with less running text is a list of headlines, an error message or a pay wall."""
_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEAD = 4096
_RUNNING_TEXT = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_PUBLISHED = {"original_date": True, "extensive_search": False}  # stated dates only, the first and not the last change
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # what it can't read is a Problem, told once
logging.getLogger("htmldate").setLevel(logging.CRITICAL)


def read_page(path: Path) -> Article | Problem:
    """An HTML file as an article; its paragraphs stand apart by an empty line."""
    content = path.read_bytes()
    if not content.strip():
        return Problem(str(path), "the file is empty", empty=True)
    html = decode(content, declared=declared_encoding(content))
    if html is None:
        return Problem(str(path), "expected a page; the bytes are of no encoding that we know. Save it as UTF-8.")
    return page_article(html, place=str(path), default_id=readable_name(path.stem))


def page_article(html: str, *, place: str, default_id: str, url: str | None = None) -> Article | Problem:
    """A page as an article; where its address is known, that wins over the one that the page gives for itself."""
    found = bare_extraction(
        html,
        url=url,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        date_extraction_params=_PUBLISHED,
    )
    if found is None or isinstance(found, dict):
        return Problem(place, "expected an article; found no text in the page", empty=True)
    paragraphs = [line.strip() for line in (found.text or "").split("\n") if line.strip()]
    if paragraphs[:1] == [found.title]:
        del paragraphs[0]
    if (words := _running_words(paragraphs)) < WORDS_OF_AN_ARTICLE:
        return Problem(place, f"expected an article; found {words} words of running text in the page", empty=True)
    return Article(
        id=default_id,
        text="\n\n".join(paragraphs),
        title=found.title or None,
        published=found.date or None,
        outlet=found.sitename or None,
        url=url or found.url or None,
        language=found.language or None,
    )


def readable_name(name: str) -> str:
    """A file's name as text: of bytes that are no UTF-8, as old archives leave them, each becomes a question mark."""
    return name.encode("utf-8", "replace").decode()


def declared_encoding(content: bytes) -> str | None:
    """The encoding that the head of a page names; it comes from outside, so it may be any word."""
    found = _CHARSET.search(content[:_HEAD])
    return found.group(1).decode("ascii") if found else None


def _running_words(paragraphs: list[str]) -> int:
    return sum(len(paragraph.split()) for paragraph in paragraphs if _RUNNING_TEXT.search(paragraph))
