"""Names in the place of others: the new name stands in the spans, and the old one nowhere."""

from collections.abc import Callable

import pytest

from detente.data.records import AUTHOR, Example
from detente.evaluation.behaviour.cases import Case, Expectation
from detente.evaluation.behaviour.names import code_of, kind_of, occurrences, pool
from detente.evaluation.behaviour.naming import (
    MASKS,
    ROLES,
    mask_names,
    name_of,
    replace_nationalities,
    replace_organisations,
    replace_persons,
    replace_states,
    span_of,
)
from detente.models.encoding import with_spans

Change = Callable[[Example, int], Case | None]


def ask(text: str, actor: str, target: str, **fields: object) -> Example:
    """Mentions are [a:...] and [t:...]."""
    spans = {}
    for mark, field in sorted((("a", "actor_span"), ("t", "target_span")), key=lambda one: text.find(f"[{one[0]}:")):
        start = text.find(f"[{mark}:")
        if start >= 0:
            end = text.index("]", start)
            text = text[:start] + text[start + 3 : end] + text[end + 1 :]
            spans[field] = (start, end - 3)
    return Example.model_validate({"id": "e", "actor": actor, "target": target, "text": text, **spans, **fields})


def after(case: Case | None) -> Example:
    assert case
    assert case.expects is Expectation.SAME
    return case.asked[1]


def mention(example: Example, role: str) -> str:
    span = span_of(example, role)
    assert span
    return example.text[slice(*span)]


def cases_of(change: Change, samples: list[Example]) -> list[Case]:
    found = [case for example in samples if (case := change(with_spans(example), 13))]
    assert found
    return found


@pytest.mark.parametrize("change", [replace_states, replace_nationalities])
def test_over_all_samples_a_new_state_stands_where_the_old_one_stood(change: Change, samples: list[Example]) -> None:
    for case in cases_of(change, samples):
        before, changed = case.asked
        for role in ROLES:
            if (code := code_of(name_of(before, role))) is None:
                continue
            new = code_of(name_of(changed, role))
            forms = [one.form for one in occurrences(mention(changed, role)) if one.code == new]
            old_forms = [one.form for one in occurrences(mention(before, role)) if one.code == code]
            assert new != code
            assert len(forms) == len(old_forms) > 0
            assert code not in {one.code for one in occurrences(changed.text)}
            assert new not in {one.code for one in occurrences(before.text)}


@pytest.mark.parametrize(
    ("change", "kind", "pools"),
    [
        (replace_persons, "person", ("person",)),
        (replace_organisations, "organisation", ("organisation", "bare_organisation")),
    ],
)
def test_over_all_samples_an_invented_name_stands_where_the_old_one_stood(
    change: Change, kind: str, pools: tuple[str, ...], samples: list[Example]
) -> None:
    invented = {name for one in pools for name in pool(one)}
    for case in cases_of(change, samples):
        before, changed = case.asked
        for role in [role for role in ROLES if kind_of(before, role) == kind and span_of(before, role)]:
            name = name_of(changed, role)
            assert name in invented
            words = name.split() if kind == "person" else [name]
            assert any(word in mention(changed, role) for word in words)
            assert name_of(before, role) not in changed.text


def test_over_all_samples_what_is_not_renamed_stays(samples: list[Example]) -> None:
    for change in (replace_states, replace_nationalities, replace_persons, replace_organisations):
        for case in cases_of(change, samples):
            before, changed = case.asked
            for role in ROLES:
                if name_of(changed, role) == name_of(before, role) and span_of(before, role):
                    new, old = mention(changed, role), mention(before, role)
                    assert new == old or occurrences(old)


def test_over_all_samples_masks_stand_in_the_spans(samples: list[Example]) -> None:
    for case in cases_of(mask_names, samples):
        changed = case.asked[1]
        masked = [role for role in ROLES if name_of(changed, role) == MASKS[role]]
        assert masked
        for role in masked:
            assert mention(changed, role) in (MASKS[role], f"{MASKS[role]}'s", f"{MASKS[role]}'")
        assert not any(f"the {mask}" in changed.text for mask in MASKS.values())


def test_a_state_is_replaced_in_all_its_forms() -> None:
    example = ask("[a:Ankara] said a Turkish envoy had met [t:the Kenyan minister]; Turks rejoiced.", "Turkey", "Kenya")
    changed = after(replace_nationalities(example, 13))
    forms = {one.form for one in occurrences(changed.text) if one.code == code_of(changed.actor)}
    assert forms == {"seat", "demonym", "plural"}
    assert "Tur" not in changed.text.replace(changed.actor, "")
    assert replace_states(example, 13) is None


