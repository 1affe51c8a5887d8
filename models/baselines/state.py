"""What a baseline has learnt, as files: plain values in JSON, arrays in safetensors. Nothing in them is ever run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from detente.models.calibration import Floats

FACTS = "baseline.json"
ARRAYS = "baseline.safetensors"


@dataclass(frozen=True)
class State:
    """Plain values and arrays, by name."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Floats] = field(default_factory=dict)

    def save(self, folder: Path) -> None:
        """Write the files; those that are there already are replaced."""
        (folder / FACTS).write_text(json.dumps(self.facts) + "\n", encoding="utf-8")
        save_file({name: np.ascontiguousarray(array) for name, array in self.arrays.items()}, folder / ARRAYS)

    @classmethod
    def load(cls, folder: Path) -> "State":
        """Read the files.

        Raises:
            OSError: One of them is missing.
            ValueError: The plain values are not JSON.
            SafetensorError: The arrays are damaged.
        """
        return cls(json.loads((folder / FACTS).read_text(encoding="utf-8")), load_file(folder / ARRAYS))

    def array(self, name: str, shape: tuple[int, ...]) -> Floats:
        """An array of a known shape.

        Raises:
            ValueError: There is none of this name and shape.
        """
        array = self.arrays.get(name)
        if array is None or array.shape != shape:
            found = "none" if array is None else array.shape
            raise ValueError(f"{ARRAYS} must hold {name} of shape {shape}; found {found}")
        return array
