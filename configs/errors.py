"""The errors that detente raises on purpose. Each says what was expected, what was found and what to do."""

from collections.abc import Sequence


class DetenteError(Exception):
    """The work failed; `detente` ends with exit status 1."""

    exit_status = 1


class InterruptedRunError(DetenteError):
    """Somebody stopped a run; the message says how to go on with it. Exit status 130, as after Ctrl-C."""

    exit_status = 130


class DivergedError(DetenteError):
    """A training whose weights or answers are no numbers any more."""


class InputError(DetenteError):
    """What the user gave is wrong: a file, a record, a setting, a model reference. Exit status 2."""

    exit_status = 2


class ConfigError(InputError):
    """A config with all its faults, one a line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"{count} in the config:\n" + "\n".join(f"  {fault}" for fault in faults))


class RecordError(InputError):
    """A data file with its faults, one a line, each with file and line."""

    def __init__(self, faults: Sequence[str], *, more: bool = False) -> None:
        self.faults = list(faults)
        count = f"{'at least ' if more else ''}{len(faults)} {'fault' if len(faults) == 1 else 'faults'}"
        advice = (
            "Mend them, or set them aside: detente data check FILE --skip-invalid BAD.jsonl -o GOOD.jsonl "
            "(in a config: data.skip_invalid=true)."
        )
        super().__init__(f"{count} in the data:\n" + "\n".join(f"  {fault}" for fault in faults) + f"\n{advice}")
