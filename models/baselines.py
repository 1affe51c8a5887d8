"""What a model must beat: classifiers that lack something the task needs, and one that reads words without order."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from detente.data.audit.labels import count_by, row_key, text_key
from detente.data.records import STANCES, Example
from detente.models.calibration import Floats, stance_indices
from detente.models.encoding import with_spans


class Classifier(Protocol):
    """Anything that gives stance probabilities of shape (n, 3) for examples."""

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of support, neutral and oppose."""
        ...


class Learner(Protocol):
    """A classifier before it has learnt."""

    def fit(self, examples: Sequence[Example]) -> Classifier:
        """Learn from labelled examples."""
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


class Lookup:
    """Copies labels from the training file, from the first of these places that holds the question.

    1. The same actor, target and text.
    2. The same text with the actor and the target at the same places, under other names.
    3. The same text, whoever is asked about.
    4. The whole training file, so that the commonest stance is the answer.

    Case and white space don't count. The probabilities are the shares of the labels found there, with the shares of the
    whole file weighing as much as one label more: they break ties.
    """

    def fit(self, examples: Sequence[Example]) -> "Lookup":
        """Remember labelled examples."""
        self._tables = [(key, count_by(examples, key)) for key in (row_key, _place_key, text_key)]
        self._shares = np.bincount(stance_indices([one.label for one in examples if one.label]), minlength=len(STANCES))
        self._shares = self._shares / self._shares.sum()
        return self

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3); a stance that was never seen has none."""
        return np.array([self._answer(example) for example in examples])

    def _answer(self, example: Example) -> Floats:
        for key, table in self._tables:
            if found := table.get(key(example)):
                counts = np.array([found[stance] for stance in STANCES])
                return np.asarray((counts + self._shares) / (counts.sum() + 1))
        return np.asarray(self._shares)


def majority() -> Baseline:
    """The commonest stance, whatever the example."""
    return Baseline(lambda example: example.text, DummyClassifier(strategy="prior"))


def names_only() -> Baseline:
    """Who asks about whom, the text hidden: what names alone give away."""
    return Baseline(_names, make_pipeline(TfidfVectorizer(token_pattern=r"\S+"), _regression()))


def target_hidden() -> Baseline:
    """The text with the actor's mention marked, the target's left as any other word."""
    return _reader(lambda example: _masked_text(example, target=False))


def actor_hidden() -> Baseline:
    """The text with the target's mention marked, the actor's left as any other word."""
    return _reader(lambda example: _masked_text(example, actor=False))


def text_only() -> Baseline:
    """The text as it stands: all questions about it get one answer."""
    return _reader(lambda example: example.text)


def masked_tfidf() -> Baseline:
    """Words and word triples around the pair, its mentions masked: what the text gives away without reading it."""
    return _reader(_masked_text)


BASELINES: dict[str, Callable[[], Learner]] = {
    "majority": majority,
    "lookup": Lookup,
    "names_only": names_only,
    "target_hidden": target_hidden,
    "actor_hidden": actor_hidden,
    "text_only": text_only,
    "masked_tfidf": masked_tfidf,
}
CONTROLS: dict[str, str] = {
    "majority": "always gives the commonest stance",
    "lookup": "copies the labels of training examples with the same text",
    "names_only": "sees the two names, not the text",
    "target_hidden": "sees the text and where the actor stands, not who the target is",
    "actor_hidden": "sees the text and where the target stands, not who the actor is",
    "text_only": "sees the text, not who is asked about",
}
"""The baselines that lack something the task needs, and what: who can't beat them doesn't do the task."""
BLIND = ("majority", "names_only")
"""The controls that don't see the text."""


def _reader(view: Callable[[Example], str]) -> Baseline:
    return Baseline(view, make_pipeline(TfidfVectorizer(ngram_range=(1, 3), sublinear_tf=True), _regression()))


def _regression() -> LogisticRegression:
    return LogisticRegression(C=10.0, class_weight="balanced", solver="newton-cg", max_iter=200)


def _place_key(example: Example) -> Hashable:
    return text_key(example), example.actor_span, example.target_span


def _names(example: Example) -> str:
    actor, target = (name.lower().split() for name in (example.actor, example.target))
    features = [f"actor={word}" for word in actor] + [f"target={word}" for word in target]
    return " ".join([*features, f"pair={'_'.join(actor)}>{'_'.join(target)}"])


def _masked_text(example: Example, *, actor: bool = True, target: bool = True) -> str:
    """The text with masks for the mentions; those that are not to be told stay as they are."""
    example = with_spans(example)
    spans = [(example.actor_span, " xactorx ", actor), (example.target_span, " xtargetx ", target)]
    pieces, at = [], 0
    for span, mask in sorted((span, mask) for span, mask, told in spans if span and told):
        pieces += [example.text[at : span[0]], mask]
        at = max(at, span[1])
    return "".join([*pieces, example.text[at:]])
