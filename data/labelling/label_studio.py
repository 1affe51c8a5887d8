"""Tasks for Label Studio and the answers that come back, in its full JSON: data, predictions, annotations."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from jinja2 import Environment, PackageLoader, StrictUndefined

from detente.configs.errors import InputError
from detente.data.formats import make_folder
from detente.data.labelling.votes import ANSWERS, Answer, Coding, make_vote, to_answer
from detente.data.problems import Problem
from detente.data.reading import to_record
from detente.data.records import Example, Prediction, Span

Json = dict[str, Any]
SPAN_OF_LABEL = {"Actor": "actor_span", "Target": "target_span"}
NO_MODEL = "spans"
"""The model version of pre-annotations that hold no stance."""


def labelling_config() -> str:
    """The XML of the page on which coders answer."""
    loader = PackageLoader("detente.data.labelling", ".")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("labelling_config.xml.jinja").render(answers=ANSWERS)


def write_tasks(
    path: Path,
    examples: Iterable[Example],
    predictions: Mapping[str, Prediction],
    model_version: str = NO_MODEL,
) -> int:
    """Write tasks, with the labelling config beside them (`.xml`), and return how many."""
    tasks = [to_task(example, predictions.get(example.id), model_version) for example in examples]
    make_folder(path.parent)
    path.write_text(json.dumps(tasks, indent=1), encoding="utf-8")
    path.with_suffix(".xml").write_text(labelling_config(), encoding="utf-8")
    return len(tasks)


def to_task(example: Example, prediction: Prediction | None = None, model_version: str = NO_MODEL) -> Json:
    """A task whose data is the whole example, what the page shows beside it, and a pre-annotation to correct."""
    note = ", ".join(f"{coder}: {answer}" for coder, answer in _earlier_votes(example).items())
    shown = {
        "question": f"What is the stance of {example.actor} towards {example.target}?",
        "note": f"Votes so far: {note}" if note else "",
        "shown": _shown(example.text),
    }
    result = _regions(example)
    answer: Json = {"model_version": model_version}  # of all tasks, since a project shows one version only
    if prediction:
        answer["score"] = getattr(prediction, f"p_{prediction.stance}")
        result.append(_item("stance", "choices", {"choices": [prediction.stance.value]}))
    predictions = [answer | {"result": result}] if result else []
    return {"data": example.model_dump(mode="json") | shown, "predictions": predictions, "annotations": []}


def read_export(path: Path) -> Coding:
    """The examples and votes of an export in the format JSON; annotations that a coder gave up are counted.

    Raises:
        InputError: It is another format, or not an export.
    """
    coding = Coding()
    for number, task in enumerate(_load(path), start=1):
        place = f"{path}: task {task.get('id', number)}"
        example = _to_example(task["data"])
        if isinstance(example, list):
            coding.problems.append(Problem(place, "; ".join(example)))
            continue
        coding.add_example(example, place)
        coding.skipped["draft, not submitted"] += len(task.get("drafts") or [])
        for annotation in sorted(task["annotations"], key=lambda one: str(one.get("updated_at", ""))):
            _read_annotation(annotation, example, coding, place)
    coding.skipped = +coding.skipped
    return coding


def _load(path: Path) -> list[Json]:
    try:
        tasks = json.loads(path.read_bytes())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{path}: expected Label Studio's export in the format JSON; not JSON: {error}") from error
    except OSError as error:
        raise InputError(f"{path}: expected a file; {error.strerror}") from error
    if not _is_list_of_objects(tasks):
        raise InputError(f"{path}: expected a list of tasks, Label Studio's export in the format JSON")
    for number, task in enumerate(tasks, start=1):
        if not (isinstance(task.get("data"), dict) and _is_list_of_objects(task.get("annotations"))):
            raise InputError(
                f"{path}: expected data and annotations in each task; found {', '.join(task) or 'nothing'} in task "
                f"{number}, as in JSON-MIN, which loses coders and spans. Export again, in the format JSON."
            )
    return tasks


def _is_list_of_objects(value: Any) -> TypeGuard[list[Json]]:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def _to_example(data: Json) -> Example | list[str]:
    shown = ("question", "note", "shown")
    return to_record({name: value for name, value in data.items() if name not in shown}, Example)


def _read_annotation(annotation: Json, example: Example, coding: Coding, place: str) -> None:
    if annotation.get("was_cancelled"):
        coding.skipped["skipped by the coder"] += 1
        return
    coder = _coder(annotation.get("completed_by"))
    answer = _answer(annotation)
    if not isinstance(answer, Answer):
        coding.problems.append(Problem(place, f"the answer of coder {coder}: {answer}"))
        return
    comment = "\n".join(_texts(annotation)) or None
    spans, faults = _spans(annotation, example)
    coding.problems += [
        Problem(place, f"coder {coder}: {fault}; the span stays as it was exported") for fault in faults
    ]
    decisive = bool(annotation.get("ground_truth"))
    coding.add_vote(make_vote(example, coder, answer, comment=comment, decisive=decisive, **spans), place)


def _coder(completed_by: Any) -> str:
    """The coder's address, or number; old versions and other exports nest them."""
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("id")
    return "unknown" if completed_by in (None, "") else str(completed_by)


