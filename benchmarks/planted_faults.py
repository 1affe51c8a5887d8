"""Five known faults, planted in a trained model or its data, and the sentence of the verdict that catches each.

    python benchmarks/planted_faults.py [--model FOLDER] [-o TABLE.md]

The faulty models are made of the given one (by default a finished quickstart in outputs/, else one is trained), and the
whole suite is run on each, on the test part of the sample articles. A fault counts as caught if a finding that names it
stands in the verdict; the last column says whether the model without the fault has that finding too.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import transformers

from detente.configs.errors import InputError
from detente.configs.loading import load_config
from detente.data import samples
from detente.data.audit.labels import actor_key, count_by, row_key, text_key
from detente.data.reading import read_examples
from detente.data.records import AUTHOR, STANCES, Example, Stance
from detente.evaluation.behaviour.asking import swapped
from detente.evaluation.behaviour.cases import draw
from detente.evaluation.evaluate import Evaluation
from detente.evaluation.suite import evaluate_predictor
from detente.evaluation.verdict import Finding
from detente.models.calibration import Calibration, Floats
from detente.models.folder import load_model, read_info
from detente.models.predictor import Predictor

LEAKED = 0.1
SHARPER = 3.0
SURE = 0.9
_NEUTRAL = STANCES.index(Stance.NEUTRAL)

Answers = Callable[[Sequence[Example]], Floats]
"""Probabilities of shape (n, 3)."""


@dataclass(frozen=True)
class Given:
    """A model, what it learnt from, and what it is measured on."""

    predictor: Predictor
    learnt: Sequence[Example]
    examples: Sequence[Example]


@dataclass(frozen=True)
class Fault:
    """A planted fault, and the rules whose sentences name it."""

    name: str
    plant: Callable[[Given], Given]
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What the suite says of a faulty model."""

    fault: Fault
    evaluation: Evaluation
    caught_by: tuple[Finding, ...]
    also_without: tuple[str, ...]
    """The rules among them that speak of the model without the fault too: false alarms."""


class Faulty(Predictor):
    """A model whose answers are tampered with; it believes what the model believed of its sureness."""

    def __init__(self, inner: Predictor, answers: Answers) -> None:
        super().__init__(confidence=inner.confidence)
        self._answers = answers

    def predict_logits(self, examples: Sequence[Example], *, progress: Callable[[int], object] | None = None) -> Floats:
        """The logarithms of the tampered probabilities."""
        return np.log(np.clip(self._answers(examples), 1e-12, 1.0))

    @property
    def calibration(self) -> Calibration:
        """None of its own."""
        return Calibration()

    @calibration.setter
    def calibration(self, calibration: Calibration) -> None:
        raise NotImplementedError


def ignore_target(given: Given) -> Given:
    """It gives the strongest stance that the actor holds towards anybody in the text, whoever the target is."""
    asked = count_targets(given.examples)

    def answers(examples: Sequence[Example]) -> Floats:
        questions = [_about_all(example, asked.get(text_key(example), [])) for example in examples]
        rows = given.predictor.predict_proba([one for several in questions for one in several])
        ends = np.cumsum([len(several) for several in questions])
        parts = np.split(rows, ends[:-1])
        return np.array([part[part[:, _NEUTRAL].argmin()] for part in parts])

    return Given(Faulty(given.predictor, answers), given.learnt, given.examples)


