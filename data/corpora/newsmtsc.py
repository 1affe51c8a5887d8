"""NewsMTSC: the sentiment of sentences from US political news towards the people in them."""

from collections.abc import Iterator

from detente.data.corpora.corpus import Corpus, raw_files
from detente.data.corpora.published import Published
from detente.data.corpora.target_sentiment import read_targets
from detente.data.problems import Problem
from detente.data.records import Example

REPOSITORY = "fhamborg/NewsMTSC"
COMMIT = "b9d9b79704ed1b35cecaf1d7c2343dc1bd734fb7"
FILES = {
    "train": ("newsmtsc-rw/train.jsonl", "newsmtsc-mt/train.jsonl", "rw_train.jsonl"),
    "rw_valid": ("newsmtsc-rw/dev.jsonl", "rw_dev.jsonl"),
    "rw_test": ("newsmtsc-rw/test.jsonl", "rw_test.jsonl"),
    "mt_valid": ("newsmtsc-mt/dev.jsonl", "mt_dev.jsonl"),
    "mt_test": ("newsmtsc-mt/test.jsonl", "mt_test.jsonl"),
}
"""The parts, and how their files end; the -hf files hold the same rows."""


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield an example for each target, towards which the sentence takes the stance."""
    packed = [name.replace("/", "-hf/") for name in FILES[part] if "/" in name]
    if path := published.find(*FILES[part], *packed):
        yield from read_targets(path, "newsmtsc", part, {"corpus": "newsmtsc", "licence": CORPUS.licence})


CORPUS = Corpus(
    name="newsmtsc",
    title="NewsMTSC (real-world and multi-target)",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="MIT (text of the sentences: their publishers)",
    citation="Hamborg and Donnay, NewsMTSC: A Dataset for (Multi-)Target-dependent Sentiment Classification in "
    "Political News Articles, EACL 2021",
    size="11,361 targets (8,739 train; rw 343 / 803, mt 442 / 1,034)",
    language="en",
    parts=tuple(FILES),
    published_as="newsmtsc-rw/train.jsonl, dev.jsonl, test.jsonl and newsmtsc-mt/dev.jsonl, test.jsonl",
    mapping=(
        "polarity 2 (or -1) is oppose, 4 (0) neutral, 6 (1) support; one example for each target",
        'the actor is "(author)" and the holder the author; rw and mt share one train part',
        "group is the AllSides story or the POLUSA article, read off the ids; quotation marks are cut off the mentions",
    ),
    defects=(
        "sentiment of the sentence towards the target, whoever holds it: the author, a quoted speaker and facts that "
        "bear on the target are one; it is not the stance of a named actor",
        "about half of the test targets come from an article that has other sentences in train",
        "a sixth of the targets are pronouns (meta.pronoun)",
        "train is boosted to balance the classes: 66 rows are repeated",
        "dev and test are a 30/70 split of the published test set, as exported by the authors",
    ),
    read=read_part,
    files=raw_files(
        REPOSITORY,
        COMMIT,
        {names[0]: f"NewsSentiment/experiments/default/datasets/{names[0]}" for names in FILES.values()},
        {
            "newsmtsc-rw/train.jsonl": "fb80ff05993dd59016c36abefaa7bd00d77cb0cb38a781c1f9edd9ad7c61471e",
            "newsmtsc-rw/dev.jsonl": "d62a327eefa17f63c66ed221f31d0b4e140b46c58bdd9680df562523c860bf4b",
            "newsmtsc-mt/dev.jsonl": "728602b11d63deb64874e1933bb6b832596a25fd711235cc38d022d839b03738",
        },
    ),
)
