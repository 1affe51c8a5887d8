"""From the actors and targets of an article to questions for a model: ordered pairs, each with its text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from detente.data.extraction.asides import is_aside
from detente.data.extraction.parsing import ParsedArticle
from detente.data.extraction.speech.speech import Speech
from detente.data.extraction.syntax import span_at
from detente.data.problems import Problem
from detente.data.records import AUTHOR, Example, Holder, Mention, Resolution, Span


@dataclass(frozen=True)
class PairSettings:
    """Which pairs are proposed, and with how much text."""

    context: int = 0
    """Sentences before and after those of the two mentions that belong to the text."""
    neighbours: bool = True
    """Also pair names of two neighbouring sentences, where neither stands in both."""
    author: bool = False
    """Also ask for the author's stance towards everyone and everything that a sentence names."""
    max_pairs: int = 90
    """Of one sentence, or of two neighbouring ones; those whose mentions stand farthest apart are cut."""


DEFAULT_PAIRS = PairSettings()


@dataclass(frozen=True)
class Pairs:
    """The candidate examples of an article, and those that the cap cut, each with the reason."""

    examples: tuple[Example, ...]
    cut: tuple[Problem, ...]


@dataclass(frozen=True)
class _Party:
    """One side of a question: an actor or a policy, by the mention that stands for it in a sentence."""

    name: str
    mention: Mention
    facts: dict[str, str]
    """What an example's meta says of it: kind, country and why the mention stands for it."""


_Question = tuple[_Party | None, _Party]
"""Actor and target; None is the author."""


def candidate_pairs(
    parsed: ParsedArticle,
    resolutions: Sequence[Resolution],
    targets: Sequence[Mention] = (),
    speeches: Sequence[Speech] = (),
    settings: PairSettings = DEFAULT_PAIRS,
) -> Pairs:
    """Propose the ordered pairs of each sentence and of neighbouring ones, and the text to ask them of.

    The first mention of an actor in a sentence stands for it there, but for one that only tells something of another
    ("Ada Quill of Ohio"). A policy is a target only, and none where the same words name an actor. The id is made of the
    article's and of where the two mentions stand, so that it is the same in each run.
    """
    examples: list[Example] = []
    cut: list[Problem] = []
    write = _ExampleWriter(parsed, resolutions, speeches, settings.context)
    for first, last, questions in _questions(parsed, resolutions, targets, settings):
        kept = set(sorted(range(len(questions)), key=lambda number: _distance(questions[number]))[: settings.max_pairs])
        for number, question in enumerate(questions):
            example = write(first, last, *question)
            if number in kept:
                examples.append(example)
            else:
                where = "a sentence" if first == last else "two neighbouring sentences"
                reason = f"more than {settings.max_pairs} pairs in {where}; others stand closer together"
                cut.append(Problem(example.id, reason))
    return Pairs(tuple(examples), tuple(cut))


def _questions(
    parsed: ParsedArticle, resolutions: Iterable[Resolution], targets: Iterable[Mention], settings: PairSettings
) -> Iterator[tuple[int, int, list[_Question]]]:
    """First and last sentence of each group of questions."""
    count = len(parsed.sentences)
    actors = _by_sentence(count, _parties(parsed, resolutions))
    taken = {party.mention.span for parties in actors for party in parties.values()}
    things = (one for one in targets if one.span not in taken)
    policies = _by_sentence(count, (_Party(" ".join(one.surface.split()), one, {"kind": one.kind}) for one in things))
    for index, (here, policies_here) in enumerate(zip(actors, policies, strict=True)):
        within: list[_Question] = [*permutations(here.values(), 2)]
        within += [(actor, thing) for actor in here.values() for thing in policies_here.values()]
        if settings.author:
            within += [(None, one) for one in [*here.values(), *policies_here.values()]]
        yield index, index, within
        if index and settings.neighbours:
            yield index - 1, index, _across(actors[index - 1], policies[index - 1], here, policies_here)


def _across(
    before: dict[str, _Party], things_before: dict[str, _Party], here: dict[str, _Party], things: dict[str, _Party]
) -> list[_Question]:
    """The pairs of one name of each sentence; a name of both sentences is asked within them."""
    earlier = [party for name, party in before.items() if name not in here]
    later = [party for name, party in here.items() if name not in before]
    questions: list[_Question] = []
    for one in earlier:
        for other in later:
            questions += [(one, other), (other, one)]
    questions += [(actor, thing) for actor in earlier for thing in things.values()]
    questions += [(actor, thing) for actor in later for thing in things_before.values()]
    return questions


