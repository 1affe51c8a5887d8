"""Changes of the words around the mentions."""

from collections.abc import Callable

import pytest

from detente.data.records import AUTHOR, Example, Stance
from detente.evaluation.behaviour.cases import Case
from detente.evaluation.behaviour.names import occurrences
from detente.evaluation.behaviour.wording import (
    absent_state,
    add_remark,
    hedge,
    make_passive,
    misspell,
    negate,
    quote,
    quote_speakers,
    recase,
    respell,
)
from detente.models.encoding import with_spans

Change = Callable[[Example, int], Case | None]
SUPPORT, NEUTRAL, OPPOSE = Stance


def ask(text: str, label: Stance | None = SUPPORT, actor: str = "Kenya", target: str = "Peru") -> Example:
    """The first places of the names are the mentions."""
    spans = {
        field: (text.index(name), text.index(name) + len(name)) if name in text else None
        for field, name in (("actor_span", actor), ("target_span", target))
    }
    return Example(id="e", actor=actor, target=target, text=text, label=label, **spans)


def after(case: Case | None) -> Example:
    assert case
    return case.asked[-1]


def mentions(example: Example) -> list[str | None]:
    return [example.text[slice(*span)] if span else None for span in (example.actor_span, example.target_span)]


@pytest.mark.parametrize("change", [add_remark, quote, misspell, respell])
def test_over_all_samples_the_mentions_stay_what_they_are(change: Change, samples: list[Example]) -> None:
    cases = [case for example in samples if (case := change(with_spans(example), 13))]
    assert len(cases) > 50
    for case in cases:
        before, changed = case.asked
        assert mentions(changed) == mentions(before)
        assert changed.text != before.text
        assert (changed.actor, changed.target) == (before.actor, before.target)


def test_over_all_samples_case_changes_nothing_else(samples: list[Example]) -> None:
    for example in samples:
        before, changed = case.asked if (case := recase(with_spans(example), 13)) else (example, example)
        assert changed.text.lower() == before.text.lower()
        assert (changed.actor_span, changed.target_span) == (before.actor_span, before.target_span)


def test_letters_that_would_become_two_keep_their_case() -> None:
    changed = {after(recase(ask("Kenya met Peru in a Straße."), seed)).text for seed in range(9)}
    assert changed == {"KENYA MET PERU IN A STRAßE.", "kenya met peru in a straße."}


def test_a_verb_is_negated_and_the_label_is_no_longer_right() -> None:
    case = negate(ask("Kenya praised Peru on Monday."), 13)
    assert after(case).text == "Kenya did not praise Peru on Monday."
    assert case
    assert case.allowed == (frozenset([NEUTRAL, OPPOSE]),)
    case = negate(ask("On Monday Kenya condemned Peru.", OPPOSE), 13)
    assert after(case).text == "On Monday Kenya did not condemn Peru."
    assert case
    assert case.allowed == (frozenset([SUPPORT, NEUTRAL]),)


def test_a_verb_is_hedged_and_neutral_is_right() -> None:
    changed = {after(hedge(ask("Kenya praised Peru on Monday."), seed)).text for seed in range(30)}
    assert changed == {f"Kenya {word} praise Peru on Monday." for word in ("may", "might", "could")}
    case = hedge(ask("Kenya praised Peru."), 13)
    assert case
    assert case.allowed == (frozenset([NEUTRAL]),)
    assert mentions(after(case)) == ["Kenya", "Peru"]


@pytest.mark.parametrize(
    "example",
    [
        ask("Kenya praised Peru.", NEUTRAL),
        ask("Kenya praised Peru.", None),
        ask("Kenya said Peru won."),
        ask("Kenya warmly praised Peru."),
        ask("Peru praised Kenya."),
        ask("Kenya praised Peru and sent aid."),
        ask("Kenya praised Peru, which wept."),
        ask('Kenya praised Peru in "two words".'),
        ask("Kenya praised Peru after it backed Chile."),
        ask("Nobody came.", actor=AUTHOR),
    ],
)
def test_only_a_plain_clause_with_a_stance_is_negated_or_hedged(example: Example) -> None:
    assert (negate(example, 13), hedge(example, 13)) == (None, None)


