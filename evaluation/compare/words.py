"""A comparison in sentences."""

from collections.abc import Sequence

from detente.evaluation.compare.contenders import SEED
from detente.evaluation.compare.results import SIGNIFICANT, Comparison, Difference
from detente.evaluation.intervals import Interval

ROUGH_GROUPS = 30
"""With fewer, resampling says little."""


def headline(comparison: Comparison) -> list[str]:
    """What came out, in a sentence or two."""
    if len(comparison.others) == 1:
        return [_of_two(comparison)]
    best, label = comparison.best, comparison.figure.label
    tied = [one.contender.name for one, difference in comparison.others if not difference.shown]
    worse = [one.contender.name for one, difference in comparison.others if difference.shown]
    sentences = [f"Best by {label}: {best.contender.name}, {best.value:.3f} ({within(best.interval)})."]
    sentences += [f"Can't be told from it on these examples: {'; '.join(tied)}."] if tied else []
    sentences += [f"Worse beyond chance: {'; '.join(worse)}."] if worse else []
    return sentences


def notes(comparison: Comparison) -> list[str]:
    """What a reader must know to take the figures for no more than they are."""
    shared = comparison.shared
    found = [_data(comparison)]
    if shared.partial:
        left = ", ".join(f"{count} of {name}" for name, count in shared.left_out.items() if count)
        found.append(f"The runs were evaluated on different data. Only the common examples count; left out: {left}.")
    leaks = {run.leaks: [one.name for one in comparison.runs if one.leaks == run.leaks] for run in comparison.runs}
    found += [f"The test file leaks, for {', '.join(names)}: {leak}." for leak, names in leaks.items() if leak]
    if comparison.groups < ROUGH_GROUPS:
        found.append(f"With fewer than {ROUGH_GROUPS} groups, intervals and p-values are rough.")
    return [*found, *_about_seeds(comparison), *_about_slices(comparison), *_about_machines(comparison)]


def slice_sentence(comparison: Comparison) -> str:
    """How many slices differ."""
    tested = comparison.slices
    if not tested:
        return "No slice is large enough to be tested."
    shown = [one for one in tested if one.shown]
    against = "the best" if len(comparison.others) > 1 else comparison.best.contender.name
    return f"{len(shown)} of {len(tested)} slices differ from {against} beyond chance."


def gain(comparison: Comparison, difference: Difference, of: str) -> tuple[float, Interval]:
    """How much better one of the two in a difference is than the other, with the interval."""
    sign = -1 if of == difference.first else 1
    value, *ends = [comparison.figure.gain(sign * one) for one in (difference.value, *difference.interval)]
    return value, (min(ends), max(ends))


def gain_words(comparison: Comparison, difference: Difference, of: str) -> str:
    """The same in words, with the p-value."""
    value, interval = gain(comparison, difference, of)
    return f"{value:+z.3f} ({signed(interval)}), {p_words(difference.p_corrected)}"


def within(interval: Interval) -> str:
    """An interval of figures."""
    return f"{interval[0]:.3f} to {interval[1]:.3f}"


def signed(interval: Interval) -> str:
    """An interval of differences."""
    return f"{interval[0]:+z.3f} to {interval[1]:+z.3f}"


def p_words(p: float) -> str:
    """As papers print it."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def p_figure(p: float) -> str:
    """The same in a column of its own."""
    return p_words(p).removeprefix("p = ").removeprefix("p ")


def _of_two(comparison: Comparison) -> str:
    (other, difference), best = comparison.others[0], comparison.best
    first, second = best.contender.name, other.contender.name
    figures = f"{comparison.figure.label} {best.value:.3f} against {other.value:.3f}"
    figures = f"{figures}, {gain_words(comparison, difference, first)}"
    if difference.shown:
        return f"{first} is better than {second}: {figures}."
    return f"{first} and {second} can't be told apart on these examples: {figures}."


def _data(comparison: Comparison) -> str:
    splits = sorted({run.evaluated.split for run in comparison.runs})
    prints = sorted({run.evaluated.sha256[:12] for run in comparison.runs})
    shared = comparison.shared
    return (
        f"{len(shared.ids)} examples of {comparison.groups} groups, file {', '.join(splits)}, "
        f"fingerprint {', '.join(prints)}. Level {SIGNIFICANT}."
    )


def _about_seeds(comparison: Comparison) -> list[str]:
    counts = [len(one.contender.runs) for one in comparison.standings]
    if set(comparison.settings) == {SEED} and set(counts) == {1}:
        return ["These runs differ by their seed alone. To compare settings, give runs of other settings too."]
    if set(counts) == {1}:
        return [
            "One run each: this is about these models, not about their settings. Another seed of the same settings may "
            "come out otherwise; train each with several seeds to know."
        ]
    single = [one.contender.name for one in comparison.standings if len(one.contender.runs) == 1]
    told = ["Intervals and p-values count both examples and seeds as samples."]
    if single:
        told.append(f"With one seed, these are taken to vary as the others do: {'; '.join(single)}.")
    return told


def _about_slices(comparison: Comparison) -> list[str]:
    names = {name for run in comparison.runs for name in run.evaluated.by}
    split = [name for name in sorted(names) if _is_split(comparison, name)]
    if not split:
        return []
    return [f"Runs with other training files put examples into other slices; those are in none: {', '.join(split)}."]


def _is_split(comparison: Comparison, dimension: str) -> bool:
    columns: Sequence[Sequence[str | None]] = [run.evaluated.by.get(dimension, ()) for run in comparison.runs]
    return not comparison.shared.partial and any(list(column) != list(columns[0]) for column in columns)


def _about_machines(comparison: Comparison) -> list[str]:
    machines = {run.machine for run in comparison.runs if run.machine}
    return ["The runs are of different machines, so their times don't compare."] if len(machines) > 1 else []
