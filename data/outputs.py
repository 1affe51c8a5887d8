"""Where results may go: never over what is read, which may be hours of a coder's work."""

from collections.abc import Iterable
from pathlib import Path

from detente.configs.errors import InputError


def check_outputs(outputs: Iterable[str | Path | None], inputs: Iterable[str | Path | None]) -> None:
    """Stop before anything is read or written where an output would destroy something; None stands for none.

    Raises:
        InputError: An output is one of the inputs, or a folder, or given twice.
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
        written.add(path.resolve())
