"""A file of examples into files of its parts, audited at once."""

import math
from dataclasses import dataclass, fields
from pathlib import Path

from detente.configs.errors import InputError
from detente.data.audit.leaks import Audit, audit
from detente.data.audit.report import write_audit
from detente.data.formats import make_folder
from detente.data.reading import read_examples, write_records
from detente.data.records import Example
from detente.data.splits import Parts, Shares, split_examples

FAR_OFF = 0.1
"""A share so far from the wanted one is worth a word: ten points."""


@dataclass(frozen=True)
class SplitResult:
    """The parts as they were written, and what they share."""

    parts: Parts
    audits: dict[str, Audit]
    """The validation and test parts against the training part."""
    report: Path


def split_file(path: Path, folder: Path, *, shares: Shares, by: str, seed: int) -> SplitResult:
    """Split a file into `train.jsonl`, `valid.jsonl` and `test.jsonl`, and audit them.

    What fits no part goes into `set_aside.jsonl`; parts of an earlier split in the folder are replaced.

    Raises:
        RecordError: A record of the file is bad.
        InputError: The examples can't be split in this way.
    """
    targets = {field.name: folder / f"{field.name}.jsonl" for field in fields(Parts)}
    if target := next((one for one in targets.values() if one.resolve() == path.resolve()), None):
        raise InputError(f"{path}: expected another folder for the parts; {target} would be overwritten")
    parts = split_examples(list(read_examples(path)), shares, by=by, seed=seed)
    make_folder(folder)
    for target in targets.values():  # all of them first: interrupted, no old part stands beside a new one
        target.unlink(missing_ok=True)
    for name, examples in vars(parts).items():
        if examples:
            write_records(targets[name], examples, Example)
    audits = {name: audit(parts.train, getattr(parts, name)) for name in shares.wanted if name != "train"}
    return SplitResult(parts, audits, write_audit(audits, folder, train="train"))


def far_off(parts: Parts, shares: Shares) -> dict[str, float]:
    """The shares of the parts that are far from the wanted ones; what is set aside is in no part."""
    sizes = {name: len(getattr(parts, name)) for name in shares._fields}
    found = {name: size / max(1, sum(sizes.values())) for name, size in sizes.items()}
    return {name: share for name, share in found.items() if abs(share - getattr(shares, name)) > FAR_OFF}


def parse_shares(text: str) -> Shares:
    """Shares as written on the command line: "0.8,0.1,0.1".

    Raises:
        InputError: They aren't three shares that add up to 1.
    """
    try:
        shares = Shares(*map(float, text.split(",")))
    except (TypeError, ValueError):
        shares = Shares(0.0, 0.0, 0.0)
    fit = text.count(",") == 2 and min(shares) >= 0 and shares.train > 0 and shares.test > 0  # NaN is not
    if not fit or not math.isclose(sum(shares), 1.0, abs_tol=1e-6):
        raise InputError(f"expected shares of train, valid and test that add up to 1, as 0.8,0.1,0.1; found {text}")
    return shares
