"""PLV of Zero-Shot-PLOVER: cooperation or conflict between a source and a target marked in a news sentence."""

import csv
import re
from collections.abc import Iterator

from detente.data.corpora.corpus import Corpus, group_of, raw_files
from detente.data.corpora.published import Published, open_text
from detente.data.problems import Problem
from detente.data.records import Example, Span, Stance

REPOSITORY = "snowood1/Zero-Shot-PLOVER"
COMMIT = "3a57c8466bc55c2f3351f771d4cbd860c7004130"
LABELS = {"1": Stance.SUPPORT, "2": Stance.SUPPORT, "3": Stance.OPPOSE, "4": Stance.OPPOSE}
"""Verbal and material cooperation; verbal and material conflict."""
_MARKS = re.compile(r"</?[st]>")


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield the sentences whose source and target are both marked."""
    path = published.find(f"PLV_{part}.tsv")
    if path is None:
        return
    with open_text(path) as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t"), start=2):
            found = _example(row, f"plv-{part}-{number - 1:04}")
            yield Problem(f"{path.name}:{number}", found) if isinstance(found, str) else found


def _example(row: dict[str, str | None], id_: str) -> Example | str:
    event = str(row.get("gold_penta") or "").removesuffix(".0")
    if event not in LABELS:
        return "expected a gold_penta from 1 to 4"
    text, spans = _unmark(row.get("marked_sentence") or "")
    if not ("s" in spans and "t" in spans):
        return "source or target is not marked in the sentence"
    root = {"plover_root": row["gold_root"]} if row.get("gold_root") else {}
    return Example(
        id=id_,
        actor=text[slice(*spans["s"])],
        target=text[slice(*spans["t"])],
        text=text,
        label=LABELS[event],
        actor_span=spans["s"],
        target_span=spans["t"],
        group=group_of("plv", text),
        source="plv",
        meta={"corpus": "plv", "licence": CORPUS.licence, "plover_penta": int(event)} | root,
    )


def _unmark(marked: str) -> tuple[str, dict[str, Span]]:
    """The sentence without its marks, and where what they enclose is, spaces at its ends left out."""
    text, end = "", 0
    starts: dict[str, int] = {}
    spans: dict[str, Span] = {}
    for mark in _MARKS.finditer(marked):
        text += marked[end : mark.start()]
        end = mark.end()
        kind = mark[0].strip("</>")
        if not mark[0].startswith("</"):
            starts[kind] = len(text)
        elif kind in starts and (inside := text[starts[kind] :]).strip():
            start = starts[kind] + len(inside) - len(inside.lstrip())
            spans.setdefault(kind, (start, start + len(inside.strip())))
    return text + marked[end:], spans


CORPUS = Corpus(
    name="plv",
    title="PLV: PLOVER relations between marked actors",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="none stated",
    citation="Hu, Skorupa Parolin, Khan, Brandt, Osorio and D'Orazio, Leveraging Codebook Knowledge with NLI and "
    "ChatGPT for Zero-Shot Political Relation Classification, ACL 2024",
    size="2,083 sentences (1,050 / 1,033)",
    language="en",
    parts=("train", "test"),
    published_as="datasets/PLV_train.tsv, PLV_test.tsv",
    mapping=(
        "gold_penta 1 and 2 (cooperation, verbal and material) is support, 3 and 4 (conflict) oppose; no neutral",
        "the marks <s> and <t> are taken out and become spans; the root code is in meta.plover_root",
        "group is the sentence",
    ),
    defects=(
        "events are acts, not attitudes; no neutral class",
        'some sentences have a made-up target ("a recipient") that is not in the text: set aside',
        "shares sentences with the CAMEO corpus of ConfliBERT: don't train on one and test on the other",
        "no validation part",
    ),
    read=read_part,
    files=raw_files(REPOSITORY, COMMIT, {f"PLV_{part}.tsv": f"datasets/PLV_{part}.tsv" for part in ("train", "test")}),
)
