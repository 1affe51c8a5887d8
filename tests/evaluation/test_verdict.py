"""Each rule on made-up figures: when it speaks, what it says, and what follows."""

import json
import re
from dataclasses import replace

import pytest

from detente.evaluation.apart import Apart
from detente.evaluation.behaviour.name_effects import NamedStance, NameEffect
from detente.evaluation.behaviour.results import BehaviourReport, ProbeResult
from detente.evaluation.findings import Figures, Level
from detente.evaluation.intervals import Interval
from detente.evaluation.margins import Margin, least
from detente.evaluation.metrics import Scores, StanceScore
from detente.evaluation.rules import RULES
from detente.evaluation.slices import Slice
from detente.evaluation.sureness import ConfidentAnswers, SetFigures, Sureness
from detente.evaluation.verdict import CONCLUSIONS, judge
from detente.models.baselines import CONTROLS

FINE = StanceScore(precision=0.8, recall=0.8, f1=0.8, coverage_at_90=0.5, recall_at_90=0.4, ece=0.03, support=100)
SCORES = Scores(
    n=300,
    macro_f1=0.8,
    accuracy=0.8,
    f_avg=0.8,
    f_micro=0.8,
    mcc=0.7,
    nll=0.4,
    brier=0.3,
    balanced_brier=0.4,
    ece=0.03,
    chance_ece=0.02,
    adaptive_ece=0.03,
    classwise_ece=0.03,
    overconfidence=0.01,
    aurc=0.05,
    per_stance=dict.fromkeys(("support", "neutral", "oppose"), FINE),
    confusion=[[80, 10, 10], [10, 80, 10], [10, 10, 80]],
)
GOOD = Figures(
    n=300,
    groups=60,
    scores=SCORES,
    margins=(Margin("majority", 0.5, (0.45, 0.55)), Margin("target_hidden", 0.2, (0.15, 0.25))),
    known_texts=0.0,
    differing_pairs=50,
    both_right=0.8,
    alike=0.1,
)


def with_scores(**changes: float) -> Figures:
    return replace(GOOD, scores=replace(SCORES, **changes))


def with_stance(stance: str, **changes: float) -> Figures:
    return with_scores(per_stance={**SCORES.per_stance, stance: replace(FINE, **changes)})


def part(dimension: str, value: str, difference: float, high: float, *, n: int = 100) -> Slice:
    shown = (0.4, 0.6)
    return Slice(
        dimension, value, n, 40, {}, 0.5, shown, 0.5, shown, difference, (2 * difference - high, high), None, None
    )


def promising(stance: str, interval: Interval) -> Figures:
    """80% of the confident answers of a stance are right, 90% were wanted."""
    fine = ConfidentAnswers(80, 40, 0.5, (0.4, 0.6), 0.95, (0.9, 0.98), 0.5)
    short = replace(fine, precision=0.8, precision_interval=interval)
    per_stance = {**dict.fromkeys(("support", "neutral", "oppose"), fine), stance: short}
    return replace(GOOD, sureness=Sureness(0.9, per_stance, None))


def with_sets(interval: Interval) -> Figures:
    """Sets that hold the stance of 85% of the examples, 90% were wanted."""
    sureness = promising("support", (0.7, 0.95)).sureness
    return replace(GOOD, sureness=replace(sureness, sets=SetFigures(0.9, 0.85, interval, 1.2, (1.1, 1.3), {})))


def with_apart(differ_in: str, alike: float, sets: int = 40) -> Figures:
    """Questions that differ in the target or the actor alone."""
    return replace(GOOD, apart=(Apart(differ_in, sets, 0.5, (0.4, 0.6), alike, (alike - 0.05, 1.0)),))


def probe(can: str, passed: float, *, high: float | None = None, cases: int = 50) -> ProbeResult:
    interval = (passed / 2, min(1.0, passed + 0.05) if high is None else high)
    return ProbeResult(can, "", can, True, cases, cases, 20, passed, interval, None, "", ())


