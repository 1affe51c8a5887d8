"""What a model may and may not be used for, in sentences that follow from its figures by the rules of one table."""

from dataclasses import asdict, dataclass
from typing import Any

from detente.evaluation.rules import RULES, Figures, Level

CONCLUSIONS = {
    Level.STOP: "Don't use it: it hasn't shown that it does the task.",
    Level.UNKNOWN: "These figures don't tell what it may be used for.",
    Level.CAUTION: "It may find and sort passages for a person to read; count its answers only within these limits:",
    Level.GOOD: "Its answers may be counted over many texts like those that it was measured on, intervals beside.",
}


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
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self) | {"findings": [asdict(finding) for finding in self.findings]}


def judge(figures: Figures) -> Verdict:
    """Apply all rules. What speaks for a model is left out where it can't be used anyway."""
    found = [Finding(rule.name, rule.level, rule.say(figures)) for rule in RULES if rule.holds(figures)]
    findings = sorted(found, key=lambda finding: list(Level).index(finding.level))
    level = findings[0].level
    if level in (Level.STOP, Level.UNKNOWN):
        findings = [finding for finding in findings if finding.level is not Level.GOOD]
    return Verdict(level, CONCLUSIONS[level], tuple(findings))
