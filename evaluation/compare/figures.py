"""The figures that a comparison can decide by. Each follows from sums over examples, and can be resampled."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.data.records import STANCES, Stance
from detente.evaluation.metrics import accuracy, class_f1, confusions, macro_f1
from detente.models.calibration import Floats

_ENDS = [STANCES.index(Stance.SUPPORT), STANCES.index(Stance.OPPOSE)]


@dataclass(frozen=True)
class Figure:
    """A figure, and how it is reached from sums over the examples."""

    name: str
    """As in `Scores.flat`."""
    label: str
    cells: Callable[[NDArray[np.int64], Floats], Floats]
    """From gold places (n,) and probabilities (n, 3) to what is summed, (n, cells)."""
    of: Callable[[Floats], Floats]
    """From sums (..., cells) to the figure (...), the same as in `Scores`."""
    of_part: Callable[[Floats], Floats]
    """The figure of a slice: over the stances that it is labelled with; NaN if there are none."""
    lower_is_better: bool = False

    def gain(self, difference: float) -> float:
        """How much better a run is whose figure is that much higher."""
        return -difference if self.lower_is_better else difference


def _matrix(sums: Floats) -> Floats:
    return sums.reshape(*sums.shape[:-1], len(STANCES), len(STANCES))


def _confusion_cells(gold: NDArray[np.int64], probabilities: Floats) -> Floats:
    return confusions(gold, probabilities.argmax(axis=1)).reshape(len(gold), -1)


def _loss_cells(gold: NDArray[np.int64], probabilities: Floats) -> Floats:
    """Loss and count; probabilities are cut off as in the metrics."""
    losses = -np.log(np.clip(probabilities[np.arange(len(gold)), gold], 1e-12, 1.0))
    return np.stack([losses, np.ones(len(gold))], axis=1)


def _mean_f1_of_present(confusion: Floats, among: list[int]) -> Floats:
    present = (confusion.sum(axis=-1) > 0)[..., among]
    total, count = (class_f1(confusion)[..., among] * present).sum(axis=-1), present.sum(axis=-1)
    return _ratio(total, count)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=np.asarray(whole) > 0))


def _accuracy(sums: Floats) -> Floats:
    return accuracy(_matrix(sums))


def _mean_loss(sums: Floats) -> Floats:
    return _ratio(sums[..., 0], sums[..., 1])


FIGURES = {
    figure.name: figure
    for figure in (
        Figure(
            "macro_f1",
            "macro-F1",
            _confusion_cells,
            lambda sums: macro_f1(_matrix(sums)),
            lambda sums: _mean_f1_of_present(_matrix(sums), list(range(len(STANCES)))),
        ),
        Figure(
            "f_avg",
            "F_avg",
            _confusion_cells,
            lambda sums: np.asarray(class_f1(_matrix(sums))[..., _ENDS].mean(axis=-1)),
            lambda sums: _mean_f1_of_present(_matrix(sums), _ENDS),
        ),
        Figure("accuracy", "accuracy", _confusion_cells, _accuracy, _accuracy),
        Figure("nll", "negative log-likelihood", _loss_cells, _mean_loss, _mean_loss, lower_is_better=True),
    )
}
"""By name; these are the ones that a training can choose its checkpoint by."""
