"""Near-duplicate texts: MinHash signatures and locality-sensitive hashing.

Broder, "On the resemblance and containment of documents" (1997): the resemblance of two texts is the Jaccard index of
their sets of word n-grams (shingles), and two signatures agree in that share of their places. Only texts that share a
band of their signatures are compared, so that a collection takes time in proportion to its size.
"""

import re
from collections.abc import Iterator

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

PLACES = 128
"""Length of a signature; the standard error of a resemblance is below 0.05."""
_RECALL_FIRST = (0.1, 0.9)  # weights of false positives and false negatives among the bands: candidates are checked
_WORD = re.compile(r"\w+")

Places = NDArray[np.uint32]


def shingles(text: str, size: int) -> set[str]:
    """The word n-grams of a text, case and punctuation left out; a shorter text is one shingle."""
    words = _WORD.findall(text.casefold())
    return {" ".join(words[start : start + size]) for start in range(max(1, len(words) - size + 1))}


class NearDuplicates:
    """An index of texts that tells which earlier ones a text resembles.

    A text is kept as its signature and its bands, about 3 KiB, not as it is.
    """

    def __init__(self, *, resemblance: float, shingle: int) -> None:
        """Make an empty index.

        Args:
            resemblance: Two texts with at least this Jaccard index are near-duplicates.
            shingle: Words in a shingle: 3 suits sentences, 5 suits articles.
        """
        self._resemblance = resemblance
        self._shingle = shingle
        self._blank = MinHash(num_perm=PLACES)
        self._numbers: dict[str, int] = {}
        self._keys: list[str] = []
        self._signatures: list[Places] = []
        self._bands = _bands(resemblance)
        # one dict for each band, with numbers of texts: datasketch's own index takes four times as much memory
        self._tables: list[dict[bytes, int | list[int]]] = [{} for _ in self._bands]

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, text: str) -> list[tuple[str, float]]:
        """Keys of the near-duplicates of a text with their estimated resemblance, likest first, then by key."""
        return self._find(self._signature(text))

    def add(self, key: str, text: str) -> list[tuple[str, float]]:
        """Add a text; return its near-duplicates among those added before, as `find` does.

        Raises:
            ValueError: The key was added before.
        """
        if key in self._numbers:
            raise ValueError(f"the key '{key}' was added before")
        signature = self._signature(text)
        found = self._find(signature)
        number = self._numbers[key] = len(self._keys)
        self._keys.append(key)
        self._signatures.append(signature)
        for table, band in zip(self._tables, self._bands, strict=True):
            there = table.setdefault(signature[band].tobytes(), number)
            if isinstance(there, list):
                there.append(number)
            elif there != number:
                table[signature[band].tobytes()] = [there, number]
        return found

    def _signature(self, text: str) -> Places:
        signature = self._blank.copy()
        signature.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in shingles(text, self._shingle)])
        return np.asarray(signature.hashvalues)

    def _find(self, signature: Places) -> list[tuple[str, float]]:
        candidates: set[int] = set()
        for table, band in zip(self._tables, self._bands, strict=True):
            there = table.get(signature[band].tobytes(), [])
            candidates.update(there if isinstance(there, list) else [there])
        alike = [(self._keys[number], float(np.mean(signature == self._signatures[number]))) for number in candidates]
        near = ((key, share) for key, share in alike if share >= self._resemblance)
        return sorted(near, key=lambda one: (-one[1], one[0]))


def _bands(resemblance: float) -> list[slice]:
    """The stretches of a signature that are compared, as datasketch chooses them for a resemblance."""
    chosen = MinHashLSH(threshold=resemblance, num_perm=PLACES, weights=_RECALL_FIRST)
    return [slice(start * chosen.r, (start + 1) * chosen.r) for start in range(chosen.b)]


class Groups:
    """Keys in groups that can be joined; a group goes by its first key."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._order: dict[str, int] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._parent)

    def add(self, key: str) -> None:
        """Add a key as a group of its own; a known one stays where it is."""
        self._order.setdefault(key, len(self._order))
        self._parent.setdefault(key, key)

    def first(self, key: str) -> str:
        """The first key of the group that holds `key`."""
        root = key
        while (above := self._parent[root]) != root:
            root = above
        while (above := self._parent[key]) != root:
            self._parent[key], key = root, above
        return root

    def join(self, one: str, other: str) -> None:
        """Make one group of two."""
        first, second = sorted((self.first(one), self.first(other)), key=self._order.__getitem__)
        self._parent[second] = first
