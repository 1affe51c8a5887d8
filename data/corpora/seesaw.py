"""SEESAW: who supports or opposes whom in US political news, sentence by sentence, with canonical names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

from detente.configs.errors import InputError
from detente.data.corpora.corpus import Corpus, RemoteFile
from detente.data.corpora.name_mentions import find_mentions
from detente.data.corpora.published import Published, read_json
from detente.data.problems import Problem
from detente.data.records import AUTHOR, Example, Holder, Span, Stance

REPOSITORY = "launchnlp/SEESAW"
COMMIT = "aeb7bac2d1fa9c65856accc9e1c18269953a4db7"
IMPLICIT, UNLISTED = "None", "Not in the list"
UNNAMED = "(unnamed source)"
"""The actor of a stance whose source is not among the entities of the article."""
LABELS = {"POS": Stance.SUPPORT, "NEG": Stance.OPPOSE}
_CONTEXT = 3
_ACTOR_TYPES = frozenset({"People", "Organization", "GPE"})
_DOCUMENT = re.compile(r"TRIPLET_(\w+)_DOCUMENT_(\d+)$")


@dataclass(frozen=True)
class _Article:
    id: str
    sentences: dict[int, str]
    entities: dict[str, frozenset[str]]
    """The types of each entity, by its canonical name."""
    stances: dict[int, dict[tuple[str, str], Stance | None]]
    """The stance of each pair in each sentence; None where the annotations contradict each other."""
    meta: dict[str, Any]


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield the annotated stances of the stories of a part, and the pairs of a sentence that have none as neutral."""
    for path in published.matching("meta/TRIPLET_*.json"):
        story = read_json(path)
        if story.get("Split") == part:
            for article in _articles(published, path, story):
                yield from _read_article(article)


def _articles(published: Published, path: Path, story: dict[str, Any]) -> Iterator[_Article]:
    for file in published.matching(f"annotations/{path.stem}_DOCUMENT_*.json"):
        text = published.find(f"articles/{file.name}")
        match = _DOCUMENT.search(file.stem)
        if text is None or match is None:
            raise InputError(f"{file}: expected its text at articles/{file.name}; found none. Is the checkout whole?")
        outlet = story.get(f"Meta info for article {match[2]}", {})
        meta = {
            "corpus": "seesaw",
            "licence": CORPUS.licence,
            "article_id": f"seesaw-{match[1]}_{match[2]}",
            "story": f"seesaw-{match[1]}",
            "outlet": outlet.get("source"),
            "published": story.get("story_time"),
            "topic": story.get("story_topic"),
        }
        try:
            article = _article(f"{match[1]}_{match[2]}", read_json(text), read_json(file), meta)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{file}: expected an article of SEESAW and its text; {error!r}") from error
        yield article


def _article(id_: str, text: dict[str, Any], annotated: dict[str, Any], meta: dict[str, Any]) -> _Article:
    sentences = {one["id"]: " ".join(one["text"].split()) for one in text["text"]}
    stances = {int(number): _labels(triplets) for number, triplets in annotated["sentence-level stances"].items()}
    return _Article(
        id=id_,
        sentences={number: sentence for number, sentence in sentences.items() if sentence},
        entities={" ".join(name.split()): frozenset(types) for name, types, *_ in annotated["entity lists"]},
        stances=stances,
        meta=meta,
    )


def _read_article(article: _Article) -> Iterator[Example | Problem]:
    for number in sorted(article.stances.keys() - article.sentences.keys()):
        yield Problem(f"article {article.id}, sentence {number}", "the annotated sentence is empty or missing")
    for number in article.sentences:
        mentions = find_mentions(article.sentences[number], article.entities)
        labels = article.stances.get(number, {})
        for index, ((subject, target), label) in enumerate(labels.items()):
            place = f"article {article.id}, sentence {number}, stance {index}"
            if target in (UNLISTED, IMPLICIT):
                yield Problem(place, "the target is not among the entities of the article")
            elif label is None:
                yield Problem(place, "the sentence has both a positive and a negative stance for the pair")
            else:
                yield _stance(article, number, index, (subject, target), label)
        yield from _neutral_pairs(article, number, mentions, set(labels))


def _labels(triplets: list[dict[str, Any]]) -> dict[tuple[str, str], Stance | None]:
    labels: dict[tuple[str, str], Stance | None] = {}
    for triplet in triplets:
        pair = (" ".join(str(triplet["subject"]).split()), " ".join(str(triplet["object"]).split()))
        label = LABELS[triplet["sentiment"]]
        labels[pair] = label if labels.get(pair, label) is label else None
    return labels


