"""The rules of the verdict: which figures make which sentence be said."""

from collections.abc import Sequence

from detente.data.records import Stance
from detente.evaluation.behaviour.name_effects import STEADY
from detente.evaluation.behaviour.results import FEW_CASES, MOSTLY
from detente.evaluation.findings import DROP, FEW_PAIRS, Figures, Level, Rule

FEW_EXAMPLES, FEW_GROUPS, FEW_OF_A_STANCE = 200, 30, 20
THIN_MARGIN = 0.05
KNOWN_TEXTS = 0.01
CALIBRATION_GAP = 0.05
BEYOND_CHANCE = 1.5
"""Times the ECE of chance alone: of perfectly calibrated models, about one in twelve has more (drawn in the tests)."""
BOTH_RIGHT, ALIKE, IGNORED = 0.6, 0.5, 0.8
NAME_DECIDES = 0.4
NEUTRAL_RECALL, PRECISION, RECALL, SURE = 0.7, 0.7, 0.5, 0.1
WEAK = 0.1
NAMED = 3
"""Failed probes that a sentence names."""


def _control_rule(control: str, sentence: str) -> Rule:
    return Rule(
        f"no_better_than_{control}",
        Level.STOP,
        f"the interval of the margin over {control} includes 0",
        lambda f: any(margin.over == control and not margin.shown for margin in f.margins),
        lambda f: f"{sentence}: {f.against(control)}.",
    )


def _stance_rule(stance: Stance, figure: str, least: float, sentence: str, forbids: str) -> Rule:
    def value(figures: Figures) -> float:
        return float(getattr(figures.scores.per_stance[stance], figure))

    return Rule(
        f"{stance}_{figure}",
        Level.CAUTION,
        f"{figure} of {stance} below {least}",
        lambda f: value(f) < least,
        lambda f: sentence.format(stance=stance, value=value(f)),
        forbids.format(stance=stance),
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
        f"taking its confident answers of {stance} as they stand",
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
        f"comparing {dimension}s that training showed with new ones",
    )


def _ignores_rule(differ_in: str) -> Rule:
    """The same answer whoever is asked about: what a model gives that doesn't look at one of the two."""
    what = {"target": "who the target is", "actor": "whose stance is asked for"}[differ_in]

    def say(figures: Figures) -> str:
        one = figures.alike_but_for(differ_in)
        if one is None:
            return ""
        return (
            f"It ignores {what}: of {one.sets} sets of questions that differ in the {differ_in} alone and have "
            f"different stances, {one.alike:.0%} get one answer."
        )

    return Rule(
        f"ignores_{differ_in}",
        Level.STOP,
        f"of {FEW_PAIRS} or more sets of questions about a text that differ in the {differ_in} alone and in their "
        f"stances, more than {IGNORED} get one answer",
        lambda f: (one := f.alike_but_for(differ_in)) is not None and one.alike > IGNORED,
        say,
    )


def _say_name(figures: Figures) -> str:
    effect = figures.moving_name
    if effect is None:
        return ""
    low, high = effect.interval
    return (
        f"A name alone moves its answers: the same sentences are {effect.spread:.2f} ({low:.2f} to {high:.2f}) more "
        f"favourable with {effect.highest.name} than with {effect.lowest.name} ({effect.name})."
    )


