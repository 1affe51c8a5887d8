"""Sends a journal while its run goes on, every few seconds: neither a slow nor a dead store holds the training up."""

import logging
import threading

from detente.configs.errors import InputError
from detente.train.tracking.sender import Sender
from detente.train.tracking.store import FAULTS, StoreAwayError

EVERY = 5.0
"""Seconds between two parcels."""
_LONGEST = 300.0
"""Seconds between two attempts at a store that has been away for long."""
_log = logging.getLogger(__name__)


class Post(threading.Thread):
    """A thread that sends what the journal gets.

    Args:
        sender: Of the journal.
    """

    def __init__(self, sender: Sender) -> None:
        super().__init__(name="detente-post", daemon=True)
        self._sender = sender
        self._closing = threading.Event()
        self.problem: str | None = None
        """Why the store doesn't take it; None while it does."""

    def open(self) -> None:
        """Begin the run in the store, or, if that is away, without it; then send in the background.

        Raises:
            InputError: The store answers, but it isn't one, or refuses us.
        """
        try:
            self._sender.connect()
        except StoreAwayError as error:
            self._keep(error)
        except FAULTS as error:
            raise InputError(
                f"tracking.uri: expected an MLflow store; {self._sender.uri} can't be opened: {error}"
            ) from error
        self.start()

    def run(self) -> None:
        """Send until closed; after a failure, wait twice as long each time."""
        wait = EVERY
        while not self._closing.wait(wait):
            wait = EVERY if self._sent() else min(2 * wait, _LONGEST)

    def close(self) -> bool:
        """Send the rest; whether all is sent. What isn't stays in the journal."""
        self._closing.set()
        while self.is_alive():
            self.join(EVERY)
        return self._sent()

    def _sent(self) -> bool:
        try:
            self._sender.send()
        except FAULTS as error:
            self._keep(error)
            return False
        if self.problem:
            _log.warning("%s answers again", self._sender.uri)
        self.problem = None
        return True

    def _keep(self, error: Exception) -> None:
        """Say once that the store is away."""
        if self.problem is None:
            where = self._sender.journal.path
            _log.warning("%s can't be reached: %s. The run goes on; it is kept in %s", self._sender.uri, error, where)
        self.problem = str(error)