def _items(annotation: Json, name: str) -> Iterator[Json]:
    """The values that the tag of this name holds."""
    for item in annotation.get("result") or []:
        if item.get("from_name") == name and isinstance(item.get("value"), dict):
            yield item["value"]


def _answer(annotation: Json) -> Answer | str:
    choices = [choice for value in _items(annotation, "stance") for choice in value.get("choices") or []]
    return to_answer(", ".join(map(str, choices))) if choices else f"expected one of {', '.join(ANSWERS)}; found none"


def _texts(annotation: Json) -> Iterator[str]:
    for value in _items(annotation, "comment"):
        text = value.get("text") or []
        yield from [text] if isinstance(text, str) else map(str, text)


def _spans(annotation: Json, example: Example) -> tuple[dict[str, Span | None], list[str]]:
    """Both spans as the coder left them, and what is wrong with regions; no spans where there are no regions.

    A name without a region keeps its span: an annotation that was not begun from the prediction has no regions.
    """
    both = {name: getattr(example, name) for name in SPAN_OF_LABEL.values()}
    spans = {}
    faults = []
    for label, name in SPAN_OF_LABEL.items():
        regions = [value for value in _items(annotation, "mention") if label in (value.get("labels") or [])]
        if len(regions) > 1:
            faults.append(f"expected one {label} region; found {len(regions)}")
        elif regions and (span := _verified_span(regions[0], _shown(example.text))):
            spans[name] = span
        elif regions:
            found = f"{regions[0].get('start')} to {regions[0].get('end')}, '{regions[0].get('text')}'"
            faults.append(f"expected the {label} region to hold its own text; found {found}")
    both |= spans
    if both["actor_span"] is not None and both["actor_span"] == both["target_span"]:
        return {}, [*faults, f"expected two regions; Actor and Target are both at {list(both['actor_span'])}"]
    return both if spans else {}, faults


def _verified_span(region: Json, text: str) -> Span | None:
    """The span in characters at which the text has the region's own text.

    Label Studio counts code points, and counted UTF-16 units in older versions (its issues 1347 and 4988).
    """
    start, end, own = region.get("start"), region.get("end"), region.get("text")
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(own, str) and own.strip()):
        return None
    for first, last in ((start, end), (_code_points(text, start), _code_points(text, end))):
        if 0 <= first < last <= len(text) and _squeezed(text[first:last]) == _squeezed(own):
            inner = text[first:last]
            return first + len(inner) - len(inner.lstrip()), last - len(inner) + len(inner.rstrip())
    return None


def _code_points(text: str, units: int) -> int:
    """How many characters the first so many UTF-16 units of a text hold."""
    return len(text.encode("utf-16-le")[: 2 * max(units, 0)].decode("utf-16-le", errors="ignore"))


def _squeezed(text: str) -> str:
    return " ".join(text.replace("\\n", "\n").split())


def _shown(text: str) -> str:
    """The text as a browser keeps it: a carriage return would vanish and move all that follows it."""
    return text.replace("\r", " ")


def _regions(example: Example) -> list[Json]:
    spans = {label: getattr(example, name) for label, name in SPAN_OF_LABEL.items()}
    text = _shown(example.text)
    return [
        _item(
            "mention",
            "labels",
            {"start": span[0], "end": span[1], "text": text[slice(*span)], "labels": [label]},
            label,
        )
        for label, span in spans.items()
        if span
    ]


def _item(name: str, kind: str, value: Json, id_: str | None = None) -> Json:
    return {"id": id_ or name, "from_name": name, "to_name": "text", "type": kind, "value": value}


def _earlier_votes(example: Example) -> Json:
    votes = example.meta.get("votes")
    return votes if isinstance(votes, dict) else {}
