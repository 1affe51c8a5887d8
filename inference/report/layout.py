"""Where the actors stand in the picture of a network."""

import networkx as nx
import numpy as np

from detente.inference.report.signed_graph import Floats, SignedGraph

PLACED_BY_FORCES = 400
"""Nodes beyond the strongest so many stand beside those that they are tied to: all at once would take minutes."""
OPPOSITION = 0.15
"""Pull of a tie of opposition against one of support: enough to keep a graph together, too little to mix camps."""


def place(graph: SignedGraph, *, seed: int = 0) -> Floats:
    """Coordinates from -1 to 1, shape (size, 2): supporters near one another (Fruchterman and Reingold 1991)."""
    if not graph.size:
        return np.zeros((0, 2))
    strength = graph.degrees(1) + graph.degrees(-1)
    order = np.argsort(-strength, kind="stable")
    pull = np.where(graph.weight > 0, 1.0, OPPOSITION) * np.sqrt(abs(graph.weight))
    ties = list(zip(graph.first.tolist(), graph.second.tolist(), pull.tolist(), strict=True))
    core = sorted(order[:PLACED_BY_FORCES].tolist())
    found = _by_forces(core, ties, seed)
    generator = np.random.default_rng(seed)
    places = np.zeros((graph.size, 2))
    places[core] = [found[node] for node in core]
    _beside_neighbours(places, order[PLACED_BY_FORCES:].tolist(), set(core), ties, generator)
    return _within_bounds(places)


def _by_forces(core: list[int], ties: list[tuple[int, int, float]], seed: int) -> dict[int, Floats]:
    picture = nx.Graph()
    picture.add_nodes_from(core)
    inside = set(core)
    picture.add_weighted_edges_from(tie for tie in ties if tie[0] in inside and tie[1] in inside)
    if len(core) < 2:
        return dict.fromkeys(core, np.zeros(2))
    # farther apart than by default: the actors have names beside them
    places = nx.spring_layout(picture, k=2.5 / np.sqrt(len(core)), iterations=80, seed=seed)
    return {node: np.asarray(place) for node, place in places.items()}


def _beside_neighbours(
    places: Floats,
    others: list[int],
    placed: set[int],
    ties: list[tuple[int, int, float]],
    generator: np.random.Generator,
) -> None:
    """Place the others, the strongest first, near the mean of their placed neighbours; without any, outside."""
    near: dict[int, list[int]] = {node: [] for node in others}
    for first, second, _ in ties:
        for node, other in ((first, second), (second, first)):
            if node in near:
                near[node].append(other)
    for node in others:
        known = [other for other in near[node] if other in placed]
        angle, distance = generator.uniform(0, 2 * np.pi), generator.uniform(0.05, 0.15)
        centre = places[known].mean(axis=0) if known else np.zeros(2)
        places[node] = centre + (distance if known else 1.2) * np.array([np.cos(angle), np.sin(angle)])
        placed.add(node)


def _within_bounds(places: Floats) -> Floats:
    """Centred, a stray node no farther out than needed, and scaled to reach from -1 to 1."""
    centred = places - np.median(places, axis=0)
    distance = np.linalg.norm(centred, axis=1)
    limit = 1.5 * np.quantile(distance, 0.9)
    drawn_in = np.where(distance > limit, limit / np.maximum(distance, 1e-12), 1.0)[:, None] * centred
    return np.asarray(drawn_in / max(abs(drawn_in).max(), 1e-12))
