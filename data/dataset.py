"""The labelled files of a run, as a Hugging Face data set too, and the fingerprint of a collection of examples."""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datasets

from detente.configs.errors import InputError
from detente.configs.schema import PARTS, DataConfig
from detente.data.audit.labels import text_key
from detente.data.formats import stem
from detente.data.reading import read_examples
from detente.data.records import STANCES, Example

_IDS_NAMED = 3
_log = logging.getLogger(__name__)

FEATURES = datasets.Features(
    {
        "id": datasets.Value("string"),
        "actor": datasets.Value("string"),
        "target": datasets.Value("string"),
        "text": datasets.Value("string"),
        "label": datasets.ClassLabel(names=[stance.value for stance in STANCES]),
        "actor_span": datasets.List(datasets.Value("int32")),
        "target_span": datasets.List(datasets.Value("int32")),
    }
)


@dataclass(frozen=True)
class ExampleFile:
    """One file, and the good examples in it."""

    path: Path
    examples: list[Example]


@dataclass(frozen=True)
class Splits:
    """The labelled examples of a run."""

    train: list[Example]
    valid: list[Example]
    test: list[Example]
    unlabelled: list[Example] = field(default_factory=list)
    """For a teacher to answer. None of them asks about a text or a group of the validation and test examples."""
    files: Mapping[str, Sequence[ExampleFile]] = field(default_factory=dict, compare=False)
    """Where the examples of each part come from, in their order."""

    def items(self) -> list[tuple[str, list[Example]]]:
        """The parts that hold examples, by name."""
        return [(part, examples) for part in PARTS if (examples := getattr(self, part))]

    @property
    def learnt(self) -> list[Example]:
        """What a model learns from."""
        return [*self.train, *self.unlabelled]

    def measured(self) -> list[tuple[str, list[Example]]]:
        """The parts that a model is measured on, by name."""
        return [(part, examples) for part, examples in self.items() if part in ("valid", "test")]

    def describe(self, part: str) -> dict[str, Any]:
        """Names, counts and fingerprints of a part, for a model card; those of each file too, if it has several."""
        files = [{"file": file.path.name, **describe(file.examples)} for file in self.files[part]]
        if len(files) == 1:
            return files[0]
        names = ", ".join(file["file"] for file in files)
        return {"file": names, **describe(dict(self.items())[part]), "files": files}


def load_splits(config: DataConfig, *, rejects: Path | None = None) -> Splits:
    """Read and validate the files of a config.

    Args:
        config: The files.
        rejects: Folder for `rejected-PART.jsonl`, where bad records are set aside if the config says to skip them.
            It must be given then.

    Raises:
        RecordError: A record is bad or has no label, and bad records are not skipped.
        InputError: A file is missing, holds no example, or doesn't go with another file of its part.
    """
    aside = rejects if config.skip_invalid else None
    files = {
        part: read_labelled(config.files(part), rejects=aside / f"rejected-{part}.jsonl" if aside else None)
        for part in PARTS
        if part != "unlabelled"
    }
    measured = [*joined(files["valid"]), *joined(files["test"])]
    files["unlabelled"] = read_unlabelled(config, measured=measured, rejects=aside)
    return Splits(**{part: joined(read) for part, read in files.items()}, files=files)


def read_unlabelled(
    config: DataConfig, *, measured: Sequence[Example] = (), rejects: Path | None = None
) -> list[ExampleFile]:
    """Read the unlabelled files of a config; labels in them are left unread.

    Args:
        config: The files.
        measured: Validation and test examples: what asks about one of their texts or groups is left out.
        rejects: Folder for the bad records; without one they raise.

    Raises:
        RecordError: A record is bad.
        InputError: A file is missing, holds no example that can be used, or doesn't go with another one.
    """
    aside = rejects / "rejected-unlabelled.jsonl" if rejects else None
    known = {key for one in measured for key in (text_key(one), one.group_key)}
    files = []
    for file in read_files(config.files("unlabelled"), labelled=False, rejects=aside):
        bare = [of_corpus(one, stem(file.path)).model_copy(update={"label": None}) for one in file.examples]
        usable = [one for one in bare if text_key(one) not in known and one.group_key not in known]
        left_out = (
            f"{len(bare) - len(usable)} of {len(bare)} examples are about texts or groups of data.valid or data.test"
        )
        if not usable:
            raise InputError(f"{file.path}: expected some that can be learnt from; {left_out}")
        if len(usable) < len(bare):
            _log.warning("%s: %s, and are left out", file.path, left_out)
        files.append(ExampleFile(file.path, usable))
    return files


