"""From the examples of a text to one sequence: the text once, and behind it the queries about it.

`[CLS] Ankara rejected the plan of Oslo . [SEP] <actor> <target> <actor> <target>`: each mention is one query as actor
and one as a target, a single token at the position of the mention's first token. A name that isn't in the text is
spelled out behind its marker, at the positions that follow the text. Each pair is read from two queries.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from detente.data.records import Example, Span
from detente.models.encoding import MARKER_WORDS, with_spans
from detente.models.tokens import Tokens, template, token_range, tokenize, window

ROLES = ("<actor>", "<target>")
NO_QUERY = 0
PADDING = -1


@dataclass(frozen=True)
class PackedRow:
    """A text and the queries about it, one entry for each token, and which examples it answers."""

    input_ids: list[int] = field(default_factory=list)
    position_ids: list[int] = field(default_factory=list)
    query_ids: list[int] = field(default_factory=list)
    """0 for the text, the number of its query for another token."""
    pairs: list[tuple[int, int]] = field(default_factory=list)
    """For each example, where the actor's and the target's query begin."""
    items: list[int] = field(default_factory=list)
    """The positions of the examples in what was encoded."""
    truncated: bool = False


@dataclass
class _Row:
    row: PackedRow
    queries: dict[tuple[str, Span | str], int]


class PackedEncoding:
    """Packs the examples of each text into one sequence.

    Args:
        tokenizer: A fast tokenizer; the markers are added to it.
        max_length: Tokens of a text with its special tokens and the names that it doesn't mention; queries don't count.
        max_queries: Tokens of the queries of a sequence; more go into a further one. No answer depends on it.
    """

    row = PackedRow

    def __init__(self, tokenizer: Any, max_length: int, *, max_queries: int = 128) -> None:
        self.tokenizer = tokenizer
        self.max_length = max_length
        self.max_queries = max_queries
        tokenizer.add_tokens(list(ROLES), special_tokens=True)
        self.marker_ids: tuple[int, int] = tuple(tokenizer.convert_tokens_to_ids(list(ROLES)))
        self._frame = template(tokenizer, 1)

    def marker_words(self) -> Iterator[tuple[int, list[int]]]:
        """For each marker, the ids of the word whose embedding it starts with: it learns faster than from noise."""
        words = tokenize(self.tokenizer, [MARKER_WORDS[role] for role in ROLES])
        for marker, role in zip(self.marker_ids, ROLES, strict=True):
            yield marker, words[MARKER_WORDS[role]][0]

    def encode(self, examples: Sequence[Example]) -> list[PackedRow]:
        """Rows that answer each example once; what is asked beside an example doesn't change how it is encoded."""
        examples = [with_spans(example) for example in examples]
        texts = tokenize(self.tokenizer, [example.text for example in examples])
        names = tokenize(self.tokenizer, [name for one in examples for _, name, span in _sides(one) if span is None])
        rows: dict[Any, list[_Row]] = {}
        for item, example in enumerate(examples):
            kept = self._window(example, texts[example.text], names)
            place = rows.setdefault((example.text, tuple(kept)), [])
            if not place or self._full(place[-1].row, kept):
                place.append(self._open(texts[example.text], kept))
            self._add(place[-1], item, example, texts[example.text], kept, names)
        return [one.row for place in rows.values() for one in place]

    def pad(self, batch: Sequence[PackedRow]) -> dict[str, Tensor]:
        """Tensors of shape (batch, tokens of the longest), and `pairs` of shape (batch, pairs of the most, 2)."""

        def padded(rows: list[list[int]], value: int) -> Tensor:
            return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=value)

        return {
            "input_ids": padded([one.input_ids for one in batch], self.tokenizer.pad_token_id),
            "position_ids": padded([one.position_ids for one in batch], 0),
            "query_ids": padded([one.query_ids for one in batch], PADDING),
            "pairs": pad_sequence([torch.tensor(one.pairs) for one in batch], batch_first=True, padding_value=0),
        }

    def _window(self, example: Example, text: Tokens, names: dict[str, Tokens]) -> list[int]:
        ids, offsets = text
        spans = [span for _, _, span in _sides(example) if span is not None]
        longest = max([1 + len(self._name(names, name)) for _, name, span in _sides(example) if span is None] or [0])
        room = self.max_length - len(self._frame.special) - longest
        return window(len(ids), [token_range(offsets, span) for span in spans], room)

    def _name(self, names: dict[str, Tokens], name: str) -> list[int]:
        return names[name][0][: self.max_length // 8]

    def _full(self, row: PackedRow, kept: list[int]) -> bool:
        return len(row.input_ids) - len(kept) > self.max_queries

    def _open(self, text: Tokens, kept: list[int]) -> _Row:
        ids, _ = self._frame.fill([text[0][index] for index in kept])
        truncated = len(kept) < len(text[0])
        return _Row(PackedRow(ids, list(range(len(ids))), [NO_QUERY] * len(ids), truncated=truncated), {})

    def _add(
        self, row: _Row, item: int, example: Example, text: Tokens, kept: list[int], names: dict[str, Tokens]
    ) -> None:
        places = []
        for role, name, span in _sides(example):
            key = (role, name if span is None else (span[0], span[1]))  # a data set gives lists
            if key not in row.queries:
                row.queries[key] = self._ask(row, role, name, span, text, kept, names)
            places.append(row.queries[key])
        row.row.pairs.append((places[0], places[1]))
        row.row.items.append(item)

    def _ask(
        self,
        row: _Row,
        role: str,
        name: str,
        span: Span | None,
        text: Tokens,
        kept: list[int],
        names: dict[str, Tokens],
    ) -> int:
        """Append a query; returns where it begins."""
        start = self._frame.parts.index(None)
        begins = len(row.row.input_ids)
        if span is None:
            tokens, first = self._name(names, name), len(kept) + len(self._frame.special)
        else:
            place = token_range(text[1], span)
            inside = [at for at, index in enumerate(kept) if index in place]
            before = sum(index < place.start for index in kept)
            tokens, first = [], start + (inside[0] if inside else max(0, min(before, len(kept) - 1)))
        query = [self.marker_ids[ROLES.index(role)], *tokens]
        row.row.input_ids.extend(query)
        row.row.position_ids.extend(range(first, first + len(query)))
        row.row.query_ids.extend([len(row.queries) + 1] * len(query))
        return begins


def _sides(example: Example) -> tuple[tuple[str, str, Span | None], ...]:
    return (ROLES[0], example.actor, example.actor_span), (ROLES[1], example.target, example.target_span)
