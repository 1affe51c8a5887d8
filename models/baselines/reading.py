"""A pretrained model that reads in batches, its weights as they are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from detente.models.batches import batches_by_length
from detente.models.encoding import Encoded
from detente.models.hardware import pick_batch_tokens, pick_device, use_bf16

ReadOut = Callable[[Any, Mapping[str, Tensor]], Tensor]
"""From a model's output and its input to a tensor of shape (batch, features)."""


class FrozenReader:
    """Reads token ids in batches of about equal lengths, without gradients.

    Args:
        model: A `PreTrainedModel`.
        tokenizer: Its tokenizer, which pads.
        device: "auto" (an accelerator if there is one) or "cpu".
        dtype: "auto" (bf16 where the hardware is faster in it), "bf16" or "fp32".
    """

    def __init__(self, model: Any, tokenizer: Any, *, device: str = "auto", dtype: str = "auto") -> None:
        self.device = pick_device(device)
        self.model = model.to(self.device).eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self._bf16 = use_bf16(dtype, self.device)
        self._has_segments = getattr(model.config, "type_vocab_size", 0) > 1

    def read(self, rows: Sequence[Encoded], read_out: ReadOut) -> NDArray[np.float32]:
        """What is read out of each row, of shape (rows, features)."""
        read: dict[int, NDArray[np.float32]] = {}
        for batch in batches_by_length([len(row.input_ids) for row in rows], pick_batch_tokens(self.device)):
            read |= zip(batch, self._forward([rows[place] for place in batch], read_out), strict=True)
        return np.stack([read[place] for place in range(len(rows))])

    def _forward(self, rows: Sequence[Encoded], read_out: ReadOut) -> NDArray[np.float32]:
        columns = {"input_ids": [row.input_ids for row in rows]}
        if self._has_segments:
            columns["token_type_ids"] = [row.token_type_ids for row in rows]
        padded = self.tokenizer.pad(columns, padding_side="right", return_tensors="pt", verbose=False)
        tokens = {name: tensor.to(self.device) for name, tensor in padded.items()}
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16):
            return np.asarray(read_out(self.model(**tokens), tokens).float().cpu())
