from detente.data.ingest.repeats import STORIES, Repeats, drop_repeats
from detente.data.records import Article

APPEAL = "Our reporters depend on readers like you."


def article(number: int, text: str, outlet: str | None = "Courier") -> Article:
    return Article(id=f"a{number}", text=text, outlet=outlet)


def repeated(articles: list[Article], story: str | None = None) -> frozenset[int]:
    repeats = Repeats()
    for one in articles:
        repeats.add(one, story or one.id)
    return repeats.find()


def with_appeal(count: int) -> list[Article]:
    return [article(number, f"Report {number}.\n\n{APPEAL}") for number in range(count)]


def test_line_of_many_stories_of_an_outlet_is_dropped_and_told() -> None:
    found = repeated(with_appeal(STORIES))
    cleaned = drop_repeats(article(0, f"{APPEAL}\n\nNorway left.\n\n {APPEAL}"), found)
    assert cleaned.text == "Norway left."
    assert cleaned.dropped == [APPEAL, APPEAL]


def test_line_of_a_few_stories_stays() -> None:
    text = f"Norway left.\n\n{APPEAL}"
    assert drop_repeats(article(0, text), repeated(with_appeal(STORIES - 1))).text == text


def test_copies_of_one_story_count_once() -> None:
    assert repeated(with_appeal(3 * STORIES), story="one") == frozenset()


def test_line_that_stands_twice_in_an_article_counts_once() -> None:
    articles = [article(number, f"Report {number}.\n{APPEAL}\n{APPEAL}") for number in range(STORIES - 1)]
    assert repeated(articles) == frozenset()


def test_what_one_outlet_repeats_stays_in_another() -> None:
    found = repeated(with_appeal(STORIES))
    assert drop_repeats(article(0, APPEAL, "Herald"), found).text == APPEAL


def test_articles_without_an_outlet_are_of_one() -> None:
    articles = [article(number, f"Report {number}.\n{APPEAL}", None) for number in range(STORIES)]
    assert drop_repeats(articles[0], repeated(articles)).text == "Report 0."


def test_line_of_a_small_share_of_the_stories_stays() -> None:
    others = [article(1000 + number, f"Report {1000 + number}.") for number in range(100 * STORIES)]
    assert repeated(with_appeal(STORIES) + others) == frozenset()
    assert repeated(with_appeal(2 * STORIES) + others) != frozenset()


def test_nothing_is_found_in_nothing() -> None:
    assert repeated([]) == frozenset()
