"""What was learnt, as files."""

import numpy as np
import pytest

from detente.models.baselines.state import ARRAYS, FACTS, State


def test_values_and_arrays_come_back_to_the_last_bit(tmp_path):
    weights = np.random.default_rng(3).normal(size=(3, 5))
    State({"terms": ["é", 'a "b"'], "size": 7}, {"weights": weights, "bias": np.array([0, -np.inf, 1e-300])}).save(
        tmp_path
    )
    loaded = State.load(tmp_path)
    assert loaded.facts == {"terms": ["é", 'a "b"'], "size": 7}
    assert np.array_equal(loaded.array("weights", (3, 5)), weights)
    assert loaded.array("bias", (3,)).tolist() == [0, -np.inf, 1e-300]


def test_an_array_that_lies_the_other_way_in_memory_comes_back(tmp_path):
    columns = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    State(arrays={"columns": columns, "view": columns[:, ::2]}).save(tmp_path)
    assert State.load(tmp_path).array("columns", (2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert State.load(tmp_path).array("view", (2, 2)).tolist() == [[0, 2], [3, 5]]


def test_without_arrays_there_is_still_a_whole_state(tmp_path):
    State({"max_length": 64}).save(tmp_path)
    assert State.load(tmp_path) == State({"max_length": 64})


@pytest.mark.parametrize(("name", "found"), [("weights", r"\(2, 3\)"), ("other", "none")])
def test_an_array_of_another_shape_is_told(name, found):
    state = State(arrays={"weights": np.zeros((2, 3))})
    with pytest.raises(ValueError, match=rf"^{ARRAYS} must hold {name} of shape \(3, 3\); found {found}$"):
        state.array(name, (3, 3))


def test_saving_replaces_what_is_there(tmp_path):
    State({"a": 1}, {"x": np.zeros(9)}).save(tmp_path)
    State({"b": 2}, {"y": np.ones(1)}).save(tmp_path)
    assert State.load(tmp_path).facts == {"b": 2}
    assert list(State.load(tmp_path).arrays) == ["y"]
    assert {file.name for file in tmp_path.iterdir()} == {FACTS, ARRAYS}
