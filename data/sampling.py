"""Which examples of the training files an epoch shows: corpora mixed more evenly, and not too many neutral examples."""

from collections.abc import Sequence

import numpy as np

from detente.data.records import Example, Stance

Block = list[int]
"""Places of the examples of one text. They are drawn or left together, since a model may encode a text just once."""


def draw_epoch(
    examples: Sequence[Example],
    *,
    seed: int,
    epoch: int,
    mixing_temperature: float = 1.0,
    neutral_ratio: float | None = None,
) -> list[int]:
    """Draw the examples of an epoch; the same arguments give the same ones.

    First, texts with neutral examples alone are left out by chance, in each corpus by itself, down to the ratio. Then
    each corpus (`Example.source`) gets a share of the epoch in proportion to what is left of it, to the power of
    1 / temperature: the multinomial sampling of languages in XLM (Lample and Conneau 2019, section 3.1, their alpha is
    1 / temperature) and the temperature-scaled mixing of T5 (Raffel et al. 2020, section 3.5.2). Mixing leaves the
    epoch's length as it is: small corpora are repeated, and of large ones some texts are left out, others each time.

    Args:
        examples: Labelled examples. A text that stands in several corpora counts in the first of them.
        seed: Of the draws.
        epoch: Each one draws anew.
        mixing_temperature: At least 1, which leaves the shares as they are; 2 takes the square roots of the sizes.
        neutral_ratio: At most so many neutral examples for each other one of a corpus. Neutral examples of a text that
            holds a stance too always stay, even above that; so does a corpus without any stance. None: no limit.

    Returns:
        Places in `examples`: the texts in random order, the examples of a text one after another. A text that is drawn
        twice stands there twice.
    """
    random = np.random.default_rng([seed, epoch])
    corpora = [_thinned(blocks, examples, neutral_ratio, random) for blocks in _corpora(examples)]
    sizes = _mixed([_count(blocks) for blocks in corpora], mixing_temperature)
    drawn = [block for blocks, size in zip(corpora, sizes, strict=True) for block in _filled(blocks, size, random)]
    return [place for position in random.permutation(len(drawn)) for place in drawn[position]]


def _corpora(examples: Sequence[Example]) -> list[list[Block]]:
    """The blocks of each corpus, in the order of the examples."""
    texts: dict[str, Block] = {}
    for place, example in enumerate(examples):
        texts.setdefault(example.text, []).append(place)
    corpora: dict[str | None, list[Block]] = {}
    for block in texts.values():
        corpora.setdefault(examples[block[0]].source, []).append(block)
    return list(corpora.values())


def _thinned(
    blocks: list[Block], examples: Sequence[Example], ratio: float | None, random: np.random.Generator
) -> list[Block]:
    """Blocks that hold a stance, and as many of the others as the ratio has room for."""
    neutral = [sum(examples[place].label is Stance.NEUTRAL for place in block) for block in blocks]
    stances = _count(blocks) - sum(neutral)
    if ratio is None or stances == 0:
        return blocks
    holding = [block for block, count in zip(blocks, neutral, strict=True) if count < len(block)]
    others = [block for block, count in zip(blocks, neutral, strict=True) if count == len(block)]
    room = int(ratio * stances + 1e-9) - (_count(holding) - stances)
    return holding + _filled(others, min(room, _count(others)), random)


def _mixed(sizes: Sequence[int], temperature: float) -> list[int]:
    """How many examples of each corpus an epoch has."""
    weights = np.array(sizes, dtype=np.float64) ** (1 / temperature)
    return [round(share * sum(sizes)) for share in weights / weights.sum()]


def _filled(blocks: Sequence[Block], size: int, random: np.random.Generator) -> list[Block]:
    """Blocks of `size` examples, or a few fewer where none fits: all as often as they go in, then some by chance."""
    if not blocks or size <= 0:
        return []
    passes, room = divmod(size, _count(blocks))
    filled = list(blocks) * passes
    for position in random.permutation(len(blocks)):
        if len(blocks[position]) <= room:
            filled.append(blocks[position])
            room -= len(blocks[position])
    return filled


def _count(blocks: Sequence[Block]) -> int:
    return sum(map(len, blocks))
