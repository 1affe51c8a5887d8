"""What gives no record, and why."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """An input that gives no record, or no question: where it is, and why."""

    place: str
    reason: str
    empty: bool = field(default=False, compare=False)
    """There is nothing in it to read, as against something that can't be read."""


@dataclass(frozen=True)
class PassedOver(Problem):
    """What stands in an input beside the records and is none: the robots.txt of a web archive."""

    count: int = 1
