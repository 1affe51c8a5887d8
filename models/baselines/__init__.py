"""What a model must beat: classifiers that lack something the task needs, and one that reads words without order."""

from collections.abc import Callable

from detente.models.baselines.classifier import Baseline, Classifier, PlainBaseline
from detente.models.baselines.lookup import Lookup, Majority
from detente.models.baselines.words import actor_hidden, masked_tfidf, names_only, target_hidden, text_only

__all__ = ["BASELINES", "BLIND", "CONTROLS", "Baseline", "Classifier", "masked_tfidf"]

BASELINES: dict[str, Callable[[], PlainBaseline]] = {
    "majority": Majority,
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