def test_articles_go_with_the_name() -> None:
    for seed in range(20):
        changed = after(
            replace_states(ask("[a:The United States] met [t:Peru] in a hall.", "United States", "Peru"), seed)
        )
        assert changed.text == f"{changed.actor} met {changed.target} in a hall."
        envoy = after(replace_nationalities(ask("[a:a Turkish envoy] met [t:Peru].", "Turkey", "Peru"), seed))
        demonym = envoy.text.split()[1]
        assert envoy.text.split()[0] == ("an" if demonym[0] in "AEIO" else "a")
        assert mention(envoy, "actor") == f"{envoy.text.split()[0]} {demonym} envoy"


def test_a_people_named_by_an_adjective_becomes_a_plural() -> None:
    changed = after(replace_nationalities(ask("[a:The British] met [t:Peru].", "United Kingdom", "Peru"), 13))
    assert mention(changed, "actor").startswith("The ")
    assert mention(changed, "actor").endswith("ns")


def test_a_name_that_holds_the_state_follows_it() -> None:
    example = ask(
        "[a:Peru] bought [t:Peruvian grain bonds].", "Peru", "the Peruvian grain bonds", meta={"target_kind": "policy"}
    )
    changed = after(replace_states(example, 13))
    assert changed.target == f"the {mention(changed, 'target').split()[0]} grain bonds"
    assert "Peru" not in changed.target


@pytest.mark.parametrize(
    ("change", "example"),
    [
        (replace_states, ask("[a:US] envoys met [t:Ida Ossing].", "United States", "Ida Ossing")),
        (replace_states, ask("[a:The ministry] met [t:Ida Ossing].", "Turkey", "Ida Ossing")),
        (replace_states, ask("[a:Ankara] met [t:Istanbul].", "Turkey", "Ankara")),
        (replace_states, ask("Rain fell.", AUTHOR, "the plan")),
        (replace_persons, ask("[a:Ossing] met [t:Peru].", "Ossing", "Peru", meta={"actor_kind": "person"})),
        (replace_persons, ask("[a:She] met [t:Peru].", "Ida Ossing", "Peru")),
        (replace_persons, ask("[a:Ida Ossing] met [t:Bo Ossing].", "Ida Ossing", "Bo Ossing")),
        (replace_organisations, ask("[a:Ostrel] fell. Ostrel Bank met [t:Peru].", "Ostrel Bank", "Peru")),
        (replace_organisations, ask("[a:Ostrel Bank] fell, but Ostrel met [t:Peru].", "Ostrel Bank", "Peru")),
        (mask_names, ask("[a:Greek] ships passed [t:the plan].", "Greece", "the plan")),
        (mask_names, ask("[a:The Peruvian] consul read [t:the plan].", "Peru", "the plan")),
        (mask_names, ask("[a:She] backed [t:the plan].", "Ida Ossing", "the plan")),
    ],
)
def test_what_cannot_be_renamed_safely_is_left_out(change: Change, example: Example) -> None:
    assert change(example, 13) is None


def test_a_person_is_renamed_by_full_name_and_by_surname() -> None:
    example = ask("[a:Ossing] met [t:Peru]. Ida Ossing left Ossington; Ida's car stayed.", "Ida Ossing", "Peru")
    changed = after(replace_persons(example, 13))
    given, surname = changed.actor.split()
    assert changed.text == f"{surname} met Peru. {given} {surname} left Ossington; {given}'s car stayed."
    assert mention(changed, "actor") == surname


def test_an_organisation_with_an_article_gets_one_that_takes_it() -> None:
    changed = after(replace_organisations(ask("[a:The Ostrel Bank] met [t:Peru].", "Ostrel Bank", "Peru"), 13))
    assert changed.actor in pool("organisation")
    assert mention(changed, "actor") == f"The {changed.actor}"
    bare = after(replace_organisations(ask("[a:Ostrel Bank] met [t:Peru].", "Ostrel Bank", "Peru"), 13))
    assert bare.actor in pool("bare_organisation")


def test_masks_take_the_whole_mention_and_the_name_elsewhere() -> None:
    text = "[a:The foreign ministry in Ankara] met [t:Ida Ossing's] aide. Turkey thanked Ossing and the Turks left."
    changed = after(mask_names(ask(text, "Turkey", "Ida Ossing"), 13))
    assert changed.text == "Actor A met Actor B's aide. Actor A thanked Actor B and the Turks left."
    assert (changed.actor, changed.target) == ("Actor A", "Actor B")


@pytest.mark.parametrize("change", [replace_states, replace_persons, replace_organisations])
def test_the_seed_decides_the_names(change: Change, samples: list[Example]) -> None:
    def texts(seed: int) -> list[str]:
        return [case.asked[1].text for one in samples if (case := change(with_spans(one), seed))]

    assert texts(13) == texts(13)
    assert texts(13) != texts(14)
