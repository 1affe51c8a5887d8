"""An audit in words, as a page and as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from detente.data.audit.leaks import Audit, Labels
from detente.data.audit.limits import FOUND
from detente.data.formats import make_folder
from detente.data.records import STANCES, Stance

_MATTERS = 0.05  # share of leaking examples from which the figures are worth nothing
_CHANCE = 1 / 3  # macro-F1 of guesses as frequent as the stances
_LEAD = 0.03  # macro-F1 above both chance and majority from which a way to guess is worth a word
_ONE_SIDED = 0.75
_ACTORS_SHOWN = 12


def write_audit(audits: Mapping[str, Audit], folder: Path, *, train: str) -> Path:
    """Write `audit.json` and `audit.html`, which opens from disk and loads nothing, and return the page.

    Args:
        audits: By the name of the audited part.
        folder: Made if it isn't there; the files are replaced.
        train: Name of the training part.
    """
    make_folder(folder)
    verdicts = {name: verdict(one, name=name, train=train) for name, one in audits.items()}
    content = {name: {"against": train, "verdict": verdicts[name], **one.as_dict()} for name, one in audits.items()}
    (folder / "audit.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    environment = Environment(
        loader=PackageLoader("detente.data.audit", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    page = environment.get_template("report.html.jinja").render(
        audits=audits,
        train=train,
        verdicts=verdicts,
        found=FOUND,
        stances=[stance.value for stance in STANCES],
        actors_shown=_ACTORS_SHOWN,
    )
    path = folder / "audit.html"
    path.write_text(page, encoding="utf-8")
    return path


def verdict(audit: Audit, *, name: str, train: str) -> list[str]:
    """What the audit found, in a few sentences, the weightiest first."""
    return [*_on_leaks(audit, name, train), *_on_guesses(audit, train)]


def _on_leaks(audit: Audit, name: str, train: str) -> list[str]:
    leaks = [leak for leak in audit.leaks.values() if leak.examples]
    if not leaks:
        missing = [kind for kind, leak in audit.leaks.items() if not leak.given]
        return [
            f"Nothing of {name} was found in {train}"
            + (f", but nothing is known about {' and '.join(missing)}: they are not given." if missing else ".")
        ]
    sentences = [
        f"{leak.share:.1%} of the examples of {name} have {FOUND[leak.kind]} in {train} ({leak.examples} of "
        f"{audit.test.examples})."
        for leak in leaks
    ]
    if audit.leaking >= _MATTERS:
        sentences.append(f"Figures on {name} say nothing about new text.")
    return sentences


def _on_guesses(audit: Audit, train: str) -> list[str]:
    if audit.labels is None:
        return ["Without labels in both parts, nothing is said about what can be guessed."]
    majority = audit.labels.majority.macro_f1
    worth_a_word = max(majority, _CHANCE) + _LEAD
    way, best = max(audit.labels.look_ups.items(), key=lambda one: one[1].macro_f1)
    found = {f"Copying labels from {train} ({way})": best.macro_f1} | {
        f"The {name} alone": cue.guess.macro_f1 for name, cue in audit.labels.cues.items()
    }
    compared = f"the commonest stance {majority:.3f}, guesses as frequent as the stances {_CHANCE:.3f}"
    sentences = [
        f"{what} scores a macro-F1 of {f1:.3f}; {compared}." for what, f1 in found.items() if f1 > worth_a_word
    ]
    return sentences + _on_order(audit.labels, train)


def _on_order(labels: Labels, train: str) -> list[str]:
    order = labels.cues["mention order"].table
    taken = {side: sum(counts.values()) - counts[Stance.NEUTRAL] for side, counts in order.items()}
    share = taken.get("actor first", 0) / max(1, sum(taken.values()))
    if share < _ONE_SIDED:
        return []
    return [f"In {share:.0%} of the examples of {train} that support or oppose, the actor stands first."]
