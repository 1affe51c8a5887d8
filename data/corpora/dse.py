"""DSE, "Who Blames or Endorses Whom?": directed sentiment between two bracketed entities of a news sentence."""

import csv
import re
from collections.abc import Iterator

from detente.data.corpora.corpus import Corpus, group_of, raw_files
from detente.data.corpora.dse_mentions import Mended, mend
from detente.data.corpora.published import Published, open_text
from detente.data.problems import Problem
from detente.data.records import Example, Stance

REPOSITORY = "bywords/directed_sentiment_analysis"
COMMIT = "6a1275f070e40e8d9ae7499963556653c05d439c"
LABELS = {
    "0": (Stance.NEUTRAL, Stance.NEUTRAL),
    "1": (Stance.SUPPORT, Stance.NEUTRAL),
    "2": (Stance.NEUTRAL, Stance.SUPPORT),
    "3": (Stance.OPPOSE, Stance.NEUTRAL),
    "4": (Stance.NEUTRAL, Stance.OPPOSE),
}
"""The class of a row, and the stances of p towards q and of q towards p."""
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield two examples for each row, one for each direction."""
    path = published.find(f"{part}.txt")
    if path is None:
        return
    with open_text(path) as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), start=1):
            found = _parse(row)
            if isinstance(found, str):
                yield Problem(f"{path.name}:{number}", found)
            else:
                yield from _examples(found, row[3].strip(), part, number)


def _parse(row: list[str]) -> Mended | str:
    if len(row) != 4:
        return "expected 4 columns: sentence, p, q, class"
    sentence, p, q, label = (" ".join(cell.split()) for cell in row)
    sentence = sentence.replace("[ ", " [").replace(" ]", "] ").strip()
    if label not in LABELS:
        return "expected a class from 0 to 4"
    brackets = list(_BRACKETS.finditer(sentence))
    if [match[1] for match in brackets] != [p, q]:
        return "the mentions in brackets are not those of the columns"
    return mend(sentence, brackets[0].span(), brackets[1].span())


def _examples(mended: Mended, label: str, part: str, number: int) -> Iterator[Example]:
    names = [mended.text[start:end] for start, end in mended.spans]
    group = group_of("dse", mended.text)
    for actor, target, direction in ((0, 1, "pq"), (1, 0, "qp")):
        stance = LABELS[label][actor]
        meta = {"corpus": "dse", "licence": CORPUS.licence, "dse_class": int(label), "direction": direction}
        if stance is Stance.NEUTRAL:
            meta["neutral_kind"] = "annotated" if label == "0" else "reverse"
        if any(mended.repairs):
            meta |= {"repairs": list(mended.repairs), "as_published": list(mended.published)}
        if mended.defects:
            meta["defects"] = list(mended.defects)
        yield Example(
            id=f"dse-{part}-{number:05}-{direction}",
            actor=names[actor],
            target=names[target],
            text=mended.text,
            label=stance,
            actor_span=mended.spans[actor],
            target_span=mended.spans[target],
            group=group,
            source="dse",
            meta=meta,
        )


CORPUS = Corpus(
    name="dse",
    title="DSE: who blames or endorses whom",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence='none stated; README: "You can use the resources for your purposes by citing the paper."',
    citation="Park, Pan and Joo, Who Blames or Endorses Whom? Entity-to-Entity Directed Sentiment Extraction in News "
    "Text, Findings of ACL-IJCNLP 2021",
    size="16,228 sentences (13,144 / 1,461 / 1,623)",
    language="en",
    parts=("train", "valid", "test"),
    published_as="train.txt, valid.txt, test.txt",
    mapping=(
        "class 0 is neutral both ways; 1 and 2 are support of p for q and of q for p; 3 and 4 oppose, likewise",
        "each sentence gives two examples, p towards q and q towards p; the other direction of a class from 1 to 4 was "
        'not asked for: it is neutral with neutral_kind "reverse", which is an assumption',
        "mentions that the release cut short are mended (meta.repairs; meta.as_published keeps them as they were)",
        "group is the sentence, so that its copies stay together",
    ),
    defects=(
        "27% of the official valid rows and 25% of the test rows stand word for word in train, with the same label: "
        "split anew with detente data split before you trust a figure",
        "1,614 rows are repeated inside train",
        "p stands before q in nearly all sentences, and 86% of the stances go from the first to the second",
        "about 7% of the neutral sentences, and hardly any other, have a mention that is no entity: it gives them away",
        "a bracket marks the first place where the string occurs, which may be inside another word (meta.defects)",
    ),
    read=read_part,
    files=raw_files(
        REPOSITORY,
        COMMIT,
        {f"{part}.txt": f"dataset/{part}.txt" for part in ("train", "valid", "test")},
        {
            "train.txt": "0b608a7e376bcd73aad9f0f211d0c29e5fe520a281d1d4b3f5e4e37a20a0636b",
            "valid.txt": "e4bd17fd9f419acd034912de9bfc746a7e400d84496e6082cd18e30b4cedface",
        },
    ),
)
