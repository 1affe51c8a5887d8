"""The curve that scores follow as labels are added: an inverse power law."""

from dataclasses import dataclass

import numpy as np

from detente.models.calibration import Floats

RATES = np.linspace(0.05, 2.0, 40)
"""The exponents that are tried: from hardly rising to as good as flat after the first labels."""


@dataclass(frozen=True)
class PowerLaw:
    """score(n) = ceiling - drop * n ** -rate, one for each of d curves; all of shape (d,)."""

    ceiling: Floats
    drop: Floats
    rate: Floats

    def at(self, size: float) -> Floats:
        """The score with so many labels, of shape (d,)."""
        return np.asarray(self.ceiling - self.drop * size**-self.rate)


def fit_power_law(sizes: Floats, scores: Floats) -> PowerLaw:
    """Fit an inverse power law to each curve by least squares (Figueroa et al. 2012, BMC Medical Informatics 12:8).

    The score never falls with more labels and never passes 1. For each rate of `RATES` the other two follow in closed
    form; the rate with the least error is taken.

    Args:
        sizes: Labels, of shape (k,).
        scores: Shape (d, k).

    Raises:
        ValueError: There are fewer than three sizes.
    """
    if len(sizes) < 3:
        raise ValueError(f"expected scores at three sizes or more; found {len(sizes)}")
    x = sizes[None, :] ** -RATES[:, None]  # (rates, k)
    ceiling, drop = _closed_form(x, scores)
    errors = ((ceiling[..., None] - drop[..., None] * x - scores[:, None]) ** 2).sum(axis=-1)
    best = errors.argmin(axis=1)
    rows = np.arange(len(scores))
    return PowerLaw(ceiling[rows, best], drop[rows, best], RATES[best])


def _closed_form(x: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Ceiling and drop of the best line for each curve and rate, both of shape (d, rates), within their bounds."""
    centred = x - x.mean(axis=1, keepdims=True)
    drop = -(scores @ centred.T) / (centred**2).sum(axis=1)
    drop = np.maximum(drop, 0.0)
    ceiling = scores.mean(axis=1)[:, None] + drop * x.mean(axis=1)
    steepest = ((1 - scores) @ x.T) / (x**2).sum(axis=1)
    above = ceiling > 1
    return np.where(above, 1.0, ceiling), np.where(above, np.maximum(steepest, 0.0), drop)
