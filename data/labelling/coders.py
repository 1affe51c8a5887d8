"""The votes of several coders become one label each, or a case for adjudication."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from detente.configs.errors import InputError
from detente.data.formats import column_names, file_format, stem
from detente.data.labelling.label_studio import read_export
from detente.data.labelling.sheets import read_sheet
from detente.data.labelling.votes import Coding, SetAside, Vote
from detente.data.reading import write_records
from detente.data.records import Example, Span, Stance

Spans = tuple[Span | None, Span | None]
NO_SPANS: Spans = (None, None)


class Verdict(StrEnum):
    """How the votes on an example were settled."""

    GROUND_TRUTH = "ground truth"
    SINGLE = "one coder"
    UNANIMOUS = "unanimous"
    MAJORITY = "majority"
    OPEN = "to adjudicate"


BY_SEVERAL = (Verdict.UNANIMOUS, Verdict.MAJORITY, Verdict.OPEN)


@dataclass
class Merged:
    """Examples with the votes on them in `meta`: labelled, still open, or excluded by the coders."""

    labelled: list[Example] = field(default_factory=list)
    adjudicate: list[Example] = field(default_factory=list)
    excluded: list[Example] = field(default_factory=list)
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    without_votes: int = 0
    moved_spans: int = 0
    """Examples whose mentions the coders corrected."""
    disputed_spans: int = 0
    """Examples whose mentions not all coders left in the same place."""

    @property
    def shared(self) -> int:
        """How many examples two or more coders answered, ground truth aside."""
        return sum(self.verdicts[verdict] for verdict in BY_SEVERAL)


def read_coding(paths: Iterable[Path]) -> Coding:
    """Everything that coders gave back in Label Studio's exports (.json) and in sheets (.csv).

    Raises:
        InputError: A file is of another kind, two sheets of one name answer the same, or none holds an answer.
    """
    paths = list(paths)
    whole = Coding()
    answered: dict[tuple[str, str], Path] = {}
    for path in paths:
        readers = {".json": read_export, ".csv": read_sheet}
        if path.suffix.lower() not in readers:
            raise InputError(f"{path}: expected Label Studio's export (.json) or a coder's sheet (.csv)")
        one = readers[path.suffix.lower()](path)
        for example in one.examples.values():
            whole.add_example(example, str(path))
        whole.problems += one.problems
        whole.skipped += one.skipped
        if path.suffix.lower() == ".csv" and "coder" not in column_names(path):
            _check_same_coder(path, one, answered)
        for vote in one.votes:
            whole.add_vote(vote, f"{path}: example {vote.example_id}")
    if not whole.votes and not whole.problems:
        raise InputError(f"{', '.join(map(str, paths))}: expected answers of coders; found none")
    return whole


def _check_same_coder(path: Path, sheet: Coding, answered: dict[tuple[str, str], Path]) -> None:
    """Two coders must not be taken for one because their sheets have one name; adds to what is answered where."""
    for vote in sheet.votes:
        other = answered.setdefault((vote.example_id, vote.coder), path)
        if other.resolve() != path.resolve():
            raise InputError(
                f"{path}: expected a sheet for each coder, named after them; found example '{vote.example_id}' "
                f"answered here and in {other}, and both files are called {path.name}. Rename one, or add a "
                "column `coder`."
            )


def merge_votes(coding: Coding) -> Merged:
    """Label each example with what more than half of its coders answered.

    `unsure` and `bad example` count together, against the label. Without such a majority the example is left to be
    adjudicated. Ground truth is taken alone. Spans are those that most coders left who could move them; in a tie
    corrected ones win over the exported ones, since they were looked at.
    """
    merged = Merged()
    votes_on: defaultdict[str, list[Vote]] = defaultdict(list)
    for vote in coding.votes:
        votes_on[vote.example_id].append(vote)
    for id_, example in coding.examples.items():
        if not votes_on[id_]:
            merged.without_votes += 1
            continue
        verdict, label = settle(votes_on[id_])
        voted = _with_votes(example, votes_on[id_], label)
        merged.verdicts[verdict] += 1
        merged.moved_spans += _spans(voted) != _spans(example)
        merged.disputed_spans += len(set(map(_spans, votes_on[id_])) - {NO_SPANS}) > 1
        place = merged.adjudicate if verdict is Verdict.OPEN else merged.labelled if label else merged.excluded
        place.append(voted)
    return merged


def settle(votes: Sequence[Vote]) -> tuple[Verdict, Stance | None]:
    """How the votes on one example are settled, and the stance; None stands for an excluded or an open example."""
    decisive = [vote for vote in votes if vote.decisive]
    counts = Counter(None if isinstance(vote.answer, SetAside) else vote.answer for vote in decisive or votes)
    label, count = counts.most_common(1)[0]
    if 2 * count <= counts.total():
        return Verdict.OPEN, None
    if decisive:
        return Verdict.GROUND_TRUTH, label
    if len(votes) == 1:
        return Verdict.SINGLE, label
    return Verdict.UNANIMOUS if len(counts) == 1 else Verdict.MAJORITY, label


def write_merged(path: Path, merged: Merged) -> dict[Path, int]:
    """Write labelled.jsonl, labelled-adjudicate.jsonl and labelled-excluded.jsonl, and return how many each holds.

    The second and third stand beside the first; they are written even when they hold nothing, so that none is stale.
    """
    parts = (merged.labelled, merged.adjudicate, merged.excluded)
    files = zip(merged_files(path), parts, strict=True)
    return {file: write_records(file, examples, Example) for file, examples in files}


def merged_files(path: Path) -> list[Path]:
    """The three files that `write_merged` writes.

    Raises:
        InputError: The format is unknown.
    """
    file_format(path)
    name, suffix = stem(path), path.name[len(stem(path)) :]
    return [path.with_name(f"{name}{part}{suffix}") for part in ("", "-adjudicate", "-excluded")]


def _with_votes(example: Example, votes: Sequence[Vote], label: Stance | None) -> Example:
    meta = _joined(example.meta, "votes", {vote.coder: vote.answer.value for vote in votes})
    if comments := {vote.coder: vote.comment for vote in votes if vote.comment}:
        meta = _joined(meta, "comments", comments)
    if example.label not in (None, label):
        meta = meta | {"label_before": str(example.label)}
    spans = _common_spans(example, votes)
    if spans != _spans(example):
        meta = meta | {"spans_before": [span and list(span) for span in _spans(example)]}
    actor_span, target_span = spans
    changes = {"label": label, "meta": meta, "actor_span": actor_span, "target_span": target_span}
    return example.model_copy(update=changes)


def _joined(meta: dict[str, Any], name: str, new: dict[str, Any]) -> dict[str, Any]:
    """The meta with what coders gave; earlier rounds are kept, and so is what a user has under this name."""
    old = meta.get(name, {})
    return {**meta, name: {**(old if isinstance(old, dict) else {"before": old}), **new}}


def _common_spans(example: Example, votes: Sequence[Vote]) -> Spans:
    counts = Counter(map(_spans, [vote for vote in votes if vote.decisive] or votes))
    del counts[NO_SPANS]
    return max(counts, key=lambda spans: (counts[spans], spans != _spans(example)), default=_spans(example))


def _spans(record: Example | Vote) -> Spans:
    return record.actor_span, record.target_span
