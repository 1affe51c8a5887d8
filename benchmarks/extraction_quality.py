"""How good extraction is, as Markdown tables, with the corpora in DETENTE_CORPORA.

1. Mentions and pairs: of the gold pairs of SEESAW and DSE (validation files) whose two mentions stand in one text, the
   share whose mentions are both found, the share that extraction proposes as a pair (both overlap), and the candidates
   that it costs.
2. Same-actor links: of two mentions in an article that gold says are one actor, are ours one, and the other way round,
   among the mentions that both found. SEESAW `ctx_valid` has canonical names (its texts of one article are put together
   again), the sample articles entity ids. String match takes the gold mention's own words.
3. Time: the share of mentions and actors in all of spaCy, mentions and actors.
"""

import gzip
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import resources
from itertools import combinations
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from detente.data.extraction.actors.mentions import find_mentions
from detente.data.extraction.actors.names import actor_name
from detente.data.extraction.actors.resolution import resolve_actors
from detente.data.extraction.extract import Extraction, extract
from detente.data.extraction.parsing import parse_articles
from detente.data.records import Article, Resolution, Span
from detente.data.samples import markup

PAIR_FILES = {"SEESAW valid": "seesaw/valid.jsonl.gz", "DSE valid_clean": "dse/valid_clean.jsonl.gz"}
LINK_FILE = "seesaw/ctx_valid.jsonl.gz"
ACTOR_TYPES = frozenset(["People", "Organization", "GPE", "Religion"])
TEXTS_TIMED = 200


@dataclass
class GoldArticle:
    """A text with gold mentions of actors: span and who it is."""

    text: str
    mentions: dict[Span, str] = field(default_factory=dict)


@dataclass
class Links:
    """Counts of same-actor links."""

    right: int = 0
    proposed: int = 0
    gold: int = 0

    def row(self) -> str:
        """Precision, recall and F1 as cells."""
        precision, recall = self.right / max(1, self.proposed), self.right / max(1, self.gold)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return f"{precision:.3f} | {recall:.3f} | {f1:.3f} | {self.gold} | {self.proposed}"


def main() -> None:
    """Print the tables."""
    corpora = Path(os.environ.get("DETENTE_CORPORA", "../shared/corpora"))
    missing = [name for name in (*PAIR_FILES.values(), LINK_FILE) if not (corpora / name).is_file()]
    if missing:
        sys.exit(f"expected {', '.join(missing)} in {corpora}; set DETENTE_CORPORA to the folder that holds them")
    print("| file | gold pairs | mentions found | pair proposed | candidates a sentence | 90th percentile |")
    print("|---|---|---|---|---|---|")
    for title, name in PAIR_FILES.items():
        show_pairs(title, list(read(corpora / name)))
    print("\n| articles | links by | precision | recall | F1 | gold links | proposed | mentions found |")
    print("|---|---|---|---|---|---|---|---|")
    show_links("SEESAW ctx_valid", list(whole_articles(read(corpora / LINK_FILE))))
    show_links("samples, train and valid", list(sample_articles()))
    texts = list(dict.fromkeys(row["text"] for row in read(corpora / LINK_FILE)))[:TEXTS_TIMED]
    print(f"\nMentions and actors take {share_of_time(texts):.1%} of the time for {len(texts)} texts.")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a packed file of JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def show_pairs(title: str, rows: list[dict[str, Any]]) -> None:
    """Print recall and cost on a file, for non-neutral pairs and for all."""
    by_text: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["actor_span"] and row["target_span"]:
            by_text[row["text"]].append(row)
    found, proposed, total = Counter[str](), Counter[str](), Counter[str]()
    costs: list[int] = []
    for extraction in extract(Article(id=str(number), text=text) for number, text in enumerate(by_text)):
        spans = [one.mention.span for one in extraction.resolutions] + [target.span for target in extraction.targets]
        pairs = [(actor, target) for _, actor, target in placed_pairs(extraction)]
        costs += cost_of_sentences(extraction)
        for row in by_text[extraction.article.text]:
            gold = tuple(row["actor_span"]), tuple(row["target_span"])
            kinds = ("all", "neutral" if row["label"] == "neutral" else "non-neutral")
            total.update(kinds)
            found.update(kinds if all(any(overlap(span, one) for one in spans) for span in gold) else ())
            proposed.update(kinds if any(overlap(gold[0], a) and overlap(gold[1], t) for a, t in pairs) else ())
    for kind in ("non-neutral", "all"):
        share, paired = found[kind] / total[kind], proposed[kind] / total[kind]
        ninetieth = quantiles(costs, n=10)[-1]
        print(f"| {title}, {kind} | {total[kind]} | {share:.3f} | {paired:.3f} | {mean(costs):.1f} | {ninetieth:.0f} |")


