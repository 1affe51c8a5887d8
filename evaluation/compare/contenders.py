"""What is compared: evaluated runs, and those among them that differ by their seed alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from detente.evaluation.evaluated import Evaluated

SEED = "seed"
CODE = "code"
NOT_COMPARED = ("tracking.", "sweep.", "output_dir", "name")
"""Settings that don't change the model."""
_NAMED_SETTINGS = 3


@dataclass(frozen=True)
class Cost:
    """What a model took, where it is known."""

    parameters: float | None = None
    training_seconds: float | None = None
    examples_per_second: float | None = None
    """Answered in the evaluation."""


@dataclass(frozen=True)
class Run:
    """A trained and evaluated model."""

    name: str
    evaluated: Evaluated
    settings: Mapping[str, str] = field(default_factory=dict)
    """By dotted name; data files with their fingerprints, and the version of the code."""
    cost: Cost = Cost()
    config: str | None = None
    run_id: str | None = None
    experiment_id: str | None = None
    machine: str | None = None
    leaks: str | None = None
    """What its test file shares with its training file, in words."""


@dataclass(frozen=True)
class Contender:
    """One run, or several that differ by their seed alone."""

    name: str
    runs: tuple[Run, ...]

    @property
    def seeds(self) -> list[str]:
        """Those of its runs."""
        return [run.settings.get(SEED, "unknown") for run in self.runs]

    @property
    def settings(self) -> dict[str, str]:
        """What its runs have in common."""
        return _without_seed(self.runs[0])

    @property
    def cost(self) -> Cost:
        """The mean over its runs."""
        return Cost(**{name: _mean([getattr(run.cost, name) for run in self.runs]) for name in vars(Cost())})


def group_by_seed(runs: Sequence[Run]) -> list[Contender]:
    """Put runs of one config, data and code together that have different seeds, in the order of the first of each.

    If that leaves nothing to compare, each run stands for itself.
    """
    groups: list[list[Run]] = []
    for run in runs:
        fitting = (group for group in groups if _differ_by_seed(run, group))
        group = next(fitting, None)
        if group is None:
            groups.append([run])
        else:
            group.append(run)
    if len(groups) == 1:
        groups = [[run] for run in runs]
    return [Contender(name, tuple(group)) for name, group in zip(_names(groups), groups, strict=True)]


def setting_differences(contenders: Sequence[Contender]) -> dict[str, list[str]]:
    """The settings in which contenders differ, each with its value in all of them; "-" where one isn't known."""
    names = sorted({name for one in contenders for name in one.settings})
    rows = {name: [one.settings.get(name, "-") for one in contenders] for name in names}
    seeds = [", ".join(one.seeds) for one in contenders]
    rows |= {SEED: seeds} if any(SEED in run.settings for one in contenders for run in one.runs) else {}
    return {name: values for name, values in rows.items() if len(set(values)) > 1}


def _without_seed(run: Run) -> dict[str, str]:
    return {name: value for name, value in run.settings.items() if name != SEED}


def _differ_by_seed(run: Run, group: Sequence[Run]) -> bool:
    """Runs of which nothing is known are never taken for seeds of one config."""
    seeds = {one.settings.get(SEED) for one in group}
    return SEED in run.settings and run.settings[SEED] not in seeds and _without_seed(run) == _without_seed(group[0])


def _names(groups: Sequence[Sequence[Run]]) -> list[str]:
    """A run's own name; for several, that of their config."""
    names = [group[0].name if len(group) == 1 else _config_name(group, groups) for group in groups]
    return [f"{name} ({place})" if names.count(name) > 1 else name for place, name in enumerate(names, start=1)]


def _config_name(group: Sequence[Run], groups: Sequence[Sequence[Run]]) -> str:
    """With the settings, if need be, that tell the config from others of its name."""
    first = group[0]
    namesakes = [Contender("", tuple(one)) for one in groups if len(one) > 1 and one[0].config == first.config]
    differing = [name for name in setting_differences(namesakes) if name != SEED][:_NAMED_SETTINGS]
    settings = ", ".join(f"{name}={first.settings.get(name, '-')}" for name in differing)
    return f"{first.config or first.name}{f' ({settings})' if settings else ''}, {len(group)} seeds"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
