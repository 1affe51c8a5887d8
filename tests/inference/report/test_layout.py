"""Places of actors."""

import numpy as np
import pytest

from detente.inference.report import layout
from detente.inference.report.layout import place
from detente.inference.report.signed_graph import SignedGraph


def blocs() -> SignedGraph:
    pairs = [(a, b) for a in range(12) for b in range(a)]
    return SignedGraph.of(12, [(a, b, 1.0 if a % 2 == b % 2 else -1.0) for a, b in pairs])


def test_supporters_stand_nearer_than_opponents() -> None:
    places = place(blocs())
    distance = np.linalg.norm(places[:, None] - places[None, :], axis=2)
    allied = np.arange(12)[:, None] % 2 == np.arange(12)[None, :] % 2
    assert distance[allied].sum() / (allied.sum() - 12) < 0.7 * distance[~allied].mean()


@pytest.mark.parametrize("size", [0, 1, 2])
def test_few_actors_have_places(size: int) -> None:
    places = place(SignedGraph.of(size, [(0, 1, 1.0)] if size == 2 else []))
    assert places.shape == (size, 2)
    assert np.isfinite(places).all()


def test_those_beyond_the_strongest_stand_beside_their_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "PLACED_BY_FORCES", 4)
    ties = [(0, 1, 9.0), (1, 2, 9.0), (2, 3, 9.0), (3, 0, 9.0), (4, 0, 1.0)]
    places = place(SignedGraph.of(6, ties))
    nearest = np.linalg.norm(places[:4] - places[4], axis=1).argmin()
    assert nearest == 0
    assert np.isfinite(places).all()


def test_places_are_the_same_each_time_and_fill_the_picture() -> None:
    assert np.array_equal(place(blocs()), place(blocs()))
    assert abs(place(blocs())).max() == pytest.approx(1.0)