def placed_pairs(extraction: Extraction) -> Iterator[tuple[int, Span, Span]]:
    """Each proposed pair with the end of its text and its two spans, as places in the article."""
    for example in extraction.examples:
        if example.actor_span and example.target_span:
            start = extraction.article.text.index(example.text)
            actor, target = ((start + first, start + last) for first, last in (example.actor_span, example.target_span))
            yield start + len(example.text), actor, target


def cost_of_sentences(extraction: Extraction) -> list[int]:
    """Candidates of each sentence; one over two sentences counts for the later one."""
    ends = Counter(max(actor[0], target[0]) for _, actor, target in placed_pairs(extraction))
    return [sum(count for place, count in ends.items() if start <= place < end) for start, end in extraction.sentences]


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share a character."""
    return one[0] < other[1] and other[0] < one[1]


def whole_articles(rows: Iterable[dict[str, Any]]) -> Iterator[GoldArticle]:
    """Articles put together from texts that overlap (up to three sentences of context), with their named actors."""
    by_article: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_article[row["meta"]["article"]].append(row)
    for of_article in by_article.values():
        article = GoldArticle("")
        for row in sorted(of_article, key=lambda row: int(row["meta"]["sentence_id"])):
            start = append(article, row["text"])
            for role in ("actor", "target"):
                if row[f"{role}_span"] and ACTOR_TYPES & set(row["meta"].get(f"{role}_types", ())):
                    first, last = row[f"{role}_span"]
                    article.mentions[start + first, start + last] = row[role]
        yield article


def append(article: GoldArticle, text: str) -> int:
    """Put a text at the end of an article, over what both share; return where it begins."""
    at = article.text.find(text)
    if at >= 0:
        return at
    shared = next((n for n in range(min(len(text), len(article.text)), 20, -1) if article.text.endswith(text[:n])), 0)
    gap = "" if shared or not article.text else "\n\n"
    start = len(article.text) + len(gap) - shared
    article.text += gap + text[shared:]
    return start


def sample_articles() -> Iterator[GoldArticle]:
    """The sample articles but for those of the test part, with their entities that can act."""
    folder = resources.files("detente.data.samples").joinpath("source")
    for path in sorted(Path(str(folder)).glob("*.txt")):
        if path.name.startswith(("train", "valid")):
            for source in markup.parse(path):
                yield sample_article(source)


def sample_article(source: markup.SourceArticle) -> GoldArticle:
    """Its text, a space between sentences and an empty line between paragraphs."""
    article, paragraph = GoldArticle(""), 0
    for sentence in source.sentences:
        gap = "" if not article.text else " " if sentence.paragraph == paragraph else "\n\n"
        article.text += gap
        start, paragraph = len(article.text), sentence.paragraph
        for id_, (first, last) in sentence.mentions.items():
            if source.entities[id_].can_act:
                article.mentions[start + first, start + last] = id_
        article.text += sentence.text
    return article


def show_links(title: str, articles: list[GoldArticle]) -> None:
    """Print the links by our actors and by string match."""
    ours, strings, found, total = Links(), Links(), 0, 0
    parsed = parse_articles(Article(id=str(number), text=article.text) for number, article in enumerate(articles))
    for article, one in zip(articles, parsed, strict=True):
        mentions = find_mentions(one)
        actors = resolve_actors(one, mentions)
        both = {span: best(span, actors) for span in article.mentions if any(overlap(span, m.span) for m in mentions)}
        found, total = found + len(both), total + len(article.mentions)
        for first, second in combinations(both, 2):
            same = article.mentions[first] == article.mentions[second]
            count(ours, same, both[first] is not None and both[first] == both[second])
            words = [actor_name(article.text[slice(*span)]) for span in (first, second)]
            count(strings, same, words[0] == words[1])
    share = f"{found / total:.3f} of {total}"
    print(f"| {title} | resolution | {ours.row()} | {share} |\n| {title} | string match | {strings.row()} | |")


def best(span: Span, actors: tuple[Resolution, ...]) -> str | None:
    """The actor of the mention that shares most with a gold mention."""
    near = [one for one in actors if overlap(span, one.mention.span)]
    shared = lambda one: min(span[1], one.mention.span[1]) - max(span[0], one.mention.span[0])  # noqa: E731
    return max(near, key=shared).actor.name if near else None


def count(links: Links, gold: bool, proposed: bool) -> None:
    """Add one pair of mentions."""
    links.gold += gold
    links.proposed += proposed
    links.right += gold and proposed


def share_of_time(texts: list[str]) -> float:
    """Time of mentions and actors over that and spaCy's."""
    list(parse_articles([Article(id="warm", text="Norway met Kenya.")]))
    begin = time.perf_counter()
    parsed = list(parse_articles(Article(id=str(number), text=text) for number, text in enumerate(texts)))
    middle = time.perf_counter()
    for one in parsed:
        resolve_actors(one, find_mentions(one))
    end = time.perf_counter()
    return (end - middle) / (end - begin)


if __name__ == "__main__":
    main()
