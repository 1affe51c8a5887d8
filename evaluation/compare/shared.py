"""The examples that several evaluations have in common: only on those can models be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detente.configs.errors import InputError
from detente.evaluation.evaluated import Evaluated, Question
from detente.models.calibration import Floats

_NAMED = 3
_PRINT = 12
"""Digits of a fingerprint that are shown."""


@dataclass(frozen=True)
class Shared:
    """The same examples with the answers of several models."""

    ids: Sequence[str]
    questions: Sequence[Question]
    groups: Sequence[str]
    gold: NDArray[np.int64]
    """Shape (n,)."""
    probabilities: Floats
    """Shape (models, n, 3)."""
    by: Mapping[str, Sequence[str | None]]
    """The slices that all evaluations put an example into."""
    left_out: Mapping[str, int]
    """By model: examples that the others weren't measured on; all zero if the data are the same."""

    @property
    def index(self) -> NDArray[np.int64]:
        """The group of each example, by number."""
        return np.unique(np.asarray(self.groups, dtype=object).astype(str), return_inverse=True)[1]

    @property
    def partial(self) -> bool:
        """Whether the evaluations hold other examples too."""
        return any(self.left_out.values())


def share(evaluations: Mapping[str, Evaluated], *, on_common: bool) -> Shared:
    """Find the examples that all were measured on: the same id, question and label; their order doesn't matter.

    Args:
        evaluations: By the name of the model.
        on_common: Go on with the common examples if there are others.

    Raises:
        InputError: There are others and that is not wanted, or none is common.
    """
    keys = {name: dict(zip(_keys(one), range(len(one.ids)), strict=True)) for name, one in evaluations.items()}
    common = set.intersection(*(set(places) for places in keys.values()))
    left_out = {name: len(places) - len(common) for name, places in keys.items()}
    if not common or (any(left_out.values()) and not on_common):
        raise InputError(_explain(evaluations, len(common)))
    order = [key for key in next(iter(keys.values())) if key in common]
    chosen = {name: [places[key] for key in order] for name, places in keys.items()}
    return _restricted(evaluations, chosen, left_out)


def _keys(evaluated: Evaluated) -> list[tuple[str, Question, int]]:
    return list(zip(evaluated.ids, evaluated.questions, map(int, evaluated.gold), strict=True))


def _restricted(
    evaluations: Mapping[str, Evaluated], chosen: Mapping[str, list[int]], left_out: Mapping[str, int]
) -> Shared:
    name, places = next(iter(chosen.items()))
    first = evaluations[name]
    return Shared(
        ids=[first.ids[place] for place in places],
        questions=[first.questions[place] for place in places],
        groups=[first.groups[place] for place in places],
        gold=first.gold[places],
        probabilities=np.stack([evaluations[name].probabilities[places] for name, places in chosen.items()]),
        by=_common_slices([(evaluations[name], places) for name, places in chosen.items()]),
        left_out=left_out,
    )


def _common_slices(chosen: Sequence[tuple[Evaluated, list[int]]]) -> dict[str, list[str | None]]:
    """Where evaluations put an example into different slices, as with what each has seen in training, it is in none."""
    dimensions = [name for name in chosen[0][0].by if all(name in one.by for one, _ in chosen)]
    slices = {}
    for name in dimensions:
        columns = [[one.by[name][place] for place in places] for one, places in chosen]
        slices[name] = [values[0] if len(set(values)) == 1 else None for values in zip(*columns, strict=True)]
    return slices


def _explain(evaluations: Mapping[str, Evaluated], common: int) -> str:
    """Say what the evaluations were made on, and how they differ from the first."""
    lines = [
        f"  {name}: {len(one.ids)} examples of the {one.split} file, fingerprint {one.sha256[:_PRINT]}"
        for name, one in evaluations.items()
    ]
    first, *others = evaluations.items()
    lines += [f"  {sentence}" for other in others for sentence in _differences(*first, *other)]
    if common:
        advice = f"To compare on the {common} examples that all have: --on-common. To compare on all"
    else:
        advice = "No example is common to all. To compare"
    return (
        "expected runs that were evaluated on the same examples; found\n"
        + "\n".join(lines)
        + f"\n{advice}, measure each "
        "model on one file (detente evaluate MODEL EXAMPLES -o DIR), and compare these folders."
    )


def _differences(first_name: str, first: Evaluated, name: str, other: Evaluated) -> list[str]:
    ours = dict(zip(first.ids, zip(first.questions, first.gold, strict=True), strict=True))
    theirs = dict(zip(other.ids, zip(other.questions, other.gold, strict=True), strict=True))
    both = ours.keys() & theirs.keys()
    asked = [one for one in first.ids if one in both and ours[one][0] != theirs[one][0]]
    labelled = [one for one in first.ids if one in both and ours[one][0] == theirs[one][0] and ours[one] != theirs[one]]
    found = [
        (f"{first_name} alone has {{}}", [one for one in first.ids if one not in both]),
        (f"{name} alone has {{}}", [one for one in other.ids if one not in both]),
        (f"{name} asks something else in {{}}", asked),
        (f"{name} has another label in {{}}", labelled),
    ]
    return [sentence.format(_some(ids)) for sentence, ids in found if ids]


def _some(ids: Sequence[str]) -> str:
    more = ", ..." if len(ids) > _NAMED else ""
    count = "1 example" if len(ids) == 1 else f"{len(ids)} examples"
    return f"{count} ({', '.join(ids[:_NAMED])}{more})"
