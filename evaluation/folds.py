"""How the models of a cross-validation did, each on the fold that it was not trained on."""

import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from detente.evaluation.metrics import Scores

FIGURES = ("macro_f1", "f_avg", "accuracy", "mcc", "ece", "support_f1", "neutral_f1", "oppose_f1")


@dataclass(frozen=True)
class Fold:
    """One training: how many examples it learnt from, chose by and was tested on, and its figures on the last."""

    train: int
    valid: int
    test: int
    figures: Mapping[str, float]

    @classmethod
    def of(cls, sizes: Mapping[str, int], scores: Scores) -> "Fold":
        """From the sizes of the three parts by name, and all figures on the tested one."""
        flat = scores.flat()
        return cls(**sizes, figures={name: flat[name] for name in FIGURES})


@dataclass(frozen=True)
class FoldFigures:
    """All folds, and how far they are apart.

    The spread says how much one such training varies with its data. It is no standard error of the mean: the training
    parts overlap (Bengio and Grandvalet 2004). The interval of the pooled answers over groups stands beside it.
    """

    folds: tuple[Fold, ...]

    @property
    def values(self) -> dict[str, list[float]]:
        """The figures of all folds, by their names."""
        return {name: [fold.figures[name] for fold in self.folds] for name in FIGURES}

    @property
    def mean(self) -> dict[str, float]:
        """Their means."""
        return {name: statistics.fmean(values) for name, values in self.values.items()}

    @property
    def spread(self) -> dict[str, float]:
        """Their standard deviations."""
        return {name: statistics.stdev(values) for name, values in self.values.items()}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"folds": [asdict(fold) for fold in self.folds], "mean": self.mean, "spread": self.spread}
