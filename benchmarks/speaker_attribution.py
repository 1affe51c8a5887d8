"""How much reported speech is found, and to whom it is given, against quotes marked by hand in the sample articles.

    python benchmarks/speaker_attribution.py [QUOTES] [ARTICLES]

A quote is found where a speech covers at least half of the characters of the longer of the two. Its speaker is right
where the two spans overlap, or where neither has one; the same person under another name counts as wrong.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from detente.configs.errors import InputError
from detente.data.extraction.parsing import parse_articles
from detente.data.extraction.speech.speakers import find_speech
from detente.data.extraction.speech.speech import Speech
from detente.data.records import Article, Span

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


@dataclass(frozen=True)
class Quote:
    """A quote marked by hand; the speaker is None where the text names none."""

    content: Span
    speaker: Span | None
    direct: bool


def shared(one: Span, other: Span) -> int:
    """Characters that two spans have in common."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def matches(one: Span, other: Span) -> bool:
    """Whether they share at least half of the longer."""
    return 2 * shared(one, other) >= max(one[1] - one[0], other[1] - other[0])


def outcome(quote: Quote, speeches: Sequence[Speech]) -> str:
    """missed, right, none (no speaker given) or wrong."""
    found = [speech for speech in speeches if matches(quote.content, speech.content)]
    if not found:
        return "missed"
    best = max(found, key=lambda speech: (speech.direct == quote.direct, shared(quote.content, speech.content)))
    if best.speaker is None:
        return "right" if quote.speaker is None else "none"
    return "right" if quote.speaker is not None and shared(quote.speaker, best.speaker) else "wrong"


def read_quotes(path: Path) -> dict[str, list[Quote]]:
    """The quotes of each article."""
    if not path.exists():
        raise InputError(f"expected a file of quotes, found nothing at {path}; give its path")
    quotes = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        speaker = tuple(row["speaker"]) if row["speaker"] else None
        quotes[row["article_id"]].append(Quote(tuple(row["content"]), speaker, row["direct"]))
    return quotes


def main() -> None:
    """Print recall, precision and the share of right speakers, for direct and indirect speech."""
    paths = [Path(argument) for argument in sys.argv[1:]]
    quotes = read_quotes(paths[0] if paths else SAMPLES / "quotes.jsonl")
    lines = (paths[1] if len(paths) > 1 else SAMPLES / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [article for article in map(Article.model_validate_json, lines) if article.id in quotes]
    outcomes: dict[str, Counter[str]] = {"direct": Counter(), "indirect": Counter(), "all": Counter()}
    for parsed in parse_articles(articles):
        speeches, gold = find_speech(parsed), quotes[parsed.article.id]
        for quote in gold:
            result = outcome(quote, speeches)
            outcomes["direct" if quote.direct else "indirect"][result] += 1
            outcomes["all"][result] += 1
        for speech in speeches:
            is_right = any(matches(quote.content, speech.content) for quote in gold)
            for name in ("direct" if speech.direct else "indirect", "all"):
                outcomes[name].update(["proposed", *["of gold"] * is_right])
    show(outcomes)


def show(outcomes: dict[str, Counter[str]]) -> None:
    """Print a row for each kind of speech."""
    table = Table("speech", "quotes", "recall", "precision", "speaker right, of found", "wrong", "none given")
    for name, count in outcomes.items():
        total = sum(count[key] for key in ("missed", "right", "wrong", "none"))
        found = total - count["missed"]
        table.add_row(
            name,
            str(total),
            f"{found / max(1, total):.3f}",
            f"{count['of gold'] / max(1, count['proposed']):.3f}",
            f"{count['right'] / max(1, found):.3f}",
            str(count["wrong"]),
            str(count["none"]),
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
