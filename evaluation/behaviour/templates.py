"""Sentence templates with known answers, filled with names; the spans are those of the slots."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from detente.data.records import AUTHOR, Example, Span, Stance
from detente.evaluation.behaviour.cases import Case, Expectation, Probe, choose_cases, draw
from detente.evaluation.behaviour.names import compared_states, pool, tables

ABSENT = {"Z": "state", "Q": "policy"}
"""The slots of those that no text mentions."""
_AGREES = "The answer is that to the same in plain words, right or wrong."
_SLOT = re.compile(r"\{([A-Z])\}")


@dataclass(frozen=True)
class Template:
    """A sentence with slots, and what is right to answer about it."""

    id: str
    text: str
    ask: Mapping[str, str]
    """The right stance for each question, as "A > B"."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Slots that take one kind only."""
    plain: str | None = None
    """The same in plain words."""


@dataclass(frozen=True)
class Filler:
    """What goes into a slot: who it is, and how the text says it."""

    name: str
    surface: str
    kind: str


def read_templates() -> dict[str, list[Template]]:
    """The templates by capability."""
    return {
        capability: [Template(f"{capability}-{number}", **row) for number, row in enumerate(rows["templates"], start=1)]
        for capability, rows in tables()["capabilities"].items()
    }


def template_probes(seed: int, most: int) -> Iterator[Probe]:
    """For each capability the questions with known answers, and the pairs of wordings whose answers must agree."""
    for capability, templates in read_templates().items():
        words = tables()["capabilities"][capability]
        known = [_known(one, number, seed) for one in templates for number in _fillings()]
        yield _probe(f"template_{capability}", words["expects"], words["can"], known, seed, most)
        agreeing = [_agreeing(one, number, seed) for one in templates if one.plain for number in _fillings()]
        if agreeing:
            yield _probe(
                f"template_{capability}_agrees", _AGREES, "answers alike to both wordings", agreeing, seed, most
            )


def fillers(template: Template, number: int, seed: int) -> dict[str, Filler]:
    """Names for the slots, each another; `number` says which line of fillings gives the kinds."""
    kinds = (
        dict(zip("ABC", tables()["fillings"][number], strict=True)) | {"P": "policy"} | ABSENT | dict(template.kinds)
    )
    chosen: dict[str, Filler] = {}
    for slot, kind in kinds.items():
        taken = {one.name for one in chosen.values()}
        free = [one for one in names_of(kind) if one.name not in taken]
        chosen[slot] = min(free, key=lambda one: draw(seed, template.id, number, slot, one.name))
    return chosen


def names_of(kind: str) -> list[Filler]:
    """All that can fill a slot of a kind."""
    if kind == "state":
        return [Filler(state.name, state.in_text, kind) for state in compared_states()]
    article = kind == "organisation"
    return [Filler(name, f"the {name}" if article else name, kind) for name in pool(kind)]


def fill(text: str, chosen: Mapping[str, Filler]) -> tuple[str, dict[str, Span]]:
    """The text with its slots filled, its first letter large, and where each filler stands."""
    parts: list[str] = []
    spans: dict[str, Span] = {}
    at = 0
    for match in _SLOT.finditer(text):
        parts += [text[at : match.start()], chosen[match[1]].surface]
        end = sum(map(len, parts))
        spans[match[1]] = (end - len(parts[-1]), end)
        at = match.end()
    filled = "".join([*parts, text[at:]])
    first = next(place for place, letter in enumerate(filled) if letter.isalpha())
    return filled[:first] + filled[first].upper() + filled[first + 1 :], spans


def question(template_id: str, text: str, ask: str, chosen: Mapping[str, Filler], **fields: Any) -> Example:
    """The example that asks "A > B" of a filled text."""
    filled, spans = fill(text, chosen)
    actor, target = ask.split(" > ")
    return Example(
        id=f"{template_id}~{ask}",
        actor=AUTHOR if actor == "author" else chosen[actor].name,
        target=chosen[target].name,
        text=filled,
        actor_span=spans.get(actor),
        target_span=spans.get(target),
        source="templates",
        meta={"actor_kind": "author" if actor == "author" else chosen[actor].kind, "target_kind": chosen[target].kind},
        **fields,
    )


def _probe(name: str, expects: str, can: str, cases: Sequence[Case], seed: int, most: int) -> Probe:
    return Probe(name, expects, can, tuple(choose_cases(cases, most, seed, name)), possible=len(cases))


def _fillings() -> range:
    return range(len(tables()["fillings"]))


def _known(template: Template, number: int, seed: int) -> Case:
    chosen = fillers(template, number, seed)
    name = f"{template.id}-{number + 1}"
    asked = [
        question(name, template.text, ask, chosen, label=Stance(right), group=template.id)
        for ask, right in template.ask.items()
    ]
    allowed = tuple(frozenset([Stance(right)]) for right in template.ask.values())
    return Case(name, template.id, template.id, Expectation.STANCES, tuple(asked), allowed)


def _agreeing(template: Template, number: int, seed: int) -> Case:
    chosen = fillers(template, number, seed)
    name, ask = f"{template.id}-{number + 1}~agrees", next(iter(template.ask))
    texts: Sequence[str] = [str(template.plain), template.text]
    asked = [question(name, text, ask, chosen, group=template.id) for text in texts]
    return Case(name, template.id, template.id, Expectation.SAME, tuple(asked))
