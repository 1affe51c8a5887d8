"""What a batch run did, in so little memory that it may have read millions of articles."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detente.data.problems import Problem
from detente.inference.parts import Pair, count_pairs, count_predictions, read_facts
from detente.inference.seconds import Seconds
from detente.inference.window import Facts

SHOWN = 100
"""Problems of a kind that are kept to be shown."""
PAIRS_COUNTED = 100_000
"""With more different pairs than that, none is counted."""


@dataclass
class BatchResult:
    """What a batch run did, and what it left out."""

    articles: int = 0
    examples: int = 0
    predictions: int = 0
    cut: int = 0
    """Pairs that were not asked, since their sentence has too many."""
    rejected: int = 0
    """Records that failed: they could not be read, or made into questions."""
    unasked: int = 0
    """Articles in which no two actors stand together, and files, rows and pages without text."""
    failed: list[Problem] = field(default_factory=list)
    """The first of those that were rejected; all are in the file of rejects."""
    silent: list[Problem] = field(default_factory=list)
    """The first of those that gave no question; all are in the file of rejects."""
    passed_over: list[Problem] = field(default_factory=list)
    """Files of other kinds in the folders of inputs."""
    pairs: Counter[Pair] = field(default_factory=Counter)
    """How often each (actor, target, stance) was found with confidence; neutral ones are not counted."""
    too_many_pairs: bool = False
    """There were so many different ones that `pairs` was given up."""
    rejects: Path | None = None
    """The file that names all that gave no predictions, with the reasons; None if there is nothing to name."""
    seconds: Seconds = field(default_factory=Seconds, compare=False)
    """Where the time of this run went; work of an earlier one is not in it."""

    def add_part(self, path: Path) -> Facts:
        """Add what a part that was written holds; returns what became of its records."""
        facts = read_facts(path)
        self.articles += facts.articles
        self.examples += facts.examples
        self.cut += facts.cut
        self.predictions += count_predictions(path)
        self.rejected += len(facts.rejected)
        self.unasked += len(facts.silent)
        _keep(self.failed, facts.rejected)
        _keep(self.silent, facts.silent)
        if not self.too_many_pairs:
            self._count_pairs(path)
        return facts

    def figures(self) -> dict[str, Any]:
        """The counts and the seconds, for the manifest."""
        counts = ("articles", "examples", "predictions", "cut", "rejected", "unasked")
        return {name: getattr(self, name) for name in counts} | {"seconds": vars(self.seconds)}

    def _count_pairs(self, path: Path) -> None:
        self.pairs.update(count_pairs(path))
        if len(self.pairs) > PAIRS_COUNTED:
            self.pairs.clear()
            self.too_many_pairs = True


def _keep(first: list[Problem], more: Iterable[Problem]) -> None:
    first += list(more)[: SHOWN - len(first)] if len(first) < SHOWN else []
