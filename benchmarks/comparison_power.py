"""How often `detente compare` calls equal runs different, and different ones equal: `make bench-comparison`.

Runs are simulated on grouped examples. Whether a run gets an example right depends on its skill, on how hard the group
and the example are for all runs, and on its own luck; little luck means that runs agree much.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from detente.data.records import STANCES
from detente.evaluation.compare.comparison import compare
from detente.evaluation.compare.contenders import Run
from detente.evaluation.compare.results import Comparison
from detente.evaluation.evaluated import Evaluated
from detente.evaluation.metrics import confusions, macro_f1
from detente.models.calibration import Floats

EXAMPLES = 500
LARGEST_GROUP = 5  # sizes from one to five: three on average
SHARES = (0.25, 0.5, 0.25)
GROUP_HARDNESS = 0.5
EXAMPLE_HARDNESS = 0.9
SKILL = 0.68  # in standard deviations: right three times in four
LUCK = {"90%": 0.3, "86%": 0.45, "78%": 0.8}
"""Of a run, by the share of answers in which two equally good runs agree."""
POINTS = 0.05
SEED_SPREAD = {"none": 0.0, "1 point": 0.032, "2.5 points": 0.08}
"""Standard deviation of the skill over seeds, by what it is in macro-F1."""


@dataclass(frozen=True)
class World:
    """Examples, how hard they are, and the mistake that lies near."""

    random: np.random.Generator
    groups: NDArray[np.int64]
    gold: NDArray[np.int64]
    hardness: Floats
    mistakes: NDArray[np.int64]
    luck: float

    @classmethod
    def of(cls, random: np.random.Generator, luck: float, n: int = EXAMPLES) -> "World":
        """Draw one. Mistakes about a stance are mostly neutral."""
        groups = np.repeat(np.arange(n), random.integers(1, LARGEST_GROUP + 1, n))[:n]
        gold = random.choice(len(STANCES), n, p=SHARES)
        hardness = random.normal(0, GROUP_HARDNESS, n)[groups] + random.normal(0, EXAMPLE_HARDNESS, n)
        stray = random.choice([0, 2], n)
        mistakes = np.where(gold == 1, stray, np.where(random.random(n) < 0.75, 1, 2 - gold))
        return cls(random, groups, gold, hardness, mistakes, luck)

    def answers(self, skill: float) -> NDArray[np.int64]:
        """Those of a run; its skill is in standard deviations of what makes an example hard for it."""
        scale = float(np.sqrt(GROUP_HARDNESS**2 + EXAMPLE_HARDNESS**2 + self.luck**2))
        right = skill * scale + self.hardness + self.random.normal(0, self.luck, len(self.gold)) > 0
        return np.where(right, self.gold, self.mistakes)

    def run(self, name: str, skill: float, config: str = "", seed: int = 0, slices: int = 0) -> Run:
        """A run of that skill."""
        probabilities = np.full((len(self.gold), len(STANCES)), 0.1)
        probabilities[np.arange(len(self.gold)), self.answers(skill)] = 0.8
        ids = [f"e{place}" for place in range(len(self.gold))]
        sides = np.random.default_rng(0).integers(0, 2, (slices // 2, len(ids)))
        evaluated = Evaluated(
            split="test",
            sha256="simulated",
            seconds=None,
            ids=ids,
            questions=[("Norland", "Kestria", one) for one in ids],
            groups=[f"g{group}" for group in self.groups],
            gold=self.gold,
            probabilities=probabilities,
            by={f"side {place}": [f"{value}" for value in side] for place, side in enumerate(sides)},
        )
        settings = {"seed": str(seed), "config": config} if config else {}
        return Run(name, evaluated, settings, config=config or None)


@cache
def gap(luck: float) -> float:
    """How much more skill makes five points of macro-F1."""
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        world = World.of(np.random.default_rng(0), luck, 100_000)
        worse, better = (_macro_f1(world, world.answers(skill)) for skill in (SKILL, SKILL + middle))
        low, high = (middle, high) if better - worse < POINTS else (low, middle)
    return (low + high) / 2


def compare_single(random: np.random.Generator, luck: float, lead: float) -> Comparison:
    """Two runs, the second of which has that much more skill."""
    world = World.of(random, luck)
    return compare([world.run("A", SKILL), world.run("B", SKILL + lead)])


def compare_seeds(random: np.random.Generator, luck: float, lead: float, *, seeds: int, spread: float) -> Comparison:
    """Two configs with several seeds each, whose skill varies."""
    world = World.of(random, luck)
    runs = [
        world.run(f"{config}{seed}", SKILL + extra + random.normal(0, spread), config, seed)
        for config, extra in (("A", 0.0), ("B", lead))
        for seed in range(seeds)
    ]
    return compare(runs)


def share_shown(comparisons: Sequence[Comparison]) -> float:
    """In what share of comparisons a difference was found."""
    return float(np.mean([one.others[0][1].shown for one in comparisons]))


def time_comparison(n: int, slices: int) -> float:
    """Seconds that a comparison of two runs takes."""
    world = World.of(np.random.default_rng(1), LUCK["86%"], n)
    runs = [world.run("A", SKILL, slices=slices), world.run("B", SKILL + 0.1, slices=slices)]
    start = time.perf_counter()
    compare(runs)
    return time.perf_counter() - start


def main() -> None:
    """Print the rates as Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100, help="simulated pairs for each rate")
    pairs = parser.parse_args().pairs
    print(f"{EXAMPLES} examples in groups of three on average, {pairs} pairs for each rate\n")
    print("| two single runs that agree in | equal, called different | 5 points apart, found |\n|---|---|---|")
    for name, luck in LUCK.items():
        random = np.random.default_rng(17)
        found = [[compare_single(random, luck, lead) for _ in range(pairs)] for lead in (0.0, gap(luck))]
        print(f"| {name} | {share_shown(found[0]):.1%} | {share_shown(found[1]):.1%} |", flush=True)
    print("\n| seeds each | they vary by (sd) | equal, called different | 5 points apart, found |\n|---|---|---|---|")
    luck = LUCK["86%"]
    for seeds in (2, 3, 5):
        for name, spread in SEED_SPREAD.items():
            random = np.random.default_rng(17)
            found = [
                [compare_seeds(random, luck, lead, seeds=seeds, spread=spread) for _ in range(pairs)]
                for lead in (0.0, gap(luck))
            ]
            print(f"| {seeds} | {name} | {share_shown(found[0]):.1%} | {share_shown(found[1]):.1%} |", flush=True)
    print(f"\n5,000 examples, 26 slices, two runs: {time_comparison(5000, 26):.1f} seconds")


def _macro_f1(world: World, answers: NDArray[np.int64]) -> float:
    return float(macro_f1(confusions(world.gold, answers).sum(axis=0)))


if __name__ == "__main__":
    main()
