"""Training speed against the stock Trainer: `make bench`.

Same encoder, same examples; one epoch each, the arms in turn, several rounds after a short warm-up. A batch is 32
examples, for the packed family 32 texts with all that is asked about them, as `train.batch_size` counts.
detente's arms have the quickstart's settings (no dropout, frozen word embeddings); so has the tuned Trainer, with bf16,
dynamic padding and batches of about equal length. The stock arms train the encoder as it is published, in fp32.
Absolute figures depend on the machine and on what else runs on it; the ratios of one run are what to quote.
With few examples, a batch spans more lengths and is padded more than in a real training, the packed family's most.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from rich.console import Console
from rich.table import Table
from transformers import Trainer, TrainingArguments

from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.data.reading import read_examples
from detente.data.records import Example
from detente.models.encoding import Encoding
from detente.models.hardware import pick_device, use_bf16
from detente.train.rows import collate, encode_dataset, epoch_sampler, text_by_text
from detente.train.run import build_model
from detente.train.trainer import build_trainer

PADDED = 256
BATCH = 32


@dataclass(frozen=True)
class Arm:
    """A way to train."""

    title: str
    config: Config
    make: Callable[[Config, list[Example], Path], Trainer]


def ours(config: Config, examples: list[Example], folder: Path) -> Trainer:
    """The Trainer that `detente train` runs, without the evaluation."""
    model, encoding = build_model(config)
    rows = encode_dataset(examples, encoding)
    sampler = epoch_sampler(config, examples, rows)
    trainer = build_trainer(config, model, encoding, rows, rows, sampler=sampler, checkpoints=folder)
    trainer.args.eval_strategy = trainer.args.save_strategy = "no"
    trainer.args.load_best_model_at_end = False
    return trainer


def stock(config: Config, examples: list[Example], folder: Path, *, to: int = 0, **arguments: Any) -> Trainer:
    """The Trainer with its defaults, but for `arguments`; batches are padded to their longest, or to `to` tokens."""
    model, encoding = build_model(config)
    settings = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=1,
        per_device_train_batch_size=config.train.batch_size,
        learning_rate=config.train.learning_rate,
        use_cpu=True,
        save_strategy="no",
        report_to="none",
        remove_unused_columns=False,
        disable_tqdm=True,
        logging_strategy="no",
        **arguments,
    )

    def pad(batch: list[dict[str, object]]) -> dict[str, torch.Tensor]:
        padded = to_length(collate(batch, encoding), to, encoding)
        return padded | {"labels": padded["labels"].flatten()}

    return Trainer(model=model, args=settings, train_dataset=encode_dataset(examples, encoding), data_collator=pad)


def to_length(batch: dict[str, torch.Tensor], length: int, encoding: Encoding) -> dict[str, torch.Tensor]:
    """Pad a batch further, to a fixed length."""
    missing = max(0, length - batch["input_ids"].shape[1])
    fill = {"input_ids": encoding.tokenizer.pad_token_id, "attention_mask": 0, "token_type_ids": 0}
    return {
        name: torch.nn.functional.pad(tensor, (0, missing), value=fill[name]) if name in fill else tensor
        for name, tensor in batch.items()
    }


def arms() -> dict[str, Arm]:
    """What is compared, the packed family first, by the names that the command line takes."""
    settings = ["train.epochs=1", "train.device=cpu", f"model.max_length={PADDED}", f"train.batch_size={BATCH}"]
    pair = load_config("quickstart", settings)
    packed = load_config("quickstart", [*settings, "model.family=packed"])
    published = load_config("quickstart", [*settings, "model.dropout=0.1", "train.freeze_embeddings=false"])
    tuned = {"bf16": use_bf16("auto", pick_device("cpu")), "train_sampling_strategy": "group_by_length"}
    return {
        "packed": Arm("detente, packed", packed, ours),
        "pair": Arm("detente, pair", pair, ours),
        "tuned": Arm("Trainer, tuned", pair, lambda *given: stock(*given, **tuned)),
        "dynamic": Arm("Trainer, fp32, dynamic padding", published, stock),
        "padded": Arm(f"Trainer, fp32, padded to {PADDED}", published, lambda *given: stock(*given, to=PADDED)),
    }


def rate(arm: Arm, examples: list[Example]) -> float:
    """Examples a second in one epoch, whatever number of them is in a row."""
    with tempfile.TemporaryDirectory() as folder:
        return len(examples) / float(arm.make(arm.config, examples, Path(folder)).train().metrics["train_runtime"])


def main() -> None:
    """Run the arms in turn and print the medians."""
    compared = arms()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arms", nargs="+", choices=compared, default=list(compared), help="the first is the measure")
    parser.add_argument("--data", type=Path, help="labelled examples; default: the samples")
    parser.add_argument("--examples", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()

    source = options.data or compared["pair"].config.data.files("train")[0]
    examples = text_by_text(list(read_examples(source, labelled=True)))[: options.examples]
    chosen = [compared[name] for name in options.arms]
    rates: dict[str, list[float]] = {arm.title: [] for arm in chosen}
    for arm in chosen:
        rate(arm, examples[: 4 * BATCH])  # warm-up
    for number in range(options.rounds):
        for arm in chosen:
            rates[arm.title].append(rate(arm, examples))
            print(f"round {number + 1}: {arm.title}: {rates[arm.title][-1]:.1f} examples a second", flush=True)
    texts = len({one.text for one in examples})
    show(rates, f"{len(examples)} examples of {texts} texts, batches of {BATCH} (packed: texts), CPU")


def show(rates: dict[str, list[float]], title: str) -> None:
    """A table of medians, and of how many times as fast the first arm is."""
    first = next(iter(rates))
    table = Table("", "examples a second", f"{first} is faster by", title=title)
    for name, values in rates.items():
        ratios = [one / other for one, other in zip(rates[first], values, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        table.add_row(name, f"{statistics.median(values):.1f}", spread)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
