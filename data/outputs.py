"""Where results may go: never over what is read, which may be hours of a coder's work."""

import os
from collections.abc import Iterable
from pathlib import Path

from detente.configs.errors import InputError


def check_outputs(outputs: Iterable[str | Path | None], inputs: Iterable[str | Path | None]) -> None:
    """Stop before anything is read or written where an output would destroy something; None stands for none.

    Raises:
        InputError: An output is one of the inputs, or a folder, or given twice, or stands where nothing can be written.
    """
    read = {Path(path).resolve() for path in inputs if path}
    written: set[Path] = set()
    for path in (Path(path) for path in outputs if path):
        if path.resolve() in read:
            raise InputError(f"{path}: expected an output that is none of the inputs; give another name")
        if path.is_dir():
            raise InputError(f"{path}: expected a file to write; found a folder of that name. Give another name")
        if path.resolve() in written:
            raise InputError(f"{path}: expected another file for each output; found it twice")
        if not _is_writable(path.parent):
            raise InputError(f"{path}: expected a folder to write to; {path.parent} is read-only")
        written.add(path.resolve())


def _is_writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, or the folder itself where it doesn't exist yet."""
    there = next(one for one in (folder.resolve(), *folder.resolve().parents) if one.exists())
    return os.access(there, os.W_OK)
