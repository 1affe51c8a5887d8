"""Targets that aren't actors: policies, plans, acts and events that somebody in the text supports or opposes.

They are the noun phrases (and gerunds: "opposed sending troops") that a verb, noun or adjective of stance governs in
the dependency parse. The words are in `lexicon.py`; a verb such as "block" or "sign", which takes all sorts of objects,
counts only where the object is a policy or an act by its own meaning. Stances are also taken in words that no list
holds ("took an axe to the bill"): a law, ruling or the like that is told from others ("the bill"), and what is argued
over anywhere ("poverty", "gun control"), are targets wherever they stand.
"""

from collections.abc import Iterator

from detente.data.extraction.lexicon import (
    AGENT_NOUNS,
    AGENT_SUFFIXES,
    CONNECTING_NOUNS,
    EVENT_NOUNS,
    ISSUE_HEADS,
    ISSUE_NOUNS,
    ISSUE_WORDS,
    NAMED_POLICY_NOUNS,
    NAMING_PREPOSITIONS,
    OBJECT,
    POLICY_NOUNS,
    POLICY_SUFFIXES,
    STANCE_ADJECTIVES,
    STANCE_NOUNS,
    STANCE_VERBS,
    VAGUE_NOUNS,
    WEAK_VERBS,
)
from detente.data.extraction.parsing import Paragraph, ParsedArticle
from detente.data.extraction.syntax import Token, child, is_passive, left_end, right_end
from detente.data.records import Form, Mention, Span

LONGEST = 12
"""Words of a target; phrases behind its noun that would make it longer are left out."""
_NOT_TARGETS = frozenset(
    {"PERSON", "GPE", "NORP", "DATE", "TIME", "MONEY", "PERCENT", "CARDINAL", "QUANTITY", "ORDINAL"}
)
_DEFINITE = frozenset({"the", "this", "that", "these", "those", "such", "any", "all", "both"})
_RELATIVE_TAGS = frozenset({"WDT", "WP"})
_NAMED_AS = ("act", "treaty", "accord", "bill", "convention")  # often taken for organisations
_NAMES = frozenset({"LAW", "EVENT"})
_PARTS = frozenset({"nsubj", "nsubjpass", "dobj", "pobj", "conj", "attr"})
_NOUN_MODIFIERS = frozenset({"compound", "nmod"})
_TELLING = ISSUE_NOUNS | ISSUE_WORDS


def find_targets(parsed: ParsedArticle) -> tuple[Mention, ...]:
    """The targets of an article, in the order of the text, without articles and possessive pronouns."""
    heads = (
        (paragraph, head)
        for paragraph in parsed.paragraphs
        for found in (_named_policies, _issues, _governed)
        for head in found(paragraph)
    )
    mentions = {mention.span: mention for mention in (_to_mention(parsed, *head) for head in heads)}
    return tuple(mentions[span] for span in sorted(mentions))


def _named_policies(paragraph: Paragraph) -> Iterator[Token]:
    """The heads of "the bill", "a plan to ...", "Kenya's ruling", "the Seized Vessels Act"."""
    for token in paragraph.doc:
        if token.lemma_.lower() in NAMED_POLICY_NOUNS and token.pos_ in {"NOUN", "PROPN"}:
            told = any(_is_definite(one) or _names(one) for one in token.children)
            if told and token.dep_ not in {"compound", "appos"} and not _is_figurative(token):
                yield token


def _issues(paragraph: Paragraph) -> Iterator[Token]:
    """The heads of "poverty", "gun control", "the debt deal", and of what such a word stands before."""
    for token in paragraph.doc:
        lemma = token.lemma_.lower()
        if not _can_head(token):
            stands_before = token.dep_ in _NOUN_MODIFIERS and _can_head(token.head) and _is_thing(token.head)
            if lemma in ISSUE_NOUNS and stands_before:
                yield token.head
        elif lemma in ISSUE_NOUNS or _is_told_by_noun(token, lemma):
            yield token


def _can_head(token: Token) -> bool:
    """Whether it is a noun that is part of a clause, and no actor."""
    is_actor = token.ent_type_ in _NOT_TARGETS or _is_body(token) or token.lemma_.lower() in AGENT_NOUNS
    return token.pos_ in {"NOUN", "PROPN"} and token.dep_ in _PARTS and not is_actor


