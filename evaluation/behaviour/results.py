"""What came of the probes: pass rates with intervals, failing cases to read, and each result in a sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta

from detente.data.records import STANCES, Example, Stance
from detente.evaluation.behaviour.cases import Case, Expectation, Probe, pieces
from detente.evaluation.behaviour.name_effects import NameEffect
from detente.evaluation.intervals import Draws, Interval, percentiles
from detente.models.calibration import Floats

HOLDS, MOSTLY = 0.9, 0.7
"""Pass rates from which a model is said to have a capability, and to have it with exceptions."""
FEW_CASES = 10
SHOWN = 10
ALIKE = 0.2
"""The share of pairs with one stance both ways, of those without a label, from which it is called suspicious."""

Answers = Callable[[Example], Floats]


@dataclass(frozen=True)
class Answered:
    """A question of a failing case."""

    example: Example
    wanted: str
    answer: Stance
    sure: float
    """The probability of the answer."""

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The text in pieces, each with its role: actor, target or none."""
        return pieces(self.example)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        asked = self.example.model_dump(
            mode="json", include={"id", "actor", "target", "text", "actor_span", "target_span"}
        )
        return {**asked, "wanted": self.wanted, "answer": self.answer.value, "sure": self.sure}


@dataclass(frozen=True)
class ProbeResult:
    """How a model did in a probe."""

    name: str
    expects: str
    can: str
    """What a model that passes does: "reads negation"."""
    judged: bool
    cases: int
    possible: int
    """How many cases could have been asked."""
    groups: int
    pass_rate: float | None
    """None without cases."""
    interval: Interval | None
    """95%, over groups; where all or no groups pass and a bootstrap knows no spread, the exact bound of Clopper and
    Pearson."""
    mean_shift: float | None
    """Mean share of the probability that moves from one stance to another, where the answer should stay."""
    reading: str
    failing: tuple[tuple[Answered, ...], ...]
    """Failing cases, the surest answers first, one of each group before the second of any."""

    @property
    def level(self) -> str:
        """How grave it is: good, caution, stop, or unknown where nothing can be said."""
        if self.pass_rate is None or not self.judged or self.cases < FEW_CASES:
            return "unknown"
        return "good" if self.pass_rate >= HOLDS else "caution" if self.pass_rate >= MOSTLY else "stop"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        plain = {name: value for name, value in vars(self).items() if name != "failing"}
        failing = [[one.as_dict() for one in case] for case in self.failing]
        interval = list(self.interval) if self.interval else None
        return plain | {"interval": interval, "level": self.level, "failing": failing}


@dataclass(frozen=True)
class BehaviourReport:
    """The results of all probes, and the effects of names."""

    seed: int
    questions: int
    """How many different questions were asked."""
    examples: int
    """How many of the user's examples the interventions were made from."""
    own: tuple[ProbeResult, ...]
    """Of interventions on the user's examples."""
    templates: tuple[ProbeResult, ...]
    names: tuple[NameEffect, ...]

    @property
    def probes(self) -> tuple[ProbeResult, ...]:
        """The results of all probes."""
        return self.own + self.templates

    def __getitem__(self, name: str) -> ProbeResult:
        """The result of a probe."""
        return next(probe for probe in self.probes if probe.name == name)

    def figures(self) -> dict[str, float]:
        """The pass rates of the probes, and the spreads of the names, by their names."""
        rates = {one.name: one.pass_rate for one in self.probes if one.pass_rate is not None}
        return rates | {f"spread of {one.name}": one.spread for one in self.names}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "seed": self.seed,
            "questions": self.questions,
            "examples": self.examples,
            "own": [one.as_dict() for one in self.own],
            "templates": [one.as_dict() for one in self.templates],
            "names": [one.as_dict() for one in self.names],
        }


def measure(probe: Probe, answers: Answers, *, resamples: int, seed: int) -> ProbeResult:
    """The result of a probe, given the probabilities of its questions."""
    answered = [_answered(case, answers) for case in probe.cases]
    passed = [
        case.passes([one.answer for one in questions]) for case, questions in zip(probe.cases, answered, strict=True)
    ]
    rate = float(np.mean(passed)) if passed else None
    groups = [case.group for case in probe.cases]
    failing = [
        (case, questions) for case, questions, good in zip(probe.cases, answered, passed, strict=True) if not good
    ]
    return ProbeResult(
        name=probe.name,
        expects=probe.expects,
        can=probe.can,
        judged=probe.judged,
        cases=len(passed),
        possible=probe.possible,
        groups=len(set(groups)),
        pass_rate=rate,
        interval=pass_interval(passed, groups, resamples=resamples, seed=seed) if passed else None,
        mean_shift=_mean_shift(probe.cases, answers),
        reading=_reading(probe, passed),
        failing=_shown(failing),
    )


def pass_interval(passed: Sequence[bool], groups: Sequence[str], *, resamples: int, seed: int) -> Interval:
    """The 95% interval of a pass rate."""
    if len(set(passed)) == 1:
        bound = float(beta.ppf(0.025, len(set(groups)), 1))
        return (bound, 1.0) if passed[0] else (0.0, 1.0 - bound)
    draws = Draws.of(groups, resamples=resamples, seed=seed)
    sums = draws.sums(np.stack([np.asarray(passed, dtype=np.float64), np.ones(len(passed))], axis=1))
    return percentiles(sums[:, 0] / sums[:, 1])


def _answered(case: Case, answers: Answers) -> tuple[Answered, ...]:
    rows = [answers(example) for example in case.asked]
    return tuple(
        Answered(example, case.wanted(place), STANCES[int(row.argmax())], float(row.max()))
        for place, (example, row) in enumerate(zip(case.asked, rows, strict=True))
    )


def _mean_shift(cases: Sequence[Case], answers: Answers) -> float | None:
    """Total variation distance between the probabilities before and after, of shape (), mean over the cases."""
    shifts = [
        float(np.abs(answers(case.asked[0]) - answers(case.asked[1])).sum() / 2)
        for case in cases
        if case.expects is Expectation.SAME
    ]
    return float(np.mean(shifts)) if shifts else None


def _shown(failing: Sequence[tuple[Case, tuple[Answered, ...]]]) -> tuple[tuple[Answered, ...], ...]:
    surest = sorted(failing, key=lambda one: (-max(asked.sure for asked in one[1]), one[0].id))
    seen: dict[str, int] = {}
    ranked = []
    for case, questions in surest:
        ranked.append((seen.get(case.group, 0), questions))
        seen[case.group] = seen.get(case.group, 0) + 1
    return tuple(questions for _, questions in sorted(ranked, key=lambda one: one[0])[:SHOWN])


def _reading(probe: Probe, passed: Sequence[bool]) -> str:
    if not passed:
        return "Not asked: none of the examples fits."
    rate = sum(passed) / len(passed)
    if not probe.judged:
        alike = f"{1 - rate:.0%} of {len(passed)} get one and the same stance both ways"
        return f"{alike}: {'suspicious, since most stances go one way' if 1 - rate > ALIKE else 'not many'}."
    count = f"{sum(passed)} of {len(passed)} cases pass"
    if len(passed) < FEW_CASES:
        return f"Too few cases to tell: {count}."
    how = "It" if rate >= HOLDS else "It mostly" if rate >= MOSTLY else "It doesn't show that it"
    return f"{how} {probe.can}: {count}."
