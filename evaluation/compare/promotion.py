"""Whether a challenger may become champion."""

from dataclasses import dataclass

from detente.configs.errors import InputError
from detente.evaluation.compare.results import FEW_GROUPS, Comparison
from detente.evaluation.compare.words import gain, gain_words


@dataclass(frozen=True)
class Terms:
    """What is asked of a challenger; by default, that it is better beyond chance."""

    margin: float | None = None
    """It may also pass if it is not worse by more than that."""
    force: bool = False
    """It passes whatever the comparison says."""
    reason: str | None = None
    """Why, in the user's words; needed for a margin and for force."""

    def check(self) -> None:
        """See that they are complete.

        Raises:
            InputError: They are not.
        """
        if self.margin is not None and not 0 < self.margin < 1:
            raise InputError(f"--margin: expected a difference between 0 and 1, such as 0.01; found {self.margin}")
        if (self.force or self.margin is not None) and not (self.reason or "").strip():
            option = "--force" if self.force else "--margin"
            raise InputError(f"{option}: expected a --reason, which is kept with the version; found none")


@dataclass(frozen=True)
class Decision:
    """The answer and why."""

    promoted: bool
    why: str


def decide(comparison: Comparison, challenger: str, terms: Terms) -> Decision:
    """Apply the terms to a comparison of two runs.

    Args:
        comparison: Of the champion and the challenger.
        challenger: What the challenger is called in it.
        terms: What is asked.
    """
    _, difference = comparison.others[0]
    words = f"{_figures(comparison, challenger)}, {gain_words(comparison, difference, challenger)}"
    passed, finding = _finding(comparison, challenger, terms)
    if not passed and terms.force:
        return Decision(True, f"forced, though {finding}: {words}")
    return Decision(passed, f"{finding}: {words}")


def _finding(comparison: Comparison, challenger: str, terms: Terms) -> tuple[bool, str]:
    """Whether the challenger passes without force, and the ground."""
    _, difference = comparison.others[0]
    _, (least, _) = gain(comparison, difference, challenger)
    leads = comparison.best.contender.name == challenger
    if leak := _own_leak(comparison, challenger):
        return False, f"not comparable, since its training file has a part of the test file ({leak})"
    if leads and difference.shown:
        return True, "better beyond chance"
    if terms.margin is not None and least > -terms.margin and comparison.groups >= FEW_GROUPS:
        return True, f"not worse by more than {terms.margin:g}"
    bound = "" if terms.margin is None else f", and it may be worse by more than {terms.margin:g}"
    return False, f"{'worse' if difference.shown else 'not better'} beyond chance{bound}"


def _own_leak(comparison: Comparison, challenger: str) -> str | None:
    """What the challenger has seen of the test file and the champion hasn't."""
    leaks = {run.name: run.leaks for run in comparison.runs}
    own = leaks.pop(challenger)
    return None if own in leaks.values() else own


def _figures(comparison: Comparison, challenger: str) -> str:
    figures = {one.contender.name: one.value for one in comparison.standings}
    (champion,) = (value for name, value in figures.items() if name != challenger)
    return f"{comparison.figure.label} {figures[challenger]:.3f} against the champion's {champion:.3f}"
