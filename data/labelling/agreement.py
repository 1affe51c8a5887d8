"""How far coders agree: Krippendorff's alpha, agreement on each stance, pairs of coders.

Alpha is 1 for perfect agreement and 0 for what chance gives. Nominal alpha counts every disagreement alike; ordinal
alpha counts support against oppose as worse than either against neutral (K. Krippendorff, Computing Krippendorff's
Alpha-Reliability, 2011). Of the answers only stances count: `unsure` and `bad example` are missing values.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import krippendorff
import numpy as np
import numpy.typing as npt

from detente.configs.errors import InputError
from detente.data.formats import read_rows
from detente.data.labelling.coders import read_coding
from detente.data.labelling.votes import ANSWERS, Answer, Coding, Vote
from detente.data.reading import to_record
from detente.data.records import STANCES, Stance

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
ORDER = (Stance.OPPOSE, Stance.NEUTRAL, Stance.SUPPORT)
"""The columns of counts; ordinal alpha asks for this order."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95% interval; None where the answers don't define it."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class PairAgreement:
    """Two coders on the examples that both gave a stance."""

    coders: tuple[str, str]
    examples: int
    agreement: float
    nominal_alpha: float | None
    ordinal_alpha: float | None


@dataclass(frozen=True)
class CoderSummary:
    """What a coder answered, and the share of the other coders' stances that were the same."""

    coder: str
    answers: dict[Answer, int]
    agreement: float | None


@dataclass(frozen=True)
class Agreement:
    """All figures of a coding; `examples` and `groups` are those with two or more stances."""

    examples: int
    groups: int
    nominal_alpha: Estimate
    ordinal_alpha: Estimate
    agreement: Estimate
    """The chance that two coders of an example agree."""
    per_stance: dict[Stance, Estimate]
    """If one coder chose this stance, the chance that another one did."""
    pairs: list[PairAgreement]
    coders: list[CoderSummary]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def read_votes(paths: Sequence[Path]) -> Coding:
    """The votes of exports and sheets, or of the `.jsonl` files that `detente label import --coders` writes.

    Raises:
        InputError: A file holds something else.
    """
    others = [path for path in paths if path.suffix != ".jsonl"]
    coding = read_coding(others) if others else Coding()
    for path in paths:
        if path.suffix == ".jsonl":
            for number, row in read_rows(path):
                coding.add_vote(_to_vote(row, f"{path}:{number}"), f"{path}:{number}")
    return coding


def measure_agreement(votes: Sequence[Vote], *, resamples: int = 1000, seed: int = 0) -> Agreement:
    """All figures, with percentile intervals from draws of whole groups (cluster bootstrap, Field and Welsh 2007).

    Raises:
        InputError: No example has the stances of two coders.
    """
    stances, groups = _stances(votes)
    shared = [id_ for id_, given in stances.items() if len(given) >= 2]
    if not shared:
        raise InputError(
            f"expected examples to which two coders or more gave a stance; found none in {len(votes)} votes "
            f"of {len({vote.coder for vote in votes})} coders. Give the files of all coders, of the same export."
        )
    index = np.unique([groups[id_] for id_ in shared], return_inverse=True)[1]
    nominal, ordinal, agreement, *specific = _estimates(_counts(stances, shared), index, resamples, seed)
    return Agreement(
        examples=len(shared),
        groups=int(index.max()) + 1,
        nominal_alpha=nominal,
        ordinal_alpha=ordinal,
        agreement=agreement,
        per_stance={stance: specific[ORDER.index(stance)] for stance in STANCES},
        pairs=_pairs(stances),
        coders=_coders(votes, stances),
    )


def alpha(counts: Counts, level: Literal["nominal", "ordinal"]) -> float:
    """Krippendorff's alpha of counts of shape (units, categories); nan where all answers are the same."""
    pairable = counts[counts.sum(axis=1) >= 2]
    if np.count_nonzero(pairable.sum(axis=0)) < 2:
        return float("nan")
    return float(krippendorff.alpha(value_counts=pairable, level_of_measurement=level))


