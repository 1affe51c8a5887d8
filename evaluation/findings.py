"""What the verdict rests on, and what a rule is that makes a sentence of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from detente.data.records import Stance
from detente.evaluation.apart import Apart
from detente.evaluation.behaviour.name_effects import STEADY, NameEffect
from detente.evaluation.behaviour.results import MOSTLY, BehaviourReport, ProbeResult
from detente.evaluation.margins import Margin, least
from detente.evaluation.metrics import Scores
from detente.evaluation.slices import Slice
from detente.evaluation.sureness import ConfidentAnswers, SetFigures, Sureness
from detente.models.baselines import CONTROLS

FEW_PAIRS = 20
"""Pairs, or sets of questions, with fewer of which nothing is said about telling them apart."""
DROP = 0.05
"""So much less macro-F1 on what training didn't show is worth a word."""


class Level(StrEnum):
    """What a sentence means for the use of a model, the gravest first."""

    STOP = "stop"
    UNKNOWN = "unknown"
    CAUTION = "caution"
    GOOD = "good"


@dataclass(frozen=True)
class Figures:
    """All that the rules look at. No rule speaks of what wasn't measured."""

    n: int
    groups: int
    scores: Scores
    margins: tuple[Margin, ...] = ()
    """Over the controls that were measured."""
    tuned_on: bool = False
    """Whether the examples chose the checkpoint and calibrated it."""
    known_texts: float | None = None
    """Share of the examples whose text, or nearly the same, stands in the training file."""
    differing_pairs: int = 0
    """Pairs in a text whose two directions have different stances."""
    both_right: float = 1.0
    """Share of them with both directions right."""
    alike: float = 0.0
    """Share of them with the same answer both ways."""
    apart: tuple[Apart, ...] = ()
    """Questions that differ in the target alone, and in the actor alone."""
    behaviour: BehaviourReport | None = None
    """What interventions and templates have shown, if they were asked."""
    unseen: tuple[Slice, ...] = ()
    """The actors, targets and pairs that the training file lacks; small slices are left out."""
    weakest: Slice | None = None
    """The worst of the slices that are worse than the rest beyond chance."""
    sureness: Sureness | None = None
    """The confident answers and the sets, if the model gives any."""

    @property
    def rarest(self) -> int:
        """Examples of the rarest stance."""
        return min(row.support for row in self.scores.per_stance.values())

    @property
    def least_margin(self) -> float | None:
        """The margin over the best control, if it and all others are above zero beyond chance."""
        best = least(self.margins, CONTROLS)
        return best.difference if best and all(margin.shown for margin in self.margins) else None

    def against(self, control: str | None = None) -> str:
        """The margin over a control in words; by default over the best one."""
        margin = least(self.margins, [control] if control else CONTROLS)
        return f"{margin.words}, which {CONTROLS[margin.over]}" if margin else ""

    @property
    def surer(self) -> str:
        """Whether it is surer than right or the other way round, in words."""
        word = "surer" if self.scores.overconfidence > 0 else "less sure"
        return f"{word} by {abs(self.scores.overconfidence):.3f} than it is right"

    def less_precise(self, stance: Stance) -> ConfidentAnswers | None:
        """The confident answers of a stance, if fewer of them are right than promised, beyond chance."""
        if self.sureness is None:
            return None
        one = self.sureness.per_stance[stance]
        return one if one.precision_interval and one.precision_interval[1] < self.sureness.wanted_precision else None

    @property
    def leaky_sets(self) -> SetFigures | None:
        """The sets, if fewer of them hold the right stance than promised, beyond chance."""
        sets = self.sureness.sets if self.sureness else None
        return sets if sets and sets.coverage_interval[1] < sets.wanted_coverage else None

    def worse_unseen(self, dimension: str) -> Slice | None:
        """The slice of what training lacked, if it is clearly worse than the rest."""
        slices = (one for one in self.unseen if one.dimension == dimension and one.difference_interval)
        return next((one for one in slices if one.worse and (one.difference or 0.0) < -DROP), None)

    def alike_but_for(self, differ_in: str) -> Apart | None:
        """The sets of questions that differ in the target, or in the actor, if enough were asked."""
        return next((one for one in self.apart if one.differ_in == differ_in and one.sets >= FEW_PAIRS), None)

    @property
    def asked(self) -> list[ProbeResult]:
        """The probes of behaviour that are judged."""
        return [one for one in self.behaviour.probes if one.level != "unknown"] if self.behaviour else []

    @property
    def failed(self) -> list[ProbeResult]:
        """Those of them that the model doesn't pass, beyond chance."""
        return [one for one in self.asked if one.level == "stop" and one.interval and one.interval[1] < MOSTLY]

    @property
    def moving_name(self) -> NameEffect | None:
        """The names that move the stance most, if they move it beyond chance by more than is called small."""
        effects = self.behaviour.names if self.behaviour else ()
        moving = [one for one in effects if one.interval[0] > STEADY]
        return max(moving, key=lambda one: one.spread, default=None)


@dataclass(frozen=True)
class Rule:
    """When a sentence is said."""

    name: str
    level: Level
    when: str
    """The condition, for a reader."""
    holds: Callable[[Figures], bool]
    say: Callable[[Figures], str]
    forbids: str = ""
    """What the model may not be used for where it holds, to follow "not for"."""
