"""What a model must beat: no text, or no order of words."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from detente.data.records import STANCES, Example
from detente.models.calibration import Floats, stance_indices
from detente.models.encoding import with_spans


class Classifier(Protocol):
    """Anything that gives stance probabilities of shape (n, 3) for examples."""

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of support, neutral and oppose."""
        ...


class Baseline:
    """A scikit-learn classifier over strings made from examples."""

    def __init__(self, view: Callable[[Example], str], estimator: Any) -> None:
        self._view = view
        self._estimator = estimator

    def fit(self, examples: Sequence[Example]) -> "Baseline":
        """Learn from labelled examples."""
        gold = stance_indices([example.label for example in examples if example.label])
        if len(set(gold)) == 1:  # a regression needs two classes
            self._estimator = DummyClassifier(strategy="prior")
        self._estimator.fit([self._view(example) for example in examples], gold)
        return self

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3); a stance that was never seen has none."""
        known = self._estimator.predict_proba([self._view(example) for example in examples])
        probabilities = np.zeros((len(examples), len(STANCES)))
        probabilities[:, self._estimator.classes_] = known
        return probabilities


def majority() -> Baseline:
    """The commonest stance, whatever the example."""
    return Baseline(lambda example: example.text, DummyClassifier(strategy="prior"))


def names_only() -> Baseline:
    """Who asks about whom, the text hidden: what names alone give away."""
    return Baseline(_names, make_pipeline(TfidfVectorizer(token_pattern=r"\S+"), _regression()))


def masked_tfidf() -> Baseline:
    """Words and word triples around the pair, its mentions masked: what the text gives away without reading it."""
    return Baseline(_masked_text, make_pipeline(TfidfVectorizer(ngram_range=(1, 3), sublinear_tf=True), _regression()))


BASELINES: dict[str, Callable[[], Baseline]] = {
    "majority": majority,
    "names_only": names_only,
    "masked_tfidf": masked_tfidf,
}
BLIND = ("majority", "names_only")
"""The baselines that don't see the text."""


def _regression() -> LogisticRegression:
    return LogisticRegression(C=10.0, class_weight="balanced", max_iter=2000)


def _names(example: Example) -> str:
    actor, target = (name.lower().split() for name in (example.actor, example.target))
    features = [f"actor={word}" for word in actor] + [f"target={word}" for word in target]
    return " ".join([*features, f"pair={'_'.join(actor)}>{'_'.join(target)}"])


def _masked_text(example: Example) -> str:
    example = with_spans(example)
    spans = [(example.actor_span, " xactorx "), (example.target_span, " xtargetx ")]
    pieces, at = [], 0
    for span, mask in sorted((span, mask) for span, mask in spans if span):
        pieces += [example.text[at : span[0]], mask]
        at = max(at, span[1])
    return "".join([*pieces, example.text[at:]])
