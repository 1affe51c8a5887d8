"""Which texts say the same, word for word or nearly."""

from detente.data.near_duplicates import NearDuplicates, shingles

RESEMBLANCE = 0.5
"""Two sentences are near-duplicates if their sets of word triples have at least this Jaccard index."""
SHINGLE = 3
_CANDIDATE = 0.4  # an estimate this high is looked into: it may lie 0.1 below the true figure


def same(text: str) -> str:
    """What texts share that differ in case and white space only."""
    return " ".join(text.casefold().split())


class TextIndex:
    """Texts, each once, that others are looked up in; the index proposes, and the word triples are then compared."""

    def __init__(self) -> None:
        self._index = NearDuplicates(resemblance=_CANDIDATE, shingle=SHINGLE)

    def add(self, text: str) -> list[str]:
        """Add a text; return its near-duplicates among those added before, likest first."""
        return _alike(text, self._index.add(text, text))

    def find(self, text: str) -> list[str]:
        """The near-duplicates of a text, likest first; the text itself may be one."""
        return _alike(text, self._index.find(text))


def _alike(text: str, candidates: list[tuple[str, float]]) -> list[str]:
    own = shingles(text, SHINGLE)
    compared = [(_jaccard(own, shingles(other, SHINGLE)), other) for other, _ in candidates]
    return [other for share, other in sorted(compared, key=lambda one: (-one[0], one[1])) if share >= RESEMBLANCE]


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)
