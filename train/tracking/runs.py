"""Runs, opened and closed: each ends as FINISHED, FAILED or KILLED, and none is lost while its store is away."""

import contextlib
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from detente.configs.errors import InputError, InterruptedRunError
from detente.configs.schema import Config
from detente.configs.store import default_tracking_uri
from detente.data.processes import sigterm_interrupts
from detente.evaluation.compare.runs import KIND, PROCESS
from detente.train.dead_runs import close_dead_runs, process_name
from detente.train.run_folder import RunFolder
from detente.train.tracking.facts import run_name
from detente.train.tracking.journal import FAILED, FINISHED, KILLED, Head, Journal, journal_of
from detente.train.tracking.post import Post
from detente.train.tracking.sender import Sender
from detente.train.tracking.store import source_tags
from detente.train.tracking.system import watched_system
from detente.train.tracking.tracker import Tracker

_log = logging.getLogger(__name__)


@contextmanager
def tracked_run(
    config: Config,
    folder: RunFolder,
    *,
    parent: Tracker | None = None,
    kind: str = "training",
    name: str | None = None,
) -> Iterator[Tracker]:
    """Open the run of a folder, or go on with it; it ends as FINISHED, FAILED (an error) or KILLED (an interruption).

    A store that is away is told of, and the run stays on disk until `detente sync` sends it.

    Args:
        config: Of the run.
        folder: Of the run; it remembers which run in the store is its own.
        parent: The run that this one is a child of; it is the parent that handles interruptions.
        kind: What the run is: a training, a sweep, the trial of one.
        name: By default the config, the model and the seed.

    Raises:
        InputError: The tracking store can't be opened.
    """
    head = _head(config, folder, parent, kind, name or run_name(config))
    with sent_live(head, config.output_dir) as (journal, sender):
        if parent is None and sender.is_connected:
            close_dead_runs(sender.connect(), sender.experiment_id)
        tracker = Tracker(journal, config)
        watched = config.tracking.system_metrics and parent is None
        try:
            with sigterm_interrupts(), watched_system(tracker.log_metrics) if watched else contextlib.nullcontext():
                yield tracker
        except KeyboardInterrupt as interruption:
            if parent:
                raise
            raise InterruptedRunError(f"stopped. Go on with: detente train --resume {folder.path}") from interruption


@contextmanager
def sent_live(head: Head, outputs: Path) -> Iterator[tuple[Journal, Sender]]:
    """Keep a journal and send it while the block runs; if not all of it could be sent, it stays, and this is said.

    Raises:
        InputError: The tracking store can't be opened.
    """
    journal = _open_journal(outputs, head)
    sender = Sender(journal)
    post = _open_post(journal, sender)
    status = FAILED
    try:
        yield journal, sender
        status = FINISHED
    except (KeyboardInterrupt, InterruptedRunError):
        status = KILLED
        raise
    finally:
        journal.append("end", status=status, time=int(time.time() * 1000))
        _close(journal, post)


def _open_post(journal: Journal, sender: Sender) -> Post:
    post = Post(sender)
    try:
        post.open()
    except InputError:
        journal.release() if journal.entries() else journal.remove()
        raise
    return post


def _close(journal: Journal, post: Post) -> None:
    if post.close():
        journal.remove()
    else:
        journal.release()
        _log.warning("%s, kept in %s. Send it later: detente sync", post.problem, journal.path)


def _open_journal(outputs: Path, head: Head) -> Journal:
    """A new journal, or the one that an interrupted process has left; a run that goes on is begun anew."""
    left = journal_of(outputs, Path(head.folder)) if head.folder else None
    journal = left or Journal.begin(outputs, head)
    if left or journal.run_id:
        journal.append("begin", tags={PROCESS: head.tags[PROCESS]})
    return journal


def _head(config: Config, folder: RunFolder, parent: Tracker | None, kind: str, name: str) -> Head:
    return new_head(
        config.tracking.uri,
        config.tracking.experiment,
        name,
        kind,
        folder=str(folder.path),
        parent=parent.journal.head.folder if parent else None,
    )


def new_head(
    uri: str | None, experiment: str, name: str, kind: str, *, folder: str | None = None, parent: str | None = None
) -> Head:
    """The head of a run that begins now, in this process."""
    return Head(
        uri=uri or default_tracking_uri(),
        experiment=experiment,
        name=name,
        started=int(time.time() * 1000),
        tags=source_tags() | {PROCESS: process_name(psutil.Process()), KIND: kind},
        folder=folder,
        parent=parent,
    )
