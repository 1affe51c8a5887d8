"""MAD-TSC: sentiment towards people in European news, in English; the other seven languages are not read."""

from collections.abc import Iterator

from detente.data.corpora.corpus import Corpus, raw_files
from detente.data.corpora.published import Published
from detente.data.corpora.target_sentiment import read_targets
from detente.data.problems import Problem
from detente.data.records import Example

REPOSITORY = "EvanDufraisse/MAD_TSC"
COMMIT = "079cf76700884516ae6b5d025f044f037c61a0b3"
FILES = {"train": "train.jsonl", "valid": "validation.jsonl", "test": "test.jsonl"}


def read_part(published: Published, part: str) -> Iterator[Example | Problem]:
    """Yield an example for each line: the target that the line is about."""
    if path := published.find(f"original/en/{FILES[part]}", f"MAD_TSC_en/{FILES[part]}", FILES[part]):
        meta = {"corpus": "mad-tsc", "licence": CORPUS.licence}
        yield from read_targets(path, "mad-tsc", part, meta, primary_only=True)


CORPUS = Corpus(
    name="mad-tsc",
    title="MAD-TSC, English",
    repository=f"https://github.com/{REPOSITORY}",
    commit=COMMIT,
    licence="MIT (text: VoxEurop and its authors)",
    citation="Dufraisse, Popescu, Tourille, Brun and Deshayes, MAD-TSC: A Multilingual Aligned News Dataset for "
    "Target-dependent Sentiment Classification, ACL 2023",
    size="5,110 targets (3,810 / 300 / 1,000)",
    language="en",
    parts=tuple(FILES),
    published_as="data/original/en/train.jsonl, validation.jsonl, test.jsonl",
    mapping=(
        "the format of NewsMTSC; of a line with several targets the one whose id is the line's",
        'the actor is "(author)" and the holder the author',
        "group is the sentence",
    ),
    defects=(
        "sentiment towards the target, whoever holds it; not the stance of a named actor",
        "a model that never sees the target comes within three points of one that does",
        "the English text is in part a translation from another language",
    ),
    read=read_part,
    files=raw_files(REPOSITORY, COMMIT, {name: f"data/original/en/{name}" for name in FILES.values()}),
)
