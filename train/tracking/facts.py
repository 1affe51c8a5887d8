"""What is said about a run beside its figures: settings, tags, a name that reads well in a list."""

import importlib.metadata
import subprocess
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from detente.configs.loading import flatten
from detente.configs.schema import BASELINE_FAMILIES, PARTS, Config
from detente.data.dataset import Splits, fingerprint

_CORPUS_CHARACTERS = 200


def run_name(config: Config) -> str:
    """Config, family, encoder without its path, and seed: "quickstart pair/all-minilm-l6-v2 seed 13"."""
    model = config.model
    encoder = f"/{short_encoder(model.used_encoder)}" if model.reads else ""
    return f"{config.name} {model.family}{encoder} seed {config.seed}"


def short_encoder(encoder: str) -> str:
    """The last part of a hub id, a folder or a package."""
    return PurePath(encoder.partition(":")[2] or encoder).name


def run_params(config: Config) -> dict[str, Any]:
    """The settings that tell runs apart; data files by name, since their fingerprints are tags."""
    left_out = ("tracking.", "sweep.", "output_dir", "name", *_unread(config))
    params = {key: value for key, value in flatten(config).items() if not key.startswith(left_out)}
    for part in PARTS:
        params[f"data.{part}"] = ", ".join(path.name for path in config.data.files(part)) or None
    return params


def run_tags(config: Config, splits: Splits) -> dict[str, str]:
    """What runs are filtered by."""
    prints = {name: fingerprint(examples) for name, examples in splits.items()}
    return {
        "family": config.model.family,
        "encoder": config.model.used_encoder,
        "config": config.name,
        "corpus": corpus(example.source for example in splits.train),
        "detente.version": importlib.metadata.version("detente"),
        **git_state(),
        **{f"data.{name}": digest[:16] for name, digest in prints.items()},
    }


def corpus(sources: Iterable[str | None]) -> str:
    """Where examples come from, by the names of the corpora."""
    return ", ".join(sorted({source for source in sources if source}))[:_CORPUS_CHARACTERS] or "unknown"


def git_state() -> dict[str, str]:
    """The commit, and whether anything was changed since."""
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain")
    return {
        "git.commit": commit or "none",
        "git.state": "unknown" if changes is None else "changed" if changes else "clean",
    }


def _git(*words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _unread(config: Config) -> tuple[str, ...]:
    """How the settings begin that a baseline doesn't read."""
    if config.model.family not in BASELINE_FAMILIES:
        return ()
    tuning = ("train.", "model.dropout", "data.mixing_temperature", "data.neutral_ratio")
    return tuning + (("model.encoder", "model.revision", "model.max_length") if not config.model.reads else ())
