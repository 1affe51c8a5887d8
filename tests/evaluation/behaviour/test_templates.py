"""The shipped sentence templates: filled rightly, asked both ways, enough of them."""

import re

import pytest

from detente.data.records import AUTHOR, Example, Stance
from detente.evaluation.behaviour.cases import Expectation, Probe
from detente.evaluation.behaviour.names import kind_of, pool, tables
from detente.evaluation.behaviour.templates import (
    ABSENT,
    Filler,
    Template,
    fill,
    fillers,
    names_of,
    question,
    read_templates,
    template_probes,
)

TEMPLATES = [one for templates in read_templates().values() for one in templates]
NORWAY, BANK = Filler("Norway", "Norway", "state"), Filler("Ostrel Bank", "the Ostrel Bank", "organisation")


@pytest.fixture(scope="module")
def probes() -> list[Probe]:
    return list(template_probes(13, 1000))


def slots(text: str) -> list[str]:
    return re.findall(r"\{([A-Z])\}", text)


def test_there_are_enough_templates(probes: list[Probe]) -> None:
    variants = {case.asked[0].text for probe in probes for case in probe.cases}
    assert len(read_templates()) >= 10
    assert len(TEMPLATES) >= 40
    assert len(variants) >= 150
    assert len({one.text for one in TEMPLATES}) >= len(TEMPLATES) - 8  # some are asked about in two ways


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.id)
def test_each_template_is_well_formed(template: Template) -> None:
    asked = [side for ask in template.ask for side in ask.split(" > ")]
    assert set(asked) <= {*slots(template.text), *ABSENT, "author"}
    assert not set(ABSENT) & set(slots(template.text))
    assert len(slots(template.text)) == len(set(slots(template.text)))
    assert set(template.ask.values()) <= set(Stance)
    if template.plain:
        assert set(slots(template.plain)) == set(slots(template.text))
    assert set(template.kinds) <= set(slots(template.text))


def test_each_capability_asks_more_than_one_way(probes: list[Probe]) -> None:
    for probe in probes:
        assert probe.possible == len(probe.cases) >= 10
        assert len({case.group for case in probe.cases}) >= 3
    both = [one for one in TEMPLATES if {"A > B", "B > A"} <= set(one.ask)]
    assert len(both) > len(TEMPLATES) / 2


def test_each_filled_question_has_its_names_in_its_spans(probes: list[Probe]) -> None:
    for example in [example for probe in probes for case in probe.cases for example in case.asked]:
        assert "{" not in example.text
        first = next(letter for letter in example.text if letter.isalpha())
        assert first.isupper()
        for name, span in ((example.actor, example.actor_span), (example.target, example.target_span)):
            if span is None:
                assert name == AUTHOR or name not in example.text
            else:
                assert example.text[slice(*span)] in (name, f"the {name}", f"The {name}", name.replace("the ", "The "))


def test_questions_know_their_kinds_and_stay_valid(probes: list[Probe]) -> None:
    for example in [example for probe in probes for case in probe.cases for example in case.asked]:
        assert Example.model_validate(example.model_dump()) == example
        assert kind_of(example, "actor") in ("state", "person", "organisation", "author")
        assert kind_of(example, "target") in ("state", "person", "organisation", "policy")


def test_slots_are_filled_with_their_article_and_the_first_letter_is_large() -> None:
    text, spans = fill('"{B} met {A}," it said.', {"A": NORWAY, "B": BANK})
    assert text == '"The Ostrel Bank met Norway," it said.'
    assert {slot: text[slice(*span)] for slot, span in spans.items()} == {"A": "Norway", "B": "The Ostrel Bank"}


def test_a_question_of_the_author_or_about_an_absent_one_has_no_span_for_them() -> None:
    example = question("t", "{A} fell.", "author > Z", {"A": NORWAY, "Z": BANK})
    assert (example.actor, example.actor_span) == (AUTHOR, None)
    assert (example.target, example.target_span) == ("Ostrel Bank", None)


def test_names_in_a_text_are_different_and_of_the_kinds_asked_for() -> None:
    for template in TEMPLATES:
        for number, kinds in enumerate(tables()["fillings"]):
            chosen = fillers(template, number, 13)
            assert len({one.name for one in chosen.values()}) == len(chosen)
            for slot, kind in zip("ABC", kinds, strict=True):
                assert chosen[slot].kind == template.kinds.get(slot, kind)
                assert chosen[slot] in names_of(chosen[slot].kind)
            assert chosen["P"].name in pool("policy")


def test_wordings_that_must_agree_ask_the_same_pair() -> None:
    agreeing = [probe for probe in template_probes(13, 1000) if probe.name.endswith("_agrees")]
    assert {probe.name for probe in agreeing} >= {"template_passive_agrees", "template_order_agrees"}
    for case in [case for probe in agreeing for case in probe.cases]:
        plain, other = case.asked
        assert case.expects is Expectation.SAME
        assert (plain.actor, plain.target) == (other.actor, other.target)
        assert plain.text != other.text


def test_the_seed_decides_the_names_and_most_bounds_the_cases() -> None:
    def texts(seed: int, most: int = 1000) -> list[str]:
        return [case.asked[0].text for probe in template_probes(seed, most) for case in probe.cases]

    assert texts(13) == texts(13)
    assert texts(13) != texts(14)
    for probe in template_probes(13, 4):
        assert len(probe.cases) == 4
        assert len({case.group for case in probe.cases}) >= min(4, len({one.group for one in probe.cases}))
