"""What we know of a public corpus: where it comes from, what it may be used for, what is wrong with it."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from detente.data.corpora.published import Published
from detente.data.problems import Problem
from detente.data.records import AUTHOR, Example, Holder, Span, Stance

Reader = Callable[[Published, str], Iterator[Example | Problem]]
"""Yields the examples of a part, and what could not be used; nothing at all if the part is not there."""


@dataclass(frozen=True)
class RemoteFile:
    """A file to fetch: where it is, its name in the folder, and the checksum of its bytes where we know it."""

    url: str
    name: str
    sha256: str | None = None


@dataclass(frozen=True)
class Corpus:
    """A public corpus and its reader."""

    name: str
    title: str
    repository: str
    commit: str
    licence: str
    citation: str
    size: str
    language: str
    parts: tuple[str, ...]
    published_as: str
    """The files that the reader looks for, for messages."""
    mapping: tuple[str, ...]
    """How labels, actors and spans of the corpus became ours."""
    defects: tuple[str, ...]
    read: Reader
    files: tuple[RemoteFile, ...]


def raw_files(
    repository: str, commit: str, paths: Mapping[str, str], sha256: Mapping[str, str] | None = None
) -> tuple[RemoteFile, ...]:
    """Files of a GitHub repository at a commit: their paths there, by the names that they get in the folder."""
    return tuple(
        RemoteFile(f"https://raw.githubusercontent.com/{repository}/{commit}/{path}", name, (sha256 or {}).get(name))
        for name, path in paths.items()
    )


def group_of(corpus: str, text: str) -> str:
    """The group of a text, the same for copies that differ in case or white space only."""
    normal = " ".join(text.casefold().split())
    return f"{corpus}-{hashlib.sha256(normal.encode()).hexdigest()[:12]}"


def author_example(
    id_: str, *, target: str, text: str, label: Stance, span: Span | None, group: str, source: str, meta: dict[str, Any]
) -> Example:
    """The stance of the one who wrote the text."""
    return Example(
        id=id_,
        actor=AUTHOR,
        target=target,
        text=text,
        label=label,
        target_span=span,
        group=group,
        source=source,
        holder=Holder.AUTHOR,
        meta=meta,
    )
