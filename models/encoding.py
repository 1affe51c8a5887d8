"""From an example to the tokens that a pair model reads.

The mentions are marked where they stand: `... <actor> Ankara </actor> rejected <target> the plan </target> ...`. A name
without a span is marked where it stands in the text word for word; one that doesn't is given in a second segment:
`... rejected the plan ... [SEP] <actor> (author) </actor>`. So each input has each marker once. A text that is too
long is cut around its mentions, never through them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from detente.data.records import Example, Span
from detente.models.tokens import Tokens, template, token_range, tokenize, window

IGNORED = -100
"""The label of what is no example, as in torch."""
ACTOR, ACTOR_END, TARGET, TARGET_END = MARKERS = ("<actor>", "</actor>", "<target>", "</target>")
MARKER_WORDS = {ACTOR: "who", ACTOR_END: "who", TARGET: "whom", TARGET_END: "whom"}

_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)


class Row(Protocol):
    """What an encoder reads at once."""

    @property
    def input_ids(self) -> list[int]:
        """Token ids."""

    @property
    def items(self) -> list[int]:
        """Which of the encoded examples it answers."""

    @property
    def truncated(self) -> bool:
        """Whether the text was cut."""


class Encoding(Protocol):
    """From examples to what a model reads."""

    tokenizer: Any
    max_length: int
    row: Any
    """The class of the rows, a dataclass."""

    def encode(self, examples: Sequence[Example]) -> Sequence[Any]:
        """Rows that answer each example once."""

    def pad(self, batch: Sequence[Any]) -> dict[str, Tensor]:
        """The model's arguments for a batch of rows."""


@dataclass(frozen=True)
class Encoded:
    """The pair model's view of an example: ids and segments, one for each token."""

    input_ids: list[int]
    token_type_ids: list[int]
    truncated: bool
    items: list[int] = field(default_factory=lambda: [0])


