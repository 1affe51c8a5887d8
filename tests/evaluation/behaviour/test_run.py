"""The whole suite on models with one known fault each: each is caught where it should be, and passes elsewhere."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from detente.data.records import Example, Stance
from detente.evaluation.behaviour.own_data import INTERVENTIONS, whole_texts
from detente.evaluation.behaviour.results import SHOWN, BehaviourReport
from detente.evaluation.behaviour.run import behaviour

ReportOf = Callable[[str], BehaviourReport]
UNCHANGED = ("names_states", "irrelevant", "casing", "spelling")
RENAMED = ("names_states", "mask_names")


def levels(report: BehaviourReport, *names: str) -> dict[str, str]:
    return {name: report[name].level for name in names}


def name_levels(report: BehaviourReport) -> dict[str, str]:
    return {one.name: one.level for one in report.names}


def render(report: BehaviourReport) -> str:
    environment = Environment(
        loader=PackageLoader("detente.evaluation", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    source = '{% from "behaviour/section.html.jinja" import behaviour_section %}{{ behaviour_section(report) }}'
    return environment.from_string(source).render(report=report)


def test_a_reader_of_keywords_passes_what_its_words_cover(report_of: ReportOf) -> None:
    report = report_of("keywords")
    own = [one.name for one in report.own if one.judged and one.cases and one.name != "typos"]
    assert {"swap_labelled", "negate", "hedge", "quote", "quote_speaker", "absent_target", "absent_actor"} <= set(own)
    assert set(levels(report, *own).values()) == {"good"}
    assert set(name_levels(report).values()) == {"good"}
    understood = ("plain", "passive", "hypothetical", "absent", "irrelevant")
    assert set(levels(report, *(f"template_{name}" for name in understood)).values()) == {"good"}


def test_a_reader_of_keywords_is_caught_where_words_do_not_suffice(report_of: ReportOf) -> None:
    report = report_of("keywords")
    assert set(levels(report, "typos", "template_past", "template_author", "template_order").values()) <= {
        "stop",
        "caution",
    }


def test_a_model_that_ignores_the_target_is_caught(report_of: ReportOf) -> None:
    report = report_of("blind_to_target")
    caught = levels(report, "absent_target", "template_absent", "template_two_targets")
    assert set(caught.values()) == {"stop"}
    assert set(levels(report, *UNCHANGED, "swap_labelled", "absent_actor").values()) == {"good"}
    assert set(name_levels(report).values()) == {"good"}


def test_a_model_that_ignores_direction_is_caught(report_of: ReportOf) -> None:
    report = report_of("blind_to_direction")
    caught = levels(report, "swap_labelled", "swap_distinct", "template_plain", "template_passive")
    assert set(caught.values()) == {"stop"}
    passed = (*UNCHANGED, "mask_names", "absent_target", "absent_actor", "hedge")
    assert set(levels(report, *passed).values()) == {"good"}


def test_a_model_that_decides_by_the_name_of_the_actor_is_caught(report_of: ReportOf) -> None:
    report = report_of("by_actor_name")
    assert set(levels(report, "names_states", "absent_actor", "absent_target").values()) == {"stop"}
    assert report["mask_names"].level == "caution"  # "Actor A" is a name too, which half of all agree with
    effects = name_levels(report)
    assert (effects["states as actor"], effects["nationalities as actor"]) == ("stop", "stop")
    assert (effects["states as target"], effects["nationalities as target"]) == ("good", "good")
    assert set(levels(report, "irrelevant", "casing", "spelling", "quote", "template_passive_agrees").values()) == {
        "good"
    }


def test_a_model_that_always_says_neutral_is_caught(report_of: ReportOf) -> None:
    report = report_of("always_neutral")
    caught = ("swap_labelled", "template_plain", "template_acts", "template_promise", "template_reported")
    assert set(levels(report, *caught).values()) == {"stop"}
    passed = (*UNCHANGED, *RENAMED, "swap_distinct", "absent_target", "hedge", "template_hypothetical")
    assert set(levels(report, *passed).values()) == {"good"}


@pytest.mark.parametrize("most", [3, 20])
def test_each_question_is_asked_once_in_one_call_and_most_bounds_them(
    most: int, pairs: list[Example], make_fake: Callable[[str], Any]
) -> None:
    fake = make_fake("keywords")
    report = behaviour(fake, pairs, seed=13, most=most)
    (asked,) = fake.asked
    keys = [(one.text, one.actor, one.target, one.actor_span, one.target_span) for one in asked]
    assert len(set(keys)) == len(keys) == report.questions
    assert max(one.cases for one in report.probes) == most
    named = sum(one.texts * len(one.shifts) for one in report.names)
    assert len(keys) <= named + 4 * most * len(report.probes)


def test_the_seed_decides_and_the_order_does_not(pairs: list[Example], make_fake: Callable[[str], Any]) -> None:
    def figures(examples: list[Example], seed: int) -> Any:
        return behaviour(make_fake("keywords"), examples, seed=seed, most=10).as_dict()

    shuffled = random.Random(0).sample(pairs, len(pairs))
    assert figures(pairs, 13) == figures(shuffled, 13)
    assert figures(pairs, 13) != figures(pairs, 14)


def test_intervals_hold_the_rates_and_failing_cases_are_few(report_of: ReportOf) -> None:
    for report in map(report_of, ("keywords", "by_actor_name")):
        for one in report.probes:
            assert len(one.failing) <= SHOWN
            assert one.interval is None or one.interval[0] <= (one.pass_rate or 0.0) <= one.interval[1]
            assert (one.pass_rate == 1.0) is (one.cases > 0 and not one.failing)


def test_all_interventions_fit_the_sample_articles_but_those_on_plain_verbs(
    samples: list[Example], make_fake: Callable[[str], Any]
) -> None:
    report = behaviour(make_fake("always_neutral"), samples, seed=13)
    assert [one.name for one in report.own] == [one.name for one in INTERVENTIONS]
    assert [one.name for one in report.own if one.cases < 10] == ["negate", "hedge", "passive"]
    assert report.examples == len(samples)


def test_without_examples_the_templates_are_asked(make_fake: Callable[[str], Any]) -> None:
    report = behaviour(make_fake("keywords"), [], seed=13)
    assert {one.cases for one in report.own} == {0}
    assert report["template_plain"].cases == 15


def test_examples_without_labels_are_asked_what_needs_none(
    pairs: list[Example], make_fake: Callable[[str], Any]
) -> None:
    report = behaviour(
        make_fake("keywords"), [one.model_copy(update={"label": None}) for one in pairs], seed=13, most=10
    )
    silent = {one.name for one in report.own if not one.cases}
    assert silent == {
        *("swap_labelled", "swap_distinct", "swap_unlabelled", "negate", "hedge"),
        *("names_nationalities", "names_persons", "names_organisations"),
    }


def test_of_many_examples_whole_texts_are_kept_in_their_order(pairs: list[Example]) -> None:
    kept = whole_texts(pairs, 31, 13)
    assert len(kept) == 30
    assert [one for one in pairs if one in kept] == kept
    assert len({one.text for one in kept}) == 15
    assert whole_texts(pairs, 120, 13) == pairs


def test_the_report_is_plain_for_json(report_of: ReportOf) -> None:
    report = report_of("keywords")
    plain = json.loads(json.dumps(report.as_dict()))
    assert plain == report.as_dict()
    assert set(plain) == {"seed", "questions", "examples", "own", "templates", "names"}
    assert {"name", "expects", "pass_rate", "interval", "cases", "reading", "level", "failing"} <= set(plain["own"][0])


def test_the_section_shows_each_probe_each_name_group_and_the_failing_cases(report_of: ReportOf) -> None:
    report = report_of("by_actor_name")
    page = render(report)
    assert all(f"<td>{one.name}</td>" in page for one in (*report.probes, *report.names))
    assert page.count('<div class="case">') == sum(len(one.failing) for one in report.probes)
    asked = report["names_states"].failing[0][1]
    assert f"{asked.example.actor} → {asked.example.target}" in page
    assert f'<span class="actor">{asked.example.actor}</span>' in page
    assert "expected the same as before" in page
    assert '<li class="finding stop">' in page


def test_what_users_write_is_escaped(pairs: list[Example], make_fake: Callable[[str], Any]) -> None:
    nasty = [
        one.model_copy(update={"text": one.text + " <script>alert(1)</script>", "id": f"<b>{one.id}"}) for one in pairs
    ]
    page = render(behaviour(make_fake("by_actor_name"), nasty, seed=13, most=20))
    assert "<script>" not in page
    assert "<b>e" not in page
    assert "&lt;script&gt;" in page
    assert page.count("<div") == page.count("</div>")


def test_a_page_without_faults_has_no_list_of_findings(report_of: ReportOf) -> None:
    report = report_of("always_neutral")
    good = BehaviourReport(13, 1, 1, (report["hedge"],), (report["template_absent"],), report.names)
    assert "<li" not in render(good)
    assert Stance.NEUTRAL in render(report)
