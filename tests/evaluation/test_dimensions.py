"""Which value an example has in each dimension."""

import pytest

from detente.data.records import AUTHOR, Example, Holder
from detente.evaluation.dimensions import MOST_VALUES, NOT_GIVEN, OTHERS, SEEN, UNSEEN, dimensions


def question(
    text: str = "Norway praised Kenya.", actor: str = "Norway", target: str = "Kenya", **values: object
) -> Example:
    return Example.model_validate({"id": text, "actor": actor, "target": target, "text": text, **values})


def value(dimension: str, example: Example) -> str | None:
    return dimensions([example])[dimension][0]


TRAIN = [question("Norway praised Kenya."), question("Chad praised Mali.", "Chad", "Mali")]


@pytest.mark.parametrize(
    ("example", "seen"),
    [
        (question("NORWAY  praised Kenya."), {"text", "actor", "target", "pair"}),
        (question("Chad met Kenya.", "chad", "Kenya"), {"actor", "target"}),
        (question("Kenya met Norway.", "Kenya", "Norway"), set()),
        (question("Peru met Mali.", "Peru", "Mali"), {"target"}),
        (question("Chad praised Mali.", "Peru", "Cuba"), {"text"}),
    ],
)
def test_seen_is_what_the_training_file_holds_in_the_same_role(example: Example, seen: set[str]) -> None:
    by = dimensions([example], TRAIN)
    assert {name for name in ("text", "actor", "target", "pair") if by[name] == [SEEN]} == seen
    assert {by[name][0] for name in ("text", "actor", "target", "pair")} <= {SEEN, UNSEEN}


def test_without_a_training_file_nothing_is_said_about_what_was_seen() -> None:
    assert not {"text", "actor", "target", "pair"} & dimensions(TRAIN).keys()


@pytest.mark.parametrize(
    ("example", "order", "distance"),
    [
        (question("Norway praised Kenya."), "actor first", "up to 3 words"),
        (question("Kenya was, to the surprise of all, praised by Norway."), "target first", "4 to 8 words"),
        (question("They praised Kenya."), "not both in the text", None),
        (question("Norway praised it.", target="the plan"), "not both in the text", None),
        (question(f"Norway {'so ' * 9}praised Kenya."), "actor first", "9 to 15 words"),
        (question(f"Norway {'so ' * 15}praised Kenya."), "actor first", "over 15 words"),
        (
            question("Friends of Kenya praised it.", "Friends of Kenya", actor_span=(0, 16), target_span=(11, 16)),
            "actor first",
            "up to 3 words",
        ),
    ],
)
def test_mentions_have_an_order_and_a_distance(example: Example, order: str, distance: str | None) -> None:
    assert (value("mention order", example), value("distance", example)) == (order, distance)


def test_the_actors_of_a_text_are_the_names_that_it_is_asked_about() -> None:
    both = [question(), question(actor="Kenya", target="norway"), question(actor=AUTHOR)]
    third = question(target="Chad")
    assert dimensions(both)["actors in the text"] == ["up to 2"] * 3
    assert dimensions([*both, third])["actors in the text"] == ["3"] * 4
    many = [question(target=target) for target in ("Chad", "Mali", "Peru", "Cuba")]
    assert dimensions(many)["actors in the text"] == ["over 4"] * 4
    assert dimensions([*many, question("Chad praised Mali.", "Chad", "Mali")])["actors in the text"][-1] == "up to 2"


@pytest.mark.parametrize(
    ("words", "length"),
    [
        (20, "up to 20 words"),
        (21, "21 to 40 words"),
        (40, "21 to 40 words"),
        (80, "41 to 80 words"),
        (81, "over 80 words"),
    ],
)
def test_length_counts_words(words: int, length: str) -> None:
    assert value("text length", question("so " * words)) == length


@pytest.mark.parametrize(
    ("example", "holder", "reported"),
    [
        (question(), NOT_GIVEN, "none"),
        (question(holder=Holder.ACTOR), "actor", "none"),
        (question(holder=Holder.SPEAKER), "speaker", "quotation or speaker"),
        (question(actor=AUTHOR), "author", "none"),
        (question('Norway called Kenya "a friend".'), NOT_GIVEN, "quotation or speaker"),
        (question("Norway called Kenya \u201ca friend\u201d."), NOT_GIVEN, "quotation or speaker"),
        (question("Norway called Kenya \u2018a friend\u2019."), NOT_GIVEN, "quotation or speaker"),
        (question("Norway praised Kenya's and Chad\u2019s plan."), NOT_GIVEN, "none"),
    ],
)
def test_holder_and_reported_speech(example: Example, holder: str, reported: str) -> None:
    assert (value("holder", example), value("reported speech", example)) == (holder, reported)


def test_outlet_year_kind_and_source_come_from_the_record() -> None:
    known = question(source="press", meta={"outlet": "The Lantern", "published": "2021-08-10", "target_kind": "policy"})
    by = dimensions([known, question()])
    assert by["outlet"] == ["The Lantern", None]
    assert by["year"] == ["2021", None]
    assert by["target kind"] == ["policy", None]
    assert by["source"] == ["press", None]


@pytest.mark.parametrize(
    ("published", "year"), [("2021", "2021"), ("10 August 2021", None), ("20210810", None), (2021, "2021")]
)
def test_a_date_that_does_not_start_with_its_year_has_none(published: object, year: str | None) -> None:
    assert value("year", question(meta={"published": published})) == year


def test_rare_outlets_share_a_slice() -> None:
    common = [question(meta={"outlet": f"paper {number:02}"}) for number in range(MOST_VALUES) for _ in range(2)]
    rare = [question(meta={"outlet": name}) for name in ("a rag", "another")]
    values = dimensions([*rare, *common])["outlet"]
    assert values[:2] == [OTHERS, OTHERS]
    assert set(values[2:]) == {f"paper {number:02}" for number in range(MOST_VALUES)}
