"""Interventions on the words around the mentions: those that must not move the answer, and those that must."""

import re
from collections.abc import Iterator, Sequence

from detente.data.audit.labels import text_key
from detente.data.records import AUTHOR, Example, Stance
from detente.evaluation.behaviour.cases import Case, choose, draw, right_answers, same_answer
from detente.evaluation.behaviour.names import State, occurrences, plain_states, tables
from detente.evaluation.behaviour.rewriting import Edit, overlap, rewrite

_WORD = re.compile(r"[^\W\d_]+")
_LONG_WORD = re.compile(r"(?<![\w-])[a-z]{6,}(?![\w-])")
_QUOTE = re.compile('["“”„«»]')
_CLAUSE = re.compile(r"[,;:]|\b(?:and|but|while|which|who|that)\b")
_TYPOS = 2


def negate(example: Example, seed: int) -> Case | None:  # noqa: ARG001
    """The verb is denied, as in "Kenya did not praise Peru": the stance is no longer what it was labelled."""
    return _verb_case(example, "did not", [stance for stance in Stance if stance is not example.label])


def hedge(example: Example, seed: int) -> Case | None:
    """The verb is made a possibility, as in "Kenya may praise Peru": neutral."""
    return _verb_case(example, choose(["may", "might", "could"], seed, example.id), [Stance.NEUTRAL])


def make_passive(example: Example, seed: int) -> Case | None:  # noqa: ARG001
    """Actor and target change places around the verb, as in "Peru was praised by Kenya": the answer stays."""
    actor, target, verb = example.actor_span, example.target_span, plain_verb(example)
    before = example.text[: actor[0]] if actor else ""
    if actor is None or target is None or verb is None or before.endswith(("the ", "The ")):
        return None
    one, other = example.text[slice(*actor)], example.text[slice(*target)]
    if other.endswith("s"):  # "was" or "were"?
        return None
    opening = before + (other if before.strip() else other[0].upper() + other[1:])
    middle = f"{opening} was {verb} by "
    agent = f"the {one[4:]}" if one.startswith("The ") else one
    spans = {"target_span": (actor[0], len(opening)), "actor_span": (len(middle), len(middle) + len(agent))}
    text = f"{middle}{agent}{example.text[target[1] :]}"
    return same_answer(example, rewrite(example, [], "passive", text=text, **spans))


def add_remark(example: Example, seed: int) -> Case:
    """A sentence about something else, before or after the text."""
    remark = choose(tables()["remarks"], seed, example.id)
    end = len(example.text)
    edits = [Edit(0, 0, f"{remark} ")] if draw(seed, example.id, "place") % 2 else [Edit(end, end, f" {remark}")]
    return same_answer(example, rewrite(example, edits, "remark"))


def quote(example: Example, seed: int) -> Case | None:
    """The text in the mouth of a spokesman: the stance stays. What the author thinks becomes the spokesman's view."""
    quoted = None if example.actor == AUTHOR else _quoted(example, seed)
    return same_answer(example, quoted[0]) if quoted else None


def quote_speakers(examples: Sequence[Example], seed: int) -> Iterator[Case]:
    """The spokesman's state is neutral towards those that the quote speaks of.

    Texts that are labelled as judging in the author's own voice are left out: the words would be the spokesman's.
    """
    judging = {text_key(one) for one in examples if one.actor == AUTHOR and one.label is not Stance.NEUTRAL}
    for example in examples:
        quoted = None if example.actor == AUTHOR or text_key(example) in judging else _quoted(example, seed)
        if quoted:
            wrapped, speaker = quoted
            end = len(wrapped.text)
            span = (end - 1 - len(speaker.name), end - 1)
            questions = (
                {
                    "id": f"{wrapped.id}~{role}",
                    "actor": speaker.name,
                    "actor_span": span,
                    "target": name,
                    "target_span": own,
                }
                for role, name, own in (
                    ("actor", wrapped.actor, wrapped.actor_span),
                    ("target", wrapped.target, wrapped.target_span),
                )
            )
            asked = [(wrapped.model_copy(update=changes), [Stance.NEUTRAL]) for changes in questions]
            yield right_answers(f"{example.id}~speaker", example, *asked)


