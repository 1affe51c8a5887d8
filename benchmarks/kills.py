"""Whether a run of `detente predict` that is killed again and again ends as one that is left alone: a Markdown table.

Kills the whole process group (SIGKILL) at random moments, goes on with `--resume`, and so on until the run is done; it
then begins anew, until there were as many kills as wanted. Each finished run is compared with one that was left alone:
the same bytes, and each article once, among the predictions or among those that gave none. The runs write a file and a
folder of parts in turn. Articles and model are those of `benchmarks/prediction_speed.py`.

    python -m benchmarks.kills --kills 50 --articles 500
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from detente.data.reading import read_predictions

FORMS = ("out.jsonl", "out")


@dataclass
class Tally:
    """What the killed runs came to."""

    kills: int = 0
    before_the_first_part: int = 0
    runs: int = 0
    same_bytes: int = 0
    lost: int = 0
    doubled: int = 0

    def rows(self) -> Iterator[str]:
        """The lines of a Markdown table."""
        yield "| | |\n|---|---|"
        for name, value in vars(self).items():
            yield f"| {name.replace('_', ' ')} | {value} |"


@dataclass(frozen=True)
class Run:
    """The command, and where it writes."""

    model: Path
    articles: Path
    output: Path
    options: Sequence[str] = field(default_factory=tuple)

    @property
    def rejects(self) -> Path:
        """Where the articles without predictions stand."""
        return self.output / "rejects.jsonl" if not self.output.suffix else self.output.with_suffix(".rejects.jsonl")

    def start(self) -> "subprocess.Popen[bytes]":
        """Begin or go on, in a process group of its own."""
        command = [sys.executable, "-m", "detente", "predict", self.model, self.articles, "-o", self.output, "--resume"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen([*map(str, command), *self.options], start_new_session=True, **quiet)

    def contents(self) -> dict[str, bytes]:
        """What it has written, but for the manifest, which holds times."""
        files = [self.output] if self.output.suffix else sorted(self.output.glob("part-*.parquet"))
        rejects = [self.rejects] if self.rejects.is_file() else []
        return {file.name: file.read_bytes() for file in [*files, *rejects]}


def complete(run: Run) -> float:
    """Seconds that an undisturbed run takes."""
    start = time.perf_counter()
    if (status := run.start().wait()) not in (0, 1):
        sys.exit(f"an undisturbed run ended with status {status}")
    return time.perf_counter() - start


def kill_until_done(run: Run, kills: int, longest: float, draw: random.Random, tally: Tally) -> None:
    """Kill a run at random moments, at most so often, and let it end."""
    for _ in range(kills):
        process = run.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            if (status := process.wait(draw.uniform(0, longest))) not in (0, 1):
                sys.exit(f"a run that went on ended with status {status}")
            return
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        tally.kills += 1
        parts = run.output if not run.output.suffix else run.output.with_name(f"{run.output.name}.parts")
        tally.before_the_first_part += not any(parts.glob("part-*.parquet"))
    complete(run)


def articles_of(run: Run) -> Counter[str]:
    """How often each article is there: as one with predictions, or as one without."""
    predictions = [(one.article_id, one.example_id) for one in read_predictions(run.output)]
    doubled = [example for example, times in Counter(one for _, one in predictions).items() if times > 1]
    found = Counter({str(article) for article, _ in predictions})
    if run.rejects.is_file():
        found.update(json.loads(one)["place"] for one in run.rejects.read_text(encoding="utf-8").splitlines())
    found.update(doubled)  # a prediction that is there twice counts as an article that is
    return found


def compare(whole: Run, killed: Run, ids: Sequence[str], tally: Tally) -> None:
    """Add a finished run to the tally."""
    found = articles_of(killed)
    tally.runs += 1
    tally.same_bytes += killed.contents() == whole.contents()
    tally.lost += sum(id_ not in found for id_ in ids)
    tally.doubled += sum(times > 1 for times in found.values())


def disturb(
    model: Path,
    articles: Sequence[dict[str, Any]],
    folder: Path,
    *,
    kills: int,
    options: Sequence[str],
    seed: int = 0,
    forms: Sequence[str] = FORMS,
) -> Tally:
    """Kill runs over the articles so often, and tell what came of them."""
    path = folder / "articles.jsonl"
    path.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    ids, draw, tally = [str(article["id"]) for article in articles], random.Random(seed), Tally()  # noqa: S311
    whole = {form: Run(model, path, folder / "whole" / form, options) for form in forms}
    longest = {form: complete(run) for form, run in whole.items()}
    for number, form in enumerate(cycle(forms)):
        if tally.kills >= kills:
            return tally
        run = Run(model, path, folder / f"killed-{number}" / form, options)
        kill_until_done(run, kills - tally.kills, longest[form], draw, tally)
        compare(whole[form], run, ids, tally)
    return tally


def main() -> None:
    """Kill, and print what came of it; status 1 if anything was lost, doubled or different."""
    from benchmarks.ingest_speed import read_corpus, repeated  # noqa: PLC0415
    from benchmarks.prediction_speed import save_untrained  # noqa: PLC0415

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--model", type=Path, help="a model folder; default: an untrained packed model")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--part-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    options = ["--workers", str(given.workers), "--part-size", str(given.part_size)]
    with tempfile.TemporaryDirectory() as name:
        model = given.model or save_untrained(Path(name) / "model")
        articles = list(islice(repeated(read_corpus()), given.articles))
        tally = disturb(model, articles, Path(name), kills=given.kills, options=options, seed=given.seed)
    print("\n".join(tally.rows()))
    sys.exit(tally.same_bytes != tally.runs or tally.lost > 0 or tally.doubled > 0)


if __name__ == "__main__":
    main()
