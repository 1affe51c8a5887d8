"""What the baselines see, and what they must not see."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from detente.configs.schema import PlainFamily
from detente.data.records import Example, Stance
from detente.models.baselines import BASELINES, BLIND, CONTROLS
from detente.models.baselines.lookup import Lookup, Majority
from detente.models.baselines.words import actor_hidden, masked_tfidf, names_only, target_hidden, text_only

SUPPORT, NEUTRAL, OPPOSE = Stance
VERB_STANCES = {"praised": SUPPORT, "met": NEUTRAL, "condemned": OPPOSE}


def statement(
    actor: str, verb: str, target: str, label: Stance | None = None, ending: str = "in Oslo on Monday"
) -> Example:
    """'ACTOR VERB TARGET ENDING.' with both names marked."""
    text = f"{actor} {verb} {target} {ending}."
    start = len(actor) + len(verb) + 2
    spans = {"actor_span": (0, len(actor)), "target_span": (start, start + len(target))}
    return Example(id=text, actor=actor, target=target, text=text, label=label, **spans)


def test_the_majority_baseline_gives_the_shares_of_the_stances(examples: list[Example]):
    baseline = Majority().fit([*examples[:3], examples[0].model_copy(update={"id": "again"})])
    assert baseline.predict_proba(examples).tolist() == [[0.5, 0.25, 0.25]] * 24


@pytest.mark.parametrize("name", BLIND)
def test_a_blind_baseline_does_not_see_the_text(name: str, examples: list[Example]):
    baseline = BASELINES[name]().fit(examples)
    shown, hidden = (statement("Norway", verb, "Kenya") for verb in ("praised", "condemned"))
    assert np.array_equal(baseline.predict_proba([shown]), baseline.predict_proba([hidden]))


def test_names_alone_tell_who_asks_about_whom():
    train = [statement("Norway", "met", "Kenya", SUPPORT), statement("Kenya", "met", "Norway", OPPOSE)] * 3
    baseline = names_only().fit(train)
    questions = [statement("NORWAY", "condemned", "kenya"), statement("Kenya", "praised", "Norway")]
    assert baseline.predict_proba(questions).argmax(axis=1).tolist() == [0, 2]


def test_names_that_were_never_seen_give_no_leaning():
    train = [statement("Norway", "met", "Kenya", SUPPORT), statement("Chad", "met", "Mali", OPPOSE)] * 3
    probabilities = names_only().fit(train).predict_proba([statement("Peru", "met", "Cuba")])[0]
    assert probabilities == pytest.approx([0.5, 0, 0.5], abs=1e-3)


def test_part_of_a_name_is_known_again():
    train = [statement("President Ruto", "met", "Mali", SUPPORT), statement("King Harald", "met", "Mali", OPPOSE)] * 3
    assert names_only().fit(train).predict_proba([statement("Ruto", "met", "Chad")]).argmax() == 0


@pytest.fixture
def verbs() -> list[Example]:
    """Statements whose verb tells the stance, of names that don't."""
    pairs = [("Norway", "Kenya"), ("Kenya", "Chad"), ("Chad", "Norway")]
    return [statement(actor, verb, target, label) for actor, target in pairs for verb, label in VERB_STANCES.items()]


def test_masked_text_tells_the_stance_by_its_words(verbs: list[Example]):
    questions = [statement("Peru", verb, "Cuba") for verb in ("condemned", "praised", "met")]
    assert masked_tfidf().fit(verbs).predict_proba(questions).argmax(axis=1).tolist() == [2, 0, 1]


def test_masked_text_does_not_show_the_marked_names():
    train = [statement("Norway", "met", "Kenya", SUPPORT), statement("Chad", "met", "Mali", OPPOSE)] * 3
    baseline = masked_tfidf().fit(train)
    assert baseline.predict_proba(train[:2]) == pytest.approx(np.array([[0.5, 0, 0.5]] * 2), abs=1e-6)


def test_masked_text_does_not_show_names_that_the_text_does_not_mention(verbs: list[Example]):
    baseline = masked_tfidf().fit(verbs)
    asked = [Example(id=name, actor=name, target="Kenya", text="Nobody praised it.") for name in ("Norway", "Chad")]
    assert np.array_equal(*np.split(baseline.predict_proba(asked), 2))


def test_masked_text_hides_a_name_that_stands_there_without_a_span(verbs: list[Example]):
    baseline = masked_tfidf().fit(verbs)
    marked = verbs[0]
    bare = marked.model_copy(update={"actor_span": None, "target_span": None})
    assert np.array_equal(baseline.predict_proba([marked]), baseline.predict_proba([bare]))


def test_masked_text_tells_the_actor_from_the_target(verbs: list[Example]):
    there = statement("Norway", "condemned", "Kenya", OPPOSE)
    back = there.model_copy(update={"actor_span": there.target_span, "target_span": there.actor_span, "label": SUPPORT})
    baseline = masked_tfidf().fit([there, back] * 3)
    assert baseline.predict_proba([there, back]).argmax(axis=1).tolist() == [2, 0]


