"""Texts as numbers: small to keep, the same in every run."""

from hashlib import blake2b


def fingerprint(text: str) -> int:
    """64 bits of a text; two texts that differ share one with a chance of 1 in 10^19."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
