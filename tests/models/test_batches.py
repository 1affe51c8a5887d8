"""Which examples go through an encoder together."""

import pytest

from detente.models.batches import batches_by_length


@pytest.mark.parametrize(
    ("batch_tokens", "batches"),
    [(100, [[2, 0, 3, 1]]), (10, [[2], [0, 3, 1]]), (6, [[2], [0, 3], [1]]), (1, [[2], [0], [3], [1]])],
)
def test_batches_hold_as_many_tokens_as_they_may_the_longest_first(batch_tokens: int, batches: list[list[int]]):
    assert list(batches_by_length([3, 1, 9, 2], batch_tokens)) == batches


def test_without_inputs_there_are_no_batches():
    assert list(batches_by_length([], 100)) == []
