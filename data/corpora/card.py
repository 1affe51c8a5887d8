"""CORPUS.md: what one has to know of an imported corpus, beside its examples."""

from collections.abc import Iterable

from detente.data.audit.report import verdict
from detente.data.corpora.corpus import Corpus
from detente.data.corpora.imported import REJECTED, TRAIN, Imported
from detente.data.records import STANCES


def facts(corpus: Corpus) -> list[tuple[str, str]]:
    """Where a corpus comes from and what it may be used for."""
    return [
        ("source", corpus.repository),
        ("commit", corpus.commit),
        ("licence", corpus.licence),
        ("cite", corpus.citation),
        ("size", corpus.size),
        ("language", corpus.language),
    ]


def audit_lines(imported: Imported) -> list[str]:
    """What the audits found, in sentences."""
    return [sentence for part, one in imported.audits.items() for sentence in verdict(one, name=part, train=TRAIN)]


def corpus_card(imported: Imported) -> str:
    """The page, in Markdown."""
    corpus = imported.corpus
    sections = [
        f"# {corpus.title}",
        "\n".join(f"- {name}: {value}" for name, value in facts(corpus)),
        "## Parts",
        _table(imported),
        *_list("Not among the files", imported.absent),
        *_list(f"Set aside ({REJECTED})", (f"{count}: {reason}" for reason, count in imported.reasons.most_common())),
        *_list("How it became examples", corpus.mapping),
        *_list("Known defects", corpus.defects),
        *_list("Audit (audit.html)", audit_lines(imported)),
    ]
    return "\n\n".join(sections) + "\n"


def _table(imported: Imported) -> str:
    head = ["part", "examples", *STANCES]
    rows = [[part, *map(str, (sum(counts.values()), *counts.values()))] for part, counts in imported.stances.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))


def _list(title: str, items: Iterable[str]) -> list[str]:
    lines = [f"- {item}" for item in items]
    return [f"## {title}", "\n".join(lines)] if lines else []
