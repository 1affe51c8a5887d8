"""What a model gains and loses in other runtimes: `make bench-backends ARGS='--model FOLDER'`.

Each arm is a process of its own with the same threads; the arms answer the same rows, in turn, round after round, after
a warm-up, so that what else the machine does falls on all of them. The rate is of whole answers, encoding included: the
median round, and the range. Agreement, macro-F1 and the calibration error are against torch in fp32, for each file.
No limit is held against an arm here: `detente export` does that.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from detente.commands.quiet import quieten
from detente.data.reading import read_examples, write_records
from detente.data.records import Example
from detente.evaluation.parity import EXACT, measure_parity
from detente.models.calibration import Floats
from detente.models.export.graph import write_graph
from detente.models.export.loading import open_export
from detente.models.export.onnx_runtime import GRAPH
from detente.models.export.runtimes import RUNTIMES
from detente.models.folder import load_model
from detente.models.references import resolve_model

CORPORA = Path(os.environ.get("DETENTE_CORPORA", Path(__file__).parents[1] / "../shared/corpora"))
FILES = ("seesaw/valid.jsonl.gz", "dse/valid_clean.jsonl.gz")
ARMS = {
    "torch fp32": ("torch", "fp32"),
    "torch bf16": ("torch", "bf16"),
    "ONNX Runtime fp32": ("onnx", "fp32"),
    "ONNX Runtime int8": ("onnx", "int8"),
    "OpenVINO fp32": ("openvino", "fp32"),
    "OpenVINO bf16": ("openvino", "bf16"),
}
"""Backend and precision; the first is what the others are compared with."""


@dataclass
class Arm:
    """A process that answers whenever it is asked to."""

    name: str
    process: subprocess.Popen[str]
    answers: Path
    seconds: list[float] = field(default_factory=list)

    def answer(self, file: Path) -> tuple[float, Floats]:
        """The seconds that a file of examples takes, and the probabilities, of shape (n, 3)."""
        if self.process.stdin is None or self.process.stdout is None:
            raise ValueError("expected a process with pipes")
        self.process.stdin.write(f"{file}\n")
        self.process.stdin.flush()
        reply = self.process.stdout.readline()
        if not reply:
            sys.exit(f"{self.name}: the process has ended")
        return float(reply), np.load(self.answers)


def serve(folder: Path, graph: Path, backend: str, precision: str, answers: Path) -> None:
    """Be an arm: answer the files that standard input names, each line with its seconds."""
    predictor: Any = load_model(folder, device="cpu", dtype="bf16" if precision == "bf16" else "fp32")
    if backend != "torch":
        predictor = exported(predictor, graph, backend, precision, answers.parent)
    for line in sys.stdin:
        examples = list(read_examples(line.strip(), labelled=True))
        start = time.perf_counter()
        probabilities = predictor.predict_proba(examples)
        seconds = time.perf_counter() - start
        np.save(answers, probabilities)
        print(seconds, flush=True)


def exported(source: Any, graph: Path, backend: Any, precision: Any, folder: Path) -> Any:
    """The same model in another runtime, in a folder of its own."""
    for path in graph.parent.iterdir():
        shutil.copyfile(path, folder / path.name)
    made = folder / "model"
    made.mkdir()
    RUNTIMES[backend].write(folder / graph.name, made, precision)
    predictor = open_export(made, source.encoding, backend, precision)
    predictor.calibration = source.calibration
    return predictor


@contextmanager
def started(folder: Path, scratch: Path, threads: int) -> Iterator[list[Arm]]:
    """All arms, each with the same threads."""
    graph = scratch / "graph" / GRAPH
    graph.parent.mkdir()
    write_graph(load_model(folder, device="cpu", dtype="fp32"), graph)  # type: ignore[arg-type]
    arms: list[Arm] = []
    try:
        for name, (backend, precision) in ARMS.items():
            answers = scratch / f"{backend}-{precision}" / "answers.npy"
            answers.parent.mkdir()
            command = [sys.executable, __file__, "--serve", folder, graph, backend, precision, answers]
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | {"OMP_NUM_THREADS": str(threads)},
            )
            arms.append(Arm(name, process, answers))
        yield arms
    finally:
        for arm in arms:
            arm.process.kill()
            arm.process.communicate()


def measure(arms: Sequence[Arm], files: dict[str, Path], rounds: int) -> dict[str, dict[str, Floats]]:
    """Let all arms answer all files, round after round; returns the probabilities by arm and file."""
    found = {arm.name: {name: arm.answer(file)[1] for name, file in files.items()} for arm in arms}  # a warm-up
    for _ in range(rounds):
        for arm in arms:
            arm.seconds.append(sum(arm.answer(file)[0] for file in files.values()))
    return found


def rows(
    arms: Sequence[Arm], examples: dict[str, list[Example]], found: dict[str, dict[str, Floats]]
) -> Iterator[list[str]]:
    """A row of the table for each arm."""
    count = sum(map(len, examples.values()))
    base = found[arms[0].name]
    for arm in arms:
        rates = [count / seconds for seconds in arm.seconds]
        row = [arm.name, f"{statistics.median(rates):.0f}", f"{min(rates):.0f} to {max(rates):.0f}"]
        row.append(f"{statistics.median(arms[0].seconds) / statistics.median(arm.seconds):.2f}")
        for name, one in examples.items():
            parity = measure_parity(one, base[name], found[arm.name][name], file=name, limits=EXACT)
            row += [f"{parity.agreement:.2%}", f"{100 * parity.macro_f1:.2f}"]
            row += [f"{100 * parity.macro_f1_difference:+.2f}", f"{parity.ece_difference:+.4f}"]
        yield row


def show(table: Sequence[Sequence[str]], examples: dict[str, list[Example]], words: str) -> None:
    """Print Markdown."""
    heads = ["backend", "pairs/s", "range", "times torch fp32"]
    for name in examples:
        heads += [f"{name}: agreement", "macro-F1", "difference", "ECE difference"]
    print(f"\n{words}\n")
    for row in (heads, ["---"] * len(heads), *table):
        print(f"| {' | '.join(row)} |")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a model folder in torch")
    default = [CORPORA / name for name in FILES]
    parser.add_argument("--examples", nargs="+", type=Path, default=default, help="labelled files")
    parser.add_argument("--limit", type=int, help="rows of each file, the first ones")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="of each arm")
    return parser.parse_args()


def main() -> None:
    """Run the arms in turn and print a table."""
    quieten()
    if sys.argv[1:2] == ["--serve"]:
        folder, graph, backend, precision, answers = sys.argv[2:]
        serve(Path(folder), Path(graph), backend, precision, Path(answers))
        return
    options = arguments()
    if missing := [str(file) for file in options.examples if not file.is_file()]:
        sys.exit(f"expected labelled examples in {', '.join(missing)}; set DETENTE_CORPORA, or name files: --examples")
    examples = {
        _name(file): list(islice(read_examples(file, labelled=True), options.limit)) for file in options.examples
    }
    with tempfile.TemporaryDirectory() as scratch:
        files = {name: Path(scratch) / f"{number}.jsonl" for number, name in enumerate(examples)}
        for name, one in examples.items():
            write_records(files[name], one, Example)
        with started(resolve_model(options.model), Path(scratch), options.threads) as arms:
            found = measure(arms, files, options.rounds)
            table = list(rows(arms, examples, found))
    counts = ", ".join(f"{len(one)} of {name}" for name, one in examples.items())
    show(table, examples, f"{counts}; {options.threads} threads, {options.rounds} rounds")


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.name.partition('.')[0]}"


if __name__ == "__main__":
    main()