def _say_failed(figures: Figures) -> str:
    worst = sorted(figures.failed, key=lambda one: one.pass_rate or 0.0)
    named = "; ".join(f"{one.can} ({one.pass_rate:.0%} of {one.cases} cases)" for one in worst[:NAMED])
    more = f"; and {len(worst) - NAMED} more below" if len(worst) > NAMED else ""
    return f"Of {len(figures.asked)} tests of behaviour it fails {len(worst)}. It doesn't show that it {named}{more}."


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
    _control_rule("names_only", "It doesn't show that it reads more than the names"),
    _control_rule("target_hidden", "It doesn't show that it knows who the target is"),
    _control_rule("actor_hidden", "It doesn't show that it knows whose stance is asked for"),
    _control_rule("text_only", "It doesn't show that it knows who is asked about"),
    *map(_ignores_rule, ("target", "actor")),
    Rule(
        "decides_by_name",
        Level.STOP,
        f"between the names at the two ends the mean stance differs by more than {NAME_DECIDES}, interval above",
        lambda f: f.moving_name is not None and f.moving_name.interval[0] > NAME_DECIDES,
        _say_name,
    ),
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
        "tuned_on",
        Level.UNKNOWN,
        "the examples are those that chose the model's checkpoint and calibrated it",
        lambda f: f.tuned_on,
        lambda _: (
            "The figures are too good: these examples chose the model's checkpoint and calibrated it. Measure it on "
            "others: data.test, or detente evaluate."
        ),
    ),
    Rule(
        "known_texts",
        Level.UNKNOWN,
        f"more than {KNOWN_TEXTS:.0%} of the examples have a text that stands in the training file, or nearly so",
        lambda f: f.known_texts is not None and f.known_texts > KNOWN_TEXTS,
        lambda f: (
            f"The figures are too good: the training file holds the text of {f.known_texts:.1%} of the examples, or "
            "nearly the same. "
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
        "a network of who opposes whom that nobody has checked",
    ),
    Rule(
        "moved_by_name",
        Level.CAUTION,
        f"between the names at the two ends the mean stance differs by more than {STEADY}, interval above, and not "
        "beyond the limit of decides_by_name",
        lambda f: f.moving_name is not None and f.moving_name.interval[0] <= NAME_DECIDES,
        _say_name,
        "comparing how countries, peoples or persons are judged",
    ),
    Rule(
        "behaviour",
        Level.CAUTION,
        f"a probe of behaviour with {FEW_CASES} cases or more, whose outcome is known, is passed by fewer than "
        f"{MOSTLY:.0%} of them, interval below",
        lambda f: bool(f.failed),
        _say_failed,
        "texts of the kinds in which it fails",
    ),
    *map(_unseen_rule, ("actor", "target", "pair")),
    Rule(
        "calibration",
        Level.CAUTION,
        f"ECE above {CALIBRATION_GAP}, and above {BEYOND_CHANCE} times what chance alone gives",
        lambda f: f.scores.ece > CALIBRATION_GAP and f.scores.ece > BEYOND_CHANCE * f.scores.chance_ece,
        lambda f: f"Don't add up or average its probabilities: ECE {f.scores.ece:.3f}, {f.surer} on average.",
        "adding up or averaging probabilities, or trusting the surest answers",
    ),
    Rule(
        "calibration_unclear",
        Level.CAUTION,
        f"ECE above {CALIBRATION_GAP}, but at most {BEYOND_CHANCE} times what chance alone gives",
        lambda f: CALIBRATION_GAP < f.scores.ece <= BEYOND_CHANCE * f.scores.chance_ece,
        lambda f: (
            f"Too few examples to tell whether its probabilities mean what they say: ECE {f.scores.ece:.3f}, and "
            f"{f.scores.chance_ece:.3f} by chance alone."
        ),
        "adding up or averaging probabilities",
    ),
    _stance_rule(Stance.NEUTRAL, "recall", NEUTRAL_RECALL, _INVENTED, "counting how often anyone takes sides"),
    _stance_rule(Stance.SUPPORT, "precision", PRECISION, _WRONG, "quoting answers of {stance} that nobody has read"),
    _stance_rule(Stance.OPPOSE, "precision", PRECISION, _WRONG, "quoting answers of {stance} that nobody has read"),
    _stance_rule(Stance.SUPPORT, "recall", RECALL, _MISSED, "concluding that nobody {stance}s"),
    _stance_rule(Stance.OPPOSE, "recall", RECALL, _MISSED, "concluding that nobody {stance}s"),
    _stance_rule(Stance.SUPPORT, "coverage_at_90", SURE, _UNSURE, "picking answers of {stance} by their probability"),
    _stance_rule(Stance.OPPOSE, "coverage_at_90", SURE, _UNSURE, "picking answers of {stance} by their probability"),
    *map(_promise_rule, Stance),
    Rule(
        "conformal_sets",
        Level.CAUTION,
        "the 95% interval of the coverage of the sets lies below the wanted one",
        lambda f: f.leaky_sets is not None,
        _say_leaky,
        "ruling stances out by its sets",
    ),
    Rule(
        "weak_slice",
        Level.CAUTION,
        f"a slice that isn't small is more than {WEAK} macro-F1 below the rest, and the difference's interval below 0",
        lambda f: f.weakest is not None and (f.weakest.difference or 0.0) < -WEAK,
        lambda f: f"It is weakest at {f.weakest.name}, {f.weakest.against_rest}." if f.weakest else "",
        "comparing texts that it reads well with those that it reads badly",
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