def with_behaviour(*probes: ProbeResult, spread: float = 0.1) -> Figures:
    """Probes, and one kind of names whose ends are so far apart, give or take 0.05."""
    low, high = (NamedStance(name, shift, (shift, shift)) for name, shift in (("Peru", 0.0), ("Chad", spread)))
    interval = (spread - 0.05, spread + 0.05)
    effect = NameEffect("states as actor", 6, low, high, spread, interval, 0.9, (0.8, 1.0), (low, high), ())
    return replace(GOOD, behaviour=BehaviourReport(13, 100, 50, tuple(probes), (), (effect,)))


CASES = {
    **{
        f"no_better_than_{control}": (
            replace(GOOD, margins=(Margin(control, 0.02, (0.0, 0.04)),)),
            f"+0.020 (+0.000 to +0.040) macro-F1 against {control}, which {what}",
        )
        for control, what in CONTROLS.items()
    },
    "ignores_target": (
        with_apart("target", 0.85),
        "who the target is: of 40 sets of questions",
    ),
    "ignores_actor": (with_apart("actor", 0.85), "85% get one answer"),
    "decides_by_name": (
        with_behaviour(spread=0.5),
        "0.50 (0.45 to 0.55) more favourable with Chad than with Peru (states as actor)",
    ),
    "same_both_ways": (replace(GOOD, alike=0.75), "75%"),
    "few_examples": (replace(GOOD, n=120), "120 examples of 60 groups, 100 of the rarest stance"),
    "no_controls": (replace(GOOD, margins=()), "0 controls"),
    "tuned_on": (replace(GOOD, tuned_on=True), "chose the model's checkpoint"),
    "known_texts": (replace(GOOD, known_texts=0.102), "10.2%"),
    "thin_margin": (replace(GOOD, margins=(Margin("lookup", 0.03, (0.01, 0.05)),)), "+0.030 (+0.010 to +0.050)"),
    "both_directions": (replace(GOOD, both_right=0.45), "45%"),
    "moved_by_name": (with_behaviour(spread=0.3), "0.30 (0.25 to 0.35) more favourable with Chad than with Peru"),
    "behaviour": (
        with_behaviour(probe("reads negation", 0.4), probe("bears typing errors", 0.95)),
        "Of 2 tests of behaviour it fails 1. It doesn't show that it reads negation (40% of 50 cases).",
    ),
    "unseen_actor": (replace(GOOD, unseen=(part("actor", "unseen", -0.1, -0.02),)), "-0.100 (-0.180 to -0.020)"),
    "unseen_target": (replace(GOOD, unseen=(part("target", "unseen", -0.1, -0.02),)), "-0.100 (-0.180 to -0.020)"),
    "unseen_pair": (replace(GOOD, unseen=(part("pair", "unseen", -0.1, -0.02),)), "-0.100 (-0.180 to -0.020)"),
    "calibration": (with_scores(ece=0.081, overconfidence=0.08), "ECE 0.081, surer by 0.080 than it is right"),
    "calibration_unclear": (with_scores(ece=0.06, chance_ece=0.04), "ECE 0.060, and 0.040 by chance alone"),
    "neutral_recall": (with_stance("neutral", recall=0.6), "recall of neutral 0.600"),
    "support_precision": (with_stance("support", precision=0.65), "precision 0.650"),
    "oppose_precision": (with_stance("oppose", precision=0.65), "precision 0.650"),
    "support_recall": (with_stance("support", recall=0.4), "recall 0.400"),
    "oppose_recall": (with_stance("oppose", recall=0.4), "recall 0.400"),
    "support_coverage_at_90": (with_stance("support", coverage_at_90=0.05), "coverage at 90% precision 0.050"),
    "oppose_coverage_at_90": (with_stance("oppose", coverage_at_90=0.05), "coverage at 90% precision 0.050"),
    **{
        f"confident_{stance}": (promising(stance, (0.7, 0.899)), "0.800 of 40 are right, 0.9 were wanted")
        for stance in ("support", "neutral", "oppose")
    },
    "conformal_sets": (with_sets((0.8, 0.899)), "for 0.850 of the examples, 0.9 were wanted"),
    "weak_slice": (replace(GOOD, weakest=part("year", "2021", -0.2, -0.05)), "year: 2021, -0.200 (-0.350 to -0.050)"),
    "reads": (GOOD, "+0.200 (+0.150 to +0.250)"),
    "calibrated": (GOOD, "ECE 0.030"),
}


