"""What a model may and may not be used for, in sentences that follow from its figures by the rules of one table."""

from dataclasses import asdict, dataclass
from typing import Any

from detente.evaluation.findings import Figures, Level
from detente.evaluation.rules import RULES

CONCLUSIONS = {
    Level.STOP: "Don't use it: it hasn't shown that it does the task.",
    Level.UNKNOWN: "These figures don't tell what it may be used for.",
    Level.CAUTION: "It may find and sort passages for a person to read; count its answers within the limits below.",
    Level.GOOD: "Its answers may be counted over many texts like those that it was measured on, intervals beside.",
}
_FINDING = "finding and sorting passages that a person then reads"
_AVERAGING = "averaging its probabilities over many texts like these, intervals beside"
MAY = {
    Level.STOP: ("finding out what it lacks",),
    Level.UNKNOWN: ("choosing what to label next",),
    Level.CAUTION: (_FINDING,),
    Level.GOOD: (_FINDING, "counting its answers over many texts like these, intervals beside"),
}
MAY_NOT = {
    Level.STOP: ("anything that rests on its answers",),
    Level.UNKNOWN: ("a figure that others will read",),
    Level.CAUTION: (),
    Level.GOOD: (),
}
_EVER = "texts unlike these (other outlets, years, topics, languages), or a judgement of one person by one text"


@dataclass(frozen=True)
class Finding:
    """A sentence of a verdict, and the rule that it follows from."""

    rule: str
    level: Level
    text: str


@dataclass(frozen=True)
class Verdict:
    """The conclusion, which the gravest finding decides, and all findings, the gravest first."""

    level: Level
    conclusion: str
    may: tuple[str, ...]
    """What it may be used for."""
    may_not: tuple[str, ...]
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        uses = {"may": list(self.may), "may_not": list(self.may_not)}
        return asdict(self) | uses | {"findings": [asdict(finding) for finding in self.findings]}


def judge(figures: Figures) -> Verdict:
    """Apply all rules. What speaks for a model is left out where it can't be used anyway."""
    held = [rule for rule in RULES if rule.holds(figures)]
    found = [Finding(rule.name, rule.level, rule.say(figures)) for rule in held]
    findings = sorted(found, key=lambda finding: list(Level).index(finding.level))
    level = findings[0].level
    usable = level not in (Level.STOP, Level.UNKNOWN)
    if not usable:
        findings = [finding for finding in findings if finding.level is not Level.GOOD]
    averaging = (_AVERAGING,) if usable and "calibrated" in {rule.name for rule in held} else ()
    forbidden = tuple(dict.fromkeys(rule.forbids for rule in held if rule.forbids)) if usable else ()
    return Verdict(
        level,
        CONCLUSIONS[level],
        may=MAY[level] + averaging,
        may_not=(*MAY_NOT[level], *forbidden, *((_EVER,) if usable else ())),
        findings=tuple(findings),
    )
