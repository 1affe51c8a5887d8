"""What a sweep searches and how, in Optuna's terms: distributions, sampler, pruner."""

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, BruteForceSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial

from detente.configs.schema import RangeConfig, SweepConfig
from detente.configs.space import is_whole

_SAMPLERS: dict[str, Callable[[int], BaseSampler]] = {
    "tpe": lambda seed: TPESampler(seed=seed),
    "random": lambda seed: RandomSampler(seed=seed),
    "grid": lambda seed: BruteForceSampler(seed=seed),
}
# what they count as steps is per cent of a training
_PRUNERS: dict[str, Callable[[], BasePruner]] = {
    "median": MedianPruner,
    "halving": lambda: SuccessiveHalvingPruner(min_resource=10, reduction_factor=3),
    "none": NopPruner,
}


def distributions(settings: SweepConfig) -> dict[str, BaseDistribution]:
    """What each searched setting may be."""
    return {name: _distribution(name, definition) for name, definition in settings.space.items()}


def trials_at_most(settings: SweepConfig) -> int:
    """How many trials there will be: a grid has no more than it has points."""
    if settings.sampler != "grid":
        return settings.trials
    return min(settings.trials, math.prod(_size(one) for one in distributions(settings).values()))


def make_pruner(settings: SweepConfig) -> BasePruner:
    """What decides whether a trial goes on."""
    return _PRUNERS[settings.pruner]()


class TrialSampler(BaseSampler):
    """Lets another sampler choose, seeded anew for each trial by its place among all trials.

    So a sweep that goes on after an interruption tries what it would have tried without, and workers that begin at the
    same moment don't draw the same random numbers.

    Args:
        settings: The kind of sampler, and its seed.
        place_of: Tells the place of the trial with a number; interrupted ones don't count.
    """

    def __init__(self, settings: SweepConfig, place_of: Callable[[Study, int], int]) -> None:
        self._place_of = place_of
        self._kind = settings.sampler
        self._seed = settings.sampler_seed
        self._sampler = self._seeded(0)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Seed the sampler."""
        self._sampler = self._seeded(self._place_of(study, trial.number))
        self._sampler.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """As the sampler does."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As the sampler does."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """As the sampler does."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def _seeded(self, place: int) -> BaseSampler:
        (seed,) = np.random.SeedSequence([self._seed, place]).generate_state(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return _SAMPLERS[self._kind](int(seed))


def _distribution(name: str, definition: RangeConfig | list[Any]) -> BaseDistribution:
    if isinstance(definition, list):
        return CategoricalDistribution(definition)
    low, high, step = definition.low, definition.high, definition.step
    if is_whole(name, definition):
        return IntDistribution(int(low), int(high), log=definition.log, step=int(step or 1))
    return FloatDistribution(low, high, log=definition.log, step=step)


def _size(distribution: BaseDistribution) -> int:
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    if isinstance(distribution, IntDistribution):
        return (distribution.high - distribution.low) // distribution.step + 1
    if isinstance(distribution, FloatDistribution) and distribution.step:
        return round((distribution.high - distribution.low) / distribution.step) + 1
    raise ValueError(f"expected a distribution with finitely many values; found {distribution}")
