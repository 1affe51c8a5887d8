"""How fast articles become clean articles and then examples, and what memory it takes: prints a Markdown table.

Reads `rawnews/*.jsonl.gz` in the folder that DETENTE_CORPORA names (default `../shared/corpora`) and repeats the
articles with a quarter of their words exchanged, so that no copy resembles another. Runs `detente data ingest` and then
`detente data extract` as a user would; the memory is the peak of all processes of a command together, looked at five
times a second.

    python benchmarks/ingest_speed.py --sizes 1000 4000
    python benchmarks/ingest_speed.py --sizes 40000 --words 60      # the memory, in a few minutes
    python benchmarks/ingest_speed.py --sizes 100000 --no-extract
"""

import argparse
import contextlib
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import psutil

CORPORA = Path(os.environ.get("DETENTE_CORPORA", Path(__file__).parents[1] / "../shared/corpora"))
EXCHANGED = 0.25
WORDS_DRAWN = 20_000


@dataclass(frozen=True)
class Usage:
    """What a process took: seconds on the clock and of processor time, MB of memory at its peak."""

    seconds: float
    processor: float
    peak: float

    def cells(self, articles: int) -> str:
        """Its part of a line of the table."""
        return f"{articles / self.seconds:.0f} | {articles / self.processor:.0f} | {self.peak:.0f} |"


def read_corpus() -> list[dict[str, str]]:
    """The articles, as they are."""
    files = sorted((CORPORA / "rawnews").glob("*.jsonl.gz"))
    if not files:
        sys.exit(f"expected articles in {CORPORA / 'rawnews'}/*.jsonl.gz; found none. Set DETENTE_CORPORA.")
    articles: list[dict[str, str]] = []
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            articles += [json.loads(line) for line in lines]
    return articles


def repeated(articles: Sequence[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The articles, and then the articles again and again with other words."""
    draw = random.Random(0)  # noqa: S311
    words = sorted({word for article in articles for word in article["text"].split()})
    words = draw.sample(words, min(WORDS_DRAWN, len(words)))
    for turn in count():
        for article in articles:
            text = article["text"] if turn == 0 else exchange(article["text"], words, draw)
            yield {"id": f"{article['id']}-{turn}", "title": article["title"], "text": text}


def exchange(text: str, words: Sequence[str], draw: random.Random) -> str:
    """The text with a share of its words exchanged; its lines stay."""
    lines = text.split("\n")
    return "\n".join(
        " ".join(draw.choice(words) if draw.random() < EXCHANGED else word for word in line.split()) for line in lines
    )


def run(*arguments: str | Path) -> Usage:
    """Run a command of detente; it may end with status 1, some articles can't be read."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "detente", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        peak = max(peak, resident(process.pid))
        time.sleep(0.2)
    _, status, usage = ended
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    return Usage(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, peak / 2**20)


def resident(pid: int) -> int:
    """Bytes of memory of a process and those that it started."""
    total = 0
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in (top, *top.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total


def main() -> None:
    """Run both commands at each size and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 4000], help="articles")
    parser.add_argument("--no-extract", action="store_true", help="ingest only")
    parser.add_argument("--words", type=int, help="keep only the first words of each article")
    parser.add_argument("--workers", type=int, default=2, help="processes of extract")
    options = parser.parse_args()
    corpus = read_corpus()
    if options.words:
        corpus = [{**article, "text": " ".join(article["text"].split()[: options.words])} for article in corpus]
    columns = "articles a second | a second of processor time | MB |"
    print(f"| articles | ingest: {columns} extract: {columns} both: articles a second |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as name:
            raw, clean, examples = (Path(name) / file for file in ("raw.jsonl", "clean.jsonl", "examples.jsonl"))
            with raw.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(article) + "\n" for article in islice(repeated(corpus), size))
            ingest = run("data", "ingest", raw, "-o", clean)
            line = f"| {size:,} | {ingest.cells(size)}"
            if options.no_extract:
                print(line, "- | - | - | - |", flush=True)
                continue
            extract = run("data", "extract", clean, "-o", examples, "--workers", str(options.workers))
            print(line, extract.cells(size), f"{size / (ingest.seconds + extract.seconds):.0f} |", flush=True)


if __name__ == "__main__":
    main()
