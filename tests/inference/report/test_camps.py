"""Camps are told of where there are some, and only there."""

import numpy as np
import pytest

from detente.inference.report.camps import NONE, find_camps
from detente.inference.report.signed_graph import SignedGraph


def clear_blocs(size: int = 12) -> SignedGraph:
    pairs = [(a, b) for a in range(size) for b in range(a)]
    return SignedGraph.of(size + 1, [(a, b, 1.0 if a % 2 == b % 2 else -1.0) for a, b in pairs] + [(size, 0, -1.0)])


def test_two_blocs_are_two_camps_that_fit() -> None:
    camps = find_camps(clear_blocs())
    assert camps.sizes == (6, 6)
    assert camps.inside == camps.between == 1.0
    assert camps.modularity > camps.by_chance > 0


def test_an_actor_whom_no_member_supports_is_in_no_camp() -> None:
    assert find_camps(clear_blocs()).members[-1] == NONE


@pytest.mark.parametrize("seed", range(5))
def test_ties_at_random_make_no_camps(seed: int) -> None:
    draw = np.random.default_rng(seed)
    ties = [(int(a), int(b), float(draw.choice([-1, 1]))) for a, b in draw.integers(40, size=(150, 2))]
    camps = find_camps(SignedGraph.of(40, ties))
    assert camps.sizes == ()
    assert "by chance" in camps.why_none or "at random" in camps.why_none


def test_a_pair_is_no_camp() -> None:
    graph = clear_blocs()
    pair = [(13, 14, 1.0)]
    ties = list(zip(graph.first.tolist(), graph.second.tolist(), graph.weight.tolist(), strict=True))
    assert find_camps(SignedGraph.of(15, ties + pair)).members[13:] == (NONE, NONE)


def test_without_support_there_are_no_camps() -> None:
    camps = find_camps(SignedGraph.of(3, [(0, 1, -1.0)]))
    assert camps.members == (NONE,) * 3
    assert camps.why_none == "no two actors are tied by support"


def test_the_same_network_has_the_same_camps() -> None:
    assert find_camps(clear_blocs()) == find_camps(clear_blocs())
