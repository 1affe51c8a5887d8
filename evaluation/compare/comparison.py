"""The comparison of evaluated runs: which is best, which can't be told from it, where they differ, and at what cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from scipy.stats import false_discovery_control

from detente.configs.errors import InputError
from detente.evaluation.compare.contenders import Contender, Run, group_by_seed, setting_differences
from detente.evaluation.compare.figures import FIGURES, Figure
from detente.evaluation.compare.paired import McNemar, holm, mcnemar
from detente.evaluation.compare.results import FEW_GROUPS, Comparison, Difference, FigureRow, SliceDifference, Standing
from detente.evaluation.compare.sampling import SHOWN, Places, Sampling, difference, mean
from detente.evaluation.compare.seeds import Estimate
from detente.evaluation.compare.shared import share
from detente.evaluation.intervals import Interval
from detente.models.calibration import Floats

FEW_EXAMPLES = 30
"""Slices with fewer are not tested; `detente.evaluation.slices` says nothing of them either."""


@dataclass(frozen=True)
class _Slice:
    dimension: str
    value: str
    inside: Floats
    """Ones and zeros."""

    @property
    def n(self) -> int:
        return int(self.inside.sum())


def compare(runs: Sequence[Run], *, by: str = "macro_f1", on_common: bool = False) -> Comparison:
    """Rank runs that were measured on the same examples.

    Runs that differ by their seed alone count as one contender. All draws are seeded: the same runs give the same page.

    Args:
        runs: At least two, with names of their own.
        by: The figure that decides, of `FIGURES`.
        on_common: Compare on the examples that all runs have, if there are others.

    Raises:
        InputError: There is just one run, there is no such figure, or the examples are not the same.
    """
    figure = _figure(by)
    if len(runs) < 2:
        raise InputError(f"expected at least two runs to compare; found {len(runs)}")
    shared = share({run.name: run.evaluated for run in runs}, on_common=on_common)
    contenders = group_by_seed(runs)
    names = [run.name for run in runs]
    places = {one.name: [names.index(run.name) for run in one.runs] for one in contenders}
    sampling = Sampling.of(shared)
    sums = sampling.sums(figure, np.ones((len(shared.ids), 1)))
    pairs = _compare_pairs(sampling, figure, sums, places)
    standings = _rank(sampling, figure, sums, contenders, places, pairs)
    ranked = [one.contender for one in standings]
    return Comparison(
        figure=figure,
        shared=shared,
        standings=standings,
        pairs=tuple(pairs),
        figures=_compare_figures(sampling, [places[one.name] for one in ranked]),
        slices=_compare_slices(sampling, figure, {one.name: places[one.name] for one in ranked}),
        settings=setting_differences(ranked),
        places=places,
    )


def _figure(name: str) -> Figure:
    if name not in FIGURES:
        raise InputError(f"expected a figure to decide by, of {', '.join(FIGURES)}; found {name}")
    return FIGURES[name]


def _compare_pairs(sampling: Sampling, figure: Figure, sums: Floats, places: Mapping[str, Places]) -> list[Difference]:
    """Every contender with every other."""
    pairs = list(combinations(places, 2))
    found = [sampling.compare_parts(sums, figure, places[one], places[two], whole=True) for one, two in pairs]
    corrected = holm([estimate.p[0] for estimate in found])
    return [
        Difference(
            first=one,
            second=two,
            value=float(estimate.value[0]),
            interval=_interval(estimate, 0),
            p=float(estimate.p[0]),
            p_corrected=p,
            mcnemar=_mcnemar(sampling, places[one], places[two]),
        )
        for (one, two), estimate, p in zip(pairs, found, corrected, strict=True)
    ]


def _mcnemar(sampling: Sampling, first: Places, second: Places) -> McNemar | None:
    if len(first) > 1 or len(second) > 1:
        return None
    right = sampling.shared.probabilities.argmax(axis=2) == sampling.shared.gold
    return mcnemar(right[first[0]], right[second[0]], sampling.draws.index)


def _rank(
    sampling: Sampling,
    figure: Figure,
    sums: Floats,
    contenders: Sequence[Contender],
    places: Mapping[str, Places],
    pairs: Sequence[Difference],
) -> tuple[Standing, ...]:
    sampled = {one.name: sampling.sampled(sums[list(places[one.name])], figure.of) for one in contenders}
    means = {name: mean(one, sampling.groups) for name, one in sampled.items()}
    order = sorted(contenders, key=lambda one: -figure.gain(float(means[one.name].value[0])))
    return tuple(
        Standing(
            contender=one,
            values=tuple(float(value) for value in sampled[one.name].actual[:, 0]),
            value=float(means[one.name].value[0]),
            interval=_interval(means[one.name], 0),
            against_best=None if one is order[0] else _from_best(pairs, order[0].name, one.name),
        )
        for one in order
    )


def _from_best(pairs: Sequence[Difference], best: str, other: str) -> Difference:
    """The difference of a pair, turned so that the best comes first."""
    pair = next(one for one in pairs if {one.first, one.second} == {best, other})
    if pair.first == best:
        return pair
    low, high = pair.interval
    test = pair.mcnemar
    turned = test and replace(test, first_only=test.second_only, second_only=test.first_only)
    return replace(pair, first=best, second=other, value=-pair.value, interval=(-high, -low), mcnemar=turned)


def _compare_figures(sampling: Sampling, ranked: Sequence[Places]) -> tuple[FigureRow, ...]:
    best, *others = [sampling.shown_figures(places) for places in ranked]
    estimates = [difference(other, best, sampling.groups) for other in others]
    return tuple(
        FigureRow(
            name=name,
            values=tuple(float(one.actual[:, place].mean()) for one in (best, *others)),
            differences=(None, *((float(one.value[place]), _interval(one, place)) for one in estimates)),
        )
        for place, name in enumerate(SHOWN)
    )


def _compare_slices(sampling: Sampling, figure: Figure, ranked: Mapping[str, Places]) -> tuple[SliceDifference, ...]:
    """Each slice that is large enough, for each contender against the best."""
    names, sums = _slice_sums(sampling, figure)
    if not names:
        return ()
    (_, best), *others = ranked.items()
    figures = figure.of_part(sums.sum(axis=1))
    found = [
        SliceDifference(
            dimension=names[place].dimension,
            value=names[place].value,
            n=names[place].n,
            contender=contender,
            best=float(figures[list(best), place].mean()),
            other=float(figures[list(runs), place].mean()),
            interval=_interval(estimate, place),
            p=float(estimate.p[place]),
            p_corrected=1.0,
        )
        for contender, runs in others
        for estimate in [sampling.compare_parts(sums, figure, best, runs, whole=False)]
        for place in range(len(names))
    ]
    corrected = false_discovery_control([one.p for one in found])
    done = [replace(one, p_corrected=float(p)) for one, p in zip(found, corrected, strict=True)]
    return tuple(sorted(done, key=lambda one: (one.p, -abs(one.other - one.best))))


def _slice_sums(sampling: Sampling, figure: Figure) -> tuple[list[_Slice], Floats]:
    """The slices that the figure says something of, and their sums; one that is the whole file is none."""
    slices = [
        _Slice(dimension, value, inside)
        for dimension, values in sampling.shared.by.items()
        for value in sorted({value for value in values if value is not None})
        for inside in [np.array([one == value for one in values], dtype=np.float64)]
        if inside.sum() >= FEW_EXAMPLES
        and not inside.all()
        and len(set(sampling.draws.index[inside > 0])) >= FEW_GROUPS
    ]
    if not slices:
        return [], np.zeros(0)
    sums = sampling.sums(figure, np.stack([one.inside for one in slices], axis=1))
    measured = np.isfinite(figure.of_part(sums[0].sum(axis=0)))
    return [one for one, kept in zip(slices, measured, strict=True) if kept], sums[:, :, measured]


def _interval(estimate: Estimate, place: int) -> Interval:
    return float(estimate.low[place]), float(estimate.high[place])
