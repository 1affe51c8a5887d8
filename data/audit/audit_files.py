"""Files of examples audited against a training file."""

from collections.abc import Sequence
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.audit.leaks import Audit, audit
from detente.data.reading import read_examples
from detente.data.records import Example


def audit_files(train: Path, others: Sequence[Path]) -> dict[str, Audit]:
    """Audit each file against the training file; the audits go by the names of the files.

    Raises:
        RecordError: A record is bad.
        InputError: A file is missing or empty, or is given twice.
    """
    paths = [train, *others]
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError(f"expected different files; found {', '.join(map(str, paths))}")
    known = _read(train)
    return {name: audit(known, _read(path)) for name, path in zip(part_names(paths)[1:], others, strict=True)}


def part_names(paths: Sequence[Path]) -> list[str]:
    """What the files are called: by their names, or by their paths where two have the same name."""
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _read(path: Path) -> list[Example]:
    if not (examples := list(read_examples(path))):
        raise InputError(f"{path}: expected examples; found none")
    return examples
