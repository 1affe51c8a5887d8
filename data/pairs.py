"""From the mentions of an article to the questions that are asked of a model: ordered pairs, each with its text."""

from collections.abc import Iterator
from itertools import permutations

from detente.data.mentions import ParsedArticle, actor_name
from detente.data.records import Example, Mention


def candidate_pairs(parsed: ParsedArticle) -> Iterator[Example]:
    """Yield both directions of each pair of names within a sentence, and in neighbouring sentences that share neither.

    The text of an example is the sentence, or the two; the first mention of a name in a sentence stands for it. The id
    is made of the article's and of where the two mentions stand, so that it is the same in each run.
    """
    by_sentence = [_first_mentions(parsed, index) for index in range(len(parsed.sentences))]
    for index, here in enumerate(by_sentence):
        for actor, target in permutations(here, 2):
            yield _example(parsed, index, index, (actor, here[actor]), (target, here[target]))
        before = by_sentence[index - 1] if index else {}
        for one in [name for name in before if name not in here]:
            for other in [name for name in here if name not in before]:
                first, second = (one, before[one]), (other, here[other])
                yield _example(parsed, index - 1, index, first, second)
                yield _example(parsed, index - 1, index, second, first)


def _first_mentions(parsed: ParsedArticle, sentence: int) -> dict[str, Mention]:
    mentions: dict[str, Mention] = {}
    for mention in parsed.mentions:
        if mention.sentence == sentence:
            mentions.setdefault(actor_name(mention.surface), mention)
    return mentions


def _example(
    parsed: ParsedArticle, first: int, last: int, actor: tuple[str, Mention], target: tuple[str, Mention]
) -> Example:
    start, end = parsed.sentences[first][0], parsed.sentences[last][1]
    spans = [(mention.span[0] - start, mention.span[1] - start) for _, mention in (actor, target)]
    article = parsed.article
    facts = {"published": article.published, "outlet": article.outlet, "url": article.url}
    return Example(
        id=f"{article.id}:{actor[1].span[0]}-{target[1].span[0]}",
        actor=actor[0],
        target=target[0],
        text=article.text[start:end],
        actor_span=spans[0],
        target_span=spans[1],
        group=article.id,
        source="articles",
        meta={
            "article_id": article.id,
            "actor_kind": actor[1].kind,
            "target_kind": target[1].kind,
            **{name: value for name, value in facts.items() if value},
        },
    )