def read_labelled(paths: Sequence[Path], *, rejects: Path | None = None) -> list[ExampleFile]:
    """Read and validate labelled files that are used together; see `read_files`."""
    return read_files(paths, labelled=True, rejects=rejects)


def read_files(paths: Sequence[Path], *, labelled: bool, rejects: Path | None = None) -> list[ExampleFile]:
    """Read and validate files that are used together.

    Of several files, an example that names no source gets its file's name as one: so each tells which corpus it is of.

    Args:
        paths: The files.
        labelled: Whether an example without a label is bad.
        rejects: File for the bad records; of several files, each has its own, with its number behind the name.

    Raises:
        RecordError: A record is bad, and there is no file for the bad ones.
        InputError: A file is missing, holds no example or is named twice, or two files share an id.
    """
    if twice := [path for place, path in enumerate(paths) if path.resolve() in map(Path.resolve, paths[:place])]:
        raise InputError(f"expected each file once; found {twice[0]} twice")
    files = []
    for number, (path, name) in enumerate(zip(paths, corpus_names(paths), strict=True), start=1):
        aside = rejects.with_stem(f"{rejects.stem}-{number}") if rejects and len(paths) > 1 else rejects
        examples = list(read_examples(path, labelled=labelled, rejects=aside))
        if not examples:
            raise InputError(f"{path}: expected {'labelled ' if labelled else ''}examples; found none")
        files.append(ExampleFile(path, examples if len(paths) == 1 else [of_corpus(one, name) for one in examples]))
    _check_ids(files)
    return files


def joined(files: Iterable[ExampleFile]) -> list[Example]:
    """The examples of all files, in order."""
    return [example for file in files for example in file.examples]


def corpus_names(paths: Sequence[Path]) -> list[str]:
    """What the corpora in files are called that don't say it themselves.

    By the files' names; by their folders' where two files have one name; by their paths where that is no help either.
    """
    ways = ([stem(path) for path in paths], [path.resolve().parent.name for path in paths])
    return next((names for names in ways if len(set(names)) == len(paths)), [path.as_posix() for path in paths])


def of_corpus(example: Example, name: str) -> Example:
    """The example with its corpus as its source: the one it names, or else the given one."""
    return example if example.source else example.model_copy(update={"source": name})


def describe(examples: Sequence[Example]) -> dict[str, Any]:
    """How many examples there are, how many of each stance, and their fingerprint."""
    counts = {stance.value: sum(example.label is stance for example in examples) for stance in STANCES}
    return {"examples": len(examples), **counts, "sha256": fingerprint(examples)}


def to_dataset(examples: Sequence[Example]) -> datasets.Dataset:
    """A data set with the label as a ClassLabel in the one label order; -1 stands for no label."""
    columns = {name: [getattr(example, name) for example in examples] for name in FEATURES if name != "label"}
    labels = [STANCES.index(example.label) if example.label else -1 for example in examples]
    return datasets.Dataset.from_dict({**columns, "label": labels}, features=FEATURES)


def fingerprint(examples: Iterable[Example]) -> str:
    """SHA-256 of the examples in order, source, holder and meta left out; 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(example.model_dump_json(exclude={"source", "holder", "meta"}).encode() + b"\n")
    return digest.hexdigest()


def _check_ids(files: Sequence[ExampleFile]) -> None:
    """No two examples of a part may have one id: predictions are matched by it."""
    owner: dict[str, Path] = {}
    for file in files:
        shared = [example.id for example in file.examples if example.id in owner]
        if shared:
            raise InputError(
                f"{file.path}: expected ids that no other file of its part has; found {len(shared)} that others have, "
                f"such as {', '.join(shared[:_IDS_NAMED])}, the first in {owner[shared[0]]}. Give them other ids; if "
                "the examples state none, rename one of the files: ids are then made of a file's name and the line."
            )
        owner |= {example.id: file.path for example in file.examples}
