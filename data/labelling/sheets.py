"""Spreadsheets for coders who have no Label Studio: one row an example, one file a coder.

The last column, `record`, holds the whole example as JSON in plain ASCII: it alone is read back, so that neither a
spreadsheet's idea of quotes, line ends and encodings nor a slip in another cell changes an example.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.formats import make_folder
from detente.data.labelling.votes import Answer, Coding, make_vote, to_answer
from detente.data.problems import Problem
from detente.data.reading import to_record
from detente.data.records import Example, Prediction

COLUMNS = (
    "id",
    "actor",
    "target",
    "marked_text",
    "label",
    "comment",
    "label_by_model",
    "probability",
    "votes",
    "record",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""With these a spreadsheet takes a cell for a formula (OWASP, CSV injection)."""
_SEPARATORS = (",", ";", "\t")


def write_sheet(path: Path, examples: Iterable[Example], predictions: Mapping[str, Prediction]) -> int:
    """Write a row for each example, with `label` and `comment` left open, and return how many.

    The file appears only when the last row is written.

    Raises:
        InputError: The file exists: a coder may have filled it in.
    """
    if path.exists():
        raise InputError(
            f"{path}: expected a new file; there is one already, and a coder may have written in it. "
            "Give another name with -o"
        )
    make_folder(path.parent)
    partial = path.with_name(f".partial-{path.name}")
    try:
        count = _write_rows(partial, examples, predictions)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _write_rows(path: Path, examples: Iterable[Example], predictions: Mapping[str, Prediction]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # Excel takes UTF-8 for Latin-1 without the mark
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for count, example in enumerate(examples, start=1):  # noqa: B007
            cells = _cells(example, predictions.get(example.id))
            writer.writerow({name: guarded(cell) for name, cell in cells.items()})
    return count


def read_sheet(path: Path) -> Coding:
    """The examples and votes of a sheet; a row with an empty label is an example that is not coded yet.

    The coder is named by the column `coder`, or else by the file.

    Raises:
        InputError: It is no CSV file in UTF-8, or has no columns `label` and `record`.
    """
    coding = Coding()
    for line, row in _rows(path):
        place = f"{path}:{line}"
        example = _to_example(row["record"])
        if isinstance(example, list):
            coding.problems.append(Problem(place, "; ".join(example)))
            continue
        coding.add_example(example, place)
        if not row["label"].strip():
            continue
        answer = to_answer(row["label"])
        if not isinstance(answer, Answer):
            coding.problems.append(Problem(place, f"label: {answer}"))
            continue
        coder = _unguarded(row.get("coder") or "").strip() or path.stem
        comment = _unguarded(row.get("comment") or "").strip() or None
        coding.add_vote(make_vote(example, coder, answer, comment=comment), place)
    return coding


def marked_text(example: Example) -> str:
    """The text with its two mentions in brackets: "[ACTOR: Norway] met [TARGET: Kenya]."."""
    marks = []
    for name, span in (("ACTOR", example.actor_span), ("TARGET", example.target_span)):
        if span:
            start, end = span
            marks += [(start, 1, -end, f"[{name}: "), (end, 0, -start, "]")]
    text, at = "", 0
    for place, _, _, mark in sorted(marks):  # at one place what ends comes first, and of two that begin the longer one
        text += example.text[at:place] + mark
        at = place
    return text + example.text[at:]


def _cells(example: Example, prediction: Prediction | None) -> dict[str, str]:
    votes = example.meta.get("votes")
    answered = {}
    if prediction:
        probability = getattr(prediction, f"p_{prediction.stance}")
        answered = {"label_by_model": prediction.stance.value, "probability": f"{probability:.2f}"}
    return answered | {
        "id": example.id,
        "actor": example.actor,
        "target": example.target,
        "marked_text": marked_text(example),
        "votes": ", ".join(f"{coder}: {answer}" for coder, answer in votes.items()) if isinstance(votes, dict) else "",
        "record": json.dumps(example.model_dump(mode="json")),
    }


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            separator = max(_SEPARATORS, key=header.count)  # a spreadsheet of many a country saves with semicolons
            reader = csv.DictReader(file, delimiter=separator, restkey="", restval="", strict=True)
            if missing := [name for name in ("label", "record") if name not in (reader.fieldnames or [])]:
                raise InputError(
                    f"{path}:1: expected the columns of `detente label export`; {' and '.join(missing)} not found"
                )
            for row in reader:
                yield reader.line_num, row
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: expected UTF-8; found {error.reason}. Save it as 'CSV UTF-8'.") from error
    except csv.Error as error:
        raise InputError(f"{path}: not CSV: {error}") from error
    except OSError as error:
        raise InputError(f"{path}: expected a file; {error.strerror}") from error


def _to_example(record: str) -> Example | list[str]:
    try:
        row = json.loads(record)
    except json.JSONDecodeError as error:
        reason = f"record: expected the JSON that was exported; {error.msg} at character {error.pos}"
        return [f"{reason}. Excel cuts a cell after 32,767 characters: such texts need another program."]
    return to_record(row, Example) if isinstance(row, dict) else ["record: expected a JSON object"]


def guarded(cell: str) -> str:
    """A cell that a spreadsheet takes for text, not for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell
