"""The quickstart over several seeds, beside its baselines, as a Markdown table: `make bench-quickstart`."""

import argparse
import statistics

import datasets
import transformers

from detente.configs.loading import load_config
from detente.evaluation.evaluate import Evaluation, Measured, best_blind
from detente.train.run import train_model


def row(name: str, measured: Measured) -> str:
    """One line of the table."""
    scores = measured.scores
    stances = " | ".join(f"{one.f1:.3f}" for one in scores.per_stance.values())
    low, high = measured.interval
    return (
        f"| {name} | {scores.macro_f1:.3f} | {low:.3f} to {high:.3f} | {scores.f_avg:.3f} | {scores.accuracy:.3f} "
        f"| {scores.ece:.3f} | {stances} |"
    )


def main() -> None:
    """Train each seed, one after another, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", default="quickstart")
    parser.add_argument("--seeds", type=int, nargs="+", default=[13, 14, 15])
    parser.add_argument("settings", nargs="*", help="as train.epochs=5")
    options = parser.parse_args()
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    datasets.disable_progress_bars()

    evaluations: dict[int, Evaluation] = {}
    for seed in options.seeds:
        settings = [f"seed={seed}", "tracking.register_as=null", *options.settings]
        run = train_model(load_config(options.config, settings))
        if run is not None:
            evaluations[seed] = run.evaluation

    first = next(iter(evaluations.values()))
    print(f"{len(first.examples)} examples of {first.groups} groups ({first.split}); 95% intervals over groups\n")
    print("| model | macro-F1 | interval | F_avg | accuracy | ECE | F1 support | F1 neutral | F1 oppose |")
    print("|---|---|---|---|---|---|---|---|---|")
    for seed, evaluation in evaluations.items():
        print(row(f"seed {seed}", evaluation.model))
    for name, baseline in first.baselines.items():
        print(row(name, baseline))
    values = [evaluation.model.scores.macro_f1 for evaluation in evaluations.values()]
    print(f"\nmean macro-F1 {statistics.mean(values):.3f}, lowest {min(values):.3f}, highest {max(values):.3f}")
    for seed, evaluation in evaluations.items():
        if margin := best_blind(evaluation):
            low, high = margin.interval
            print(f"seed {seed}: {margin.difference:+.3f} ({low:+.3f} to {high:+.3f}) against {margin.over}")


if __name__ == "__main__":
    main()
