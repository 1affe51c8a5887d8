"""How well calibrations, thresholds and sets hold on groups that they were not fitted on.

    python benchmarks/confidence.py MODEL EXAMPLES

The groups are dealt into five parts, ten times anew; each part is answered with what was fitted on the four others.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.special import softmax
from sklearn.model_selection import GroupKFold

from detente.data.reading import read_examples
from detente.data.records import STANCES, Stance
from detente.evaluation.metrics import score
from detente.models.calibration import METHODS, Calibration, Floats, fit_calibration, stance_indices
from detente.models.confidence import measure_confidence
from detente.models.conformal import fit_sets
from detente.models.folder import load_model

ROUNDS, FOLDS = 10, 5
FIGURES = ("nll", "ece", "adaptive_ece", "classwise_ece", "brier", "balanced_brier", "macro_f1", "accuracy")


def folds(groups: Sequence[str]) -> Iterator[tuple[Floats, Floats]]:
    """The places to fit on and those to measure on, for all rounds."""
    for seed in range(ROUNDS):
        yield from GroupKFold(FOLDS, shuffle=True, random_state=seed).split(groups, groups=groups)


def calibrated(raw: Floats, gold: list[Stance], fitted: Floats, method: str | None) -> Floats:
    """Probabilities of all examples by a calibration that some of them gave; none: the raw ones."""
    one = fit_calibration(raw[fitted], [gold[i] for i in fitted], method) if method else Calibration()
    return np.asarray(softmax(one.apply(raw), axis=1))


def show_methods(raw: Floats, gold: list[Stance], groups: Sequence[str]) -> None:
    """A row for each method: the mean figures over the rounds."""
    print("| method | " + " | ".join(FIGURES) + " | mean p - share: " + ", ".join(STANCES) + " |")
    shares = np.bincount(stance_indices(gold), minlength=3) / len(gold)
    for method in (None, *METHODS):
        rounds = np.zeros((ROUNDS, len(gold), 3))
        for number, (fitted, held) in enumerate(folds(groups)):
            rounds[number // FOLDS][held] = calibrated(raw, gold, fitted, method)[held]
        scores = [score(gold, probabilities).flat() for probabilities in rounds]
        means = " | ".join(f"{np.mean([one[name] for one in scores]):.4f}" for name in FIGURES)
        off = ", ".join(f"{value:+.3f}" for value in rounds.mean(axis=(0, 1)) - shares)
        print(f"| {method or 'none'} | {means} | {off} |")


def count(raw: Floats, gold: list[Stance], groups: Sequence[str], method: str, wanted: float) -> Floats:
    """For each stance: answers, confident ones, right ones of them; examples, those in their set, sizes of the sets."""
    truth, counts = stance_indices(gold), np.zeros((len(STANCES), 6))
    for fitted, held in folds(groups):
        probabilities, known = calibrated(raw, gold, fitted, method), [gold[i] for i in fitted]
        thresholds = measure_confidence(probabilities[fitted], known, wanted).thresholds.values()
        for place, one in enumerate(thresholds):
            said = held[probabilities[held].argmax(axis=1) == place]
            sure = said[probabilities[said, place] >= one.probability]
            counts[place, :3] += len(said), len(sure), (truth[sure] == place).sum()
        sets = fit_sets(probabilities[fitted], known, wanted).sets(probabilities[held])
        for i, inside in zip(held, sets, strict=True):
            counts[truth[i], 3:] += 1, gold[i] in inside, len(inside)
    return counts


def show_confidence(raw: Floats, gold: list[Stance], groups: Sequence[str], method: str) -> None:
    """A row for each wanted share and stance."""
    print(f"\n| {method} | stance | confident answers | right among them | stance in its set | stances in the set |")
    for wanted in (0.8, 0.9, 0.95):
        counts = count(raw, gold, groups, method, wanted)
        for name, row in zip([*STANCES, "all"], [*counts, counts.sum(axis=0)], strict=True):
            answers, sure, right, examples, inside, sizes = row
            found = f"{right / sure:.3f}" if sure else "-"
            figures = [f"{sure / answers:.3f}", found, f"{inside / examples:.3f}", f"{sizes / examples:.2f}"]
            print(f"| {wanted} | {name} | " + " | ".join(figures) + " |")


def main(model: str, file: str) -> None:
    """Measure a model on labelled examples that it was not trained on."""
    examples = list(read_examples(Path(file), labelled=True))
    predictor = load_model(model)
    raw = predictor.calibration.undo(predictor.predict_logits(examples))
    gold = [example.label for example in examples if example.label is not None]
    groups = [example.group_key for example in examples]
    print(f"{len(examples)} examples of {len(set(groups))} groups")
    show_methods(raw, gold, groups)
    for method in METHODS:
        show_confidence(raw, gold, groups, method)


if __name__ == "__main__":
    main(*sys.argv[1:])
