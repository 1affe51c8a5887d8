"""Does choosing what to label help, and does the random part tell the truth? `python benchmarks/selection.py`.

The sample training part is the pool and TF-IDF with logistic regression the model. Each round predicts what is not
labelled yet, chooses 100, and learns from all labels so far; macro-F1 is measured on the validation part.
"""

import argparse
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detente.data.labelling.selection import CHOSEN_BY, RANDOM, choose_next
from detente.data.reading import read_examples, write_records
from detente.data.records import STANCES, Example, Prediction
from detente.evaluation.metrics import score
from detente.models.baselines import Baseline, masked_tfidf
from detente.models.calibration import Floats

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
ROUND = 100
ROUNDS = 8


@dataclass
class Course:
    """What one seed and one way of choosing gave, round by round."""

    macro_f1: list[float]
    """On the validation part, after 100, 200, ... labels."""
    errors_random: list[float]
    """Accuracy on the random part of a round, minus that on its pool."""
    errors_all: list[float]
    """Accuracy on all that was chosen, minus that on the pool."""


def main() -> None:
    """Run both ways of choosing on several seeds and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    pool, valid = (_grouped(read_examples(SAMPLES / f"{part}.jsonl", labelled=True)) for part in ("train", "valid"))
    shares = {"random": 1.0, "chosen": 0.2}
    courses = {name: [run(pool, valid, seed, share) for seed in range(options.seeds)] for name, share in shares.items()}
    _show_scores(courses)
    _show_estimates(courses["chosen"])


def run(pool: Sequence[Example], valid: Sequence[Example], seed: int, random_share: float) -> Course:
    """Label 100 examples at random, then 100 more a round as they are chosen."""
    by_id = {example.id: example for example in pool}
    gold = [example.label for example in valid if example.label]
    start = np.random.default_rng(seed).choice(len(pool), ROUND, replace=False)
    labelled = [pool[place] for place in start]
    course = Course([], [], [])
    for round_ in range(ROUNDS):
        model = masked_tfidf().fit(labelled)
        course.macro_f1.append(score(gold, model.predict_proba(valid)).macro_f1)
        if round_ == ROUNDS - 1:
            break
        done = {example.id for example in labelled}
        left = [example for example in pool if example.id not in done]
        chosen, right = _choose(model, left, random_share, seed=1000 * seed + round_)
        drawn = [right[example.id] for example in chosen if example.meta[CHOSEN_BY] == RANDOM]
        truth = float(np.mean(list(right.values())))
        course.errors_random.append(float(np.mean(drawn)) - truth)
        course.errors_all.append(float(np.mean([right[example.id] for example in chosen])) - truth)
        labelled += [by_id[example.id] for example in chosen]
    return course


def _choose(model: Baseline, left: Sequence[Example], share: float, seed: int) -> tuple[list[Example], dict[str, bool]]:
    """The chosen examples, and for each of the pool whether the model is right."""
    probabilities = model.predict_proba(left)
    answers = [STANCES[int(place)] for place in probabilities.argmax(axis=1)]
    right = {example.id: answer is example.label for example, answer in zip(left, answers, strict=True)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.jsonl"
        write_records(path, _predictions(left, probabilities), Prediction)
        return choose_next(path, ROUND, random_share=share, seed=seed).examples, right


def _predictions(examples: Sequence[Example], probabilities: Floats) -> Iterable[Prediction]:
    for example, row in zip(examples, probabilities, strict=True):
        yield Prediction(
            example_id=example.id,
            article_id=example.group,
            actor=example.actor,
            target=example.target,
            text=example.text,
            stance=STANCES[int(row.argmax())],
            confident=False,
            **{f"p_{stance}": float(p) for stance, p in zip(STANCES, row, strict=True)},
        )


def _grouped(examples: Iterable[Example]) -> list[Example]:
    """Examples that each ask their own question."""
    return list({(one.actor, one.target, one.text): one for one in examples}.values())


def _show_scores(courses: dict[str, list[Course]]) -> None:
    print(f"macro-F1 on valid, mean of {len(courses['random'])} seeds (standard deviation)\n")
    print("| labels | random | chosen | difference, mean and 95% interval | seeds won |")
    print("|---|---|---|---|---|")
    scores = {name: np.array([course.macro_f1 for course in runs]) for name, runs in courses.items()}
    for round_ in range(ROUNDS):
        one, other = (scores[name][:, round_] for name in ("random", "chosen"))
        gain = other - one
        half = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
        print(
            f"| {(round_ + 1) * ROUND} | {one.mean():.3f} ({one.std(ddof=1):.3f}) | {other.mean():.3f} "
            f"({other.std(ddof=1):.3f}) | {gain.mean():+.3f} ± {half:.3f} | {int((gain > 0).sum())} of {len(gain)} |"
        )


def _show_estimates(courses: Sequence[Course]) -> None:
    print("\nestimate of the accuracy minus the truth on the pool, mean over rounds and seeds, 95% interval\n")
    for name, errors in (
        ("random part", [error for course in courses for error in course.errors_random]),
        ("all chosen", [error for course in courses for error in course.errors_all]),
    ):
        half = 1.96 * np.std(errors, ddof=1) / np.sqrt(len(errors))
        print(f"{name:12} {np.mean(errors):+.3f} ± {half:.3f}   (single estimates: {np.std(errors, ddof=1):.3f})")


if __name__ == "__main__":
    main()
