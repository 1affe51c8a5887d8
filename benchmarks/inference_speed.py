"""Pairs a second of the packed family, of the pair family and of a stock pipeline: `make bench-inference`.

The models are untrained, since speed doesn't depend on what a model has learnt: one of each family on the same encoder.
The pipeline is `transformers.pipeline("text-classification")` on the pair model, in batches. Texts are made of as many
invented names as are asked about, in all ordered pairs. The arms run in turn, in one process, after a warm-up.
"""

import argparse
import itertools
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import transformers
from rich.console import Console
from rich.table import Table

from detente.configs.loading import load_config
from detente.data.records import Example
from detente.models.encoding import mark_text
from detente.models.predictor import EncoderPredictor
from detente.train.run import build_model

ACTORS = (2, 4, 6, 8)
WORDS = 34
BATCH = 32
NAMES = ("Velland", "Ostria", "Marrow", "Tull", "Kelta", "Norvik", "Sarrow", "Brenn")
FILLER = ("the", "long", "talks", "about", "fishing", "rights", "were", "to", "go", "on", "said", "an", "aide")


def questions(actors: int, pairs: int, seed: int = 13) -> list[Example]:
    """All ordered pairs of as many names in texts of about `WORDS` words, for about `pairs` questions."""
    random = np.random.default_rng(seed)
    made: list[Example] = []
    for number in range(math.ceil(pairs / (actors * (actors - 1)))):
        words = [str(word) for word in random.choice(FILLER, WORDS - actors)]
        for place, name in zip(sorted(random.integers(0, len(words), actors))[::-1], NAMES[:actors], strict=True):
            words.insert(int(place), name)
        text = " ".join([f"Report {number}:", *words])
        spans = {name: (text.index(name), text.index(name) + len(name)) for name in NAMES[:actors]}
        for actor, target in itertools.permutations(spans, 2):
            span = {"actor_span": spans[actor], "target_span": spans[target]}
            made.append(Example(id=f"{number}-{actor}-{target}", actor=actor, target=target, text=text, **span))
    return made


def predictor(family: str) -> EncoderPredictor:
    """An untrained model of a family."""
    files = ["data.train=none.jsonl", "data.valid=none.jsonl"]
    return EncoderPredictor(*build_model(load_config("minilm", [*files, f"model.family={family}"])), device="cpu")


def stock_pipeline(pair: EncoderPredictor) -> Callable[[Sequence[Example]], object]:
    """The stock pipeline on the pair model's folder; it marks the texts beforehand."""
    with tempfile.TemporaryDirectory() as folder:
        for part in (pair.model, pair.encoding.tokenizer):
            part.save_pretrained(folder)
        answer = transformers.pipeline("text-classification", model=str(Path(folder)), device="cpu")
    return lambda examples: list(answer([mark_text(one) for one in examples], batch_size=BATCH))


def seconds(answer: Callable[[Sequence[Example]], object], examples: Sequence[Example]) -> float:
    """How long the questions take."""
    start = time.perf_counter()
    answer(examples)
    return time.perf_counter() - start


def main() -> None:
    """Run the arms in turn and print pairs a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1200, help="questions asked of each arm a round, about")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    pair, packed = predictor("pair"), predictor("packed")
    arms = {"packed": packed.predict_logits, "pair": pair.predict_logits, "pipeline": stock_pipeline(pair)}
    table = Table("actors in a text", *(f"{name}, pairs/s" for name in arms), "packed / pair", "packed / pipeline")
    for actors in ACTORS:
        asked = questions(actors, options.pairs)
        for answer in arms.values():
            seconds(answer, asked[: options.pairs // 8])
        times = [{name: seconds(answer, asked) for name, answer in arms.items()} for _ in range(options.rounds)]
        rates = [f"{len(asked) / statistics.median(one[name] for one in times):.0f}" for name in arms]
        ratios = [[one[other] / one["packed"] for one in times] for other in ("pair", "pipeline")]
        table.add_row(
            str(actors), *rates, *(f"{statistics.median(one):.1f} ({min(one):.1f} to {max(one):.1f})" for one in ratios)
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
