"""The format of NewsMTSC, which MAD-TSC took over: sentences, and their sentiment towards each of their targets.

A line is a sentence with its targets (`sentence_normalized`, `targets`, polarity 2, 4 or 6), or, in the files whose
folder ends in -hf, a sentence with one target (`sentence`, `mention`, polarity -1, 0 or 1).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from detente.data.corpora.corpus import author_example, group_of
from detente.data.formats import read_rows
from detente.data.problems import Problem
from detente.data.records import Example, Span, Stance

POLARITIES = {
    -1: Stance.OPPOSE,
    0: Stance.NEUTRAL,
    1: Stance.SUPPORT,
    2: Stance.OPPOSE,
    4: Stance.NEUTRAL,
    6: Stance.SUPPORT,
}
_ORIGIN = re.compile(r"(?P<site>allsides|polusa_v1)_(?P<article>-?\d+)_(?P<story>-?\d+)_\d+_")
_PRONOUNS = frozenset(
    {
        "he",
        "she",
        "him",
        "his",
        "her",
        "hers",
        "himself",
        "herself",
        "i",
        "me",
        "my",
        "we",
        "us",
        "our",
        "they",
        "them",
        "their",
        "you",
        "your",
        "it",
        "its",
    }
)


def read_targets(
    path: Path, source: str, part: str, meta: Mapping[str, Any], *, primary_only: bool = False
) -> Iterator[Example | Problem]:
    """Yield an example for each target of each sentence, or for the one that the line is about."""
    for number, row in read_rows(path):
        place = f"{path.name}:{number}"
        if isinstance(row, str):
            yield Problem(place, row)
            continue
        targets = _targets(row)
        if not targets:
            yield Problem(place, "expected a sentence with targets, as the corpus was published")
        for index, target in enumerate(targets):
            if primary_only and len(targets) > 1 and target.get("Input.gid") != row.get("primary_gid"):
                continue
            example = _example(f"{source}-{part}-{number:05}-{index}", _sentence(row), target, source, meta)
            yield Problem(place, example) if isinstance(example, str) else example


def _targets(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(_sentence(row), str):
        return []
    if "mention" in row:
        return [{**row, "Input.gid": row.get("id")}]
    targets = row.get("targets")
    return [one for one in targets if isinstance(one, dict)] if isinstance(targets, list) else []


def _sentence(row: Mapping[str, Any]) -> Any:
    return row.get("sentence_normalized", row.get("sentence"))


def _example(id_: str, text: str, target: Mapping[str, Any], source: str, meta: Mapping[str, Any]) -> Example | str:
    label = POLARITIES.get(target.get("polarity", ""))
    if label is None:
        return "expected a polarity of 2, 4, 6 or -1, 0, 1"
    mention = str(target.get("mention", ""))
    span = _locate(text, mention, target.get("from"))
    if span is None:
        return "the target is not in the sentence"
    gid = str(target.get("Input.gid", ""))
    own: dict[str, Any] = dict(meta) | {"gid": gid} | _origin(gid)
    name = text[slice(*span)]
    if name.lower() in _PRONOUNS:
        own["pronoun"] = True
    if target.get("further_mentions"):
        own["further_mentions"] = [[one["from"], one["to"]] for one in target["further_mentions"]]
    group = own.get("story") or own.get("article_id") or group_of(source, text)
    return author_example(id_, target=name, text=text, label=label, span=span, group=group, source=source, meta=own)


def _locate(text: str, mention: str, start: Any) -> Span | None:
    """The mention nearest to where the corpus says it is, without quotation marks and spaces at its ends."""
    name = mention.strip(" \t\n\"“”'‘’")
    if not name:
        return None
    wanted = start if isinstance(start, int) else 0
    places = [match.start() for match in re.finditer(re.escape(name), text)]
    nearest = min(places, key=lambda place: abs(place - wanted), default=None)
    return None if nearest is None else (nearest, nearest + len(name))


def _origin(gid: str) -> dict[str, str]:
    """The article that a sentence comes from, and its story where the site has stories: the id of a target tells."""
    match = _ORIGIN.match(gid)
    if match is None:
        return {}
    story = {} if match["story"] == "-1" else {"story": f"{match['site']}-{match['story']}"}
    return {"article_id": f"{match['site']}-{match['article']}"} | story
