"""Which ids were given, in little memory: there may be millions."""

import numpy as np
from numpy.typing import NDArray

from detente.data.ingest.fingerprint import fingerprint

_FRESH = 65_536
"""Ids that are kept in a set before they join the sorted array."""


class TakenIds:
    """How often each id was given, by a fingerprint of 64 bits: eight bytes an id, more for one that is given again.

    It is read and written like a Counter.
    """

    def __init__(self) -> None:
        self._sorted: NDArray[np.uint64] = np.empty(0, np.uint64)
        self._fresh: set[int] = set()
        self._often: dict[int, int] = {}

    def __getitem__(self, id_: str) -> int:
        key = fingerprint(id_)
        return self._often.get(key) or int(key in self._fresh or self._is_sorted(key))

    def __setitem__(self, id_: str, times: int) -> None:
        key = fingerprint(id_)
        if times > 1:
            self._often[key] = times
            return
        self._fresh.add(key)
        if len(self._fresh) >= _FRESH:
            self._sorted = np.sort(np.concatenate([self._sorted, np.fromiter(self._fresh, np.uint64)]))
            self._fresh.clear()

    def _is_sorted(self, key: int) -> bool:
        wanted = np.uint64(key)
        place = int(np.searchsorted(self._sorted, wanted))
        return place < len(self._sorted) and bool(self._sorted[place] == wanted)
