"""The order in which a training shows its rows: drawn anew each epoch, rows of about equal length side by side."""

from collections import Counter
from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler
from transformers.trainer_pt_utils import get_length_grouped_indices

from detente.configs.schema import DataConfig
from detente.data.records import Example
from detente.data.sampling import draw_epoch


class EpochSampler(Sampler[int]):
    """Rows for an epoch, grouped by length, so that little is padded; the longest come first.

    Args:
        examples: The examples that the rows were made of.
        items: For each row, the places of its examples.
        lengths: For each row, its tokens.
        batch_size: Rows a batch.
        config: How corpora are mixed and neutral examples thinned; see `draw_epoch`.
        seed: Of the draws and the order.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        items: Sequence[Sequence[int]],
        lengths: Sequence[int],
        *,
        batch_size: int,
        config: DataConfig,
        seed: int,
    ) -> None:
        self._examples = examples
        self._row_of = {places[0]: row for row, places in enumerate(items)}
        self._lengths = lengths
        self._batch_size = batch_size
        self._config = config
        self._seed = seed
        self._epoch = 0
        self._size = len(self._draw(0))

    def set_epoch(self, epoch: int) -> None:
        """Called by the Trainer before each epoch, counted from 0, also where it goes on."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[int]:
        rows = self._draw(self._epoch)
        rows = (rows + rows)[: self._size]  # draws differ by a few rows; the number of steps is fixed beforehand
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        order = get_length_grouped_indices([self._lengths[row] for row in rows], self._batch_size, generator=generator)
        return iter([rows[place] for place in order])

    def _draw(self, epoch: int) -> list[int]:
        places = draw_epoch(
            self._examples,
            seed=self._seed,
            epoch=epoch,
            mixing_temperature=self._config.mixing_temperature,
            neutral_ratio=self._config.neutral_ratio,
        )
        times = Counter(place for place in places if place in self._row_of)  # a row is drawn as its first example is
        return [self._row_of[place] for place in times.elements()]