def misspell(example: Example, seed: int) -> Case | None:
    """Two neighbouring letters change places in two long words outside the mentions."""
    words = [match.span() for match in _LONG_WORD.finditer(example.text) if not _mentioned(example, match.span())]
    words.sort(key=lambda span: draw(seed, example.id, *span))
    edits = []
    for start, end in words[:_TYPOS]:
        at = start + 1 + draw(seed, example.id, start, "letter") % (end - start - 3)
        edits.append(Edit(at, at + 2, example.text[at : at + 2][::-1]))
    return _if_changed(example, edits, "typos")


def recase(example: Example, seed: int) -> Case | None:
    """All letters small, or all large; those that would become two stay as they are."""
    change = choose([str.upper, str.lower], seed, example.id)
    text = "".join(new if len(new := change(letter)) == 1 else letter for letter in example.text)
    return same_answer(example, rewrite(example, [], "case", text=text)) if text != example.text else None


def respell(example: Example, seed: int) -> Case | None:  # noqa: ARG001
    """British spellings become American ones and the other way round, outside the mentions."""
    american = tables()["spellings"]
    either = american | {new: old for old, new in american.items()}
    edits = [
        Edit(*match.span(), _cased_as(match[0], either[match[0].lower()]))
        for match in _WORD.finditer(example.text)
        if match[0].lower() in either and not _mentioned(example, match.span())
    ]
    return _if_changed(example, edits, "spelling")


def absent_state(example: Example, *key: object) -> State:
    """A state that the example doesn't name, neither in its text nor as actor or target."""
    named = {one.code for text in (example.text, example.actor, example.target) for one in occurrences(text)}
    return choose([state for state in plain_states() if state.code not in named], *key, example.id)


def plain_verb(example: Example) -> str | None:
    """The verb, where nothing but a plain verb of stance stands between the two, and no other clause is about."""
    actor, target = example.actor_span, example.target_span
    if actor is None or target is None:
        return None
    verbs, verb = tables()["verbs"], example.text[actor[1] : target[0]].strip()
    around = example.text[: actor[0]] + " " + example.text[target[1] :]
    if verb not in verbs or set(verbs) & set(around.split()) or _CLAUSE.search(around) or _QUOTE.search(example.text):
        return None
    return verb


def _verb_case(example: Example, auxiliary: str, right: Sequence[Stance]) -> Case | None:
    """The verb denied or hedged, where a stance rests on it alone."""
    verb = plain_verb(example)
    if verb is None or example.actor_span is None or example.label in (None, Stance.NEUTRAL):
        return None
    verbs, start = tables()["verbs"], example.text.index(verb, example.actor_span[1])
    edit = Edit(start, start + len(verb), f"{auxiliary} {verbs[verb]}")
    changed = rewrite(example, [edit], auxiliary.replace(" ", "-"))
    return right_answers(changed.id, example, (changed, right))


def _quoted(example: Example, seed: int) -> tuple[Example, State] | None:
    """The example within a quotation, and the state whose spokesman says it; None where the text quotes already."""
    text = example.text
    if _QUOTE.search(text):
        return None
    speaker = absent_state(example, seed, "speaker")
    end = len(text.rstrip())
    stop = end - 1 if text[:end].endswith(".") else end
    comma = "" if text[stop - 1] in "?!" else ","
    if any(span and span[1] > stop for span in (example.actor_span, example.target_span)):
        return None
    edits = [Edit(0, 0, '"'), Edit(stop, len(text), f'{comma}" said a spokesman for {speaker.name}.')]
    return rewrite(example, edits, "quoted"), speaker


def _mentioned(example: Example, place: tuple[int, int]) -> bool:
    return any(span and overlap(span, place) for span in (example.actor_span, example.target_span))


def _cased_as(old: str, new: str) -> str:
    if old.isupper():
        return new.upper()
    return new.capitalize() if old[0].isupper() else new


def _if_changed(example: Example, edits: Sequence[Edit], note: str) -> Case | None:
    changed = rewrite(example, edits, note)
    return same_answer(example, changed) if changed.text != example.text else None
