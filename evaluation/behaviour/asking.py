"""Interventions on the question, the text left as it is: the other way round, and about somebody who isn't there."""

from collections.abc import Iterator, Sequence

from detente.data.audit.labels import row_key
from detente.data.records import AUTHOR, Example, Stance
from detente.evaluation.behaviour.cases import Case, Expectation, right_answers
from detente.evaluation.behaviour.names import kind_of
from detente.evaluation.behaviour.wording import absent_state

_HOLD_NO_STANCE = ("policy", "plan", "law", "event")


def swap_labelled(examples: Sequence[Example], seed: int) -> Iterator[Case]:  # noqa: ARG001
    """Pairs with a stance of which both directions are labelled: each has its own answer."""
    for there, back in _labelled_pairs(examples):
        asked = [(one, [stance for stance in Stance if stance is one.label]) for one in (there, back)]
        yield right_answers(f"{there.id}~both", there, *asked)


def swap_distinct(examples: Sequence[Example], seed: int) -> Iterator[Case]:  # noqa: ARG001
    """Those of them whose two labels differ: whatever the answers are, they aren't the same stance."""
    for there, back in _labelled_pairs(examples):
        if there.label is not back.label:
            name = f"{there.id}~distinct"
            yield Case(name, there.group_key, str(there.label), Expectation.NOT_ALIKE, (there, back))


def swap_unlabelled(examples: Sequence[Example], seed: int) -> Iterator[Case]:  # noqa: ARG001
    """Examples with a stance whose reverse has no label, though the target could hold a stance."""
    labelled = _first_of_each(examples)
    for key, example in labelled.items():
        known = labelled.get((key[1], key[0], key[2]))
        if example.label in (None, Stance.NEUTRAL) or example.actor == AUTHOR or not _holds_stances(example):
            continue
        if known is None or known.label is None:
            asked = (example, swapped(example))
            yield Case(asked[1].id, example.group_key, str(example.label), Expectation.NOT_ALIKE, asked)


def absent_target(example: Example, seed: int) -> Case:
    """The actor towards a state that the text doesn't mention: neutral."""
    other = absent_state(example, seed, "target").name
    changes = {"target": other, "target_span": None, "label": None, "id": f"{example.id}~absent-target"}
    return right_answers(str(changes["id"]), example, (example.model_copy(update=changes), [Stance.NEUTRAL]))


def absent_actor(example: Example, seed: int) -> Case:
    """A state that the text doesn't mention towards the target: neutral."""
    other = absent_state(example, seed, "actor").name
    changes = {"actor": other, "actor_span": None, "label": None, "id": f"{example.id}~absent-actor"}
    return right_answers(str(changes["id"]), example, (example.model_copy(update=changes), [Stance.NEUTRAL]))


def swapped(example: Example) -> Example:
    """The question the other way round, without a label."""
    changes = {
        "id": f"{example.id}~swapped",
        "label": None,
        "actor": example.target,
        "actor_span": example.target_span,
        "target": example.actor,
        "target_span": example.actor_span,
    }
    return example.model_copy(update=changes)


def _labelled_pairs(examples: Sequence[Example]) -> Iterator[tuple[Example, Example]]:
    """Both directions of the pairs with a stance, that with a stance first; each pair once."""
    labelled = _first_of_each(examples)
    for key, example in labelled.items():
        back = labelled.get((key[1], key[0], key[2]))
        if example.label in (None, Stance.NEUTRAL) or back is None or back.label is None:
            continue
        if back.label is Stance.NEUTRAL or key < row_key(back):
            yield example, back


def _first_of_each(examples: Sequence[Example]) -> dict[tuple[str, str, str], Example]:
    """By actor, target and text; of repeated questions the first counts."""
    first: dict[tuple[str, str, str], Example] = {}
    for example in examples:
        first.setdefault(row_key(example), example)
    return first


def _holds_stances(example: Example) -> bool:
    """Whether the target could be an actor; not known means no."""
    kind = kind_of(example, "target")
    return kind is not None and kind not in _HOLD_NO_STANCE
