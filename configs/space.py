"""The space of a sweep: which settings are searched, and whether their ranges and choices can be."""

import difflib
import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from detente.configs.schema import PARTS, Config, RangeConfig, Section

SEARCHED = ("data", "model", "train")
"""The sections whose settings a sweep may search: what changes the model that is trained."""
LEFT_ALONE = frozenset({*(f"data.{part}" for part in PARTS), "data.skip_invalid", "train.metric", "train.device"})
"""Settings of theirs that it may not: with other data, or by another metric, trials can't be compared."""
_EXAMPLE = "choices as [none, sqrt], or a range as {low: 1.0e-5, high: 1.0e-4, log: true}"

Fault = tuple[str, str]
"""The dotted name of the faulty thing, and what is wrong with it."""


def with_settings(config: Config, settings: Mapping[str, Any]) -> Config:
    """The config with other values for some settings, given by their dotted names.

    Raises:
        pydantic.ValidationError: A value is none that the setting takes.
    """
    values = config.model_dump()
    for dotted, value in settings.items():
        *parents, last = dotted.split(".")
        section = values
        for parent in parents:
            section = section[parent]
        section[last] = value
    return Config.model_validate(values)


def flat_space(content: Any) -> Any:
    """The ranges and choices by the dotted names of their settings, however they were nested; what is none is kept."""
    return dict(_definitions(content, Config)) if isinstance(content, Mapping) else content


def faults_of_space(sweep: Mapping[str, Any]) -> list[Fault]:
    """All that is wrong with the space of a sweep's settings: as read, but for the space; see `flat_space`."""
    space, finite = sweep["space"], sweep.get("sampler") == "grid"
    if not isinstance(space, Mapping):
        return [("", f"expected settings with {_EXAMPLE}; found {space!r}")]
    faults: list[Fault] = []
    for dotted, definition in space.items():
        if problem := _unsearchable(dotted):
            faults.append((dotted, problem))
        elif isinstance(definition, list):
            faults += _choice_faults(dotted, definition)
        elif isinstance(definition, Mapping):
            faults += _range_faults(dotted, definition, finite=finite)
        else:
            faults.append((dotted, f"expected {_EXAMPLE}; found {definition!r}"))
    return faults


def holds(definition: RangeConfig | list[Any], value: Any) -> bool:
    """Whether a value is among the choices, or in the range and on its steps."""
    if isinstance(definition, list):
        return value in definition
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    steps = (value - definition.low) / definition.step if definition.step else 0.0
    return definition.low <= value <= definition.high and math.isclose(steps, round(steps), abs_tol=1e-9)


def is_whole(dotted: str, given: RangeConfig) -> bool:
    """Whether the setting takes the range's bounds as whole numbers, and so all between them."""
    return isinstance(_adapter(dotted).validate_python(given.low), int)


def setting_names(model: type[Section] = Config, prefix: str = "") -> Iterator[str]:
    """The dotted names of all settings."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from setting_names(field.annotation, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _definitions(content: Mapping[str, Any], model: type[Section], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        field = model.model_fields.get(key)
        section = field.annotation if field else None
        if isinstance(value, Mapping) and isinstance(section, type) and issubclass(section, Section):
            yield from _definitions(value, section, f"{prefix}{key}.")
        elif isinstance(value, Mapping) and not (field or prefix):  # a section's name, misspelt
            yield from ((f"{key}.{name}", definition) for name, definition in value.items())
        else:
            yield f"{prefix}{key}", value


def _unsearchable(dotted: str) -> str | None:
    settings = list(setting_names())
    if dotted in settings:
        if dotted == "seed":
            return "can't be searched: a seed that is chosen says nothing. sweep.seeds=3 trains each trial with three"
        if dotted.partition(".")[0] in SEARCHED and dotted not in LEFT_ALONE:
            return None
        return "can't be searched; trials differ by settings of model and train, and by how data are mixed"
    if inside := [name for name in settings if name.startswith(f"{dotted}.")]:
        return f"expected a setting; this is a section, with {', '.join(inside)}"
    namesakes = [name for name in settings if name.rpartition(".")[2] == dotted.rpartition(".")[2]]
    near = namesakes or difflib.get_close_matches(dotted, settings, n=1)
    return f"unknown setting{f', did you mean {near[0]}?' if near else ''}"


def _choice_faults(dotted: str, choices: list[Any]) -> Iterator[Fault]:
    if not choices:
        yield dotted, "expected at least one choice; found none"
    for place, choice in enumerate(choices):
        if isinstance(choice, list | Mapping):
            yield f"{dotted}.{place}", f"expected a single value; found {choice!r}"
        elif problem := _misfit(dotted, choice):
            yield f"{dotted}.{place}", problem
        elif choice in choices[:place]:
            yield f"{dotted}.{place}", f"expected each choice once; found {choice!r} again"


def _range_faults(dotted: str, definition: Mapping[str, Any], *, finite: bool) -> Iterator[Fault]:
    try:
        given = RangeConfig.model_validate(definition)
    except ValidationError as error:
        yield from {f"{dotted}.{fault['loc'][0]}": _range_problem(fault) for fault in error.errors()}.items()
        return
    ends = {"low": given.low, "high": given.high}
    if misfits := [(f"{dotted}.{end}", problem) for end, value in ends.items() if (problem := _misfit(dotted, value))]:
        yield from misfits
    elif any(isinstance(_adapter(dotted).validate_python(value), bool | str) for value in ends.values()):
        yield dotted, f"expected choices, as [a, b]: the setting is no number; found {dict(definition)}"
    elif problem := _bounds_problem(given, whole=is_whole(dotted, given), finite=finite):
        yield dotted, problem


def _range_problem(fault: Any) -> str:
    key = fault["loc"][0]
    if fault["type"] == "extra_forbidden":
        return f"unknown key; Accepted: {', '.join(RangeConfig.model_fields)}"
    if fault["type"] == "missing":
        return "expected a number, found none"
    kind = "true or false" if key == "log" else "a number"
    return f"expected {kind}; found {fault['input']!r}"


def _bounds_problem(given: RangeConfig, *, whole: bool, finite: bool) -> str | None:
    low, high, step = given.low, given.high, given.step
    problems = {
        f"the range is empty: expected low < high; found {low} and {high}": not low < high,
        f"expected low > 0 for log: true; found {low}": given.log and low <= 0,
        f"expected log: true or a step; found both, step {step}": given.log and step is not None,
        f"expected a step above 0 and no larger than the range; found {step}": step is not None
        and not 0 < step <= high - low,
        f"expected a whole number for step, as the setting is one; found {step}": whole and isinstance(step, float),
        "expected choices or a step: sampler grid tries every value, and there are endlessly many": finite
        and not whole
        and step is None,
    }
    return next((problem for problem, found in problems.items() if found), None)


def _misfit(dotted: str, value: Any) -> str | None:
    """Why a setting doesn't take a value."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"expected a finite number; found {value}"
    try:
        _adapter(dotted).validate_python(value)
    except ValidationError as error:
        message = error.errors()[0]["msg"]
        return f"{message[:1].lower()}{message[1:]}; found {value!r}"
    return None


def _adapter(dotted: str) -> TypeAdapter[Any]:
    """What validates a single setting, by its type and limits in the schema."""
    *parents, last = dotted.split(".")
    model: Any = Config
    for parent in parents:
        model = model.model_fields[parent].annotation
    field = model.model_fields[last]
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(kind)
