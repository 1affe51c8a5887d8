"""Baselines that read words without their order: TF-IDF with logistic regression, over views of an example."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from sklearn.feature_extraction.text import TfidfVectorizer

from detente.data.records import Example
from detente.models.baselines.regression import StanceRegression
from detente.models.baselines.state import State
from detente.models.calibration import Floats, stance_indices
from detente.models.encoding import with_spans


class Words:
    """Logistic regression over the TF-IDF of strings made from examples.

    Args:
        view: Makes the string. Neither it nor the settings are saved: a change of them is a change of the format.
        settings: Of scikit-learn's `TfidfVectorizer`.
    """

    def __init__(self, view: Callable[[Example], str], **settings: Any) -> None:
        self._view = view
        self._settings = settings
        self._vectorizer = TfidfVectorizer(**settings)
        self._regression = StanceRegression(C=10.0, solver="newton-cg", max_iter=200)

    def fit(self, examples: Sequence[Example]) -> Self:
        """Learn from labelled examples."""
        features = self._vectorizer.fit_transform([self._view(example) for example in examples])
        self._regression.fit(features, stance_indices([example.label for example in examples if example.label]))
        return self

    def predict_proba(self, examples: Sequence[Example]) -> Floats:
        """Probabilities of shape (n, 3); a stance that was never seen has none."""
        return self._regression.predict_proba(self._vectorizer.transform([self._view(one) for one in examples]))

    def save(self, folder: Path) -> None:
        """Write the vocabulary, the weights of its terms, and the regression."""
        terms = self._vectorizer.get_feature_names_out().tolist()
        State({"vocabulary": terms}, {"idf": self._vectorizer.idf_, **self._regression.arrays}).save(folder)

    def load(self, folder: Path) -> Self:
        """Read them."""
        state = State.load(folder)
        terms = state.facts["vocabulary"]
        self._vectorizer = TfidfVectorizer(**self._settings, vocabulary=terms)
        self._vectorizer.idf_ = state.array("idf", (len(terms),))
        self._regression.load(state, len(terms))
        return self


def names_only() -> Words:
    """Who asks about whom, the text hidden: what names alone give away."""
    return Words(_names, token_pattern=r"\S+")


def target_hidden() -> Words:
    """The text with the actor's mention marked, the target's left as any other word."""
    return _reader(lambda example: _masked_text(example, target=False))


def actor_hidden() -> Words:
    """The text with the target's mention marked, the actor's left as any other word."""
    return _reader(lambda example: _masked_text(example, actor=False))


def text_only() -> Words:
    """The text as it stands: all questions about it get one answer."""
    return _reader(lambda example: example.text)


def masked_tfidf() -> Words:
    """Words and word triples around the pair, its mentions masked: what the text gives away without reading it."""
    return _reader(_masked_text)


def _reader(view: Callable[[Example], str]) -> Words:
    return Words(view, ngram_range=(1, 3), sublinear_tf=True)


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
