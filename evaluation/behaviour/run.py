"""The behaviour of a model under interventions, from one batch of questions (CheckList, Ribeiro et al. 2020)."""

from collections.abc import Sequence

import numpy as np

from detente.data.records import Example
from detente.evaluation.behaviour.name_effects import measure_names, name_texts
from detente.evaluation.behaviour.own_data import own_probes, whole_texts
from detente.evaluation.behaviour.results import BehaviourReport, measure
from detente.evaluation.behaviour.templates import template_probes
from detente.models.baselines import Classifier
from detente.models.calibration import Floats

MOST_CASES = 100
RESAMPLES = 1000
_EXAMPLES_A_CASE = 50


def behaviour(
    predictor: Classifier, examples: Sequence[Example], *, seed: int, most: int = MOST_CASES
) -> BehaviourReport:
    """Ask a model what the answer to is known, or what must not change its answer.

    All questions go to the model at once, each once. Intervals are from whole groups: the user's groups, the templates,
    the sentences that names are put into.

    Args:
        predictor: The model.
        examples: The user's examples. Interventions choose from at most 50 times `most` of them, whole texts together;
            those whose outcome hangs on the label pass over examples without one.
        seed: Of all choices and draws; they don't depend on the order of the examples, but for repeated questions.
        most: Cases a probe.
    """
    kept = whole_texts(examples, most * _EXAMPLES_A_CASE, seed)
    own, templates = list(own_probes(kept, seed, most)), list(template_probes(seed, most))
    texts = name_texts()
    answers = _Answers(
        predictor,
        [
            *(example for probe in own + templates for case in probe.cases for example in case.asked),
            *(example for one in texts for row in one.asked for example in row),
        ],
    )
    draws = {"resamples": RESAMPLES, "seed": seed}
    return BehaviourReport(
        seed=seed,
        questions=len(answers.rows),
        examples=len(kept),
        own=tuple(measure(probe, answers.of, **draws) for probe in own),
        templates=tuple(measure(probe, answers.of, **draws) for probe in templates),
        names=tuple(
            measure_names(one, np.array([[answers.of(each) for each in row] for row in one.asked]), **draws)
            for one in texts
        ),
    )


class _Answers:
    """The probabilities of the questions, each asked once."""

    def __init__(self, predictor: Classifier, questions: Sequence[Example]) -> None:
        distinct = {_key(example): example for example in reversed(questions)}
        asked = list(reversed(distinct.values()))
        self.rows: dict[tuple[object, ...], Floats] = dict(
            zip(map(_key, asked), predictor.predict_proba(asked), strict=True)
        )

    def of(self, example: Example) -> Floats:
        """The three probabilities."""
        return self.rows[_key(example)]


def _key(example: Example) -> tuple[object, ...]:
    return example.text, example.actor, example.target, example.actor_span, example.target_span