@pytest.mark.parametrize(
    ("text", "actor", "target", "changed"),
    [
        ("Kenya praised Peru on Monday.", "Kenya", "Peru", "Peru was praised by Kenya on Monday."),
        ("On Monday Kenya condemned Peru.", "Kenya", "Peru", "On Monday Peru was condemned by Kenya."),
        (
            "The Harbour League backed the rival.",
            "The Harbour League",
            "the rival",
            "The rival was backed by the Harbour League.",
        ),
    ],
)
def test_actor_and_target_change_places_around_a_plain_verb(text: str, actor: str, target: str, changed: str) -> None:
    case = make_passive(ask(text, SUPPORT, actor, target), 1)
    assert after(case).text == changed
    assert [mention and mention.lower() for mention in mentions(after(case))] == [actor.lower(), target.lower()]
    assert case.passes([SUPPORT, SUPPORT])
    assert not case.passes([SUPPORT, NEUTRAL])


@pytest.mark.parametrize(
    "example",
    [
        ask("Kenya met Peru."),
        ask("Kenya praised Peruvian officials.", target="Peruvian officials"),
        ask("Yesterday the Kenya praised Peru."),
        ask("Kenya praised Peru and blamed Chile."),
    ],
)
def test_what_has_no_plain_passive_is_left_alone(example: Example) -> None:
    assert make_passive(example, 1) is None


def test_a_remark_names_nobody_and_stands_before_or_after_the_text() -> None:
    texts = {after(add_remark(ask("Kenya praised Peru."), seed)).text for seed in range(20)}
    assert any(text.startswith("Kenya praised Peru. ") for text in texts)
    assert any(text.endswith(" Kenya praised Peru.") for text in texts)
    assert all(len(occurrences(text)) == 2 for text in texts)


def test_a_text_is_put_into_the_mouth_of_a_state_that_it_does_not_name() -> None:
    changed = after(quote(ask("Kenya praised Peru."), 13))
    speaker = occurrences(changed.text)[-1]
    assert changed.text == f'"Kenya praised Peru," said a spokesman for {speaker.surface}.'
    assert speaker.surface not in ("Kenya", "Peru")
    question = after(quote(ask("Will Kenya praise Peru?"), 13))
    assert question.text.startswith('"Will Kenya praise Peru?" said a spokesman for ')


@pytest.mark.parametrize("text", ['Kenya praised "Peru".', "Kenya praised “Peru”."])
def test_a_text_that_quotes_is_not_quoted(text: str) -> None:
    assert quote(ask(text), 13) is None
    assert list(quote_speakers([ask(text)], 13)) == []


def test_what_the_author_thinks_is_not_quoted() -> None:
    assert quote(ask("Shame on Peru.", OPPOSE, AUTHOR), 13) is None


def test_over_all_samples_the_speaker_is_asked_about_both_and_is_neutral(samples: list[Example]) -> None:
    cases = list(quote_speakers([with_spans(example) for example in samples], 13))
    assert len(cases) > 100
    for case in cases:
        assert case.allowed == (frozenset([NEUTRAL]),) * 2
        for question in case.asked:
            assert mentions(question)[0] == question.actor
            assert question.text.endswith(f" said a spokesman for {question.actor}.")
            assert question.label is None


def test_who_quotes_a_judging_author_is_not_asked_about() -> None:
    judged = ask("Kenya met shabby Peru.", OPPOSE, AUTHOR)
    assert list(quote_speakers([ask("Kenya met shabby Peru.", NEUTRAL), judged], 13)) == []
    reporting = judged.model_copy(update={"label": NEUTRAL})
    assert len(list(quote_speakers([ask("Kenya met shabby Peru.", NEUTRAL), reporting], 13))) == 1


def test_typing_errors_swap_two_letters_within_long_words_outside_the_mentions() -> None:
    text = "Kenya praised the enormous wetlands programme of Peru again."
    changed = after(misspell(ask(text), 13)).text
    words = [(old, new) for old, new in zip(text.split(), changed.split(), strict=True) if old != new]
    assert 1 <= len(words) <= 2
    for old, new in words:
        assert sorted(old) == sorted(new)
        assert (old[0], old[-1]) == (new[0], new[-1])
    assert misspell(ask("Kenya met Peru."), 13) is None


def test_spelling_changes_both_ways_and_keeps_the_case() -> None:
    changed = after(respell(ask("Defence of Kenya: the LABOR of Peru was honoured."), 13))
    assert changed.text == "Defense of Kenya: the LABOUR of Peru was honored."
    assert respell(ask("the Harbour League met Peru.", NEUTRAL, "Harbour League"), 13) is None


def test_an_absent_state_is_in_neither_text_nor_names(samples: list[Example]) -> None:
    for example in samples:
        state = absent_state(example, 13)
        named = {one.code for words in (example.text, example.actor, example.target) for one in occurrences(words)}
        assert state.code not in named
