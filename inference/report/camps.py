"""Camps: actors that support one another and oppose others, where the network holds more of that than chance.

A partition of high signed modularity (Traag and Bruggeman 2009, Phys. Rev. E 80, 036115). A search finds some partition
in any network, so camps are only told of if the network's modularity is higher than in all of `DEALS` networks where
each actor keeps the number of its ties of each sign but has them with others at random: by chance that happens once in
`DEALS + 1` networks without camps (a Monte Carlo test, Besag and Clifford 1989).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from detente.inference.report.signed_graph import Ints, SignedGraph, best_partition, signed_modularity

DEALS = 19
SEARCHES = 3
"""More climbs for the camps that are shown, once the test is passed."""
LEAST = 3
"""Members: two actors who support each other are a pair, not a camp."""
NONE = -1
"""The camp of an actor that is in none."""


@dataclass(frozen=True)
class Camps:
    """The camps of a network and how well they fit it."""

    members: tuple[int, ...]
    """For each node its camp, 0 being the largest, or -1."""
    sizes: tuple[int, ...]
    """Nodes of each camp; empty if no camps are found."""
    why_none: str
    """In words; empty if camps are found."""
    inside: float | None = None
    """Share of the supporting weight that lies inside a camp; None without any."""
    between: float | None = None
    """Share of the opposing weight that lies between two camps, of that among members of camps; None without any."""
    modularity: float = 0.0
    by_chance: float = 0.0
    """The highest modularity in the networks dealt at random."""


def find_camps(graph: SignedGraph, *, seed: int = 0) -> Camps:
    """The camps of a network. An actor belongs to one only with a supporting tie to another member."""
    if not (graph.weight > 0).any():
        return _no_camps(graph, "no two actors are tied by support")
    generator = np.random.default_rng(seed)
    found = [best_partition(graph, generator)]
    reached, chance = signed_modularity(graph, found[0]), 0.0
    for deal in range(1, DEALS + 1):
        chance = max(chance, _modularity_by_chance(graph, generator))
        if chance >= reached:
            why = (
                "networks where each actor has as many ties, but with others at random, fit camps as well "
                f"(modularity {reached:.3f} here, {chance:.3f} in one of {deal})"
            )
            return _no_camps(graph, why)
    found += [best_partition(graph, generator) for _ in range(SEARCHES)]
    best = max(found, key=lambda camps: signed_modularity(graph, camps))
    members = _by_size(_supported(graph, best))
    sizes = np.bincount(members[members != NONE])
    if len(sizes) < 2:
        return _no_camps(graph, "all support runs within one group, or between pairs of actors")
    return Camps(
        members=tuple(members.tolist()),
        sizes=tuple(sizes.tolist()),
        why_none="",
        inside=_share(graph, members, sign=1),
        between=_share(graph, members, sign=-1),
        modularity=signed_modularity(graph, best),
        by_chance=chance,
    )


def _no_camps(graph: SignedGraph, why: str) -> Camps:
    return Camps(members=(NONE,) * graph.size, sizes=(), why_none=why)


def _modularity_by_chance(graph: SignedGraph, generator: np.random.Generator) -> float:
    dealt = graph.dealt_anew(generator)
    return signed_modularity(dealt, best_partition(dealt, generator))


def _supported(graph: SignedGraph, camps: Ints) -> Ints:
    """The camps without the members that no other member supports."""
    joined = (graph.weight > 0) & (camps[graph.first] == camps[graph.second])
    supported = np.zeros(graph.size, bool)
    supported[graph.first[joined]] = supported[graph.second[joined]] = True
    return np.where(supported, camps, NONE)


def _by_size(camps: Ints) -> Ints:
    """The camps that are large enough, from the largest; of equal ones the one with the earliest node comes first."""
    counts = Counter(camp for camp in camps.tolist() if camp != NONE)
    places = {camp: place for place, (camp, _) in enumerate(counts.most_common()) if counts[camp] >= LEAST}
    return np.array([places.get(camp, NONE) for camp in camps.tolist()], np.int64)


def _share(graph: SignedGraph, camps: Ints, *, sign: int) -> float | None:
    """The share of the weight of a sign among members of camps that lies where it belongs; None without any."""
    first, second = camps[graph.first], camps[graph.second]
    counted = (np.sign(graph.weight) == sign) & (first != NONE) & (second != NONE)
    total = abs(graph.weight[counted]).sum()
    fits = counted & ((first == second) if sign > 0 else (first != second))
    return float(abs(graph.weight[fits]).sum() / total) if total else None
