"""The corpora that we read, by name. A new one is a module with a `CORPUS`, and a line here."""

from difflib import get_close_matches

from detente.configs.errors import InputError
from detente.data.corpora import cameo, dse, mad_tsc, newsmtsc, persent, plv, politiquices, seesaw, vast
from detente.data.corpora.corpus import Corpus

CORPORA: dict[str, Corpus] = {
    module.CORPUS.name: module.CORPUS
    for module in (dse, seesaw, newsmtsc, mad_tsc, cameo, plv, persent, politiquices, vast)
}


def find_corpus(name: str) -> Corpus:
    """The corpus of that name, in any case.

    Raises:
        InputError: We don't know it.
    """
    corpus = CORPORA.get(name.lower())
    if corpus is None:
        near = get_close_matches(name.lower(), CORPORA, n=1)
        hint = f"; did you mean {near[0]}?" if near else ". detente data import --list tells more about them."
        raise InputError(f"{name}: expected a corpus, one of {', '.join(CORPORA)}{hint}")
    return corpus