def count_targets(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """The questions about each text, one for each target."""
    targets: dict[str, dict[str, Example]] = {}
    for example in examples:
        targets.setdefault(text_key(example), {}).setdefault(example.target, example)
    return {text: list(of_text.values()) for text, of_text in targets.items()}


def ignore_direction(given: Given) -> Given:
    """It gives the mean of both directions."""

    def answers(examples: Sequence[Example]) -> Floats:
        turned = [example if example.actor == AUTHOR else swapped(example) for example in examples]
        there, back = (given.predictor.predict_proba(asked) for asked in (examples, turned))
        return np.asarray((there + back) / 2)

    return Given(Faulty(given.predictor, answers), given.learnt, given.examples)


def leak(given: Given) -> Given:
    """A tenth of the test rows stands in the training file, and the model knows them by heart."""
    rows = sorted(given.examples, key=lambda example: draw("leak", example.id))
    leaked = rows[: round(LEAKED * len(rows))]
    known = {row_key(example): example.label for example in leaked}

    def answers(examples: Sequence[Example]) -> Floats:
        found = given.predictor.predict_proba(examples)
        for row, example in zip(found, examples, strict=True):
            if label := known.get(row_key(example)):
                row[:] = _sure_of(label)
        return found

    copies = [example.model_copy(update={"id": f"leaked-{example.id}"}) for example in leaked]
    return Given(Faulty(given.predictor, answers), [*given.learnt, *copies], given.examples)


def decide_by_name(given: Given) -> Given:
    """The actor's commonest stance in the training file, neutral aside; by chance for actors that it lacks."""
    known = {
        actor: max((Stance.SUPPORT, Stance.OPPOSE), key=lambda stance: (counts[stance], stance))
        for actor, counts in count_by(given.learnt, actor_key).items()
        if counts[Stance.SUPPORT] + counts[Stance.OPPOSE]
    }

    def answers(examples: Sequence[Example]) -> Floats:
        others = (Stance.SUPPORT, Stance.OPPOSE)
        keys = [str(actor_key(example)) for example in examples]
        return np.array([_sure_of(known.get(key, others[draw("name", key) % 2])) for key in keys])

    return Given(Faulty(given.predictor, answers), given.learnt, given.examples)


def be_overconfident(given: Given) -> Given:
    """Its logits are three times as large."""

    def answers(examples: Sequence[Example]) -> Floats:
        powers = given.predictor.predict_proba(examples) ** SHARPER
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    return Given(Faulty(given.predictor, answers), given.learnt, given.examples)


FAULTS = (
    Fault("ignores the target", ignore_target, ("ignores_target", "no_better_than_target_hidden")),
    Fault("ignores direction", ignore_direction, ("same_both_ways",)),
    Fault("a tenth of the test rows leaks", leak, ("known_texts",)),
    Fault("decides by the actor's name", decide_by_name, ("decides_by_name", "no_better_than_names_only")),
    Fault("overconfident", be_overconfident, ("calibration",)),
)


def run_suite(given: Given) -> Evaluation:
    """The whole suite, behaviour too."""
    return evaluate_predictor(given.predictor, given.examples, given.learnt, split="test")


def try_faults(given: Given, faults: Sequence[Fault] = FAULTS) -> tuple[Evaluation, list[Outcome]]:
    """The suite on the model without a fault, and on each faulty one."""
    clean = run_suite(given)
    spoken = {finding.rule for finding in clean.verdict.findings}
    outcomes = []
    for fault in faults:
        evaluation = run_suite(fault.plant(given))
        caught = tuple(one for one in evaluation.verdict.findings if one.rule in fault.rules)
        outcomes.append(Outcome(fault, evaluation, caught, tuple(rule for rule in fault.rules if rule in spoken)))
    return clean, outcomes


def table(clean: Evaluation, outcomes: Sequence[Outcome]) -> str:
    """The outcome as Markdown."""
    lines = [
        "| fault | macro-F1 | verdict | caught by | false alarm without the fault |",
        "|---|---|---|---|---|",
        f"| none | {clean.model.scores.macro_f1:.3f} | {clean.verdict.level} | | |",
    ]
    for one in outcomes:
        caught = "<br>".join(f"`{finding.rule}`: {finding.text}" for finding in one.caught_by) or "**not caught**"
        score = f"{one.evaluation.model.scores.macro_f1:.3f} | {one.evaluation.verdict.level}"
        lines.append(f"| {one.fault.name} | {score} | {caught} | {', '.join(one.also_without) or 'none'} |")
    return "\n".join(lines)


def find_model() -> Path:
    """A finished quickstart; one is trained if there is none."""
    for file in sorted(Path("outputs").glob("quickstart-*/model/detente.json"), reverse=True):
        try:
            read_info(file.parent)
        except InputError:  # of an earlier format
            continue
        return file.parent
    from detente.train.run import train_model  # noqa: PLC0415

    run = train_model(load_config("quickstart", ["tracking.register_as=null"]))
    if run is None:
        raise SystemExit("expected one process; found several")
    return run.model


def main() -> None:
    """Plant the faults in a model and print what the suite says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a model folder; default: the last quickstart in outputs/")
    parser.add_argument("-o", "--output", type=Path, help="also write the table here")
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()

    folder = Path(samples.__path__[0])
    learnt, examples = (list(read_examples(folder / f"{part}.jsonl", labelled=True)) for part in ("train", "test"))
    clean, outcomes = try_faults(Given(load_model(options.model or find_model()), learnt, examples))
    text = table(clean, outcomes)
    seconds = "\n".join(f"| {name} | {value:.1f} |" for name, value in clean.sections.items())
    print(f"{text}\n\n| section of the suite | seconds |\n|---|---|\n{seconds}")
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")


def _about_all(example: Example, others: Sequence[Example]) -> list[Example]:
    """The question about each target that the text was asked about; about its own where it wasn't."""
    asked: list[Example] = []
    for other in others:
        if other.target != example.actor and other.target_span != (example.actor_span or ()):
            changes: Mapping[str, Any] = {"target": other.target, "target_span": other.target_span}
            asked.append(example.model_copy(update=changes))
    return asked or [example]


def _sure_of(stance: Stance) -> Floats:
    row = np.full(len(STANCES), (1 - SURE) / 2)
    row[STANCES.index(stance)] = SURE
    return row


if __name__ == "__main__":
    main()
