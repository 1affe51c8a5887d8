"""From the actors of an article to the questions that are asked of a model: ordered pairs, each with its text."""

from collections.abc import Iterator
from itertools import permutations

from detente.data.extraction.parsing import ParsedArticle
from detente.data.records import Example, Resolution


def candidate_pairs(parsed: ParsedArticle, resolutions: tuple[Resolution, ...]) -> Iterator[Example]:
    """Yield both directions of each pair of names within a sentence, and in neighbouring sentences that share neither.

    The text of an example is the sentence, or the two; the first mention of a name in a sentence stands for it. The id
    is made of the article's and of where the two mentions stand, so that it is the same in each run.
    """
    by_sentence = [_first_mentions(resolutions, index) for index in range(len(parsed.sentences))]
    for index, here in enumerate(by_sentence):
        for actor, target in permutations(here.values(), 2):
            yield _example(parsed, index, index, actor, target)
        before = by_sentence[index - 1] if index else {}
        for one in [name for name in before if name not in here]:
            for other in [name for name in here if name not in before]:
                yield _example(parsed, index - 1, index, before[one], here[other])
                yield _example(parsed, index - 1, index, here[other], before[one])


def _first_mentions(resolutions: tuple[Resolution, ...], sentence: int) -> dict[str, Resolution]:
    first: dict[str, Resolution] = {}
    for resolution in resolutions:
        if resolution.mention.sentence == sentence:
            first.setdefault(resolution.actor.name, resolution)
    return first


def _example(parsed: ParsedArticle, first: int, last: int, actor: Resolution, target: Resolution) -> Example:
    start, end = parsed.sentences[first][0], parsed.sentences[last][1]
    actor_span, target_span = (
        (resolution.mention.span[0] - start, resolution.mention.span[1] - start) for resolution in (actor, target)
    )
    article = parsed.article
    facts = {"published": article.published, "outlet": article.outlet, "url": article.url}
    return Example(
        id=f"{article.id}:{actor.mention.span[0]}-{target.mention.span[0]}",
        actor=actor.actor.name,
        target=target.actor.name,
        text=article.text[start:end],
        actor_span=actor_span,
        target_span=target_span,
        group=article.id,
        source="articles",
        meta={
            "article_id": article.id,
            "actor_kind": actor.actor.kind,
            "target_kind": target.actor.kind,
            **{name: value for name, value in facts.items() if value},
        },
    )
