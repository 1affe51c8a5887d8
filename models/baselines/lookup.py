"""Baselines that read nothing: the commonest stance, and labels copied from the training file."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from detente.data.audit.labels import count, count_by, row_key, text_key
from detente.data.records import STANCES, Example, Stance
from detente.models.baselines.state import State
from detente.models.calibration import Floats


class Majority:
    """The commonest stance, whatever the example; its probabilities are the shares of the training file."""

    def fit(self, examples: Sequence[Example]) -> Self:
        """Count the stances of labelled examples."""
        self._shares = _shares(examples)
        return self

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3); a stance that was never seen has none."""
        return np.tile(self._shares, (len(examples), 1))

    def save(self, folder: Path) -> None:
        """Write the shares."""
        State(arrays={"shares": self._shares}).save(folder)

    def load(self, folder: Path) -> Self:
        """Read the shares."""
        self._shares = State.load(folder).array("shares", (len(STANCES),))
        return self


class Lookup:
    """Copies labels from the training file, from the first of these places that holds the question.

    1. The same actor, target and text.
    2. The same text with the actor and the target at the same places, under other names.
    3. The same text, whoever is asked about.
    4. The whole training file, so that the commonest stance is the answer.

    Case and white space don't count. The probabilities are the shares of the labels found there, with the shares of the
    whole file weighing as much as one label more: they break ties. Of texts and names it keeps only digests, so that a
    saved look-up passes on nobody's texts.
    """

    def fit(self, examples: Sequence[Example]) -> Self:
        """Remember labelled examples."""
        self._tables = [
            {digest: _counts(found) for digest, found in count_by(examples, key).items()} for key in _DIGESTS
        ]
        self._shares = _shares(examples)
        return self

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3); a stance that was never seen has none."""
        return np.array([self._answer(example) for example in examples]).reshape(-1, len(STANCES))

    def save(self, folder: Path) -> None:
        """Write the digests and the counts."""
        facts = {"digests": [list(table) for table in self._tables]}
        counts = {f"counts_{place}": np.array(list(table.values())) for place, table in enumerate(self._tables)}
        State(facts, counts | {"shares": self._shares}).save(folder)

    def load(self, folder: Path) -> Self:
        """Read the digests and the counts."""
        state = State.load(folder)
        self._shares = state.array("shares", (len(STANCES),))
        self._tables = []
        for place, digests in enumerate(state.facts["digests"]):
            counts = state.array(f"counts_{place}", (len(digests), len(STANCES)))
            self._tables.append(dict(zip(digests, counts, strict=True)))
        return self

    def _answer(self, example: Example) -> Floats:
        for digest, table in zip(_DIGESTS, self._tables, strict=True):
            if (counts := table.get(digest(example))) is not None:
                return np.asarray((counts + self._shares) / (counts.sum() + 1))
        return self._shares


def _place_key(example: Example) -> Hashable:
    return text_key(example), example.actor_span, example.target_span


def _digest(key: Callable[[Example], Hashable]) -> Callable[[Example], Hashable]:
    return lambda example: hashlib.blake2b(json.dumps(key(example)).encode(), digest_size=16).hexdigest()


_DIGESTS = tuple(map(_digest, (row_key, _place_key, text_key)))


def _counts(counts: Counter[Stance]) -> Floats:
    return np.array([counts[stance] for stance in STANCES], dtype=np.float64)


def _shares(examples: Sequence[Example]) -> Floats:
    counts = _counts(count(examples))
    return np.asarray(counts / counts.sum())
