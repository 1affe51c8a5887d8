"""The families that are fine-tuned: how each turns examples into input, and puts a classifier on an encoder."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from detente.models.encoding import MARKERS, PairEncoding
from detente.models.packed import build_packed_classifier
from detente.models.packed_encoding import ROLES, PackedEncoding
from detente.models.pair import build_pair_classifier


@dataclass(frozen=True)
class Tuned:
    """A family that is fine-tuned."""

    encoding: type[PairEncoding] | type[PackedEncoding]
    """Turns examples into the model's input."""
    markers: tuple[str, ...]
    """The tokens that the encoding adds to the vocabulary."""
    build: Callable[..., Any]
    """Puts a fresh classifier on an encoder, given the encoding and `dropout`."""


TUNED: dict[str, Tuned] = {
    "pair": Tuned(PairEncoding, MARKERS, build_pair_classifier),
    "packed": Tuned(PackedEncoding, ROLES, build_packed_classifier),
}
