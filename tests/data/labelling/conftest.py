"""Examples that files, browsers and spreadsheets are known to damage."""

from typing import Any

import pytest

from detente.data.records import Example, Prediction


def example_of(text: str, actor: str = "Norland", target: str = "Kestria", **changes: Any) -> Example:
    """An example with the spans of both names where the text has them."""
    found = {"actor_span": text.find(actor), "target_span": text.find(target)}
    lengths = {"actor_span": len(actor), "target_span": len(target)}
    spans = {name: (start, start + lengths[name]) for name, start in found.items() if start >= 0}
    return Example.model_validate({"id": "e", "actor": actor, "target": target, "text": text} | spans | changes)


AWKWARD = {
    "plain": example_of("Norland praised Kestria.", group="g", source="s", holder="speaker", label="oppose"),
    "emoji": example_of("🚀🚀 Norland 👍🏽 praised Kestria 🇳🇴 today."),
    "right to left": example_of("قالت نورلاند إن كستريا شريك.", "نورلاند", "كستريا"),
    "line ends": example_of("\n One.\r\nNorland met\n\nKestria.\tEnd\r \u2028 next\u0085"),
    "markup": example_of("</s> <b>Norland</b> & [SEP] $actor 'Kestria' {{ x }} &lt;i&gt; \\n [ACTOR: no]"),
    "quotes": example_of('"Norland" said, "Kestria; ""ours"", \' \''),
    "formula": example_of("=1+1 Norland snubbed Kestria.", id="@e"),
    "no spans": example_of("A column.", "(author)", "the plan to close the crossing", holder="author"),
    "nested": example_of("Norland's plan helps Kestria.", "Norland", "Norland's plan"),
    "long meta": example_of(
        "Norland met Kestria.", meta={"long": "y" * 40_000, "list": [1, None, {"é": 0.1}], "=x": "="}
    ),
    "half a pair": example_of("Norland met Kestria.", meta={"half": "\ud83d"}),
    "votes of an earlier round": example_of("Norland met Kestria.", meta={"votes": {"ann": "support"}, "shown": "x"}),
    "nul": example_of("Norland\0met Kestria."),
}


@pytest.fixture(params=AWKWARD.values(), ids=AWKWARD.keys())
def awkward(request: pytest.FixtureRequest) -> Example:
    """Each of the awkward examples."""
    return request.param


@pytest.fixture
def awkward_ones() -> list[Example]:
    """All of them, with ids of their own."""
    return [example.model_copy(update={"id": f"{name} é"}) for name, example in AWKWARD.items()]


@pytest.fixture
def plain() -> Example:
    return AWKWARD["plain"].model_copy(update={"label": None})


@pytest.fixture
def prediction(plain: Example) -> Prediction:
    """A model's answer to the plain example."""
    shared = plain.model_dump(include={"actor", "target", "text", "actor_span", "target_span"})
    scores = {"p_support": 0.1, "p_neutral": 0.2, "p_oppose": 0.7}
    return Prediction.model_validate(
        {"example_id": plain.id, "stance": "oppose", "confident": True, **scores, **shared}
    )
