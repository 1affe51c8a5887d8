"""The page of a network with 50, 500 and 2,000 actors: seconds to write, size, and time to the first picture.

    python -m benchmarks.report_page [ACTORS ...]

The actors and sentences are made up. The page is opened from disk in headless Chromium, several times; the
time runs from the start of the navigation to the painted network, and the median counts.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from detente.data.reading import write_records
from detente.data.records import Prediction, Stance
from detente.inference.report.page import write_report
from tests.browser import find_browser

OPENED = 5
PAIRS_OF_AN_ACTOR = 6
CAMPS = 4
VERBS = {Stance.SUPPORT: "praised", Stance.NEUTRAL: "met", Stance.OPPOSE: "condemned"}
TEXT = (
    "In round {story} of the talks on the harbour levy, {actor} {verb} {target} and said that nothing else would do "
    "before the winter session."
)
SYLLABLES = ("ka", "ro", "ven", "da", "shi", "mol", "tar", "el", "un", "bra", "ze", "fin", "gor", "la", "mi", "stad")
KINDS = ("country", "organisation", "person", "group")
DRAWN = "performance.getEntriesByName('network-drawn')[0].startTime"


def names(count: int, draw: random.Random) -> list[str]:
    """Made-up names, all different."""
    made: dict[str, None] = {}
    while len(made) < count:
        made["".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))).title()] = None
    return list(made)


def answer(actor: tuple[str, int], target: tuple[str, int], story: int, draw: random.Random) -> Prediction:
    """One sentence of a story: camps mostly support their own and oppose the others."""
    near = actor[1] % CAMPS == target[1] % CAMPS
    likely = [0.55, 0.35, 0.1] if near else [0.08, 0.47, 0.45]
    stance = draw.choices(list(Stance), likely)[0]
    sure = draw.uniform(0.5, 0.98)
    shares = {one: sure if one == stance else (1 - sure) / 2 for one in Stance}
    text = TEXT.format(story=story, actor=actor[0], verb=VERBS[stance], target=target[0])
    first, second = text.index(actor[0]), text.rindex(target[0])
    return Prediction(
        example_id=f"{story}:{actor[1]}:{target[1]}",
        article_id=f"a{story}",
        actor=actor[0],
        target=target[0],
        text=text,
        actor_span=(first, first + len(actor[0])),
        target_span=(second, second + len(target[0])),
        stance=stance,
        p_support=shares[Stance.SUPPORT],
        p_neutral=shares[Stance.NEUTRAL],
        p_oppose=shares[Stance.OPPOSE],
        confident=sure > 0.7,
        group=f"s{story}",
        published=f"2024-{1 + story % 12:02}-{1 + story % 28:02}" if story % 25 else None,
        outlet=draw.choice(("The Harbour Post", "Daily Ledger", "Norwind Wire")),
        url=f"https://example.org/{story}",
        actor_kind=KINDS[actor[1] % 4],
        target_kind=KINDS[target[1] % 4],
    )


def predictions(count: int, seed: int = 0) -> Iterator[Prediction]:
    """Six pairs for each actor, with one to a dozen stories each; few actors are in most of the news."""
    draw = random.Random(seed)  # noqa: S311
    actors = [(name, number) for number, name in enumerate(names(count, draw))]
    weights = [1 / (1 + number) ** 0.6 for number in range(count)]
    story = 0
    for _ in range(count * PAIRS_OF_AN_ACTOR):
        actor, target = draw.choices(actors, weights, k=2)
        for _ in range(min(12, 1 + int(draw.expovariate(0.6))) if actor != target else 0):
            story += 1
            yield answer(actor, target, story, draw)


def first_picture(browser: Browser, page: Path) -> float:
    """Seconds from the start of the navigation until the network has been painted."""
    tab = browser.new_page(viewport={"width": 1280, "height": 900})
    tab.goto(page.as_uri(), wait_until="commit")
    tab.wait_for_selector("html[data-drawn=yes]", timeout=120_000)
    taken = float(tab.evaluate(DRAWN))
    tab.close()
    return taken / 1000


def measure(count: int, folder: Path, browser: Browser) -> str:
    """A row of the table."""
    file, page = folder / f"{count}.jsonl", folder / f"{count}.html"
    rows = write_records(file, predictions(count), Prediction)
    start, used = time.perf_counter(), time.process_time()
    report = write_report([file], page)
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    opened = [first_picture(browser, page) for _ in range(OPENED)]
    size = page.stat().st_size / 1e6
    return (
        f"| {report.actors} | {report.pairs} | {rows} | {report.camps} | {seconds:.1f} | {cpu:.1f} | {size:.1f} "
        f"| {statistics.median(opened):.2f} | {min(opened):.2f} |"
    )


def main(counts: list[int]) -> None:
    """Print a row for each number of actors."""
    print(
        "| actors | pairs | predictions | camps | s to write | of them CPU | MB | s to first picture, median | best |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for count in counts:
            print(measure(count, Path(folder), browser), flush=True)
        browser.close()


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [50, 500, 2000])
