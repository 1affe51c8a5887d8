"""What to label next: a random part that measures the model, and an uncertain part that teaches it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import kmeans_plusplus
from sklearn.feature_extraction.text import TfidfVectorizer

from detente.configs.errors import InputError
from detente.data.formats import stem
from detente.data.labelling.pool import Pool, fetch, read_pool
from detente.data.reading import to_record
from detente.data.records import FROM_META, STANCES, Example, Prediction

CHOSEN_BY = "chosen_by"
"""The key in `meta` that tells the part: RANDOM or UNCERTAINTY."""
RANDOM = "random"
UNCERTAINTY = "uncertainty"
CANDIDATES = 5
"""Uncertain candidates for each place, among which the unlike ones are looked for."""
WORDS = 5000
"""Commonest words by which texts are compared; memory grows with their number times that of the examples."""
Places = NDArray[np.int64]
"""Places in the pool."""


@dataclass(frozen=True)
class Selection:
    """The chosen examples, in random order, and what was left out of the pool that they come from."""

    examples: list[Example]
    pool: int
    taken: int
    repeated: int

    @property
    def drawn(self) -> int:
        """How many of the examples are of the random part."""
        return sum(example.meta[CHOSEN_BY] == RANDOM for example in self.examples)


def choose_next(
    predictions: str | Path, n: int, *, random_share: float = 0.2, taken: Iterable[Example] = (), seed: int = 0
) -> Selection:
    """Choose the examples whose labels are worth most.

    The random part is a simple random sample of the whole pool, so that the share of right answers in it is an unbiased
    estimate. The uncertain part has the smallest margins between the two likeliest stances (Scheffer et al. 2001;
    Settles 2009, section 3.1), and no article or text a second time while there are others. Among its candidates,
    unlike texts are drawn as k-means++ draws seeds, weighted by uncertainty: what BADGE (Ash et al. 2020) does with
    gradients, over TF-IDF vectors.

    The file is read twice; 48 bytes a prediction are held in memory.

    Args:
        predictions: The file of predictions.
        n: How many to choose; all of them if there are fewer.
        random_share: From 0 to 1; the size of the random part is rounded up.
        taken: Examples to leave out, by id or by actor, target and text.
        seed: Decides the draws.

    Raises:
        InputError: The file is bad, two questions share an id, or nothing is left to choose.
    """
    path = Path(predictions)
    pool = read_pool(path, taken)
    rng = np.random.default_rng(seed)
    n = min(n, len(pool))
    drawn = rng.choice(len(pool), size=math.ceil(round(random_share * n, 6)), replace=False)
    sure, candidates = _shortlist(pool, drawn, n - len(drawn))
    records = fetch(path, pool.rows[np.concatenate([drawn, sure, candidates])].tolist())
    texts = [records[row].text for row in pool.rows[candidates].tolist()]
    unlike = candidates[_unlike(texts, pool.uncertainty[candidates], n - len(drawn) - len(sure), seed)]
    parts = [(place, {CHOSEN_BY: RANDOM, "inclusion_probability": len(drawn) / len(pool)}) for place in drawn]
    parts += [(place, {CHOSEN_BY: UNCERTAINTY}) for place in (*sure, *unlike)]
    examples = [_to_example(path, row, records[row], meta) for row, meta in ((int(pool.rows[i]), m) for i, m in parts)]
    return Selection([examples[i] for i in rng.permutation(n)], len(pool), pool.taken, pool.repeated)


def keep_originals(chosen: Iterable[Example], originals: Iterable[Example]) -> list[Example]:
    """The chosen examples with all that the examples which were predicted know: group, source, holder, meta.

    Raises:
        InputError: A chosen example is not among them, or asks something else there.
    """
    waiting = {example.id: example for example in chosen}
    whole: dict[str, Example] = {}
    for original in originals:
        one = waiting.get(original.id)
        if one and (one.actor, one.target, one.text) == (original.actor, original.target, original.text):
            meta = original.meta | one.meta
            whole[original.id] = original.model_copy(update={"label": None, "meta": meta})
    if missing := [id_ for id_ in waiting if id_ not in whole]:
        raise InputError(
            f"expected the examples that were predicted; found no '{missing[0]}' of the same actor, target and text, "
            f"nor {len(missing) - 1} others. Leave --examples out if articles were predicted."
        )
    return [whole[id_] for id_ in waiting]


def _shortlist(pool: Pool, drawn: Places, wanted: int) -> tuple[Places, Places]:
    """The places chosen for certain, and the candidates for the places that are left, the most uncertain first."""
    others = np.setdiff1d(np.arange(len(pool)), drawn)
    others = others[np.argsort(-pool.uncertainty[others], kind="stable")]
    repeats = _repeats(pool, np.concatenate([drawn, others]))[len(drawn) :]
    sure = np.zeros(0, dtype=np.int64)
    for level in range(3):
        members = others[repeats == level]
        left = wanted - len(sure)
        if len(members) > left:
            return sure, members[: CANDIDATES * left]
        sure = np.concatenate([sure, members])
    return sure, np.zeros(0, dtype=np.int64)


def _repeats(pool: Pool, order: Places) -> NDArray[np.int64]:
    """By order: 0 is the first of its article and of its text, 1 is the first of its text alone, 2 is neither."""
    new_text, new_article = (
        np.isin(np.arange(len(order)), np.unique(column[order], return_index=True)[1])
        for column in (pool.texts, pool.articles)
    )
    return np.where(new_text & new_article, 0, np.where(new_text, 1, 2))


def _unlike(texts: Sequence[str], uncertainty: NDArray[np.float64], n: int, seed: int) -> Places:
    """Places of `n` uncertain texts that are unlike each other."""
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    vectors = TfidfVectorizer(token_pattern=r"\w+|\S", sublinear_tf=True, max_features=WORDS).fit_transform(texts)
    weights = np.maximum(uncertainty, 1e-6)  # a model that is sure of everything leaves all weights at zero
    _, seeds = kmeans_plusplus(vectors, n, sample_weight=weights, random_state=seed)
    found = dict.fromkeys(seeds.tolist())  # where texts have the same words, one may be drawn again
    rest = (place for place in range(len(texts)) if place not in found)
    return np.array([*found, *islice(rest, n - len(found))], dtype=np.int64)


def _to_example(path: Path, row: int, prediction: Prediction, meta: dict[str, Any]) -> Example:
    answer = {f"p_{stance}": getattr(prediction, f"p_{stance}") for stance in STANCES}
    origin = prediction.model_dump(include=set(FROM_META), exclude_none=True)
    known = prediction.model_dump(include={"actor", "target", "text", "actor_span", "target_span", "holder"})
    group = prediction.group or prediction.article_id
    known |= {"group": group, "source": stem(path), "meta": {**origin, **meta, **answer}}
    example = to_record({"id": prediction.example_id, **known}, Example)
    if isinstance(example, list):
        raise InputError(f"{path}: prediction {row + 1} is no example: {'; '.join(example)}")
    return example
