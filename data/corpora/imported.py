"""What became of a corpus."""

from collections import Counter
from dataclasses import dataclass

from detente.data.audit.leaks import Audit
from detente.data.corpora.corpus import Corpus
from detente.data.problems import Problem

REJECTED = "rejected.jsonl"
TRAIN = "train"


@dataclass(frozen=True)
class Imported:
    """A corpus as examples, in figures."""

    corpus: Corpus
    stances: dict[str, dict[str, int]]
    """How many examples of each stance each part has."""
    absent: tuple[str, ...]
    """Official parts whose files were not there."""
    problems: tuple[Problem, ...]
    audits: dict[str, Audit]
    """Each other part against the training part."""

    @property
    def reasons(self) -> Counter[str]:
        """How often each reason set a row aside."""
        return Counter(problem.reason for problem in self.problems)
