"""The figures of each corpus that a file is mixed from."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from detente.data.records import Example
from detente.evaluation.metrics import score
from detente.models.calibration import Floats

FIGURES = ("macro_f1", "f_avg", "accuracy", "support_f1", "neutral_f1", "oppose_f1")
MOST_SOURCES = 12
"""The largest ones: a source may be an outlet, and then there are hundreds."""
_NOT_IN_A_NAME = re.compile(r"[^\w.-]+")


def source_figures(examples: Sequence[Example], probabilities: Floats) -> dict[str, float]:
    """Figures of each source by name, such as `dse/macro_f1`, as `Scores` defines them.

    Args:
        examples: Labelled examples.
        probabilities: Shape (n, 3), of the same examples.

    Returns:
        Nothing where there are not several sources. What can't stand in a metric's name becomes a hyphen.
    """
    counts = Counter(example.source for example in examples if example.source)
    if len(counts) < 2:
        return {}
    figures: dict[str, float] = {}
    for source, _ in counts.most_common(MOST_SOURCES):
        inside = np.array([example.source == source for example in examples])
        gold = [example.label for example in examples if example.source == source and example.label]
        flat = score(gold, probabilities[inside]).flat()
        name = _NOT_IN_A_NAME.sub("-", source)
        figures |= {f"{name}/{figure}": flat[figure] for figure in FIGURES}
    return figures
