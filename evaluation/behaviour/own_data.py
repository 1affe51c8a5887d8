"""The probes that are made from the user's own examples: what is changed, and what is expected."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from detente.data.audit.labels import text_key
from detente.data.records import Example
from detente.evaluation.behaviour import asking, naming, wording
from detente.evaluation.behaviour.cases import Case, Probe, choose_cases, draw
from detente.models.encoding import with_spans

Change = Callable[[Example, int], Case | None]
Make = Callable[[Sequence[Example], int], Iterable[Case]]


@dataclass(frozen=True)
class Intervention:
    """A change to examples, and what it tells."""

    name: str
    expects: str
    can: str
    make: Make
    judged: bool = True


def own_probes(examples: Sequence[Example], seed: int, most: int) -> Iterator[Probe]:
    """All interventions on the examples; each takes those that it can be done to."""
    located = [with_spans(example) for example in examples]
    for one in INTERVENTIONS:
        cases = list(one.make(located, seed))
        chosen = tuple(choose_cases(cases, most, seed, one.name))
        yield Probe(one.name, one.expects, one.can, chosen, len(cases), one.judged)


def whole_texts(examples: Sequence[Example], most: int, seed: int) -> list[Example]:
    """At most so many examples, all questions about a text together, in their order."""
    if len(examples) <= most:
        return list(examples)
    by_text: dict[str, list[int]] = {}
    for place, example in enumerate(examples):
        by_text.setdefault(text_key(example), []).append(place)
    kept: list[int] = []
    for key in sorted(by_text, key=lambda key: draw(seed, "text", key)):
        if len(kept) + len(by_text[key]) <= most:
            kept += by_text[key]
    return [examples[place] for place in sorted(kept)]


def _each(change: Change) -> Make:
    def make(examples: Sequence[Example], seed: int) -> Iterator[Case]:
        for example in examples:
            if case := change(example, seed):
                yield case

    return make


def _names(kind: str, change: Change) -> Intervention:
    return Intervention(
        f"names_{kind}",
        f"Other {kind} in the place of those in the text: the answer stays.",
        f"answers alike whichever {kind} are named",
        _each(change),
    )


INTERVENTIONS: Sequence[Intervention] = (
    Intervention(
        "swap_labelled",
        "Asked both ways round, each direction gets its own label.",
        "answers both directions rightly",
        asking.swap_labelled,
    ),
    Intervention(
        "swap_distinct",
        "Asked both ways round, a pair whose two labels differ doesn't get one and the same stance.",
        "keeps the two directions of a pair apart",
        asking.swap_distinct,
    ),
    Intervention(
        "swap_unlabelled",
        "Asked the other way round, where no label says what is right, the answer is seldom the same stance.",
        "keeps the two directions of a pair apart",
        asking.swap_unlabelled,
        judged=False,
    ),
    _names("states", naming.replace_states),
    _names("nationalities", naming.replace_nationalities),
    _names("persons", naming.replace_persons),
    _names("organisations", naming.replace_organisations),
    Intervention(
        "mask_names",
        'With "Actor A" and "Actor B" in the place of the names, the answer stays.',
        "answers without the names",
        _each(naming.mask_names),
    ),
    Intervention(
        "absent_target",
        "Asked about a state that isn't in the text, the answer is neutral.",
        "says neutral of targets that the text doesn't mention",
        _each(asking.absent_target),
    ),
    Intervention(
        "absent_actor",
        "Asked for the stance of a state that isn't in the text, the answer is neutral.",
        "gives no stance to actors that the text doesn't mention",
        _each(asking.absent_actor),
    ),
    Intervention(
        "negate",
        '"Kenya praised Peru" becomes "Kenya did not praise Peru": the answer is no longer what it was labelled.',
        "reads negation",
        _each(wording.negate),
    ),
    Intervention(
        "hedge",
        '"Kenya praised Peru" becomes "Kenya may praise Peru": neutral.',
        "tells what may be from what is",
        _each(wording.hedge),
    ),
    Intervention(
        "passive",
        '"Kenya praised Peru" becomes "Peru was praised by Kenya": the answer stays.',
        "reads the passive as the active",
        _each(wording.make_passive),
    ),
    Intervention(
        "quote",
        "The text in the mouth of another state's spokesman: the stance of the actor stays.",
        "keeps a stance that is reported",
        _each(wording.quote),
    ),
    Intervention(
        "quote_speaker",
        "The text in the mouth of another state's spokesman: that state is neutral towards actor and target.",
        "tells who is speaking from who is spoken of",
        wording.quote_speakers,
    ),
    Intervention(
        "irrelevant",
        "A sentence about something else, before or after the text: the answer stays.",
        "passes over irrelevant sentences",
        _each(wording.add_remark),
    ),
    Intervention(
        "typos",
        "Two typing errors outside the mentions: the answer stays.",
        "bears typing errors",
        _each(wording.misspell),
    ),
    Intervention(
        "casing",
        "All letters small, or all large: the answer stays.",
        "reads large and small letters alike",
        _each(wording.recase),
    ),
    Intervention(
        "spelling",
        "British spelling for American and the other way round: the answer stays.",
        "reads British and American spelling alike",
        _each(wording.respell),
    ),
)
"""In the order in which they are shown."""
