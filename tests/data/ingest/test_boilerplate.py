import time

import pytest

from detente.data.ingest.boilerplate import drop_boilerplate, is_boilerplate, tidy

BOILERPLATE = [
    "The post Norway backs levy appeared first on The Fjord Courier.",
    "Source: The Fjord Courier",
    "Read more: Kenya shuts the road",
    "READ ALSO: Ten fish to eat now",
    "Related: Norway backs the levy",
    "[ Related: Norway backs the levy ]",
    "Read more about the levy here.",
    "(Reporting by Sigrid Halvorsdatter and Otieno Wafula; Editing by Ana Teixeirinha)",
    "Additional reporting by Otieno Wafula in Lamu; writing by Sigrid Halvorsdatter",
    "(Additional reporting by Otieno Wafula; Editing by Ana Teixeirinha)",
    "Follow Sigrid Halvorsdatter on Twitter @halvorsdatter",
    "Follow us on Facebook and Instagram.",
    "Follow @fjordcourier for the latest news",
    "Sign up for our newsletter and get the best of the week in your inbox.",
    "This story has been updated to include a comment by the ministry.",
    "— This story was updated at 10:37 a.m.",
    "This article first appeared in The Fjord Courier and is republished with permission.",
    "Last updated: 14 Jan 2024 10:05 GMT",
    "© 2024 The Fjord Courier. All rights reserved.",
    "Copyright 2024 The Fjord Courier",
    "The Agency of the North contributed to this report.",
    "Click here to see the gallery.",
    "Scroll down for video",
    "Advertisement",
    "Photo: Otieno Wafula / The Fjord Courier",
    "[Image via Harbour Pictures]",
    "To contact the reporter on this story: Sigrid Halvorsdatter in Oslo at sigrid@courier.example",
]
RUNNING_TEXT = [
    "The post, which first appeared on a channel of the army, was removed after Kenya protested.",
    "OSLO, Jan 14 – Norway said on Sunday that it backed the levy.",
    "Source countries of the fish rejected the levy, and the council agreed with them on Monday.",
    "Sources close to the palace said that the talks had failed.",
    "Source: a man close to the palace, who said on Monday that the talks had failed and that Kenya would leave.",
    "Read more books, the minister told the pupils of Lamu.",
    "Reporting by the state broadcaster has angered the opposition.",
    "Editing by the censor made the interview useless, the union said.",
    "Follow the money, the prosecutor told the court.",
    "Like others on the council, Norway opposed the plan on Twitter.",
    "Sign up to the accord or leave the council, the envoy told Kenya.",
    "This story of betrayal has angered the ministers of the lake.",
    "Published in 2014, the report angered Ankara.",
    "Copyright law divides the two ministries.",
    "The minister shared the photo on Facebook and followed her rival on Twitter.",
    "For more than ten years the envoy had planned to visit the camp.",
    "Via Rail halted its trains.",
    "Watch committees opposed the plan.",
    "Updated rules on fishing met with protest in Oslo.",
    "Photo: the envoy, left, “will never sign it,” he said.",
    "Comments by the minister upset Kenya.",
    "Find out who voted on Facebook, the court told the ministry.",
    "Register of emails shows that the minister lied, the court said.",
    "This report was published by the ministry in 2014 and angered Ankara.",
    "Share prices fell after Norway opposed the levy.",
    "",
]


@pytest.mark.parametrize("line", BOILERPLATE)
def test_lines_around_articles_are_boilerplate(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize("line", RUNNING_TEXT)
def test_running_text_that_starts_like_boilerplate_stays(line: str) -> None:
    assert not is_boilerplate(line)
    assert drop_boilerplate(line).text == line


def test_what_is_dropped_is_told_in_order() -> None:
    text = "Norway left.\n\nRead more: Ten fish\n\nKenya stayed.\n\nSource: The Fjord Courier\n"
    cleaned = drop_boilerplate(text)
    assert cleaned.text == "Norway left.\n\nKenya stayed."
    assert cleaned.dropped == ["Read more: Ten fish", "Source: The Fjord Courier"]


def test_credit_at_the_end_of_a_paragraph_is_cut_off() -> None:
    cleaned = drop_boilerplate("Kenya stayed. (Reporting by Otieno Wafula; Editing by Ana Teixeirinha)")
    assert cleaned.text == "Kenya stayed."
    assert cleaned.dropped == ["(Reporting by Otieno Wafula; Editing by Ana Teixeirinha)"]


def test_aside_in_brackets_at_the_end_of_a_paragraph_stays() -> None:
    text = "Kenya stayed. (Reporting by the state broadcaster said otherwise.)"
    assert drop_boilerplate(text).text == text


def test_tidy_text_has_no_more_than_one_empty_line() -> None:
    assert tidy("\r\n a \r\n\r\n\n\nb\t\n") == "a\n\nb"


@pytest.mark.parametrize(
    "line", ["Updated " + "1" * 5000 + "x", "Editing by " + "A." * 5000 + "(", "Updated " + "mon" * 2000 + "!"]
)
def test_line_that_almost_matches_takes_no_time(line: str) -> None:
    start = time.perf_counter()
    assert not is_boilerplate(line)
    assert time.perf_counter() - start < 1
