"""Signed graphs and partitions of high modularity."""

import numpy as np
import pytest

from detente.inference.report.signed_graph import SignedGraph, best_partition, signed_modularity


def blocs(size: int, ties: int, *, noise: float = 0.0, seed: int = 0) -> SignedGraph:
    """Two blocs, even and odd nodes: support within, opposition between, some ties with a sign at random."""
    draw = np.random.default_rng(seed)
    ends = draw.integers(size, size=(ties, 2))
    planted = np.where(ends[:, 0] % 2 == ends[:, 1] % 2, 1.0, -1.0)
    signs = np.where(draw.random(ties) < noise, draw.choice([-1.0, 1.0], ties), planted)
    return SignedGraph.of(size, [(int(a), int(b), float(sign)) for (a, b), sign in zip(ends, signs, strict=True)])


def test_modularity_is_that_of_the_definition() -> None:
    # one tie of support within each camp, one of opposition between: 1/3 * (2 - (4/4 + 4/4)/... ) by hand below
    graph = SignedGraph.of(4, [(0, 1, 1.0), (2, 3, 1.0), (1, 2, -1.0)])
    inside, by_support, by_opposition = 2.0, (2**2 + 2**2) / (2 * 4), (1**2 + 1**2) / (2 * 2)
    expected = (inside - by_support + by_opposition) / 3
    assert signed_modularity(graph, np.array([0, 0, 1, 1])) == pytest.approx(expected)


def test_modularity_is_the_double_sum() -> None:
    graph, camps = blocs(9, 30, noise=0.5), np.arange(9) % 3
    weights = np.zeros((9, 9))
    np.add.at(weights, (graph.first, graph.second), graph.weight)
    pro, contra = graph.degrees(1), graph.degrees(-1)
    chance = np.outer(pro, pro) / pro.sum() - np.outer(contra, contra) / contra.sum()
    same = camps[:, None] == camps[None, :]
    total = (weights + weights.T - chance)[same].sum() / (pro.sum() + contra.sum())
    assert signed_modularity(graph, camps) == pytest.approx(total)


def test_a_graph_without_ties_has_no_modularity() -> None:
    assert signed_modularity(SignedGraph.of(3, []), np.zeros(3, np.int64)) == 0.0


def test_ties_of_a_node_with_itself_and_of_no_weight_are_left_out() -> None:
    assert SignedGraph.of(3, [(0, 0, 1.0), (0, 1, 0.0), (1, 2, -2.0)]).weight.tolist() == [-2.0]


@pytest.mark.parametrize("size", [8, 60])
def test_planted_blocs_are_found(size: int) -> None:
    camps = best_partition(blocs(size, size * 8, noise=0.2), np.random.default_rng(0))
    assert len(set(camps[::2].tolist())) == len(set(camps[1::2].tolist())) == 1
    assert camps[0] != camps[1]


def test_a_graph_dealt_anew_keeps_the_ties_of_each_node() -> None:
    graph = blocs(200, 400)
    dealt = graph.dealt_anew(np.random.default_rng(1))
    lost = len(graph.weight) - len(dealt.weight)
    assert 0 <= lost < 15
    for sign in (-1, 1):
        assert abs(graph.degrees(sign) - dealt.degrees(sign)).sum() <= 2 * lost
    assert not np.array_equal(graph.first[: len(dealt.first)], dealt.first)
