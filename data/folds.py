"""Folds of a cross-validation that share no text or near-duplicate, article, story or group."""

import warnings
from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from detente.configs.errors import InputError
from detente.data.records import Example
from detente.data.splits import Parts, Shares, clusters, split_by_group

VALID_SHARE = 0.15
"""Of the examples outside a fold: what chooses the checkpoint and calibrates the model that is tested on it."""


def split_into_folds(examples: Sequence[Example], folds: int, *, seed: int) -> list[Parts]:
    """Deal labelled examples into folds; for each, what to train on, what to choose by, and the fold itself as `test`.

    Clusters (see `clusters`) stay together, in the folds and in the two parts of the rest; each stance is about as
    frequent everywhere as the clusters let it be (scikit-learn's StratifiedGroupKFold).

    Raises:
        InputError: There are too few clusters, or too few examples of a stance, for so many folds.
    """
    together = clusters(examples)
    _check(examples, len(together), folds)
    cluster_of = np.zeros(len(examples), dtype=int)
    for number, places in enumerate(together):
        cluster_of[places] = number
    labels = [str(example.label) for example in examples]
    dealer = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a stance rarer than the folds, which is refused above
        dealt = list(dealer.split(np.zeros(len(examples)), labels, groups=cluster_of))
    return [_parts(examples, rest.tolist(), held.tolist(), seed) for rest, held in dealt]


def _parts(examples: Sequence[Example], rest: Sequence[int], held: Sequence[int], seed: int) -> Parts:
    shares = Shares(train=1 - VALID_SHARE, valid=VALID_SHARE, test=0.0)
    inside = split_by_group([examples[place] for place in rest], shares, seed=seed)
    if not inside.valid or not inside.train or not held:
        raise InputError(
            "expected examples of enough articles for a training, a validation and a test part in each fold; one part "
            "would be empty. Ask for fewer folds, or label examples of more articles."
        )
    return Parts(train=inside.train, valid=inside.valid, test=[examples[place] for place in held], set_aside=[])


def _check(examples: Sequence[Example], groups: int, folds: int) -> None:
    if folds < 2:
        raise InputError(f"--folds: expected at least 2; found {folds}")
    if groups < 2 * folds:
        raise InputError(
            f"--folds {folds}: expected examples of at least {2 * folds} groups that share no text, article, story or "
            f"group; found {groups}. Ask for fewer folds, or label examples of more articles."
        )
    counts = {label: sum(example.label is label for example in examples) for label in {one.label for one in examples}}
    if rare := {str(label): count for label, count in counts.items() if count < folds}:
        told = ", ".join(f"{count} of {label}" for label, count in sorted(rare.items()))
        raise InputError(
            f"--folds {folds}: expected at least {folds} examples of each stance; found {told}. Ask for fewer folds."
        )
