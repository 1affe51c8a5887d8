"""How long edges take, and how much memory: on made-up predictions, in a process of their own.

python -m benchmarks.edges_speed 1000000 5000000 --memory 1GB
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 250_000
ACTORS = 301
PAIRS = 3000
DAYS = 5 * 365
IN_STORY = 5
"""Predictions in a story, on average."""


def write_predictions(folder: Path, rows: int) -> None:
    """Write parts as a batch run does: the pairs and the outlets are unequally frequent, one date in fifty is none."""
    for number, start in enumerate(range(0, rows, ROWS)):
        pq.write_table(_part(number, min(ROWS, rows - start)), folder / f"part-{number:05}.parquet")


def _part(number: int, size: int) -> pa.Table:
    rng = np.random.default_rng(number)
    story = np.sort(rng.integers(size // IN_STORY, size=size))
    pair = rng.zipf(1.2, size) % PAIRS
    pair = np.where(rng.random(size) < 0.7, pair[story], pair)  # most of a story is about one pair
    actor, target = pair % ACTORS, (pair * 7 + 1) % ACTORS
    days = np.datetime64("2019-01-01") + (story * 2_654_435_761 + number) % DAYS
    dated = np.where(story % 50 == 0, "2004-2005", days.astype(str))
    shares = rng.dirichlet((0.4, 0.8, 0.4), size)
    names = ("support", "neutral", "oppose")
    columns = {
        "example_id": [f"{number}-{row}" for row in range(size)],
        "article_id": [f"{number}-{one}" for one in story],
        "actor": [f"Actor {one}" for one in actor],
        "target": [f"Actor {one}" for one in target],
        "text": [f"Sentence {row} of part {number}, as long as sentences are in the news, " * 2 for row in range(size)],
        "actor_span": pa.array([[0, 8]] * size, pa.list_(pa.int32())),
        "stance": np.take(names, shares.argmax(axis=1)),
        **{f"p_{name}": shares[:, at] for at, name in enumerate(names)},
        "confident": shares.max(axis=1) > 0.8,
        "group": [f"story {number}-{one}" for one in story],
        "published": dated,
        "outlet": [f"Outlet {one}" for one in rng.zipf(1.5, size) % 400],
        "actor_kind": ["country"] * size,
    }
    return pa.table(columns)


def measure(folder: str, period: str, memory: str) -> dict[str, float]:
    """Seconds, edges and the peak of the process, libraries included, in MiB."""
    from detente.inference.edges import edges  # noqa: PLC0415

    base = _peak()
    start = time.perf_counter()
    with edges(folder, period=period, memory=memory) as found:  # type: ignore[arg-type]
        counted = time.perf_counter()
        number = sum(1 for _ in found)
        stories = found.coverage.stories
    end = time.perf_counter()
    return {
        "edges": number,
        "stories": stories,
        "count_s": round(counted - start, 1),
        "yield_s": round(end - counted, 1),
        "processor_s": round(time.process_time(), 1),
        "imported_mib": base,
        "peak_mib": _peak(),
    }


def _peak() -> int:
    """The most memory that this process has held, in MiB; getrusage would count the parent's. Linux."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def main() -> None:
    """Make predictions, and measure them in another process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="*", default=[1_000_000])
    parser.add_argument("--memory", default="1GB")
    parser.add_argument("--period", default="month")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        print(json.dumps(measure(given.folder, given.period, given.memory)))
        return
    for rows in given.rows:
        with tempfile.TemporaryDirectory() as folder:
            write_predictions(Path(folder), rows)
            command = [sys.executable, "-m", "benchmarks.edges_speed", "--folder", folder]
            options = ["--period", given.period, "--memory", given.memory]
            print(rows, subprocess.run([*command, *options], check=True, capture_output=True, text=True).stdout.strip())


if __name__ == "__main__":
    main()