def test_every_rule_has_a_case() -> None:
    assert [rule.name for rule in RULES] == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_speaks_where_it_holds_and_names_its_figure(name: str) -> None:
    figures, figure = CASES[name]
    (finding,) = [finding for finding in judge(figures).findings if finding.rule == name]
    assert figure in finding.text
    assert finding.text.endswith(".")


@pytest.mark.parametrize("name", [name for name in CASES if name not in ("reads", "calibrated")])
def test_a_fault_is_told_alone_and_decides(name: str) -> None:
    verdict = judge(CASES[name][0])
    (rule,) = [rule for rule in RULES if rule.name == name]
    faults = [finding.rule for finding in verdict.findings if finding.level is not Level.GOOD]
    assert faults == [name]
    assert (verdict.level, verdict.conclusion) == (rule.level, CONCLUSIONS[rule.level])


def test_a_good_model_has_good_findings_only() -> None:
    verdict = judge(GOOD)
    assert [finding.rule for finding in verdict.findings] == ["reads", "calibrated"]
    assert verdict.conclusion == CONCLUSIONS[Level.GOOD]


@pytest.mark.parametrize("name", ["same_both_ways", "few_examples"])
def test_nothing_speaks_for_a_model_that_can_not_be_used(name: str) -> None:
    assert [finding.rule for finding in judge(CASES[name][0]).findings] == [name]


def test_the_gravest_finding_comes_first_and_decides() -> None:
    verdict = judge(replace(CASES["no_better_than_lookup"][0], n=120, both_right=0.4))
    assert [finding.level for finding in verdict.findings] == ["stop", "unknown", "caution"]
    assert verdict.conclusion == CONCLUSIONS[Level.STOP]


@pytest.mark.parametrize(
    "figures",
    [
        replace(GOOD, n=200, groups=30),
        with_stance("oppose", support=20),
        replace(GOOD, margins=(Margin("lookup", 0.05, (0.001, 0.1)),)),
        replace(GOOD, known_texts=0.01),
        replace(GOOD, known_texts=None),
        replace(GOOD, differing_pairs=19, both_right=0.0, alike=1.0),
        replace(GOOD, both_right=0.6, alike=0.5),
        replace(GOOD, unseen=(part("actor", "unseen", -0.04, -0.01),)),
        replace(GOOD, unseen=(part("actor", "unseen", -0.2, 0.01),)),
        replace(GOOD, unseen=(part("actor", "unseen", -0.2, -0.1, n=10),)),
        replace(GOOD, unseen=(part("text", "unseen", -0.2, -0.1),)),
        with_scores(ece=0.05),
        with_stance("neutral", recall=0.7, precision=0.1),
        with_stance("support", precision=0.7, recall=0.5, coverage_at_90=0.1),
        replace(GOOD, weakest=part("year", "2021", -0.1, -0.05)),
        with_apart("target", 0.8),
        with_apart("actor", 1.0, sets=19),
        with_behaviour(spread=0.25),
        with_behaviour(probe("reads negation", 0.6, high=0.7), probe("reads the passive", 0.1, cases=9)),
        promising("oppose", (0.7, 0.9)),
        with_sets((0.8, 0.9)),
    ],
)
def test_no_rule_speaks_on_its_border_or_without_evidence(figures: Figures) -> None:
    assert judge(figures).level is Level.GOOD


