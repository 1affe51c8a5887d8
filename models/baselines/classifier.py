"""What evaluation wants of a classifier, and what training and the model folder want of a baseline."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self

from detente.data.records import Example
from detente.models.calibration import Floats


class Classifier(Protocol):
    """Anything that gives stance probabilities of shape (n, 3) for examples."""

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of support, neutral and oppose."""
        ...


class Baseline(Classifier, Protocol):
    """A classifier that is fitted at one go, without gradients through an encoder."""

    def fit(self, examples: Sequence[Example]) -> Self:
        """Learn from labelled examples."""
        ...

    def save(self, folder: Path) -> None:
        """Put what was learnt into a folder that exists."""
        ...


class PlainBaseline(Baseline, Protocol):
    """A baseline that needs nothing but examples."""

    def load(self, folder: Path) -> Self:
        """Take over what another one saved, so that all probabilities are the same to the last bit.

        Raises:
            OSError, ValueError, TypeError, KeyError, SafetensorError: A file is missing, or isn't what was saved.
        """
        ...
