"""The marked-up source of the sample articles: text with `[surface|id]` mentions and `> actor stance target` lines.

`CODEBOOK.md` describes the format; `build.py` turns parsed articles into Article and Example records.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from pathlib import Path

from detente.data.records import STANCES, Span

KINDS = ("country", "organisation", "group", "person", "policy", "event")
HEADER_FIELDS = ("title", "outlet", "published", "topic")
AUTHOR = "author"

_MENTION = re.compile(r"\[([^\]|]+)\|([a-z0-9_]+)\]")
_ENTITY = re.compile(r"@ ([a-z0-9_]+) \| ([a-z]+) \| (\S.*)")
_JUDGEMENT = re.compile(r"> ([a-z0-9_]+) (\w+) ([a-z0-9_]+) : ([a-z_]+)")


class MarkupError(ValueError):
    """A fault in a source file, with the file and the line."""


@dataclass(frozen=True)
class Entity:
    """Who or what a mention stands for."""

    name: str
    kind: str

    @property
    def can_act(self) -> bool:
        """Whether it can hold a stance: policies and events cannot."""
        return self.kind not in ("policy", "event")


@dataclass
class Sentence:
    """A sentence without its marks: first mention of each entity as (start, end), and its judgements."""

    text: str
    paragraph: int
    mentions: dict[str, Span]
    judgements: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


@dataclass
class SourceArticle:
    """One parsed article of a source file."""

    id: str
    line: int
    header: dict[str, str] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)

    @property
    def judges(self) -> bool:
        """Whether the author takes a stance anywhere, as an editorial does."""
        return any(
            actor == AUTHOR and stance != "neutral"
            for sentence in self.sentences
            for (actor, _), (stance, _) in sentence.judgements.items()
        )


@dataclass(frozen=True)
class Candidate:
    """An ordered pair to be an example: sentences `first..last`, and the judgement where there is one."""

    actor: str
    target: str
    first: int
    last: int
    stance: str
    device: str


def parse(path: Path) -> list[SourceArticle]:
    """Read a source file.

    Raises:
        MarkupError: All faults of the file, one a line, each with its line number.
    """
    articles: list[SourceArticle] = []
    faults: list[str] = []
    state = _State()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            _read_line(line.rstrip(), number, articles, state)
        except MarkupError as fault:
            faults.append(f"{path.name}:{number}: {fault}")
    for article in articles:
        faults += [f"{path.name}:{article.line}: {article.id}: {fault}" for fault in _check(article)]
    for id_, count in Counter(article.id for article in articles).items():
        if count > 1:
            faults.append(f"{path.name}: {id_}: {count} articles have this id")
    if faults:
        raise MarkupError("\n".join(faults))
    return articles


def candidates(article: SourceArticle) -> Iterator[Candidate]:
    """Yield every pair that is an example, judged or neutral by default, in the order of the text."""
    for index, sentence in enumerate(article.sentences):
        judged = dict(sentence.judgements)
        for actor, target in permutations(sentence.mentions, 2):
            if article.entities[actor].can_act:
                stance, device = judged.pop((actor, target), ("neutral", "co_mention"))
                yield Candidate(actor, target, index, index, stance, device)
        if article.judges:
            for target in sentence.mentions:
                judged.setdefault((AUTHOR, target), ("neutral", "author"))
        if index:
            yield from _neighbours(article, index, judged)
        for (actor, target), (stance, device) in judged.items():
            before = article.sentences[index - 1].mentions if index else {}
            is_before = any(id_ in before and id_ not in sentence.mentions for id_ in (actor, target))
            yield Candidate(actor, target, index - is_before, index, stance, device)


def _neighbours(
    article: SourceArticle, index: int, judged: dict[tuple[str, str], tuple[str, str]]
) -> Iterator[Candidate]:
    """Pairs across a sentence and the one before it; takes the judgements that it uses out of `judged`."""
    before, here = article.sentences[index - 1].mentions, article.sentences[index].mentions
    for one in before:
        for other in here:
            if one in here or other in before:
                continue
            for actor, target in ((one, other), (other, one)):
                if article.entities[actor].can_act:
                    stance, device = judged.pop((actor, target), ("neutral", "neighbours"))
                    yield Candidate(actor, target, index - 1, index, stance, device)


@dataclass
class _State:
    in_body: bool = False
    paragraph: int = 0


def _read_line(line: str, number: int, articles: list[SourceArticle], state: _State) -> None:
    if line.startswith("==="):
        articles.append(SourceArticle(id=line[3:].strip(), line=number))
        state.in_body, state.paragraph = False, 0
    elif not articles:
        if line:
            raise MarkupError("expected '=== ID' before anything else")
    elif line == "---":
        state.in_body = True
    elif not line:
        state.paragraph += 1
    elif not state.in_body:
        _read_header(line, articles[-1])
    elif line.startswith(">"):
        _read_judgement(line, articles[-1])
    else:
        articles[-1].sentences.append(_read_sentence(line, state.paragraph, articles[-1]))


def _read_header(line: str, article: SourceArticle) -> None:
    if found := _ENTITY.fullmatch(line):
        id_, kind, name = found.groups()
        if kind not in KINDS:
            raise MarkupError(f"kind '{kind}' is none of {', '.join(KINDS)}")
        if id_ in article.entities or id_ == AUTHOR:
            raise MarkupError(f"entity '{id_}' is declared twice, or reserved")
        article.entities[id_] = Entity(name, kind)
        return
    key, colon, value = line.partition(":")
    if not colon or key not in HEADER_FIELDS:
        raise MarkupError(f"expected '@ id | kind | name', or one of {', '.join(HEADER_FIELDS)}; found '{line}'")
    article.header[key] = value.strip()


def _read_sentence(line: str, paragraph: int, article: SourceArticle) -> Sentence:
    text, at = "", 0
    mentions: dict[str, Span] = {}
    for found in _MENTION.finditer(line):
        surface, id_ = found.groups()
        if id_ not in article.entities:
            raise MarkupError(f"mention of '{id_}', which no '@' line declares")
        text += line[at : found.start()]
        mentions.setdefault(id_, (len(text), len(text) + len(surface)))
        text += surface
        at = found.end()
    text += line[at:]
    if any(mark in text for mark in "[]|"):
        raise MarkupError(f"a mark is left over in '{text}'")
    return Sentence(text, paragraph, mentions)


def _read_judgement(line: str, article: SourceArticle) -> None:
    found = _JUDGEMENT.fullmatch(line)
    if not found:
        raise MarkupError(f"expected '> actor stance target : device', found '{line}'")
    actor, stance, target, device = found.groups()
    if stance not in STANCES:
        raise MarkupError(f"stance '{stance}' is none of {', '.join(STANCES)}")
    if not article.sentences:
        raise MarkupError("a judgement must follow a sentence")
    _require_in_reach(actor, target, article)
    judgements = article.sentences[-1].judgements
    if (actor, target) in judgements:
        raise MarkupError(f"'{actor}' towards '{target}' is judged twice under one sentence")
    judgements[actor, target] = (stance, device)


def _require_in_reach(actor: str, target: str, article: SourceArticle) -> None:
    """Both stand in the sentence or in the one before; the author, and policies as targets, may stand nowhere."""
    here = article.sentences[-1].mentions
    before = article.sentences[-2].mentions if len(article.sentences) > 1 else {}
    for id_ in (actor, target):
        if id_ != AUTHOR and id_ not in article.entities:
            raise MarkupError(f"'{id_}' is not declared")
    if target in (AUTHOR, actor):
        raise MarkupError("the author is no target, and nobody is their own")
    if actor != AUTHOR and not article.entities[actor].can_act:
        raise MarkupError(f"'{actor}' is a {article.entities[actor].kind}, which holds no stance")
    shared = (actor in here and actor in before) or (target in here and target in before)
    if actor in before and target in before and not here.keys() & {actor, target}:
        raise MarkupError(f"'{actor}' and '{target}' both stand in the sentence before: judge them there")
    for id_ in (actor, target):
        free = id_ == AUTHOR or (id_ == target and not article.entities[id_].can_act)
        if id_ not in here and not free and (id_ not in before or shared):
            raise MarkupError(
                f"'{id_}' is not mentioned in the sentence"
                + (
                    ", and the pair shares an entity with the sentence before: judge it there, or mention it here"
                    if shared
                    else " or the one before"
                )
            )


def _check(article: SourceArticle) -> Iterator[str]:
    if not article.id:
        yield "expected an id behind '==='"
    if not article.sentences:
        yield "expected sentences behind '---'"
    for key in HEADER_FIELDS:
        if not article.header.get(key):
            yield f"'{key}:' is missing"
    mentioned = {id_ for sentence in article.sentences for id_ in sentence.mentions}
    for id_, entity in article.entities.items():
        if id_ not in mentioned and entity.can_act:
            yield f"entity '{id_}' is never mentioned"
    for one, other in pairwise(article.sentences):
        if one.text == other.text:
            yield f"sentence repeated: '{one.text}'"
