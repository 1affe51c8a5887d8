"""Training speed against the stock Trainer: `make bench`.

Same encoder, same examples, same token ids, same batch size; one epoch each, the arms in turn, several rounds after
a short warm-up. detente's arm has the quickstart's settings (no dropout, frozen word embeddings); the stock arms train
the encoder as it is published. Absolute figures depend on the machine and on what else runs on it; the ratios of one
run are what to quote.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import datasets
import torch
import transformers
from rich.console import Console
from rich.table import Table
from transformers import Trainer, TrainingArguments

from detente.configs.loading import load_config
from detente.configs.schema import Config
from detente.data.reading import read_examples
from detente.models.encoding import PairEncoding
from detente.train.run import build_model
from detente.train.trainer import build_trainer, collate, encode_dataset

PADDED = 256
BATCH = 32


def ours(config: Config, rows: datasets.Dataset, folder: Path) -> Trainer:
    """The Trainer that `detente train` runs, without the evaluation."""
    model, encoding = build_model(config)
    trainer = build_trainer(config, model, encoding, rows, rows, checkpoints=folder)
    trainer.args.eval_strategy = trainer.args.save_strategy = "no"
    trainer.args.load_best_model_at_end = False
    return trainer


def stock(config: Config, rows: datasets.Dataset, folder: Path, *, padded: bool) -> Trainer:
    """The Trainer in fp32 with its defaults: batches in random order, padded to their longest or to `PADDED` tokens."""
    model, encoding = build_model(config)
    arguments = TrainingArguments(
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
    )

    def pad(batch: list[dict[str, object]]) -> dict[str, torch.Tensor]:
        return to_length(collate(batch, encoding), PADDED if padded else 0, encoding)

    return Trainer(model=model, args=arguments, train_dataset=rows, data_collator=pad)


def to_length(batch: dict[str, torch.Tensor], length: int, encoding: PairEncoding) -> dict[str, torch.Tensor]:
    """Pad a batch further, to a fixed length."""
    missing = max(0, length - batch["input_ids"].shape[1])
    fill = {"input_ids": encoding.tokenizer.pad_token_id, "attention_mask": 0, "token_type_ids": 0}
    return {
        name: torch.nn.functional.pad(tensor, (0, missing), value=fill[name]) if name in fill else tensor
        for name, tensor in batch.items()
    }


def main() -> None:
    """Run the arms in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()

    settings = ["train.epochs=1", "train.device=cpu", f"model.max_length={PADDED}", f"train.batch_size={BATCH}"]
    config = load_config("quickstart", settings)
    published = load_config("quickstart", [*settings, "model.dropout=0.1", "train.freeze_embeddings=false"])
    rows = encode_dataset(list(read_examples(config.data.train))[: options.examples], build_model(config)[1])
    arms: dict[str, Callable[[Path], Trainer]] = {
        "detente": lambda folder: ours(config, rows, folder),
        "Trainer, fp32, dynamic padding": lambda folder: stock(published, rows, folder, padded=False),
        f"Trainer, fp32, padded to {PADDED}": lambda folder: stock(published, rows, folder, padded=True),
    }
    warm_up = rows.select(range(min(len(rows), 4 * BATCH)))
    with tempfile.TemporaryDirectory() as folder:
        ours(config, warm_up, Path(folder)).train()
        stock(published, warm_up, Path(folder), padded=False).train()
    rates: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(options.rounds):
        for name, make in arms.items():
            with tempfile.TemporaryDirectory() as folder:
                rates[name].append(make(Path(folder)).train().metrics["train_samples_per_second"])
            print(f"round {number + 1}: {name}: {rates[name][-1]:.1f} examples a second", flush=True)

    lengths = sum(rows["length"]) / len(rows)
    title = f"{len(rows)} examples of {lengths:.0f} tokens on average, batches of {config.train.batch_size}, CPU"
    table = Table("", "examples a second", "detente is faster by", title=title)
    for name, values in rates.items():
        ratios = [one / other for one, other in zip(rates["detente"], values, strict=True)]
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        table.add_row(name, f"{statistics.median(values):.1f}", spread)
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
