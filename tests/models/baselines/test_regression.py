"""Logistic regression against scikit-learn's own answers."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from detente.models.baselines.regression import StanceRegression


@pytest.fixture
def features() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(60, 4))


@pytest.fixture
def gold(features: np.ndarray) -> np.ndarray:
    return np.clip(np.round(features[:, 0] + 1), 0, 2).astype(np.int64)


@pytest.mark.parametrize("left_out", [None, 0, 1, 2])
def test_probabilities_are_those_of_scikit_learn(features: np.ndarray, gold: np.ndarray, left_out: int | None):
    kept = gold != left_out
    theirs = LogisticRegression(C=2.0, class_weight="balanced").fit(features[kept], gold[kept])
    ours = StanceRegression(C=2.0).fit(features[kept], gold[kept]).predict_proba(features)
    assert ours[:, theirs.classes_] == pytest.approx(theirs.predict_proba(features))
    assert ours.sum(axis=1) == pytest.approx(np.ones(60))
    assert (ours > 0).all(axis=0).tolist() == [stance != left_out for stance in range(3)]


@pytest.mark.parametrize("stance", [0, 1, 2])
def test_one_stance_alone_is_always_the_answer(features: np.ndarray, stance: int):
    answers = StanceRegression().fit(features, np.full(60, stance)).predict_proba(features)
    assert answers.tolist() == [np.eye(3)[stance].tolist()] * 60


def test_sparse_features_are_answered_like_dense_ones(features: np.ndarray, gold: np.ndarray):
    dense = StanceRegression().fit(features, gold)
    sparse = StanceRegression().fit(csr_matrix(features), gold)
    assert sparse.predict_proba(csr_matrix(features)) == pytest.approx(dense.predict_proba(features), abs=1e-6)


def test_after_a_fit_on_standardised_features_raw_ones_are_taken(features: np.ndarray, gold: np.ndarray):
    mean, scale = features.mean(axis=0) + 3, features.std(axis=0) * 7
    regression = StanceRegression().fit((features - mean) / scale, gold)
    expected = regression.predict_proba((features - mean) / scale)
    regression.standardise(mean, scale)
    assert regression.predict_proba(features) == pytest.approx(expected)
