"""Mentions of an article: who is named, and where."""

import re
from typing import Any

from detente.data.extraction.parsing import Paragraph, ParsedArticle
from detente.data.records import Mention

KINDS = {"PERSON": "person", "ORG": "organisation", "GPE": "country", "NORP": "group"}


def find_mentions(parsed: ParsedArticle) -> tuple[Mention, ...]:
    """The mentions of an article, in the order of the text."""
    return tuple(
        _to_mention(parsed, paragraph, entity)
        for paragraph in parsed.paragraphs
        for entity in paragraph.doc.ents
        if entity.label_ in KINDS and actor_name(entity.text)
    )


def actor_name(surface: str) -> str:
    """The name that a surface stands for: without article, possessive and line breaks."""
    name = " ".join(surface.split())
    name = re.sub(r"^(?:the|a|an)\s+", "", name, flags=re.IGNORECASE)
    return re.sub(r"(?:['’]s|['’])$", "", name).strip()


def _to_mention(parsed: ParsedArticle, paragraph: Paragraph, entity: Any) -> Mention:
    surface = entity.text.strip()
    start = paragraph.offset + entity.start_char + entity.text.index(surface)
    return Mention(
        surface=surface,
        span=(start, start + len(surface)),
        sentence=parsed.sentence_at(start),
        kind=KINDS[entity.label_],
    )
