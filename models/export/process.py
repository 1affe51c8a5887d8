"""One runtime a process: the threads of several would wait for each other, spinning, on the same cores."""

import importlib.util
from dataclasses import dataclass
from types import ModuleType

import torch

from detente.configs.errors import InputError


@dataclass(frozen=True)
class Claim:
    """The runtime that answers in this process, beside torch, and its threads."""

    runtime: str
    threads: int


_claims: list[Claim] = []


def claim_threads(runtime: str) -> int:
    """The threads for a runtime: those that torch had, which is left one.

    So `OMP_NUM_THREADS` and `torch.set_num_threads` hold for it as well.

    Raises:
        InputError: Another runtime answers in this process.
    """
    if not _claims:
        _claims.append(Claim(runtime, torch.get_num_threads()))
        torch.set_num_threads(1)
    if _claims[0].runtime != runtime:
        raise InputError(
            f"expected one runtime in a process; this one has loaded a model of {_claims[0].runtime}, and is asked for "
            f"one of {runtime}. Their threads would hinder each other: use a process for each."
        )
    return _claims[0].threads


def import_extra(package: str, extra: str, purpose: str) -> ModuleType:
    """Import a package of an extra.

    Raises:
        InputError: It is not installed.
    """
    check_extra(package.partition(".")[0], extra, purpose)
    return importlib.import_module(package)


def check_extra(package: str, extra: str, purpose: str) -> None:
    """See that a package of an extra is there, without importing it.

    Raises:
        InputError: It is not installed.
    """
    if importlib.util.find_spec(package) is None:
        raise InputError(
            f"expected the package {package}, which {purpose}; it is not installed. "
            f"Install it with: pip install 'detente[{extra}]'"
        )