def _to_party(resolution: Resolution) -> _Party:
    actor = resolution.actor
    country = {"country": actor.country} if actor.country else {}
    return _Party(actor.name, resolution.mention, {"kind": actor.kind, **country, "why": resolution.why})


def _by_sentence(count: int, parties: Iterable[_Party]) -> list[dict[str, _Party]]:
    """For each sentence, the first mention of each name."""
    sentences: list[dict[str, _Party]] = [{} for _ in range(count)]
    for party in parties:
        sentences[party.mention.sentence].setdefault(party.name, party)
    return sentences


def _parties(parsed: ParsedArticle, resolutions: Iterable[Resolution]) -> Iterator[_Party]:
    """The actors of the mentions that do more than tell something of another."""
    for one in resolutions:
        tokens = span_at(parsed, one.mention.span)
        if tokens is None or not is_aside(tokens):
            yield _to_party(one)


def _distance(question: _Question) -> int:
    """Characters between the two mentions; a question of the author's stance comes first."""
    actor, target = question
    if actor is None:
        return -1
    first, second = sorted((actor.mention.span, target.mention.span))
    return max(0, second[0] - first[1])


class _ExampleWriter:
    """Writes the questions of one article as examples."""

    def __init__(
        self, parsed: ParsedArticle, resolutions: Sequence[Resolution], speeches: Sequence[Speech], context: int
    ) -> None:
        self._parsed = parsed
        self._resolutions = resolutions
        self._speeches = speeches
        self._context = context
        article = parsed.article
        facts = {"published": article.published, "outlet": article.outlet, "url": article.url, "story": article.story}
        self._facts = {"article_id": article.id} | {name: value for name, value in facts.items() if value}

    def __call__(self, first: int, last: int, actor: _Party | None, target: _Party) -> Example:
        parsed = self._parsed
        start = parsed.sentences[max(0, first - self._context)][0]
        end = parsed.sentences[min(len(parsed.sentences) - 1, last + self._context)][1]
        holder, speaker = self._holder(actor, target)
        place = f"{actor.mention.span[0]}-{actor.mention.span[1]}" if actor else "author"
        return Example(
            id=f"{parsed.article.id}:{place}:{target.mention.span[0]}-{target.mention.span[1]}",
            actor=actor.name if actor else AUTHOR,
            target=target.name,
            text=parsed.article.text[start:end],
            actor_span=_within(actor.mention.span, start) if actor else None,
            target_span=_within(target.mention.span, start),
            group=parsed.article.story or parsed.article.id,
            source="articles",
            holder=holder,
            meta={
                **self._facts,
                **{f"actor_{name}": value for name, value in (actor.facts if actor else {"kind": "author"}).items()},
                **{f"target_{name}": value for name, value in target.facts.items()},
                **({"speaker": speaker} if speaker else {}),
            },
        )

    def _holder(self, actor: _Party | None, target: _Party) -> tuple[Holder, str | None]:
        """Whose stance it is, and who speaks the words about the target, where somebody does."""
        start, end = target.mention.span
        covering = [one for one in self._speeches if one.content[0] <= start and end <= one.content[1]]
        innermost_first = sorted(covering, key=lambda one: one.content[1] - one.content[0])
        speakers = [self._name_at(one.speaker) for one in innermost_first if one.speaker]
        speaker = speakers[0] if speakers else None
        if actor is None:
            return Holder.AUTHOR, speaker
        return Holder.SPEAKER if actor.name in speakers else Holder.ACTOR, speaker

    def _name_at(self, span: Span) -> str:
        """The actor named by the last mention in a stretch of text ("the minister Ada Quill"), or its words."""
        start, end = span
        names = [
            one.actor.name for one in self._resolutions if one.mention.span[0] < end and one.mention.span[1] > start
        ]
        return names[-1] if names else " ".join(self._parsed.article.text[start:end].split())


def _within(span: Span, start: int) -> Span:
    return span[0] - start, span[1] - start
