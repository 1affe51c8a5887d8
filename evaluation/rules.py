"""The rules of the verdict: which figures make which sentence be said."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from detente.data.records import Stance
from detente.evaluation.margins import Margin, least
from detente.evaluation.metrics import Scores
from detente.evaluation.slices import Slice
from detente.evaluation.sureness import ConfidentAnswers, SetFigures, Sureness
from detente.models.baselines import CONTROLS

FEW_EXAMPLES, FEW_GROUPS, FEW_OF_A_STANCE, FEW_PAIRS = 200, 30, 20, 20
THIN_MARGIN = 0.05
KNOWN_TEXTS = 0.01
CALIBRATION_GAP = 0.05
BOTH_RIGHT, ALIKE = 0.6, 0.5
NEUTRAL_RECALL, PRECISION, RECALL, SURE = 0.7, 0.7, 0.5, 0.1
DROP, WEAK = 0.05, 0.1


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
    known_texts: float | None = None
    """Share of the examples whose text stands in the training file."""
    differing_pairs: int = 0
    """Pairs in a text whose two directions have different stances."""
    both_right: float = 1.0
    """Share of them with both directions right."""
    alike: float = 0.0
    """Share of them with the same answer both ways."""
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


@dataclass(frozen=True)
class Rule:
    """When a sentence is said."""

    name: str
    level: Level
    when: str
    """The condition, for a reader."""
    holds: Callable[[Figures], bool]
    say: Callable[[Figures], str]


def _control_rule(control: str, sentence: str) -> Rule:
    return Rule(
        f"no_better_than_{control}",
        Level.STOP,
        f"the interval of the margin over {control} includes 0",
        lambda f: any(margin.over == control and not margin.shown for margin in f.margins),
        lambda f: f"{sentence}: {f.against(control)}.",
    )


def _stance_rule(stance: Stance, figure: str, least: float, sentence: str) -> Rule:
    def value(figures: Figures) -> float:
        return float(getattr(figures.scores.per_stance[stance], figure))

    return Rule(
        f"{stance}_{figure}",
        Level.CAUTION,
        f"{figure} of {stance} below {least}",
        lambda f: value(f) < least,
        lambda f: sentence.format(stance=stance, value=value(f)),
    )


def _promise_rule(stance: Stance) -> Rule:
    def say(figures: Figures) -> str:
        one, sureness = figures.less_precise(stance), figures.sureness
        if one is None or one.precision is None or sureness is None:
            return ""
        return (
            f"Its confident {stance} answers keep no promise here: {one.precision:.3f} of {one.confident} are right, "
            f"{sureness.wanted_precision:.3g} were wanted. Calibrate it on texts like these: detente calibrate."
        )

    return Rule(
        f"confident_{stance}",
        Level.CAUTION,
        f"the 95% interval of the share of the confident {stance} answers that is right lies below the wanted one",
        lambda f: f.less_precise(stance) is not None,
        say,
    )


def _say_leaky(figures: Figures) -> str:
    sets = figures.leaky_sets
    if sets is None:
        return ""
    share = f"they hold it for {sets.coverage:.3f} of the examples, {sets.wanted_coverage:.3g} were wanted"
    return f"Its sets of stances lack the right one more often than promised: {share}."


def _unseen_rule(dimension: str) -> Rule:
    def say(figures: Figures) -> str:
        one = figures.worse_unseen(dimension)
        return f"Expect less of new {dimension}s, which training didn't show: {one.against_rest if one else ''}."

    return Rule(
        f"unseen_{dimension}",
        Level.CAUTION,
        f"unseen {dimension}s are more than {DROP} macro-F1 below seen ones, and the difference's interval below 0",
        lambda f: f.worse_unseen(dimension) is not None,
        say,
    )


_WRONG = "Read its {stance} answers before you quote them: precision {value:.3f}."
_MISSED = "That it found no {stance} doesn't mean there is none: recall {value:.3f}."
_UNSURE = (
    "No threshold gives many {stance} answers that are right nine times in ten: coverage at 90% precision {value:.3f}."
)
_INVENTED = (
    "Don't count how often anyone takes sides, it sees stances where there are none: recall of {stance} {value:.3f}."
)

RULES: Sequence[Rule] = (
    _control_rule("majority", "It doesn't show that it tells stances apart"),
    _control_rule("lookup", "It doesn't show that it reads new texts"),
    _control_rule("names_only", "It reads names, not text"),
    _control_rule("target_hidden", "It doesn't show that it knows who the target is"),
    _control_rule("actor_hidden", "It doesn't show that it knows whose stance is asked for"),
    _control_rule("text_only", "It doesn't show that it knows who is asked about"),
    Rule(
        "same_both_ways",
        Level.STOP,
        f"of {FEW_PAIRS} or more pairs whose two directions differ, more than {ALIKE} get one answer both ways",
        lambda f: f.differing_pairs >= FEW_PAIRS and f.alike > ALIKE,
        lambda f: (
            f"It ignores who acts on whom: of {f.differing_pairs} pairs with different stances in the two "
            f"directions, {f.alike:.0%} get the same answer both ways."
        ),
    ),
    Rule(
        "few_examples",
        Level.UNKNOWN,
        f"fewer than {FEW_EXAMPLES} examples, {FEW_GROUPS} groups, or {FEW_OF_A_STANCE} examples of a stance",
        lambda f: f.n < FEW_EXAMPLES or f.groups < FEW_GROUPS or f.rarest < FEW_OF_A_STANCE,
        lambda f: f"Too few labels: {f.n} examples of {f.groups} groups, {f.rarest} of the rarest stance. Label more.",
    ),
    Rule(
        "no_controls",
        Level.UNKNOWN,
        "no control was measured",
        lambda f: not f.margins,
        lambda _: "Nothing shows that it reads the text: 0 controls were measured. Name the training file.",
    ),
    Rule(
        "known_texts",
        Level.UNKNOWN,
        f"more than {KNOWN_TEXTS:.0%} of the examples have a text that stands in the training file",
        lambda f: f.known_texts is not None and f.known_texts > KNOWN_TEXTS,
        lambda f: (
            f"The figures are too good: the training file holds the text of {f.known_texts:.1%} of the examples. "
            "Split anew with detente data split."
        ),
    ),
    Rule(
        "thin_margin",
        Level.CAUTION,
        f"the intervals of all margins lie above 0, and the least margin is below {THIN_MARGIN}",
        lambda f: f.least_margin is not None and f.least_margin < THIN_MARGIN,
        lambda f: f"Little of its score comes from reading: {f.against()}.",
    ),
    Rule(
        "both_directions",
        Level.CAUTION,
        f"of such pairs no more than {ALIKE} get one answer both ways, but fewer than {BOTH_RIGHT} have both right",
        lambda f: f.differing_pairs >= FEW_PAIRS and f.alike <= ALIKE and f.both_right < BOTH_RIGHT,
        lambda f: (
            f"Read the text before you draw an arrow: of {f.differing_pairs} pairs with different stances in the "
            f"two directions, {f.both_right:.0%} have both right."
        ),
    ),
    *map(_unseen_rule, ("actor", "target", "pair")),
    Rule(
        "calibration",
        Level.CAUTION,
        f"ECE above {CALIBRATION_GAP}",
        lambda f: f.scores.ece > CALIBRATION_GAP,
        lambda f: f"Don't add up or average its probabilities: ECE {f.scores.ece:.3f}, {f.surer} on average.",
    ),
    _stance_rule(Stance.NEUTRAL, "recall", NEUTRAL_RECALL, _INVENTED),
    _stance_rule(Stance.SUPPORT, "precision", PRECISION, _WRONG),
    _stance_rule(Stance.OPPOSE, "precision", PRECISION, _WRONG),
    _stance_rule(Stance.SUPPORT, "recall", RECALL, _MISSED),
    _stance_rule(Stance.OPPOSE, "recall", RECALL, _MISSED),
    _stance_rule(Stance.SUPPORT, "coverage_at_90", SURE, _UNSURE),
    _stance_rule(Stance.OPPOSE, "coverage_at_90", SURE, _UNSURE),
    *map(_promise_rule, Stance),
    Rule(
        "conformal_sets",
        Level.CAUTION,
        "the 95% interval of the coverage of the sets lies below the wanted one",
        lambda f: f.leaky_sets is not None,
        _say_leaky,
    ),
    Rule(
        "weak_slice",
        Level.CAUTION,
        f"a slice that isn't small is more than {WEAK} macro-F1 below the rest, and the difference's interval below 0",
        lambda f: f.weakest is not None and (f.weakest.difference or 0.0) < -WEAK,
        lambda f: f"It is weakest at {f.weakest.name}, {f.weakest.against_rest}." if f.weakest else "",
    ),
    Rule(
        "reads",
        Level.GOOD,
        f"the intervals of all margins lie above 0, and the least margin is at least {THIN_MARGIN}",
        lambda f: f.least_margin is not None and f.least_margin >= THIN_MARGIN,
        lambda f: f"It reads who stands how towards whom: {f.against()}.",
    ),
    Rule(
        "calibrated",
        Level.GOOD,
        f"ECE at most {CALIBRATION_GAP}",
        lambda f: f.scores.ece <= CALIBRATION_GAP,
        lambda f: f"Its probabilities may be averaged over many answers: ECE {f.scores.ece:.3f}.",
    ),
)
"""In the order in which sentences of one level are said."""