def nested(inner: str, verb: str) -> Example:
    """'The King of INNER VERB everybody', of the King towards INNER."""
    king = f"The King of {inner}"
    changes = {"target": inner, "target_span": (len(king) - len(inner), len(king))}
    return statement(king, verb, "everybody").model_copy(update=changes)


def test_masking_a_mention_inside_another_leaves_the_rest_of_the_text(verbs: list[Example]):
    asked = [nested(inner, verb) for inner in ("Chad", "the Federative Republic of Brazil") for verb in VERB_STANCES]
    probabilities = masked_tfidf().fit(verbs).predict_proba(asked)
    assert probabilities.argmax(axis=1).tolist() == [0, 1, 2, 0, 1, 2]
    assert probabilities[:3] == pytest.approx(probabilities[3:])


@pytest.mark.parametrize("make", BASELINES.values(), ids=BASELINES.keys())
def test_probabilities_are_three_a_row_and_add_up_to_one(make: Callable, examples: list[Example]):
    probabilities = make().fit(examples[:12]).predict_proba(examples[12:])
    assert probabilities.shape == (12, 3)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(12))


@pytest.mark.parametrize("make", BASELINES.values(), ids=BASELINES.keys())
def test_a_stance_that_was_never_seen_has_no_probability(make: Callable, examples: list[Example]):
    seen = [example for example in examples if example.label is not NEUTRAL]
    probabilities = make().fit(seen).predict_proba(examples)
    assert (probabilities[:, 1] == 0).all()
    assert (probabilities[:, [0, 2]] > 0).all()


@pytest.mark.parametrize("name", BASELINES)
def test_a_training_file_of_one_stance_gives_that_stance(name: str, examples: list[Example]):
    seen = [example for example in examples if example.label is OPPOSE]
    assert BASELINES[name]().fit(seen).predict_proba(examples).tolist() == [[0, 0, 1]] * 24


def test_texts_that_share_no_word_give_no_leaning():
    train = [
        Example(id=text, actor="Norway", target="Kenya", text=text, label=label)
        for text, label in (("praised", SUPPORT), ("condemned", OPPOSE))
    ]
    assert masked_tfidf().fit(train).predict_proba(train[:1])[0] == pytest.approx([0.5, 0, 0.5], abs=0.5)


@pytest.mark.parametrize("make", BASELINES.values(), ids=BASELINES.keys())
def test_fitting_again_gives_the_same_probabilities(make: Callable, examples: list[Example]):
    first, second = (make().fit(examples).predict_proba(examples) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("name", BASELINES)
def test_a_loaded_baseline_gives_the_same_probabilities_to_the_last_bit(
    name: str, examples: list[Example], tmp_path: Path
):
    asked = [*examples, statement("Peru", "condemned", "Cuba"), statement("Ça", "a vu", "l'Été")]
    saved = BASELINES[name]().fit(examples)
    saved.save(tmp_path)
    loaded = BASELINES[name]().load(tmp_path)
    assert np.array_equal(loaded.predict_proba(asked), saved.predict_proba(asked))
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".safetensors"}


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_that_knows_two_stances_or_one_is_saved_too(name: str, examples: list[Example], tmp_path: Path):
    for seen in ({SUPPORT, OPPOSE}, {NEUTRAL}):
        saved = BASELINES[name]().fit([example for example in examples if example.label in seen])
        saved.save(tmp_path)
        assert np.array_equal(BASELINES[name]().load(tmp_path).predict_proba(examples), saved.predict_proba(examples))


def test_a_saved_look_up_holds_no_text(examples: list[Example], tmp_path: Path):
    Lookup().fit(examples).save(tmp_path)
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Norway" not in content
    assert b"praised" not in content


def test_the_config_knows_all_plain_baselines():
    assert tuple(BASELINES) == get_args(PlainFamily)


def test_the_controls_are_all_baselines_but_the_one_that_sees_everything():
    assert [*CONTROLS, "masked_tfidf"] == list(BASELINES)
    assert set(BLIND) < set(CONTROLS)


def stances(baseline: Any, *examples: Example) -> list[Stance]:
    return [list(Stance)[place] for place in baseline.predict_proba(examples).argmax(axis=1)]


