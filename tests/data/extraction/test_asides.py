import pytest

from detente.data.extraction.actors.mentions import find_mentions
from detente.data.extraction.asides import is_aside
from detente.data.extraction.parsing import parse_articles
from detente.data.extraction.syntax import span_at
from detente.data.records import Article


def asides(text: str) -> set[str]:
    (parsed,) = parse_articles([Article(id="a", text=text)])
    mentions = find_mentions(parsed)
    return {one.surface for one in mentions if is_aside(span_at(parsed, one.span))}


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("Ada Quill of Ohio thanked Kenya.", "Ohio"),
        ("Senator Ada Quill (R-Ohio) thanked Kenya.", "Ohio"),
        ("Senator Ada Quill, Republican of Ohio, thanked Kenya.", "Ohio"),
        ("Kenya thanked Ohio Gov. Ada Quill.", "Ohio"),
        ("Kenya opened an office in Cleveland, Ohio.", "Ohio"),
        ("Ada Quill told Reuters that Kenya was wrong.", "Reuters"),
        ("Ada Quill said on CNN that Kenya was wrong.", "CNN"),
    ],
)
def test_place_or_outlet_that_tells_of_another_is_an_aside(text: str, surface: str) -> None:
    assert asides(text) == {surface}


@pytest.mark.parametrize(
    "text",
    [
        "Ohio thanked Kenya.",
        "Ada Quill thanked the government of Ohio.",
        "Ohio's governor thanked Kenya.",
        "Kenya banned Reuters.",
        "CNN criticised Ada Quill.",
        "Norway, Kenya and Peru met.",
    ],
)
def test_those_who_act_or_are_acted_on_are_none(text: str) -> None:
    assert asides(text) == set()
