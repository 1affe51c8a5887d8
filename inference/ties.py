"""Who with whom: edges of both directions, and of any number of periods, together."""

from collections.abc import Iterable
from dataclasses import dataclass

from detente.data.records import Edge


@dataclass(frozen=True)
class Tie:
    """What two actors' stories say of them, whichever of the two holds the stance."""

    first: str
    """Comes before `second` in the alphabet."""
    second: str
    stories: int
    """Of both directions; one that tells of both counts for each."""
    support: float
    """Expected number of stories, as in an edge."""
    neutral: float
    oppose: float

    @property
    def weight(self) -> float:
        """Support less opposition, in stories: the sign and the strength of the tie."""
        return self.support - self.oppose

    @property
    def mean_stance(self) -> float:
        """The same for a story, from -1 to 1."""
        return self.weight / self.stories


def ties(edges: Iterable[Edge]) -> list[Tie]:
    """The ties that edges make up, by name; what somebody says of themselves makes none.

    Edges of several periods are added up. Take those of one kind of period only: `all` has every story again.
    """
    sums: dict[tuple[str, str], list[float]] = {}
    for edge in edges:
        if edge.actor == edge.target:
            continue
        first, second = sorted((edge.actor, edge.target))
        sum_ = sums.setdefault((first, second), [0, 0.0, 0.0, 0.0])
        for place, value in enumerate((edge.stories, edge.support, edge.neutral, edge.oppose)):
            sum_[place] += value
    return [Tie(*pair, int(stories), *shares) for pair, (stories, *shares) in sorted(sums.items())]
