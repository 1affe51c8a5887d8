"""Memory between two trainings in one process."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def freed_memory() -> Iterator[None]:
    """Leave no model in the memory of the next training: a Trainer holds references to itself."""
    try:
        yield
    finally:
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
