"""Whether an exported model answers as the model that it was made of: the one place where its limits stand."""

from collections.abc import Sequence

import numpy as np

from detente.data.dataset import fingerprint
from detente.data.records import Example
from detente.evaluation.metrics import score
from detente.models.calibration import Floats
from detente.models.export.record import Limits, Parity

EXACT = Limits(difference=1e-3, agreement=0.999, macro_f1_loss=None, ece_difference=None)
"""For fp32, where only the order of additions differs."""
ROUNDED = Limits(difference=None, agreement=0.98, macro_f1_loss=0.005, ece_difference=0.01)
"""For bf16 and int8."""


def limits_of(precision: str, tolerance: float = 1.0) -> Limits:
    """How far an export may be off.

    Args:
        precision: That of the export.
        tolerance: How many times the usual limits it may go to; the exact ones stay as they are.
    """
    if precision == "fp32":
        return EXACT
    return Limits(
        difference=None,
        agreement=1 - tolerance * (1 - ROUNDED.agreement),
        macro_f1_loss=tolerance * (ROUNDED.macro_f1_loss or 0),
        ece_difference=tolerance * (ROUNDED.ece_difference or 0),
    )


def measure_parity(examples: Sequence[Example], torch: Floats, export: Floats, *, file: str, limits: Limits) -> Parity:
    """Compare the probabilities of an export, of shape (n, 3), with those of the model in torch and fp32.

    Raises:
        ValueError: There are no examples, or one has no label.
    """
    gold = [example.label for example in examples if example.label is not None]
    export = np.nan_to_num(export, nan=0.0)  # as far off as can be: a comparison with NaN tells nothing
    before, after = score(gold, torch), score(gold, export)
    return Parity(
        examples=len(examples),
        file=file,
        sha256=fingerprint(examples),
        difference=float(np.abs(export - torch).max()),
        agreement=float((export.argmax(axis=1) == torch.argmax(axis=1)).mean()),
        macro_f1=after.macro_f1,
        macro_f1_torch=before.macro_f1,
        ece=after.ece,
        ece_torch=before.ece,
        limits=limits,
    )


def faults(parity: Parity) -> list[str]:
    """The limits that an export exceeds, in words; none admits it."""
    limits, found = parity.limits, []
    if limits.difference is not None and not parity.difference <= limits.difference:
        found.append(f"probabilities differ by at most {limits.difference:g} expected; found {parity.difference:.2g}")
    if not parity.agreement >= limits.agreement:
        found.append(f"the same stance for at least {limits.agreement:.4g} expected; found {parity.agreement:.4f}")
    if limits.macro_f1_loss is not None and not -parity.macro_f1_difference <= limits.macro_f1_loss:
        found.append(
            f"a loss of macro-F1 of at most {limits.macro_f1_loss:g} expected; found {-parity.macro_f1_difference:.4f}"
        )
    if limits.ece_difference is not None and not abs(parity.ece_difference) <= limits.ece_difference:
        found.append(f"an ECE within {limits.ece_difference:g} expected; found {parity.ece_difference:+.4f}")
    return found


def in_words(parity: Parity) -> list[str]:
    """What was measured, a line for each figure."""
    return [
        f"examples    {parity.examples} of {parity.file}",
        f"agreement   {parity.agreement:.2%} the same stance; probabilities differ by {parity.difference:.2g} at most",
        f"macro-F1    {parity.macro_f1:.4f}, in torch and fp32 {parity.macro_f1_torch:.4f} "
        f"({parity.macro_f1_difference:+.4f})",
        f"ECE         {parity.ece:.4f}, in torch and fp32 {parity.ece_torch:.4f} ({parity.ece_difference:+.4f})",
    ]