def _is_told_by_noun(head: Token, lemma: str) -> bool:
    """Whether a word before says which policy: "gun control", "the health care bill"."""
    before = {one.lemma_.lower() for one in head.lefts if one.dep_ in _NOUN_MODIFIERS}
    described = before | {one.lemma_.lower() for one in head.lefts if one.dep_ == "amod"}
    if lemma in NAMED_POLICY_NOUNS and before:
        return True
    return bool(described & _TELLING and (lemma in POLICY_NOUNS or lemma in ISSUE_HEADS))


def _is_definite(dependent: Token) -> bool:
    return bool(dependent.dep_ == "poss") or (dependent.dep_ == "det" and dependent.lower_ in _DEFINITE)


def _is_figurative(head: Token) -> bool:
    """Whether it only sounds like a policy: "in order to", "law and order", "took the law into their hands"."""
    if head.lower_ == "deal" and any(one.lower_ == "great" for one in head.lefts):
        return True
    if head.i and head.lower_ == "order" and head.nbor(-1).lower_ in {"in", "and"}:
        return True
    return (head.lower_ == "law" and head.head.lemma_ == "take") or _is_body(head)


def _governed(paragraph: Paragraph) -> Iterator[Token]:
    """The nouns and gerunds that a word of stance governs, conjoined ones too."""
    for token in paragraph.doc:
        lemma = token.lemma_
        if token.pos_ == "VERB":
            yield from (head for head in _of_verb(token, STANCE_VERBS.get(lemma)) if _is_target(head))
            yield from (head for head in _of_verb(token, WEAK_VERBS.get(lemma)) if _is_policy(head))
        elif token.pos_ == "NOUN" and lemma in STANCE_NOUNS:
            yield from filter(_is_target, _behind(token, STANCE_NOUNS[lemma]))
        elif token.pos_ == "ADJ" and lemma in STANCE_ADJECTIVES:
            yield from filter(_is_target, _behind(token, STANCE_ADJECTIVES[lemma]))
        elif token.lower_ in {"favour", "favor"} and token.head.lower_ == "in":
            yield from filter(_is_target, _behind(token, frozenset({"of"})))
        elif token.lower_ == "against" and token.head.lemma_ == "be":
            yield from filter(_is_target, _with_conjuncts(child(token, "pobj")))


def _of_verb(verb: Token, prepositions: frozenset[str] | None) -> Iterator[Token]:
    if prepositions is None:
        return
    if OBJECT in prepositions:
        yield from _with_conjuncts(_direct_object(verb))
    yield from _behind(verb, prepositions)


def _direct_object(verb: Token) -> Token | None:
    """The object, or what stands for it in a passive or relative clause: "a plan that X opposes", "backed by X"."""
    if verb.dep_ == "acl" and verb.tag_ == "VBN":
        return verb.head
    found = child(verb, "nsubjpass") if is_passive(verb) else child(verb, "dobj")
    if found is not None:
        is_relative = found.tag_ in _RELATIVE_TAGS and verb.dep_ == "relcl"
        return verb.head if is_relative else found
    return verb.head if _is_cut_off(verb) else _gerund(verb)


def _is_cut_off(verb: Token) -> bool:
    """Whether the noun that a relative clause hangs on is its object: "the plan Kenya opposes"."""
    subject = child(verb, "nsubj")
    if verb.dep_ != "relcl" or subject is None or subject.tag_ in _RELATIVE_TAGS or is_passive(verb):
        return False
    return child(verb, "ccomp", "xcomp", "prt") is None


def _gerund(word: Token) -> Token | None:
    """The act that a verb or a preposition governs: "opposed sending troops"."""
    found = child(word, "xcomp", "pcomp", "ccomp")
    return found if found is not None and found.tag_ == "VBG" and found.left_edge.i == word.i + 1 else None


def _behind(word: Token, prepositions: frozenset[str]) -> Iterator[Token]:
    """What stands behind the word and one of its prepositions."""
    for one in word.rights:
        if one.dep_ in {"prep", "dative"} and one.lower_ in prepositions:
            yield from _with_conjuncts(child(one, "pobj") or _gerund(one))


