"""The list of corpora."""

import re

import pytest

from detente.configs.errors import InputError
from detente.data.corpora.corpus import Corpus
from detente.data.corpora.registry import CORPORA, find_corpus


def test_a_corpus_is_found_in_any_case() -> None:
    assert find_corpus("DSE") is CORPORA["dse"]


def test_an_unknown_corpus_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        find_corpus("newsmts")
    assert str(caught.value) == (f"newsmts: expected a corpus, one of {', '.join(CORPORA)}; did you mean newsmtsc?")
    with pytest.raises(InputError, match=r"vast\. detente data import --list tells more about them\.$"):
        find_corpus("qqq")


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_each_corpus_says_what_one_has_to_know(corpus: Corpus) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", corpus.commit)
    assert corpus.licence
    assert corpus.citation
    assert corpus.defects
    assert corpus.mapping
    assert corpus.parts


@pytest.mark.parametrize("corpus", CORPORA.values(), ids=CORPORA)
def test_files_are_fetched_at_the_pinned_commit(corpus: Corpus) -> None:
    assert corpus.files
    assert len({file.name for file in corpus.files}) == len(corpus.files)
    for file in corpus.files:
        assert file.url.startswith(("https://raw.githubusercontent.com/", "https://github.com/"))
        assert corpus.commit in file.url
        assert file.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", file.sha256)
