"""Undirected signed graphs, and their modularity as a partition changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, eigsh
from sklearn.cluster import KMeans

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SPECTRAL_FROM = 30
"""Nodes; smaller graphs need no eigenvectors."""
SPECTRAL_CAMPS = (2, 3, 4)
FEW_CAMPS = 20
"""With so few camps left, a node is tried in all of them, not only in those of its neighbours."""


@dataclass(frozen=True)
class SignedGraph:
    """Ties between `size` nodes; a weight above zero is support, below zero opposition."""

    size: int
    first: Ints
    second: Ints
    weight: Floats

    @classmethod
    def of(cls, size: int, ties: Sequence[tuple[int, int, float]]) -> "SignedGraph":
        """A graph of (node, other node, weight); ties of weight zero and of a node with itself are left out."""
        kept = [tie for tie in ties if tie[2] and tie[0] != tie[1]]
        first, second, weight = zip(*kept, strict=True) if kept else ((), (), ())
        return cls(size, np.array(first, np.int64), np.array(second, np.int64), np.array(weight, np.float64))

    def degrees(self, sign: int) -> Floats:
        """Summed absolute weight of the ties of one sign at each node, shape (size,)."""
        weight = np.where(np.sign(self.weight) == sign, abs(self.weight), 0.0)
        ends = np.bincount(self.first, weight, self.size) + np.bincount(self.second, weight, self.size)
        return np.asarray(ends, np.float64)

    def neighbours(self) -> list[dict[int, float]]:
        """For each node the summed weight of its ties to each neighbour."""
        found: list[dict[int, float]] = [{} for _ in range(self.size)]
        for a, b, weight in zip(self.first.tolist(), self.second.tolist(), self.weight.tolist(), strict=True):
            found[a][b] = found[a].get(b, 0.0) + weight
            found[b][a] = found[b].get(a, 0.0) + weight
        return found

    def dealt_anew(self, generator: np.random.Generator) -> "SignedGraph":
        """A graph where each node keeps the number of its ties of each sign, but has them with nodes drawn at random.

        The ends of the ties of a sign are shuffled (the configuration model); a tie keeps its weight. Ties that come
        to join a node to itself are left out.
        """
        ends = np.stack([self.first, self.second])
        for sign in (-1, 1):
            chosen = np.flatnonzero(np.sign(self.weight) == sign)
            ends[:, chosen] = generator.permutation(ends[:, chosen].ravel()).reshape(2, -1)
        proper = ends[0] != ends[1]
        return SignedGraph(self.size, ends[0][proper], ends[1][proper], self.weight[proper])


def signed_modularity(graph: SignedGraph, camps: Ints) -> float:
    """How much more support lies inside camps, and opposition between them, than if ties fell at random.

    Gómez, Jensen and Arenas 2009 (Phys. Rev. E 80, 016114), equation 15; what Traag and Bruggeman 2009 maximise, with
    both resolutions at one. It is 0 for a graph without ties.
    """
    total = abs(graph.weight).sum()
    inside = graph.weight[camps[graph.first] == camps[graph.second]].sum()
    expected = 0.0
    for sign in (1, -1):
        degrees = graph.degrees(sign)
        if degrees.sum():
            expected += sign * (np.bincount(camps, degrees) ** 2).sum() / degrees.sum() / 2
    return float((inside - expected) / total) if total else 0.0


def best_partition(graph: SignedGraph, generator: np.random.Generator) -> Ints:
    """A partition of high signed modularity: the camp of each node, shape (size,).

    The best of several climbs: one from camps of one node each, the others from what the leading eigenvectors show.
    """
    search = _Search(graph.neighbours(), graph.degrees(1), graph.degrees(-1), generator)
    climbs = [_climb(graph, start, search) for start in (np.arange(graph.size), *_spectral_starts(graph, generator))]
    return max(climbs, key=lambda camps: signed_modularity(graph, camps))


def _spectral_starts(graph: SignedGraph, generator: np.random.Generator) -> list[Ints]:
    """Camps by the leading eigenvectors of the signed modularity matrix (Newman 2006, Phys. Rev. E 74, 036104).

    Where opposition makes the camps, few neighbours are allies, and a climb from single nodes loses its way.
    """
    if graph.size < SPECTRAL_FROM:
        return []
    ends = (np.concatenate([graph.first, graph.second]), np.concatenate([graph.second, graph.first]))
    ties = csr_array((np.tile(graph.weight, 2), ends), shape=(graph.size, graph.size))
    expected = [(sign, degrees) for sign in (1, -1) if (degrees := graph.degrees(sign)).sum()]

    def times(vector: Floats) -> Floats:
        flat = vector.ravel()
        chance = sum(sign * degrees * (degrees @ flat) / degrees.sum() for sign, degrees in expected)
        return np.asarray(ties @ flat - chance)

    matrix = LinearOperator(shape=ties.shape, matvec=times, dtype=np.float64)
    start = generator.standard_normal(graph.size)
    _, vectors = eigsh(matrix, k=max(SPECTRAL_CAMPS) - 1, which="LA", v0=start, tol=1e-3, maxiter=100 * graph.size)
    seed = int(generator.integers(2**31))
    return [
        KMeans(count, n_init=1, random_state=seed).fit_predict(vectors[:, 1 - count :]).astype(np.int64)
        for count in SPECTRAL_CAMPS
    ]


def _climb(graph: SignedGraph, camps: Ints, search: "_Search") -> Ints:
    """Single nodes, then whole camps, move to the camp that gains most, until nothing gains.

    Blondel et al. 2008 (Louvain) with the refinement of Rotta and Noack 2011.
    """
    reached = -np.inf
    while True:
        camps = _merged_upwards(search.moved(camps), search)
        gained = signed_modularity(graph, camps)
        if gained <= reached + 1e-9:
            return camps
        reached = gained


def _merged_upwards(camps: Ints, search: "_Search") -> Ints:
    """Whole camps joined as long as that gains."""
    while True:
        names, merged = np.unique(camps, return_inverse=True)
        joined = search.merged(merged, len(names)).moved(np.arange(len(names)))
        if len(np.unique(joined)) == len(names):
            return np.asarray(merged)
        camps = joined[merged]


@dataclass(frozen=True)
class _Search:
    """Nodes, or camps that stand for theirs, and where each gains most."""

    neighbours: list[dict[int, float]]
    support: Floats
    opposition: Floats
    generator: np.random.Generator

    def moved(self, start: Ints) -> Ints:
        """The camps once no node gains by moving to another, from the camps at the start."""
        camps = start.tolist()
        sums = [np.bincount(start, degrees, len(start)).tolist() for degrees in (self.support, self.opposition)]
        waiting = self.generator.permutation(len(camps)).tolist()
        while waiting:
            again: dict[int, None] = {}
            everywhere = set(camps) if len(set(camps)) <= FEW_CAMPS else set()
            for node in waiting:
                here = camps[node]
                camps[node] = self._best_camp(node, camps, sums, everywhere)
                if camps[node] != here:
                    again.update(dict.fromkeys(self.neighbours[node]))
            waiting = list(again)
        return np.array(camps)

    def _best_camp(self, node: int, camps: list[int], sums: list[list[float]], others: set[int]) -> int:
        """Take a node out of its camp, and into the one where it gains most; `sums` follow."""
        here, pro, contra = camps[node], float(self.support[node]), float(self.opposition[node])
        links = {here: 0.0, **dict.fromkeys(others, 0.0)}
        for other, weight in self.neighbours[node].items():
            links[camps[other]] = links.get(camps[other], 0.0) + weight
        sums[0][here] -= pro
        sums[1][here] -= contra
        a, b = pro / self._scales[0], contra / self._scales[1]
        gains = {camp: link - a * sums[0][camp] + b * sums[1][camp] for camp, link in links.items()}
        best = max(gains, key=gains.__getitem__)
        best = best if gains[best] > gains[here] + 1e-9 else here
        sums[0][best] += pro
        sums[1][best] += contra
        return best

    @cached_property
    def _scales(self) -> tuple[float, float]:
        return float(self.support.sum()) or 1.0, float(self.opposition.sum()) or 1.0

    def merged(self, camps: Ints, count: int) -> "_Search":
        """The same of the camps as nodes."""
        neighbours: list[dict[int, float]] = [{} for _ in range(count)]
        for camp, ties in zip(camps.tolist(), self.neighbours, strict=True):
            mine = neighbours[camp]
            for other, weight in ties.items():
                if camps[other] != camp:
                    there = int(camps[other])
                    mine[there] = mine.get(there, 0.0) + weight
        support, opposition = (np.bincount(camps, one, count) for one in (self.support, self.opposition))
        return _Search(neighbours, np.asarray(support), np.asarray(opposition), self.generator)
