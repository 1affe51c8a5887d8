"""From YAML files and `key=value` overrides to a checked `Config`."""

import difflib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from detente.configs.errors import ConfigError, InputError
from detente.configs.schema import PARTS, Config
from detente.configs.space import faults_of_space, flat_space

SHIPPED = Path(__file__).parent


def load_config(config: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Merge `base.yaml`, the experiment file and the overrides, and check the whole.

    Args:
        config: A YAML file, or the name of a shipped one ("quickstart").
        overrides: Settings as "train.epochs=5"; values are YAML.

    Raises:
        ConfigError: All faults at once, each with its place and what is accepted there.
    """
    settings = _Settings()
    settings.add_file(SHIPPED / "base.yaml")
    path = find_config(config)
    if path != SHIPPED / "base.yaml":
        settings.add_file(path)
    for override in overrides:
        settings.add_override(override)
    return settings.check()


def find_config(config: str | Path) -> Path:
    """Return the file that a path or the name of a shipped config stands for.

    Raises:
        InputError: There is no such file and no such name.
    """
    path = Path(config)
    if path.is_file():
        return path.resolve()
    shipped = {file.stem: file for file in sorted(SHIPPED.glob("*.yaml"))}
    if len(path.parts) == 1 and path.suffix in ("", ".yaml") and path.stem in shipped:
        return shipped[path.stem]
    raise InputError(f"{config}: expected a config file, or one of {', '.join(shipped)}; found neither.")


def dump_config(config: Config, *, without: Sequence[str] = ()) -> str:
    """The resolved config as YAML, but for some sections; loading it again gives the same config."""
    stream = io.StringIO()
    YAML().dump(config.model_dump(mode="json", exclude=set(without)), stream)
    return stream.getvalue()


def portable(config: Config) -> dict[str, Any]:
    """The settings as plain values, files below the current folder by their relative path: for others to read."""
    settings = config.model_dump(mode="json")
    for part in PARTS:
        shown = [_from_here(path) for path in config.data.files(part)]
        if shown:
            settings["data"][part] = shown if isinstance(settings["data"][part], list) else shown[0]
    return settings


def flatten(config: Config) -> dict[str, Any]:
    """The settings under their dotted names."""
    return dict(_leaves(config.model_dump(mode="json")))


def json_schema() -> str:
    """The JSON Schema for editors; an experiment file may leave any key out, and what base.yaml leaves open is null."""
    schema = Config.model_json_schema()
    parts = {"Config": schema, **schema["$defs"]}
    for part in parts.values():
        part.pop("required", None)
    for key, value in _leaves(_read_yaml(SHIPPED / "base.yaml")):
        section, _, name = key.rpartition(".")
        properties = parts[f"{section.title() or ''}Config"]["properties"]
        if value is None and "type" in properties[name]:
            properties[name]["type"] = [properties[name]["type"], "null"]
        elif value is None and {"type": "null"} not in properties[name]["anyOf"]:
            properties[name]["anyOf"].append({"type": "null"})
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


@dataclass
class _Settings:
    """Merged raw settings, and where each dotted key was said last."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add_file(self, path: Path) -> None:
        content = _read_yaml(path)
        lines = dict(_line_numbers(content))
        self.places |= {key: f"{path.name}:{line}" for key, line in lines.items()}
        for key, value in _leaves(content):
            self._set(key, _relative_to(path.parent, key, value), f"{path.name}:{lines[key]}")

    def add_override(self, override: str) -> None:
        key, equals, text = override.partition("=")
        place = "command line"
        if not equals or not key:
            self.faults.append(f"{override}: expected key=value, such as train.epochs=5")
            return
        try:
            value = _yaml().load(text) if text else None
        except YAMLError as error:
            self.faults.append(f"{override}: the value is not YAML: {_problem(error)}")
            return
        for leaf, leaf_value in _leaves({key: value}) if isinstance(value, Mapping) else [(key, value)]:
            self._set(leaf, _relative_to(Path.cwd(), leaf, leaf_value), place)

    def check(self) -> Config:
        space_faults = self._check_space()
        self.faults += space_faults
        try:
            config = Config.model_validate(self.values)
        except ValidationError as error:
            # what is wrong with a space has been said in better words
            unsaid = [one for one in error.errors() if not (space_faults and one["loc"][:2] == ("sweep", "space"))]
            self.faults += [self._explain(fault) for fault in unsaid]
        if self.faults:
            raise ConfigError(self.faults)
        return config

    def _check_space(self) -> list[str]:
        sweep = self.values["sweep"]
        if not isinstance(sweep, dict):
            return []
        sweep["space"] = flat_space(sweep["space"])
        named = [(f"sweep.space.{name}".rstrip("."), problem) for name, problem in faults_of_space(sweep)]
        return [f"{self._place(name)}: {name}: {problem}" for name, problem in named]

    def _set(self, dotted: str, value: Any, place: str) -> None:
        *parents, last = dotted.split(".")
        section = self.values
        for depth, parent in enumerate(parents):
            section = section.setdefault(parent, {})
            if not isinstance(section, dict):
                name = ".".join(parents[: depth + 1])
                self.faults.append(f"{place}: {dotted}: {name} is a single setting, not a section")
                return
        if isinstance(section.get(last), dict) and value == {}:
            return
        if isinstance(section.get(last), dict) and not isinstance(value, Mapping):
            keys = f" with keys of {', '.join(section[last])}" if section[last] else ""
            self.faults.append(f"{place}: {dotted}: expected a section{keys}; found {value!r}")
            return
        section[last] = value
        self.places[dotted] = place

    def _explain(self, fault: Any) -> str:
        if not fault["loc"]:  # a rule between sections, which names its setting
            return f"{self._place(fault['msg'].partition(':')[0])}: {fault['msg']}"
        dotted = ".".join(str(part) for part in fault["loc"])
        place = self._place(dotted)
        if fault["type"] == "extra_forbidden":
            return f"{place}: {dotted}: unknown key{_suggest(dotted)}"
        if fault["input"] is None:
            return f"{place}: {dotted}: expected a value, found none; set {dotted}=... or give it in the config"
        return f"{place}: {dotted}: {_lower_first(fault['msg'])}; found {fault['input']!r}"

    def _place(self, dotted: str) -> str:
        place = next((self.places[key] for key in (dotted, dotted.rpartition(".")[0]) if key in self.places), None)
        return place or next((where for key, where in self.places.items() if key.startswith(dotted + ".")), "config")


def _suggest(dotted: str) -> str:
    parent, _, key = dotted.rpartition(".")
    model: type[BaseModel] = Config
    for part in parent.split(".") if parent else []:
        annotation = model.model_fields[part].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return ""
        model = annotation
    accepted = list(model.model_fields)
    near = difflib.get_close_matches(key, accepted, n=1)
    hint = f", did you mean {near[0]}?" if near else ";"
    return f"{hint} Accepted: {', '.join(accepted)}"


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def _lower_first(message: str) -> str:
    return message[:1].lower() + message[1:]


def _yaml() -> YAML:
    return YAML(typ="rt")  # YAML 1.2 (3e-5 is a number, NO is a string), refuses a key given twice, knows its lines


def _read_yaml(path: Path) -> CommentedMap:
    try:
        content = _yaml().load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise ConfigError([f"{place}: not YAML: {_problem(error)}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    if content is None:
        return CommentedMap()
    if not isinstance(content, CommentedMap):
        found = "a list" if isinstance(content, list) else type(content).__name__
        raise ConfigError([f"{path.name}:1: expected settings as 'key: value'; found {found}"])
    return content


def _problem(error: YAMLError) -> str:
    return str(getattr(error, "problem", None) or error).splitlines()[0]


def _leaves(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _line_numbers(content: CommentedMap, prefix: str = "") -> Iterator[tuple[str, int]]:
    for key, value in content.items():
        line = (content.lc.data or {}).get(key, [content.lc.line])[0]  # a merged key has no place of its own
        yield f"{prefix}{key}", line + 1
        if isinstance(value, CommentedMap):
            yield from _line_numbers(value, f"{prefix}{key}.")


def _relative_to(folder: Path, key: str, value: Any) -> Any:
    """Make data files, or the folder of a model or an encoder that is written as one, absolute."""
    section, _, name = key.rpartition(".")
    is_file = section == "data" and name in PARTS
    is_model = key.removeprefix("sweep.space.") in ("model.encoder", "train.teacher")
    if (is_file or is_model) and isinstance(value, list):
        return [_relative_to(folder, key, one) for one in value]
    is_folder = is_model and str(value).startswith(("./", "../"))
    return str((folder / value).resolve()) if isinstance(value, str) and (is_file or is_folder) else value
