"""The words that the rules for targets and speakers go by: lemmas, read from `lexicon.toml`."""

import tomllib
from importlib.resources import files

from detente.data.extraction.actors.nouns import actor_nouns

_TABLES: dict[str, dict[str, str]] = tomllib.loads(
    files("detente.data.extraction").joinpath("lexicon.toml").read_text(encoding="utf-8")
)

OBJECT = "*"
"""Stands for the direct object where the other keys are prepositions."""


def _words(name: str) -> frozenset[str]:
    return frozenset(_TABLES["words"][name].split())


def _frames(name: str) -> dict[str, frozenset[str]]:
    """Each word with the prepositions that lead from it to a target."""
    return {word: frozenset(key.split()) for key, words in _TABLES[name].items() for word in words.split()}


STANCE_VERBS = _frames("stance_verbs")
WEAK_VERBS = _frames("weak_verbs")
"""Verbs whose object is a target only where it is a policy or an act by its own meaning: "block the bill"."""
STANCE_NOUNS = _frames("stance_nouns")
STANCE_ADJECTIVES = _frames("stance_adjectives")
CONNECTING_NOUNS = _words("connecting_nouns")
"""Nouns that only lead to a target: of "rejected calls for a truce" the target is the truce."""

NAMED_POLICY_NOUNS = _words("named_policy_nouns")
"""Nouns that name a policy by themselves: one that an article comes back to is a target wherever it stands."""
EVENT_NOUNS = _words("event_nouns")
POLICY_NOUNS = _words("policy_nouns") | NAMED_POLICY_NOUNS | EVENT_NOUNS
ISSUE_NOUNS = _words("issue_nouns")
"""Nouns for what is argued over anywhere, targets wherever they stand: "abortion"."""
ISSUE_WORDS = _words("issue_words")
"""Nouns that make a target of the policy noun, or of one of ISSUE_HEADS, that they stand before: "gun control"."""
ISSUE_HEADS = _words("issue_heads")
POLICY_SUFFIXES = ("tion", "sion", "ment", "ism", "ance", "ence", "sal", "val", "ysis", "ship")
AGENT_NOUNS = _words("agent_nouns") | actor_nouns().keys()
"""Common nouns for people and bodies of people, which are actors, not policies."""
AGENT_SUFFIXES = ("er", "or", "ist", "ian", "eer", "ee", "man", "men", "woman", "women", "people", "folk")
VAGUE_NOUNS = _words("vague_nouns")
"""Nouns too empty, or too concrete, to be what somebody supports or opposes."""
NAMING_PREPOSITIONS = frozenset(
    {"of", "for", "on", "against", "to", "in", "over", "between", "with", "from", "into", "at"}
)
"""Prepositions whose phrase may say which policy: "a ban on rallies in the capital"."""

CLAUSE_VERBS = _words("speech_verbs")
"""Verbs whose clause is reported speech: "said that ..."."""
SPEECH_VERBS = CLAUSE_VERBS | _words("verbs_of_quotation")
"""Verbs that come with the words of their subject, in quotation marks at least."""
JUDGEMENT_VERBS = _words("judgement_verbs") | STANCE_VERBS.keys()
"""Verbs that come with a few words in quotation marks: "called it 'a farce'"."""
SPEECH_NOUNS = _words("speech_nouns")
"""Nouns for what somebody said: "the ministry's warning that ..."."""
NOT_SPEAKERS = _words("not_speakers")
"""What comes after "according to" without having said anything."""
OPPOSED_BY_OF = _words("opposed_by_of")
"""Nouns whose "of" leads away from the one meant: a critic of Kenya isn't Kenyan."""