def _with_conjuncts(head: Token | None) -> Iterator[Token]:
    if head is not None:
        yield head
        yield from head.conjuncts if head.dep_ != "conj" else ()


def _is_target(head: Token) -> bool:
    """Whether something that is surely supported or opposed is no actor, and more than a vague word."""
    if head.tag_ == "VBG" and head.pos_ == "VERB":
        return child(head, "dobj") is not None and child(head, "nsubj") is None
    return _is_policy(head) or (head.pos_ == "NOUN" and _is_thing(head) and not _is_own(head))


def _is_policy(head: Token) -> bool:
    """Whether a noun is a policy or an act by its own meaning."""
    lemma = head.lemma_.lower()
    if lemma in POLICY_NOUNS:
        return head.ent_type_ not in _NOT_TARGETS and head.pos_ in {"NOUN", "PROPN"} and not _is_figurative(head)
    return head.pos_ == "NOUN" and lemma.endswith(POLICY_SUFFIXES) and _is_thing(head)


def _is_thing(head: Token) -> bool:
    lemma = head.lemma_.lower()
    if head.ent_type_ in _NOT_TARGETS or lemma in CONNECTING_NOUNS or lemma in AGENT_NOUNS or lemma in VAGUE_NOUNS:
        return False
    if head.is_title and not head.is_sent_start:
        return False
    return child(head, "nummod") is None and lemma[-1:].isalpha() and not lemma.endswith(AGENT_SUFFIXES)


def _is_own(head: Token) -> bool:
    """Whether it is something that somebody has or is, not what he wants: "saluted its courage"."""
    return any(one.tag_ in {"PRP$", "WP$"} for one in head.children)


def _is_body(head: Token) -> bool:
    """Whether it belongs to the name of an organisation; "NAFTA" alone is often taken for one."""
    in_name = head.ent_type_ == "ORG" and head.pos_ == "PROPN" and head.lemma_.lower() not in ISSUE_NOUNS
    return bool(in_name and not head.lower_.startswith(_NAMED_AS))


def _to_mention(parsed: ParsedArticle, paragraph: Paragraph, head: Token) -> Mention:
    first, end = _words(head)
    doc = paragraph.doc
    start, stop = doc[first].idx, doc[end - 1].idx + len(doc[end - 1])
    span = paragraph.offset + start, paragraph.offset + stop
    return Mention(
        surface=parsed.article.text[span[0] : span[1]],
        span=span,
        sentence=parsed.sentence_at(span[0]),
        kind="event" if head.lemma_.lower() in EVENT_NOUNS or head.ent_type_ == "EVENT" else "policy",
        form=Form.NAME if head.ent_type_ in _NAMES or head.pos_ == "PROPN" else Form.NOMINAL,
    )


def _words(head: Token) -> Span:
    """Indices of the first word and behind the last, with the phrases that say which plan, act or ban it is."""
    if head.pos_ == "VERB":
        naming = [one for one in head.rights if one.dep_ in {"dobj", "prep", "prt"} and not _tells_when(one)]
        start = head.i
    else:
        naming = [one for one in head.rights if _names(one)]
        start = left_end(head)
    end = right_end(head, naming, LONGEST)
    end = next((one.i for one in head.doc[head.i + 1 : end] if one.is_space or (one.is_punct and one.text != "-")), end)
    while head.doc[end - 1].pos_ in {"ADP", "PART", "DET", "SCONJ", "CCONJ"}:
        end -= 1
    return start, end


def _names(dependent: Token) -> bool:
    if dependent.dep_ == "prep":
        return dependent.lower_ in NAMING_PREPOSITIONS and not _tells_when(dependent)
    if dependent.dep_ == "acl":
        return bool(dependent.tag_ == "VBG") or dependent.left_edge.lower_ in {"to", "that"}
    return bool(dependent.dep_ == "relcl" and dependent.left_edge.lower_ == "to")


def _tells_when(phrase: Token) -> bool:
    noun = child(phrase, "pobj")
    return bool(noun is not None and noun.ent_type_ in {"DATE", "TIME"})