class TestLookup:
    def test_the_same_question_gets_its_label_whatever_the_case_and_white_space(self):
        train = [statement("Norway", "met", "Kenya", OPPOSE), statement("Chad", "met", "Mali", NEUTRAL)]
        asked = train[0].model_copy(update={"actor": "NORWAY", "text": train[0].text.replace(" ", "\n")})
        assert stances(Lookup().fit(train), asked) == [OPPOSE]

    def test_the_same_mentions_under_other_names_come_next(self):
        there = statement("Norway", "met", "Kenya", OPPOSE)
        swapped = {"actor": "Kenya", "target": "Norway", "label": SUPPORT}
        spans = {"actor_span": there.target_span, "target_span": there.actor_span}
        back = there.model_copy(update=swapped | spans)
        lookup = Lookup().fit([there, back, back.model_copy(update={"label": NEUTRAL, "target": "Chad"})])
        renamed = there.model_copy(update={"actor": "the kingdom", "target": "Nairobi"})
        assert stances(lookup, there, back, renamed) == [OPPOSE, SUPPORT, OPPOSE]

    def test_the_same_text_comes_next_whoever_is_asked_about(self):
        there = statement("Norway", "met", "Kenya", OPPOSE)
        train = [there, statement("Chad", "met", "Mali", NEUTRAL), statement("Peru", "met", "Cuba", NEUTRAL)]
        other = there.model_copy(update={"actor": "Oslo", "actor_span": (22, 26)})
        assert stances(Lookup().fit(train), other) == [OPPOSE]

    def test_a_new_text_gets_the_commonest_stance_even_of_a_known_pair(self):
        train = [
            statement("Norway", "met", "Kenya", OPPOSE),
            *(statement("Chad", "met", str(i), NEUTRAL) for i in range(3)),
        ]
        lookup = Lookup().fit(train)
        assert lookup.predict_proba([statement("Norway", "praised", "Kenya")]).tolist() == [[0, 0.75, 0.25]]

    def test_of_several_labels_the_commonest_counts_and_ties_go_to_the_commoner_stance(self):
        one = statement("Norway", "met", "Kenya", OPPOSE)
        support, neutral = (one.model_copy(update={"label": label}) for label in (SUPPORT, NEUTRAL))
        elsewhere = [statement("Chad", "met", str(i), NEUTRAL) for i in range(5)]
        assert stances(Lookup().fit([one, one, support, *elsewhere]), one) == [OPPOSE]
        assert stances(Lookup().fit([one, neutral, *elsewhere]), one) == [NEUTRAL]

    def test_a_copied_label_weighs_as_much_as_the_shares_of_the_file(self):
        train = [statement("Norway", "met", "Kenya", OPPOSE), statement("Chad", "met", "Mali", NEUTRAL)]
        assert Lookup().fit(train).predict_proba(train[:1]).tolist() == [[0, 0.25, 0.75]]


def both_ways(first: str, verb: str, second: str, there: Stance, back: Stance) -> list[Example]:
    one = statement(first, verb, second, there)
    spans = {"actor_span": one.target_span, "target_span": one.actor_span}
    return [one, one.model_copy(update={"id": "back", "actor": second, "target": first, "label": back, **spans})]


def three(first: str, second: str, third: str) -> list[Example]:
    """'FIRST praised SECOND and condemned THIRD.' and what the first thinks of the other two."""
    text = f"{first} praised {second} and condemned {third}."
    return [
        Example(
            id=text,
            actor=first,
            target=target,
            text=text,
            label=label,
            actor_span=(0, len(first)),
            target_span=(start := text.index(target), start + len(target)),
        )
        for target, label in ((second, SUPPORT), (third, OPPOSE))
    ]


@pytest.fixture
def triples() -> list[Example]:
    names = ("Norway", "Kenya", "Chad", "Mali", "Peru", "Cuba")
    return [one for i in range(6) for one in three(names[i], names[i - 1], names[i - 2])]


def test_who_is_not_told_the_target_answers_alike_for_all_targets(triples: list[Example]):
    asked = three("Fiji", "Oman", "Laos")
    for make in (target_hidden, text_only):
        probabilities = make().fit(triples).predict_proba(asked)
        assert np.array_equal(probabilities[0], probabilities[1])
    for make in (actor_hidden, masked_tfidf):
        assert stances(make().fit(triples), *asked) == [SUPPORT, OPPOSE]


def test_who_is_not_told_the_actor_answers_alike_for_all_actors():
    text = "Norway praised Kenya and Mali condemned it."
    target = {"target": "Kenya", "target_span": (15, 20), "text": text}
    train = [
        Example(id="a", actor="Norway", actor_span=(0, 6), label=SUPPORT, **target),
        Example(id="b", actor="Mali", actor_span=(25, 29), label=OPPOSE, **target),
    ]
    for make in (actor_hidden, text_only):
        probabilities = make().fit(train).predict_proba(train)
        assert np.array_equal(probabilities[0], probabilities[1])
    for make in (target_hidden, masked_tfidf):
        assert stances(make().fit(train), *train) == [SUPPORT, OPPOSE]


def test_who_sees_the_text_alone_cannot_tell_the_directions_apart():
    names = [("Norway", "Kenya"), ("Kenya", "Chad"), ("Chad", "Norway")]
    train = [one for first, second in names for one in both_ways(first, "condemned", second, OPPOSE, NEUTRAL)]
    asked = both_ways("Peru", "condemned", "Cuba", OPPOSE, NEUTRAL)
    assert np.array_equal(*np.split(text_only().fit(train).predict_proba(asked), 2))
    for make in (target_hidden, actor_hidden, masked_tfidf):
        assert stances(make().fit(train), *asked) == [OPPOSE, NEUTRAL]


def test_a_hidden_name_that_stands_there_without_a_span_is_left_as_it_is():
    there = statement("Norway", "condemned", "Kenya", OPPOSE)
    bare = there.model_copy(update={"target": "Nairobi", "target_span": None})
    baseline = target_hidden().fit([there, statement("Chad", "met", "Mali", NEUTRAL)])
    assert np.array_equal(baseline.predict_proba([there]), baseline.predict_proba([bare]))
