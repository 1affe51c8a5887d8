"""CAMEO sentences of ConfliBERT: events of political news with the one who acts and the one who is acted upon.

Two files a part: `cameo_class` has the sentences with a quad class, `cameo_ner` has their tokens, with the source (S)
and the target (T) of the event marked. They are joined by their text.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from detente.data.corpora.corpus import Corpus, group_of, raw_files
from detente.data.corpora.published import Published, open_text
from detente.data.problems import Problem
from detente.data.records import Example, Span, Stance

REPOSITORY = "eventdata/ConfliBERT"
COMMIT = "0b630014885b9597622082034cc5ab5471b57e5b"
LABELS = {
    "0": Stance.NEUTRAL,
    "1": Stance.SUPPORT,
    "2": Stance.SUPPORT,
    "3": Stance.OPPOSE,
    "4": Stance.OPPOSE,
}
"""Statement; verbal and material cooperation; verbal and material conflict."""


@dataclass
class _Tokens:
    """A sentence of the token file: its characters without white space, and the spans of S and T in them."""

    letters: str = ""
    spans: dict[str, list[Span]] = field(default_factory=lambda: {"S": [], "T": []})

    def add(self, token: str, tag: str) -> None:
        start, self.letters = len(self.letters), self.letters + token
        kind = self.spans.get(tag[-1:])
        if kind is None:
            return
        if tag.startswith("I-") and kind and kind[-1][1] == start:
            kind[-1] = (kind[-1][0], len(self.letters))
        else:
            kind.append((start, len(self.letters)))


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield the sentences whose event has a source and a target."""
    classes = published.find(f"cameo_class/{part}.tsv")
    tokens = published.find(f"cameo_ner/{part}.txt")
    if classes is None or tokens is None:
        return
    tagged = _read_tokens(tokens)
    with open_text(classes) as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), start=1):
            found = _example(row, tagged, f"cameo-{part}-{number:04}")
            yield Problem(f"{classes.name}:{number}", found) if isinstance(found, str) else found


def _read_tokens(path: Path) -> dict[str, _Tokens]:
    found: dict[str, _Tokens] = {}
    sentence = _Tokens()
    with open_text(path) as file:
        for line in [*file, ""]:
            token, _, tag = line.strip().rpartition(" ")
            if token:
                sentence.add(token, tag)
            elif sentence.letters:
                found.setdefault(sentence.letters, sentence)
                sentence = _Tokens()
    return found


def _example(row: list[str], tagged: dict[str, _Tokens], id_: str) -> Example | str:
    if len(row) != 2 or row[1].strip() not in LABELS:
        return "expected a sentence and a class from 0 to 4"
    text, event = " ".join(row[0].split()), row[1].strip()
    letters = [place for place, character in enumerate(text) if not character.isspace()]
    tokens = tagged.get("".join(text[place] for place in letters))
    if tokens is None:
        return "the sentence is not in the file of tokens"
    sources, targets = ([(letters[a], letters[b - 1] + 1) for a, b in tokens.spans[kind]] for kind in ("S", "T"))
    if not (sources and targets):
        return "the event has no source or no target"
    more = {"other_sources": sources[1:], "other_targets": targets[1:]}
    return Example(
        id=id_,
        actor=text[slice(*sources[0])],
        target=text[slice(*targets[0])],
        text=text,
        label=LABELS[event],
        actor_span=sources[0],
        target_span=targets[0],
        group=group_of("cameo", text),
        source="cameo",
        meta={"corpus": "cameo", "licence": CORPUS.licence, "cameo_class": int(event)}
        | {name: [list(span) for span in spans] for name, spans in more.items() if spans},
    )


CORPUS = Corpus(
    name="cameo",
    title="CAMEO event sentences of ConfliBERT",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="GPL-3.0 (of the repository)",
    citation="Hu et al., ConfliBERT: A Pre-trained Language Model for Political Conflict and Violence, NAACL 2022; "
    "data: doi 10.1145/3514094.3534178",
    size="1,349 sentences in train, of which 713 have source and target; 392 of test have",
    language="en",
    parts=("train", "test"),
    published_as="data/cameo_class/train.tsv, test.tsv and data/cameo_ner/train.txt, test.txt",
    mapping=(
        "class 1 and 2 (verbal and material cooperation) is support, 3 and 4 (conflict) oppose, 0 (statement) neutral",
        "the first source is the actor and the first target the target; further ones are in meta",
        "group is the sentence",
    ),
    defects=(
        "events are acts, not attitudes: an attack counts as opposition",
        "class 0 holds appeals and hopeful comment: this neutral is weak",
        "nearly half of the sentences have no source, no target or no tokens, and are set aside",
        "most of test are examples of the CAMEO codebook; about half of them are in the test part of PLOVER_GSR too",
    ),
    read=read_part,
    files=raw_files(
        REPOSITORY,
        COMMIT,
        {
            name: f"data/{name}"
            for name in (
                "cameo_class/train.tsv",
                "cameo_class/test.tsv",
                "cameo_ner/train.txt",
                "cameo_ner/test.txt",
            )
        },
    ),
)
