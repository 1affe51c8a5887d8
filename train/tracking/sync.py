"""`detente sync`: sends the runs that couldn't be sent while they went on."""

from dataclasses import dataclass
from pathlib import Path

from detente.configs.errors import InputError
from detente.configs.store import why_away
from detente.train.tracking.journal import KILLED, Journal, unsent
from detente.train.tracking.sender import Sender
from detente.train.tracking.store import FAULTS


@dataclass(frozen=True)
class Synced:
    """What became of one run."""

    name: str
    uri: str
    journal: Path
    run_id: str | None
    problem: str | None
    """Why it isn't sent; None if it is."""


def sync(outputs: Path, *, uri: str | None = None) -> list[Synced]:
    """Send all runs that wait in an output folder, parents before their children; one that is sent wholly is removed.

    Args:
        outputs: The `output_dir` of the trainings.
        uri: Another store, or another address of it, than the one that each was meant for.
    """
    good, results = [], []
    for journal in unsent(outputs):
        try:
            good.append((journal.head.parent is not None, journal))
        except InputError as error:
            results.append(Synced(journal.path.name, uri or "", journal.path, None, str(error)))
    away = {where: why_away(where) for where in {uri or journal.head.uri for _, journal in good}}
    for _, journal in sorted(good, key=lambda one: one[0]):
        where = uri or journal.head.uri
        results.append(_send(journal, where, away[where]))
    return results


def _send(journal: Journal, uri: str, away: str | None) -> Synced:
    problem = away or _problem(journal, uri)
    run_id = journal.run_id
    if problem is None:
        journal.remove()
    return Synced(journal.head.name, uri, journal.path, run_id, problem)


def _problem(journal: Journal, uri: str) -> str | None:
    """Send a journal; what hindered it."""
    if not journal.hold():
        return "it still goes on"
    try:
        journal.mend()
        if not journal.is_ended:
            journal.append("end", status=KILLED, time=journal.last_written)
        Sender(journal, uri).send()
    except FAULTS as error:
        journal.release()
        return str(error)
    return None
