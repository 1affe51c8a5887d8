"""What `detente evaluate` measured, as a run of its own, linked to the model and to the run that trained it."""

import json
from pathlib import Path

from detente.evaluation.compare.folders import MODEL_JSON
from detente.evaluation.evaluate import Evaluation
from detente.train.tracking.facts import corpus
from detente.train.tracking.runs import new_head, sent_live
from detente.train.tracking.writer import Writer


def log_evaluation_run(
    evaluation: Evaluation, report: Path, *, model: str, examples: Path, since: float, outputs: Path = Path("outputs")
) -> str | None:
    """Log an evaluation into the experiment of the model's training.

    Args:
        evaluation: It.
        report: Its folder.
        model: What the user called the model.
        examples: The labelled file.
        since: Only files of the report that were written after this are logged, in seconds since 1970.
        outputs: Where it is kept if the store is away.

    Returns:
        The run's id; None if the store is away, and `detente sync` has to send the run.

    Raises:
        InputError: The tracking store can't be opened.
    """
    config = json.loads((report / MODEL_JSON).read_text(encoding="utf-8"))["config"]
    name = f"evaluate {config['name']} on {examples.name}"
    with sent_live(new_head(None, config["tracking"]["experiment"], name, "evaluation"), outputs) as (journal, _):
        writer = Writer(journal)
        settings = config["model"]
        tags = {"config": config["name"], "family": settings["family"], "encoder": settings["encoder"] or "none"}
        tags |= {"corpus": corpus(one.source for one in evaluation.examples), "detente.model": model}
        writer.log_facts(tags=tags)
        dataset = writer.log_dataset(examples, evaluation.examples, "evaluation")
        writer.log_evaluation(evaluation, _written(report, since), dataset)
        journal.append("used_model", reference=model, measured=writer.measured)
        low, high = evaluation.model.interval
        figure = f"Macro-F1 **{evaluation.model.scores.macro_f1:.3f}** ({low:.3f} to {high:.3f}) on `{examples.name}`."
        writer.note(f"`{model}`: {figure} {evaluation.verdict.conclusion}")
    return writer.run_id


def _written(report: Path, since: float) -> list[Path]:
    """The folder may be any, with other things in it."""
    return [path for path in sorted(report.iterdir()) if path.is_file() and path.stat().st_mtime >= since]
