"""What coders answered: one vote for each example and coder, whatever file it came in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from detente.configs.errors import InputError
from detente.data.problems import Problem
from detente.data.records import STANCES, Example, Record, Span, Stance, Text


class SetAside(StrEnum):
    """An answer that keeps an example out of the labelled ones."""

    UNSURE = "unsure"
    BAD = "bad example"


Answer = Stance | SetAside
ANSWERS: tuple[Answer, ...] = (*STANCES, *SetAside)


class Vote(Record):
    """What a coder said about an example.

    The spans are those that the coder left; both are None where the coder was not shown them as regions to move.
    """

    example_id: Text
    coder: Text
    answer: Answer
    comment: str | None = None
    actor_span: Span | None = None
    target_span: Span | None = None
    decisive: bool = False
    """Whether it stands above the votes of the other coders, as Label Studio's ground truth does."""
    group: Text
    """What is resampled as a whole: the example's group, or its text where it has none."""


def make_vote(example: Example, coder: str, answer: Answer, **given: object) -> Vote:
    """A vote on an example, with what the coder gave beyond the answer."""
    values = {"example_id": example.id, "coder": coder, "answer": answer, "group": example.group_key}
    return Vote.model_validate(values | given)


@dataclass
class Coding:
    """The examples that came back from coders, their votes, and what could not be used."""

    examples: dict[str, Example] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    """How many answers were given up by the coders themselves, by the reason."""
    _votes: dict[tuple[str, str], Vote] = field(default_factory=dict)

    @property
    def votes(self) -> list[Vote]:
        """One for each example and coder, in the order of the files."""
        return list(self._votes.values())

    def add_example(self, example: Example, place: str) -> None:
        """Take an example in; it may come in several files, but always as the same one.

        Raises:
            InputError: Another example has its id.
        """
        other = self.examples.setdefault(example.id, example)
        if other != example:
            names = [name for name in Example.model_fields if getattr(other, name) != getattr(example, name)]
            raise InputError(
                f"{place}: expected example '{example.id}' as in the files before; found another {', '.join(names)}. "
                "Give the files of one export only."
            )

    def add_vote(self, vote: Vote, place: str) -> None:
        """Take a vote in; a coder's later answer replaces the earlier one."""
        key = (vote.example_id, vote.coder)
        earlier = self._votes.pop(key, None)
        if earlier and earlier.answer != vote.answer:
            reason = f"coder {vote.coder} had answered {earlier.answer}; the later answer, {vote.answer}, is taken"
            self.problems.append(Problem(place, reason))
        self._votes[key] = vote


def to_answer(text: str) -> Answer | str:
    """The answer that a cell or a choice means, be it cut short ("supp", "O"); or what is wrong with it."""
    wanted = text.strip().lower()
    found = [answer for answer in ANSWERS if wanted and answer.startswith(wanted)]
    return found[0] if len(found) == 1 else f"expected {_listed(ANSWERS)}; found '{text}'"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
