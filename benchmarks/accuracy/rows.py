"""The cells of one model together: its seeds, its figures on each file, and its margins over the controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.accuracy.cells import Answered, Cell
from benchmarks.accuracy.corpora import TRAIN_SETS, Questions
from benchmarks.accuracy.measures import Trust, drawn_figures, interval, mean_over, trust
from detente.evaluation.margins import Margin
from detente.models.baselines import BASELINES
from detente.models.calibration import Floats

CONTROLS = ("names_only", "target_hidden", "actor_hidden")
"""What a model must beat to show that it reads the text, and who is asked about whom."""


@dataclass(frozen=True)
class Result:
    """A model on a file."""

    questions: Questions
    seeds: tuple[Answered, ...]

    @cached_property
    def of_seeds(self) -> list[dict[str, Floats]]:
        """The figures of each seed in each draw."""
        return [drawn_figures(self.questions, one.logits[self.questions.name], one.calibration) for one in self.seeds]

    @cached_property
    def drawn(self) -> dict[str, Floats]:
        """The mean of the figures over the seeds, in each draw; the first draw is the file itself."""
        return mean_over(self.of_seeds)

    @cached_property
    def trust(self) -> list[Trust]:
        """How far the probabilities of each seed can be trusted."""
        return [trust(self.questions, one.logits[self.questions.name]) for one in self.seeds]

    @property
    def headline(self) -> Floats:
        """The figure that counts on this file, in each draw."""
        return self.drawn[self.questions.file.headline]

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest headline figure of the seeds."""
        values = [float(one[self.questions.file.headline][0]) for one in self.of_seeds]
        return min(values), max(values)


@dataclass(frozen=True)
class Row:
    """A model, trained on something, with all its seeds."""

    model: str
    trained_on: str
    seeds: tuple[Answered, ...]
    results: Mapping[str, Result]


def make_rows(cells: Mapping[Cell, Answered], questions: Mapping[str, Questions]) -> list[Row]:
    """One row for each model and what it is trained on: the mixture last, baselines before models.

    Seeds that were trained with other settings under the same name have a row of their own.
    """
    together: dict[tuple[str, str, str], list[Answered]] = {}
    for cell, answered in cells.items():
        together.setdefault((cell.model, cell.trained_on, answered.notes.get("recipe", "")), []).append(answered)
    rows = [
        Row(model, trained_on, tuple(seeds), {name: Result(one, tuple(seeds)) for name, one in questions.items()})
        for (model, trained_on, _), seeds in together.items()
    ]
    models = list(BASELINES)
    return sorted(rows, key=lambda row: (_place(row.trained_on, TRAIN_SETS), _place(row.model, models)))


def margins(row: Row, rows: Sequence[Row], name: str) -> dict[str, Margin]:
    """How far a model is above the controls on a file, on the same examples.

    The controls have learnt from the same examples; where those are not among the training sets, and no control has
    learnt from them, from the file's own.
    """
    questions = row.results[name].questions
    there = {(one.model, one.trained_on): one for one in rows}
    known = row.trained_on in TRAIN_SETS
    found = {}
    for control in CONTROLS:
        same, of_file = ((control, learnt) for learnt in (row.trained_on, questions.file.corpus))
        if other := there.get(same) or (None if known else there.get(of_file)):
            difference = row.results[name].headline - other.results[name].headline
            found[control] = Margin(control, float(difference[0]), interval(np.asarray(difference)))
    return found


def _place(name: str, order: Sequence[str]) -> tuple[int, str]:
    """The known ones in their order, then the others in that of the alphabet."""
    return (order.index(name), "") if name in order else (len(order), name)
