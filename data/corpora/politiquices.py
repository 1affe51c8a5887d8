"""Politiquices: support and opposition between two politicians in a Portuguese headline."""

from collections.abc import Iterator
from typing import Any

from detente.data.corpora.corpus import Corpus, group_of, raw_files
from detente.data.corpora.published import Published
from detente.data.formats import read_rows
from detente.data.problems import Problem
from detente.data.records import Example, Span, Stance

REPOSITORY = "politiquices/data-releases"
COMMIT = "75a638022259e6ac435ad41a7593a763398831d7"
LABELS = {
    "ent1_supports_ent2": (Stance.SUPPORT, Stance.NEUTRAL),
    "ent1_opposes_ent2": (Stance.OPPOSE, Stance.NEUTRAL),
    "ent2_supports_ent1": (Stance.NEUTRAL, Stance.SUPPORT),
    "ent2_opposes_ent1": (Stance.NEUTRAL, Stance.OPPOSE),
    "mutual_agreement": (Stance.SUPPORT, Stance.SUPPORT),
    "mutual_opposition": (Stance.OPPOSE, Stance.OPPOSE),
    "other": (Stance.NEUTRAL, Stance.NEUTRAL),
}
"""The label of a headline, and the stances of the first entity towards the second and the other way round."""


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield two examples for each headline, one for each direction."""
    path = published.find(*(f"politiquices_data_v{release}.jsonl" for release in ("1.0", "2.0", "3.0")))
    if path is None:
        return
    for number, row in read_rows(path):
        if reason := _fault(row):
            yield Problem(f"{path.name}:{number}", reason)
        elif isinstance(row, dict):
            yield from _examples(row, f"politiquices-{part}-{number:05}")


def _fault(row: dict[str, Any] | str) -> str | None:
    if isinstance(row, str):
        return row
    if row.get("label") not in LABELS:
        return "expected a label that Politiquices documents"
    if not all(isinstance(row.get(name), str) and row[name].strip() for name in ("title", "ent1", "ent2")):
        return "expected a title and two entities"
    if row["ent1"] == row["ent2"]:
        return "both entities are the same"
    return None


def _examples(row: dict[str, Any], id_: str) -> Iterator[Example]:
    text, names = row["title"], (row["ent1"].strip(), row["ent2"].strip())
    spans = [_locate(text, name) for name in names]
    meta = {"corpus": "politiquices", "licence": CORPUS.licence, "language": "pt", "politiquices_label": row["label"]}
    meta |= {name: row[name] for name in ("url", "ent1_id", "ent2_id") if row.get(name)}
    if row.get("date"):
        meta["published"] = row["date"]
    for actor, target in ((0, 1), (1, 0)):
        stance = LABELS[row["label"]][actor]
        kind = {"neutral_kind": "annotated" if row["label"] == "other" else "reverse"}
        yield Example(
            id=f"{id_}-{actor + 1}{target + 1}",
            actor=names[actor],
            target=names[target],
            text=text,
            label=stance,
            actor_span=spans[actor],
            target_span=spans[target] if spans[target] != spans[actor] else None,
            group=group_of("politiquices", text),
            source="politiquices",
            meta=meta | (kind if stance is Stance.NEUTRAL else {}),
        )


def _locate(text: str, name: str) -> Span | None:
    start = text.find(name)
    return None if start < 0 else (start, start + len(name))


CORPUS = Corpus(
    name="politiquices",
    title="Politiquices, Portuguese headlines",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="CC BY-NC-SA 4.0",
    citation="Batista, Extraction of Support and Opposition Relationships in Portuguese Political News Headlines, "
    "Linguamática 15(1), 2023",
    size="3,324 headlines (release 1.0)",
    language="pt",
    parts=("all",),
    published_as="politiquices_data_v1.0.jsonl",
    mapping=(
        "supports is support, opposes oppose, other neutral both ways; mutual labels (release 3.0) hold both ways",
        'the other direction of a one-way label was not asked for: neutral with neutral_kind "reverse"',
        "group is the headline; there is no official split",
    ),
    defects=(
        "Portuguese: an English encoder is of no use",
        "one annotator",
        "in nine headlines of ten the stance goes from the first name to the second",
        "headlines only; the reverse direction is an assumption",
    ),
    read=read_part,
    files=raw_files(REPOSITORY, COMMIT, {"politiquices_data_v1.0.jsonl": "politiquices_data_v1.0.jsonl"}),
)
