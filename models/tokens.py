"""A text as an encoder's own tokens: where mentions stand among them, which are kept, what stands around them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from detente.configs.errors import InputError
from detente.data.records import Span

Tokens = tuple[list[int], list[tuple[int, int]]]
"""Token ids and their character offsets."""


def tokenize(tokenizer: Any, strings: Sequence[str]) -> dict[str, Tokens]:
    """Token ids and offsets of each distinct string; special tokens in it are plain text."""
    distinct = list(dict.fromkeys(strings))
    if not distinct:
        return {}
    tokens = tokenizer(
        distinct,
        add_special_tokens=False,
        split_special_tokens=True,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    return dict(zip(distinct, zip(tokens["input_ids"], tokens["offset_mapping"], strict=True), strict=True))


def window(length: int, places: Sequence[range], room: int) -> list[int]:
    """Choose which tokens of a text to keep: all of them if there is room, else those around the mentions.

    Args:
        length: Number of tokens of the text.
        places: Token ranges of the mentions.
        room: Number of tokens to keep.

    Returns:
        Sorted indices, at most `room` of them. One stretch that is centred on the mentions where one holds them all,
        else a stretch around each.

    Raises:
        InputError: Not even the first token of each mention fits.
    """
    if length <= room:
        return list(range(length))
    if room < max(1, len(places)):
        raise InputError(f"model.max_length: expected room for the mentions; {room} tokens are left for the text")
    if not places:
        return list(range(room))
    start, stop = min(place.start for place in places), max(place.stop for place in places)
    if stop - start <= room:
        return list(_centred(length, start, stop, room))
    share = room // len(places)
    kept: set[int] = set()
    for place in sorted(places, key=lambda place: place.start):
        kept.update(_centred(length, place.start, min(place.stop, place.start + share), share))
    return sorted(kept)


def _centred(length: int, start: int, stop: int, room: int) -> range:
    left = max(0, min(start - (room - (stop - start)) // 2, length - room))
    return range(left, left + room)


def token_range(offsets: Sequence[tuple[int, int]], span: Span) -> range:
    """The tokens that overlap a span of characters; an empty range at its place if none does."""
    touched = [i for i, (start, end) in enumerate(offsets) if start < span[1] and end > span[0]]
    if touched:
        return range(touched[0], touched[-1] + 1)
    at = sum(end <= span[0] for _, end in offsets)
    return range(at, at)


@dataclass(frozen=True)
class Template:
    """An encoder's own special tokens around one or two segments; a None is a segment's place."""

    parts: list[int | None]
    types: list[int]

    @property
    def special(self) -> list[int]:
        """The ids of the special tokens."""
        return [part for part in self.parts if part is not None]

    def fill(self, *segments: list[int]) -> tuple[list[int], list[int]]:
        """The ids of whole input, and the segment of each."""
        ids: list[int] = []
        types: list[int] = []
        rest = iter(segments)
        for part, type_ in zip(self.parts, self.types, strict=True):
            piece = next(rest) if part is None else [part]
            ids += piece
            types += [type_] * len(piece)
        return ids, types


def template(tokenizer: Any, segments: int) -> Template:
    """Read the template off the tokenizer: encode letters, see what stands around them."""
    probe = tokenizer(*["a", "b"][:segments], return_special_tokens_mask=True, return_token_type_ids=True)
    parts: list[int | None] = []
    types: list[int] = []
    in_segment = False
    for id_, special, type_ in zip(
        probe["input_ids"], probe["special_tokens_mask"], probe["token_type_ids"], strict=True
    ):
        if special or not in_segment:
            parts.append(id_ if special else None)
            types.append(type_)
        in_segment = not special
    return Template(parts, types)
