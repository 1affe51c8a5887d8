"""Make the sample files from the marked-up articles: `python -m detente.data.samples.build`, in a checkout."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from detente.data.reading import write_records
from detente.data.records import AUTHOR, Article, Example, Holder, Span, Stance
from detente.data.samples import markup
from detente.data.samples.markup import Candidate, SourceArticle, candidates, parse

FOLDER = Path(__file__).parent
SPLITS = ("train", "valid", "test")
KEPT_OF_NEIGHBOURS = 4  # one in four of the neutral pairs across two sentences: there are many, and they are alike
DEBUG_EXAMPLES = 24
_HOLDERS = {"author": Holder.AUTHOR, "quote": Holder.SPEAKER}


def build(source: Path, folder: Path) -> dict[str, int]:
    """Write `articles.jsonl`, a file of examples a split, and `debug.jsonl`; return the number of records of each.

    Raises:
        MarkupError: A source file has faults.
    """
    articles: list[Article] = []
    splits: dict[str, list[Example]] = {}
    for split in SPLITS:
        parsed = [article for path in sorted(source.glob(f"{split}-*.txt")) for article in parse(path)]
        articles += [to_article(article, split) for article in parsed]
        splits[split] = [example for article in parsed for example in to_examples(article)]
    splits["debug"] = splits["train"][:DEBUG_EXAMPLES]
    counts = {"articles": write_records(folder / "articles.jsonl", articles, Article)}
    for name, examples in splits.items():
        counts[name] = write_records(folder / f"{name}.jsonl", examples, Example)
    return counts


def to_article(article: SourceArticle, split: str) -> Article:
    """The article as a reader gets it."""
    paragraphs: dict[int, list[str]] = {}
    for sentence in article.sentences:
        paragraphs.setdefault(sentence.paragraph, []).append(sentence.text)
    return Article(
        id=article.id,
        title=article.header["title"],
        text="\n\n".join(" ".join(sentences) for sentences in paragraphs.values()),
        published=article.header["published"],
        outlet=article.header["outlet"],
        language="en",
        meta={"split": split, "topic": article.header["topic"], "invented": True},
    )


def to_examples(article: SourceArticle) -> Iterator[Example]:
    """The article's judged pairs, its neutral co-mentions, and a share of its neutral neighbours."""
    seen: set[str] = set()
    for candidate in candidates(article):
        example = _to_example(article, candidate)
        if example.id not in seen and (candidate.device != "neighbours" or _is_kept(article.id, candidate)):
            seen.add(example.id)
            yield example


def _is_kept(article: str, candidate: Candidate) -> bool:
    """Chosen by hash, both directions of a pair alike."""
    pair = "|".join([article, str(candidate.first), *sorted((candidate.actor, candidate.target))])
    return int(hashlib.sha256(pair.encode()).hexdigest(), 16) % KEPT_OF_NEIGHBOURS == 0


def _to_example(article: SourceArticle, candidate: Candidate) -> Example:
    sentences = article.sentences[candidate.first : candidate.last + 1]
    by_author = candidate.actor == markup.AUTHOR
    place = f"s{candidate.first}" if candidate.first == candidate.last else f"s{candidate.first}-{candidate.last}"
    target = article.entities[candidate.target]
    return Example(
        id=f"{article.id}.{place}.{candidate.actor}.{candidate.target}",
        actor=AUTHOR if by_author else article.entities[candidate.actor].name,
        target=target.name,
        text=" ".join(sentence.text for sentence in sentences),
        label=Stance(candidate.stance),
        actor_span=None if by_author else _span(article, candidate, candidate.actor),
        target_span=_span(article, candidate, candidate.target),
        group=article.id,
        source="samples",
        holder=_HOLDERS.get(candidate.device),
        meta={
            "article_id": article.id,
            "device": candidate.device,
            "actor_kind": "author" if by_author else article.entities[candidate.actor].kind,
            "target_kind": target.kind,
            "outlet": article.header["outlet"],
            "published": article.header["published"],
            "topic": article.header["topic"],
        },
    )


def _span(article: SourceArticle, candidate: Candidate, entity: str) -> Span | None:
    """Where the entity stands in the example's text, if it does."""
    offset = 0
    for sentence in article.sentences[candidate.first : candidate.last + 1]:
        if entity in sentence.mentions:
            start, end = sentence.mentions[entity]
            return offset + start, offset + end
        offset += len(sentence.text) + 1
    return None


if __name__ == "__main__":
    for name, count in build(FOLDER / "source", FOLDER).items():
        print(f"{name:10} {count:6}")