class PairEncoding:
    """Turns examples into token ids, with an encoder's own tokenizer and special tokens.

    Args:
        tokenizer: A fast tokenizer; the markers are added to it.
        max_length: Tokens an input, special tokens, markers and names included.
    """

    row = Encoded

    def __init__(self, tokenizer: Any, max_length: int) -> None:
        self.tokenizer = tokenizer
        self.max_length = max_length
        tokenizer.add_tokens(list(MARKERS), special_tokens=True)
        self._marker_ids = dict(zip(MARKERS, tokenizer.convert_tokens_to_ids(list(MARKERS)), strict=True))
        self._single = template(tokenizer, 1)
        self._pair = template(tokenizer, 2)

    @property
    def marker_ids(self) -> tuple[int, int]:
        """The ids of the tokens that open the actor and the target."""
        return self._marker_ids[ACTOR], self._marker_ids[TARGET]

    def marker_words(self) -> Iterator[tuple[int, list[int]]]:
        """For each marker, the ids of the word whose embedding it starts with: it learns faster than from noise."""
        words = tokenize(self.tokenizer, list(MARKER_WORDS.values()))
        for marker, word in MARKER_WORDS.items():
            yield self._marker_ids[marker], words[word][0]

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """Encode examples; each distinct text is tokenised once."""
        examples = [with_spans(example) for example in examples]
        texts = tokenize(self.tokenizer, [example.text for example in examples])
        names = tokenize(
            self.tokenizer,
            [example.actor for example in examples if example.actor_span is None]
            + [example.target for example in examples if example.target_span is None],
        )
        rows = (self._encode(example, texts[example.text], names) for example in examples)
        return [replace(row, items=[item]) for item, row in enumerate(rows)]

    def pad(self, batch: Sequence[Encoded]) -> dict[str, Tensor]:
        """Tensors of shape (batch, tokens of the longest): input_ids, attention_mask and token_type_ids."""

        def padded(rows: list[list[int]], value: int) -> Tensor:
            return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=value)

        return {
            "input_ids": padded([one.input_ids for one in batch], self.tokenizer.pad_token_id),
            "attention_mask": padded([[1] * len(one.input_ids) for one in batch], 0),
            "token_type_ids": padded([one.token_type_ids for one in batch], 0),
        }

    def _encode(self, example: Example, text: Tokens, names: dict[str, Tokens]) -> Encoded:
        ids, offsets = text
        second = [
            *self._name(ACTOR, ACTOR_END, names[example.actor][0] if example.actor_span is None else None),
            *self._name(TARGET, TARGET_END, names[example.target][0] if example.target_span is None else None),
        ]
        frame = self._pair if second else self._single
        marks = [
            (mark, token_range(offsets, span))
            for mark, span in (((ACTOR, ACTOR_END), example.actor_span), ((TARGET, TARGET_END), example.target_span))
            if span is not None
        ]
        room = self.max_length - len(frame.special) - len(second) - 2 * len(marks)
        kept = window(len(ids), [place for _, place in marks], room)
        first = list(_marked(ids, kept, [(self._ids(mark), place) for mark, place in marks]))
        input_ids, token_type_ids = frame.fill(first, second)
        return Encoded(input_ids, token_type_ids, truncated=len(kept) < len(ids))

    def _name(self, opening: str, closing: str, name: list[int] | None) -> list[int]:
        if name is None:
            return []
        opening_id, closing_id = self._ids((opening, closing))
        return [opening_id, *name[: self.max_length // 8], closing_id]

    def _ids(self, mark: tuple[str, str]) -> tuple[int, int]:
        return self._marker_ids[mark[0]], self._marker_ids[mark[1]]


def with_spans(example: Example) -> Example:
    """The example with a span for each name that lacks one and stands in its text, apart from the other mention."""
    if example.actor_span and example.target_span:
        return example
    actor = example.actor_span or _find_name(example.text, example.actor, example.target_span)
    target = example.target_span or _find_name(example.text, example.target, actor)
    return example.model_copy(update={"actor_span": actor, "target_span": target})


def mark_text(example: Example) -> dict[str, str]:
    """The example as a `text-classification` pipeline takes it: marked text, and the names that it doesn't mention.

    Only for text that you trust: here, unlike in `PairEncoding`, a marker that stands in the text is taken for one.
    """
    example = with_spans(example)
    text = example.text
    spans = [
        (_without_space(text, example.actor_span), ACTOR, ACTOR_END),
        (_without_space(text, example.target_span), TARGET, TARGET_END),
    ]
    inserts = [
        insert
        for span, opening, closing in spans
        if span is not None
        for insert in (
            (span[0] - text[: span[0]].endswith(" "), 1, -span[1], opening),  # some tokenizers keep the space
            (span[1], 0, -span[0], closing),
        )
    ]
    for position, _, _, marker in sorted(inserts, reverse=True):
        text = f"{text[:position]}{marker}{text[position:]}"
    names = [(example.actor_span, ACTOR, example.actor, ACTOR_END)]
    names.append((example.target_span, TARGET, example.target, TARGET_END))
    pair = "".join(f"{opening}{name}{closing}" for span, opening, name, closing in names if span is None)
    return {"text": text, "text_pair": pair} if pair else {"text": text}


def _find_name(text: str, name: str, taken: Span | None) -> Span | None:
    """Where a name first stands in a text as whole words, with or without its article; not inside the span `taken`."""
    for wanted in (name.strip(), _ARTICLE.sub("", name.strip())):
        first, rest = wanted[:1], r"\s+".join(map(re.escape, wanted[1:].split(" ")))
        either = f"[{re.escape(first.upper() + first.lower())}]" if first.isalpha() else re.escape(first)
        for match in re.finditer(rf"(?<!\w){either}{rest}(?!\w)", text):
            if taken is None or match.end() <= taken[0] or match.start() >= taken[1]:
                return match.span()
    return None


def _without_space(text: str, span: Span | None) -> Span | None:
    if span is None:
        return None
    mention = text[span[0] : span[1]]
    return span[0] + len(mention) - len(mention.lstrip()), span[1] - len(mention) + len(mention.rstrip())


def _marked(ids: Sequence[int], kept: Sequence[int], marks: Sequence[tuple[tuple[int, int], range]]) -> Iterator[int]:
    """The kept tokens with the markers among them; the wider of two nested mentions opens first and closes last."""
    if not kept:
        yield from (marker for mark, _ in marks for marker in mark)
    before: dict[int, list[tuple[int, int, int]]] = {}
    after: dict[int, list[tuple[int, int, int]]] = {}
    last = {index: position for position, index in enumerate(kept)}
    for order, ((opening, closing), place) in enumerate(marks):
        inside = [last[i] for i in place if i in last] or [min(len(kept) - 1, sum(i < place.start for i in kept))]
        size = len(inside)
        before.setdefault(inside[0], []).append((-size, order, opening))
        after.setdefault(inside[-1], []).append((size, -order, closing))
    for position, index in enumerate(kept):
        yield from (marker for *_, marker in sorted(before.get(position, [])))
        yield ids[index]
        yield from (marker for *_, marker in sorted(after.get(position, [])))
