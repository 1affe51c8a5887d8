"""Articles or examples in, predictions out: streamed, a chunk at a time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from detente.data.extraction.actors.aliases import Aliases
from detente.data.extraction.extract import extract
from detente.data.extraction.parsing import too_long
from detente.data.formats import file_format
from detente.data.ingest.files import count_records, find_files, passed_over, read_inputs
from detente.data.outputs import check_outputs
from detente.data.problems import Problem
from detente.data.progress import progress_bar
from detente.data.reading import write_records
from detente.data.records import Article, Example, Prediction, Stance
from detente.models.predictor import Predictor

CHUNK = 256
"""Records that are held in memory at once."""


@dataclass
class BatchResult:
    """What a batch run did, and what it left out."""

    articles: int = 0
    examples: int = 0
    predictions: int = 0
    cut: int = 0
    """Pairs that were not asked, since their sentence has too many."""
    failed: list[Problem] = field(default_factory=list)
    """Inputs that could not be read."""
    passed_over: list[Problem] = field(default_factory=list)
    """Files of other kinds in the folders of inputs."""
    silent: list[Problem] = field(default_factory=list)
    """Articles in which no two actors stand together."""
    pairs: Counter[tuple[str, str, Stance]] = field(default_factory=Counter)
    """How often each (actor, target, stance) was found with confidence; neutral ones are not counted."""


def predict_files(
    predictor: Predictor,
    inputs: Iterable[str | Path],
    output: str | Path,
    *,
    aliases: Aliases | None = None,
    progress: bool = True,
) -> BatchResult:
    """Predict the stances of everything in the inputs and write them to a `.jsonl`, `.csv` or `.parquet` file.

    Args:
        predictor: The model.
        inputs: Files, or folders of files: `.txt`, `.html`, `.jsonl`, `.csv`, `.parquet`. A record with an actor and a
            target is an example; any other is an article, and is asked for every pair of its actors.
        output: The file of predictions; it appears when all of them are written.
        aliases: The user's own names for actors, which win over all rules.
        progress: Show a progress bar on standard error.

    Returns:
        Counts, and every input that gave no prediction.

    Raises:
        InputError: An input is missing or unknown, or the output's format is unknown.
    """
    output = Path(output)
    file_format(output)
    given = [Path(path) for path in inputs]
    check_outputs([output], given)
    files = [file for file in find_files(given) if file.resolve() != output.resolve()]
    result = BatchResult(passed_over=list(passed_over(given)))
    with progress_bar(total=count_records(files), desc="predict", unit="record", disable=not progress) as bar:
        predictions = _predict(predictor, read_inputs(files), aliases, result, bar)
        result.predictions = write_records(output, predictions, Prediction)
    return result


def questions(
    records: Sequence[Article | Example], result: BatchResult, aliases: Aliases | None = None
) -> list[Example]:
    """The examples among the records, and those made of the articles; articles without any are noted."""
    examples = [record for record in records if isinstance(record, Example)]
    result.examples += len(examples)
    articles = [record for record in records if isinstance(record, Article)]
    result.articles += len(articles)
    for found in extract(articles, aliases=aliases):
        result.cut += len(found.cut)
        if not found.examples:
            reason = "no two actors in one sentence or in neighbouring ones"
            result.silent.append(Problem(found.article.id, reason if found.resolutions else "no actors found"))
        examples += found.examples
    return examples


def _predict(
    predictor: Predictor,
    records: Iterator[Article | Example | Problem],
    aliases: Aliases | None,
    result: BatchResult,
    bar: Any,
) -> Iterator[Prediction]:
    while chunk := list(islice(records, CHUNK)):
        readable = [(isinstance(record, Article) and too_long(record)) or record for record in chunk]
        result.failed += [record for record in readable if isinstance(record, Problem)]
        asked = questions([record for record in readable if not isinstance(record, Problem)], result, aliases)
        for prediction in predictor.predict(asked):
            if prediction.confident and prediction.stance is not Stance.NEUTRAL:
                result.pairs[prediction.actor, prediction.target, prediction.stance] += 1
            yield prediction
        bar.update(len(chunk))
