"""Near-duplicate texts: MinHash signatures and locality-sensitive hashing.

Broder, "On the resemblance and containment of documents" (1997): the resemblance of two texts is the Jaccard index of
their sets of word n-grams (shingles), and two signatures agree in that share of their places. Only texts that share a
band of their signatures are compared, so that a collection takes time in proportion to its size.
"""

import re
from collections.abc import Iterable, Iterator

import numpy as np
from datasketch import MinHash, MinHashLSH

PLACES = 128
"""Length of a signature; the standard error of a resemblance is below 0.05."""
_RECALL_FIRST = (0.1, 0.9)  # weights of false positives and false negatives among the bands: candidates are checked
_WORD = re.compile(r"\w+")


def shingles(text: str, size: int) -> set[str]:
    """The word n-grams of a text, case and punctuation left out; a shorter text is one shingle."""
    words = _WORD.findall(text.casefold())
    return {" ".join(words[start : start + size]) for start in range(max(1, len(words) - size + 1))}


class NearDuplicates:
    """An index of texts that tells which earlier ones a text resembles.

    A text is kept as its signature, half a KiB, not as it is.
    """

    def __init__(self, *, resemblance: float, shingle: int) -> None:
        """Make an empty index.

        Args:
            resemblance: Two texts with at least this Jaccard index are near-duplicates.
            shingle: Words in a shingle: 3 suits sentences, 5 suits articles.
        """
        self._resemblance = resemblance
        self._shingle = shingle
        self._lsh = MinHashLSH(threshold=resemblance, num_perm=PLACES, weights=_RECALL_FIRST)
        self._signatures: dict[str, MinHash] = {}

    def __len__(self) -> int:
        return len(self._signatures)

    def find(self, text: str) -> list[tuple[str, float]]:
        """Keys of the near-duplicates of a text with their estimated resemblance, likest first, then by key."""
        return self._find(self._signature(text))

    def add(self, key: str, text: str) -> list[tuple[str, float]]:
        """Add a text; return its near-duplicates among those added before, as `find` does.

        Raises:
            ValueError: The key was added before.
        """
        signature = self._signature(text)
        found = self._find(signature)
        self._lsh.insert(key, signature)
        self._signatures[key] = signature
        return found

    def _signature(self, text: str) -> MinHash:
        signature = MinHash(num_perm=PLACES)
        signature.update_batch([shingle.encode("utf-8", "surrogatepass") for shingle in shingles(text, self._shingle)])
        return signature

    def _find(self, signature: MinHash) -> list[tuple[str, float]]:
        alike = [(key, _agreement(signature, self._signatures[key])) for key in self._lsh.query(signature)]
        return sorted(
            ((key, share) for key, share in alike if share >= self._resemblance), key=lambda one: (-one[1], one[0])
        )


def near_duplicate_groups(texts: Iterable[tuple[str, str]], *, resemblance: float, shingle: int) -> dict[str, str]:
    """Group texts that are near-duplicates of each other, directly or through others.

    Args:
        texts: Keys and texts; a text alone is a group.
        resemblance: See `NearDuplicates`.
        shingle: See `NearDuplicates`.

    Returns:
        For each key, in order, the first key of its group.
    """
    index = NearDuplicates(resemblance=resemblance, shingle=shingle)
    groups = Groups()
    for key, text in texts:
        groups.add(key)
        for other, _ in index.add(key, text):
            groups.join(other, key)
    return {key: groups.first(key) for key in groups}


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


def _agreement(one: MinHash, other: MinHash) -> float:
    return float(np.mean(one.hashvalues == other.hashvalues))