def specific_agreement(counts: Counts) -> Floats:
    """For each category, the share of pairs with one answer in it that have the other there too; nan if it has none.

    R. Spitzer and J. Fleiss, A re-analysis of the reliability of psychiatric diagnosis, 1974; pairs of coders are
    pooled over the units, so that any number of coders may have answered each one.
    """
    others = counts.sum(axis=1, keepdims=True) - 1
    return _share((counts * (counts - 1)).sum(axis=0), (counts * others).sum(axis=0))


def _figures(counts: Counts) -> Floats:
    """Both alphas, the agreement of pairs, and the specific agreement of each category."""
    given = counts.sum(axis=1)
    agreement = _share((counts * (counts - 1)).sum(), (given * (given - 1)).sum())
    return np.array([alpha(counts, "nominal"), alpha(counts, "ordinal"), agreement, *specific_agreement(counts)])


def _estimates(counts: Counts, groups: Counts, resamples: int, seed: int) -> list[Estimate]:
    """Each figure with its interval; of one group alone, nothing can be said about others."""
    values, number = _figures(counts), int(groups.max()) + 1
    if number < 2:
        return [Estimate(_defined(value)) for value in values]
    draws = np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), size=resamples)
    drawn = np.array([_figures(np.repeat(counts, draw[groups], axis=0)) for draw in draws])
    estimates = []
    for value, column in zip(values, drawn.T, strict=True):
        known = column[~np.isnan(column)]
        low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
        estimates.append(Estimate(_defined(value), _defined(low), _defined(high)))
    return estimates


def _stances(votes: Sequence[Vote]) -> tuple[dict[str, dict[str, Stance]], dict[str, str]]:
    """The stances on each example by coder, and the group of each example; both sorted by example and coder."""
    stances: defaultdict[str, dict[str, Stance]] = defaultdict(dict)
    groups = {}
    for vote in sorted(votes, key=lambda one: (one.example_id, one.coder)):
        groups[vote.example_id] = vote.group
        if isinstance(vote.answer, Stance):
            stances[vote.example_id][vote.coder] = vote.answer
    return stances, groups


def _counts(stances: Mapping[str, Mapping[str, Stance]], examples: Sequence[str]) -> Counts:
    return np.array([[list(stances[id_].values()).count(stance) for stance in ORDER] for id_ in examples])


def _pairs(stances: Mapping[str, Mapping[str, Stance]]) -> list[PairAgreement]:
    """Every two coders who share an example."""
    matrices: defaultdict[tuple[str, str], list[tuple[Stance, Stance]]] = defaultdict(list)
    for given in stances.values():
        for one, other in combinations(given, 2):
            matrices[one, other].append((given[one], given[other]))
    return [_pair(coders, answers) for coders, answers in sorted(matrices.items())]


def _pair(coders: tuple[str, str], answers: Sequence[tuple[Stance, Stance]]) -> PairAgreement:
    counts = np.array([[both.count(stance) for stance in ORDER] for both in answers])
    same = sum(one == other for one, other in answers) / len(answers)
    nominal, ordinal = (_defined(alpha(counts, level)) for level in ("nominal", "ordinal"))
    return PairAgreement(coders, len(answers), same, nominal, ordinal)


def _coders(votes: Sequence[Vote], stances: Mapping[str, Mapping[str, Stance]]) -> list[CoderSummary]:
    answers: defaultdict[str, Counter[Answer]] = defaultdict(Counter)
    same: defaultdict[str, list[bool]] = defaultdict(list)
    for vote in votes:
        answers[vote.coder][vote.answer] += 1
    for given in stances.values():
        for coder, stance in given.items():
            same[coder] += [stance == other for name, other in given.items() if name != coder]
    return [
        CoderSummary(
            coder,
            {answer: answers[coder][answer] for answer in ANSWERS},
            sum(same[coder]) / len(same[coder]) if same[coder] else None,
        )
        for coder in sorted(answers)
    ]


def _to_vote(row: dict[str, Any] | str, place: str) -> Vote:
    vote = [row] if isinstance(row, str) else to_record(row, Vote)
    if isinstance(vote, Vote):
        return vote
    if isinstance(row, dict) and {"actor", "target"} <= row.keys():
        vote = ["found an example. Labelled files lack what coders disagree on"]
    raise InputError(f"{place}: expected a vote, as `detente label import --coders` writes them; {'; '.join(vote)}")


def _share(part: Counts, whole: Counts) -> Floats:
    """Elementwise part / whole; nan where the whole is nothing."""
    shares = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