def _stance(article: _Article, number: int, index: int, pair: tuple[str, str], label: Stance) -> Example:
    """The example of an annotated stance; sentences before come along where the sentence doesn't name both."""
    subject, target = pair
    named = [name for name in pair if name not in (IMPLICIT, UNLISTED)]
    text, context = article.sentences[number], 0
    spans = find_mentions(text, article.entities)
    if not all(name in spans for name in named):
        text, context = _with_context(article, number)
        spans = _spans_in_context(text, len(article.sentences[number]), article)
    meta = article.meta | {"sentence": number, "context_sentences": context}
    actor = {IMPLICIT: AUTHOR, UNLISTED: UNNAMED}.get(subject, subject)
    actor_span, target_span = spans.get(subject), spans.get(target)
    return Example(
        id=f"seesaw-{article.id}-{number}-{index}",
        actor=actor,
        target=target,
        text=text,
        label=label,
        actor_span=actor_span if actor_span != target_span else None,
        target_span=target_span,
        group=article.meta["story"],
        source="seesaw",
        holder=Holder.AUTHOR if subject == IMPLICIT else None,
        meta=meta,
    )


def _with_context(article: _Article, number: int) -> tuple[str, int]:
    before = [article.sentences[one] for one in sorted(article.sentences) if one < number][-_CONTEXT:]
    return " ".join([*before, article.sentences[number]]), len(before)


def _spans_in_context(text: str, length: int, article: _Article) -> dict[str, Span]:
    """Mentions in the sentence itself, which ends the text, go before those in the sentences before."""
    start = len(text) - length
    own = find_mentions(text[start:], article.entities)
    return find_mentions(text[:start], article.entities) | {
        name: (a + start, b + start) for name, (a, b) in own.items()
    }


def _neutral_pairs(
    article: _Article, number: int, mentions: dict[str, Span], annotated: set[tuple[str, str]]
) -> Iterator[Example]:
    """Pairs of entities that the sentence names and that the annotators gave no stance."""
    for index, (actor, target) in enumerate(permutations(mentions, 2)):
        if (actor, target) in annotated or not article.entities[actor] & _ACTOR_TYPES:
            continue
        kind = "reverse" if (target, actor) in annotated else "unannotated" if annotated else "stance_free_sentence"
        yield Example(
            id=f"seesaw-{article.id}-{number}-n{index}",
            actor=actor,
            target=target,
            text=article.sentences[number],
            label=Stance.NEUTRAL,
            actor_span=mentions[actor],
            target_span=mentions[target],
            group=article.meta["story"],
            source="seesaw",
            meta=article.meta | {"sentence": number, "context_sentences": 0, "neutral_kind": kind},
        )


CORPUS = Corpus(
    name="seesaw",
    title="SEESAW: entity-to-entity stance",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="CC BY-NC-SA 4.0",
    citation="Zhang, Beauchamp and Wang, Generative Entity-to-Entity Stance Detection with Knowledge Graph "
    "Augmentation, EMNLP 2022",
    size="10,619 stances in 609 articles of 203 stories",
    language="en",
    parts=("train", "valid", "test"),
    published_as="SEESAW/meta, SEESAW/annotations and SEESAW/articles with their TRIPLET_*.json",
    mapping=(
        "POS is support, NEG oppose; names are canonical, mentions are found by full name, surname or alias",
        "the text is the sentence where it names both, else up to three sentences before come along "
        "(meta.context_sentences), and an entity that is not found has no span",
        f'source None is the author: actor "{AUTHOR}", holder author; source "{UNLISTED}" is "{UNNAMED}"',
        "a target that is not in the list is set aside",
        "neutral is made, not annotated: ordered pairs of entities that a sentence names without a stance in it, "
        "the actor a person, organisation or place (meta.neutral_kind: reverse, unannotated, stance_free_sentence)",
        "group is the story; the parts are the official ones, by story",
    ),
    defects=(
        "annotators read the whole article: about one label in four can't be told from its sentence",
        "about one made neutral in ten is a stance that was missed: meta.neutral_kind tells them",
        "mentions go by names and aliases: a surname that two entities share has no span, pronouns are not resolved",
        "a pair seen in train keeps its stance in test eight times in ten: look at pairs that were not seen",
    ),
    read=read_part,
    files=(RemoteFile(f"https://github.com/{REPOSITORY}/archive/{COMMIT}.zip", f"SEESAW-{COMMIT[:7]}.zip"),),
)