@pytest.mark.parametrize(
    "figures", [replace(GOOD, groups=29), replace(GOOD, n=199), with_stance("neutral", support=19)]
)
def test_few_examples_few_groups_or_a_rare_stance_are_too_few(figures: Figures) -> None:
    assert judge(figures).findings[0].rule == "few_examples"


def test_each_control_that_is_not_beaten_has_words_of_its_own_and_the_others_none() -> None:
    near, far = (0.0, 0.3), (0.1, 0.3)
    margins = tuple(Margin(name, 0.15, near if name in ("lookup", "names_only") else far) for name in CONTROLS)
    texts = [finding.text for finding in judge(replace(GOOD, margins=margins)).findings if finding.level is Level.STOP]
    assert [text.partition(":")[0] for text in texts] == [
        "It doesn't show that it reads new texts",
        "It doesn't show that it reads more than the names",
    ]


def test_the_best_of_some_baselines_leaves_the_least_margin() -> None:
    margins = [Margin("a", 0.3, (0.2, 0.4)), Margin("b", 0.1, (0.0, 0.2)), Margin("c", 0.0, (-0.1, 0.1))]
    assert least(margins, ("a", "b")) is margins[1]
    assert least(margins, ()) is None
    assert [margin.shown for margin in margins] == [True, False, False]


def test_a_model_less_sure_than_right_is_told_so() -> None:
    finding = judge(with_scores(ece=0.1, overconfidence=-0.1)).findings[0]
    assert "less sure by 0.100 than it is right" in finding.text


@pytest.mark.parametrize(
    ("ece", "chance", "rule"),
    [(0.06, 0.04, "calibration_unclear"), (0.0601, 0.04, "calibration"), (0.05, 0.01, "calibrated")],
)
def test_a_gap_that_chance_would_give_is_no_proof_against_the_probabilities(
    ece: float, chance: float, rule: str
) -> None:
    told = [finding.rule for finding in judge(with_scores(ece=ece, chance_ece=chance)).findings]
    assert [one for one in told if one.startswith("calibrat")] == [rule]


def test_a_verdict_survives_json() -> None:
    plain = judge(GOOD).as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["findings"][0]["rule"] == "reads"


def test_the_table_tells_each_condition_with_its_limit() -> None:
    silent = [rule.name for rule in RULES if not re.search(r"\d", rule.when)]
    assert silent == ["no_controls", "tuned_on"]


def test_of_many_failed_probes_the_worst_three_are_named() -> None:
    probes = [probe(f"can {number}", number / 10) for number in range(6)]
    (finding,) = [one for one in judge(with_behaviour(*probes)).findings if one.rule == "behaviour"]
    assert "fails 6" in finding.text
    assert re.findall(r"can \d", finding.text) == ["can 0", "can 1", "can 2"]
    assert finding.text.endswith("; and 3 more below.")


def test_what_it_may_be_used_for_follows_from_the_findings() -> None:
    good, limited = judge(GOOD), judge(with_stance("oppose", precision=0.65))
    assert any("counting its answers" in use for use in good.may)
    assert any("averaging" in use for use in good.may)
    assert [use for use in good.may_not if "unlike these" in use] == list(good.may_not)
    assert not any("counting" in use for use in limited.may)
    assert "quoting answers of oppose that nobody has read" in limited.may_not
    assert not any("averaging its" in use for use in judge(with_scores(ece=0.2)).may)
    assert any(use.startswith("adding up") for use in judge(with_scores(ece=0.2)).may_not)


@pytest.mark.parametrize("name", ["same_both_ways", "few_examples"])
def test_what_can_not_be_used_has_one_use_and_one_warning(name: str) -> None:
    verdict = judge(CASES[name][0])
    assert (len(verdict.may), len(verdict.may_not)) == (1, 1)


def test_every_caution_says_what_the_model_may_not_be_used_for() -> None:
    silent = {rule.name for rule in RULES if rule.level is Level.CAUTION and not rule.forbids}
    assert silent == {"thin_margin"}
