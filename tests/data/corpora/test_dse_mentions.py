"""The mending of DSE's mentions, on invented sentences with the damage of the release."""

import re

import pytest

from detente.data.corpora.dse_mentions import Mended, mend


def mended(sentence: str) -> Mended | str:
    first, second = (match.span() for match in re.finditer(r"\[[^\]]*\]", sentence))
    return mend(sentence, first, second)


def mentions(sentence: str) -> list[str]:
    found = mended(sentence)
    assert isinstance(found, Mended), found
    return [found.text[start:end] for start, end in found.spans]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("[Norway] met [Kenya] today.", ["Norway", "Kenya"]),
        ("The [Port Elli]s mayor met [Kenya].", ["Port Ellis", "Kenya"]),
        ("The [fortre]ss of [Kenya] fell.", ["fortress", "Kenya"]),
        ("[Norway]ian ships left [Kenya]n waters.", ["Norwayian", "Kenyan"]),
        ("[Mira Tolve’]s plan hurt [Kenya].", ["Mira Tolve", "Kenya"]),
        ("[Mira Tolve]’s plan hurt [Kenya].", ["Mira Tolve", "Kenya"]),
        ("The s[taff] of [Kenya] left.", ["staff", "Kenya"]),
        ("It hurt Tolve’s [aide] and [Kenya].", ["aide", "Kenya"]),
        ("The mayor[’s Kenya] met [Norway].", ["Kenya", "Norway"]),
        ("[Norway “] met [” Kenya].", ["Norway", "Kenya"]),
        ("[Norway —] met [Kenya (].", ["Norway", "Kenya"]),
        ("[Aid Union (AU]) met [Kenya].", ["Aid Union (AU)", "Kenya"]),
        ("The [U. N.] met [Kenya].", ["U. N.", "Kenya"]),
        ("[Kenya]stan met [Norway].", ["Kenya", "Norway"]),
    ],
)
def test_a_damaged_mention_is_mended(sentence: str, expected: list[str]) -> None:
    assert mentions(sentence) == expected


def test_brackets_are_taken_out_of_the_sentence() -> None:
    found = mended("So [Norway] met [Kenya] today.")
    assert isinstance(found, Mended)
    assert found.text == "So Norway met Kenya today."
    assert found.repairs == (None, None)


def test_repairs_say_what_was_added_and_cut() -> None:
    found = mended("The [Port Elli]s mayor hurt s[ound] people.")
    assert isinstance(found, Mended)
    assert found.repairs == ("… +s", "s+ …")
    assert found.published == ("Port Elli", "ound")
    cut = mended("[Mira Tolve’]s plan hurt [“ Kenya].")
    assert isinstance(cut, Mended)
    assert cut.repairs == ("… -’", "“ - …")


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Norway[’]s plan hurt [Kenya].", "a mention without a letter or a digit"),
        ("[Norway] left [.] Then it rained.", "a mention without a letter or a digit"),
        ("[Acme.”Still] it hurt [Kenya].", "a mention runs over the end of a sentence"),
        ("[Port][er] met Kenya.", "the mentions overlap"),
    ],
)
def test_a_mention_beyond_repair_is_refused_with_the_reason(sentence: str, reason: str) -> None:
    assert mended(sentence) == reason


@pytest.mark.parametrize(
    ("sentence", "defects"),
    [
        ("[Norway] met [Kenya].", ()),
        ("[about] ten met [Kenya].", ("lowercase_mention",)),
        ("Pre[Kenya]tta met [Norway].", ("mid_word_mention",)),
    ],
)
def test_what_cannot_be_mended_is_marked_as_a_defect(sentence: str, defects: tuple[str, ...]) -> None:
    found = mended(sentence)
    assert isinstance(found, Mended)
    assert found.defects == defects
