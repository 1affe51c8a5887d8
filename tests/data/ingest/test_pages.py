from pathlib import Path

import pytest

from detente.data.ingest.pages import read_page
from detente.data.problems import Problem
from detente.data.records import Article

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="{charset}"><title>Norway backs levy | The Fjord Courier</title>
<link rel="canonical" href="https://courier.example/2024/01/14/norway-backs-levy">
<meta property="og:site_name" content="The Fjord Courier"><meta property="og:title" content="Norway backs levy">
<meta property="article:published_time" content="2024-01-14T08:30:00+01:00">
<meta property="article:modified_time" content="2024-02-20T08:30:00+01:00"></head><body>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li><li><a href="/s">Sport</a></li></ul></nav>
</header><div class="cookie-banner">We use cookies. <button>Accept</button></div>
<article><h1>Norway backs levy</h1>
<p>OSLO, Jan 14 – The government of Norway said on Sunday that it backed the levy on fuel, from the first day on.</p>
<p>“Somebody had to send the bill,” said Élodie Garçonnet, the French minister, who had asked for it since spring.</p>
<p>Kenya opposed the plan. Its envoy, who spoke after the vote, called it an act of theft and left the hall.</p>
</article>
<div class="comments"><p>I was there and saw it all, said the man with the hat.</p></div>
<footer><p>© 2024 The Fjord Courier. All rights reserved.</p><p><a href="/p">Privacy</a></p></footer></body></html>"""
NO_SENTENCES = "".join(f'<li><a href="/{number}">Headline number {number} of the day</a></li>' for number in range(30))


def page(folder: Path, content: str | bytes) -> Path:
    path = folder / "n1.html"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def article(path: Path) -> Article:
    found = read_page(path)
    assert isinstance(found, Article), found
    return found


class TestReadPage:
    def test_title_date_outlet_and_address_are_found(self, tmp_path: Path) -> None:
        found = article(page(tmp_path, PAGE.format(charset="utf-8")))
        assert found.id == "n1"
        assert found.title == "Norway backs levy"
        assert found.published == "2024-01-14"
        assert found.outlet == "The Fjord Courier"
        assert found.url == "https://courier.example/2024/01/14/norway-backs-levy"

    def test_text_is_the_paragraphs_with_empty_lines_between_and_nothing_else(self, tmp_path: Path) -> None:
        paragraphs = article(page(tmp_path, PAGE.format(charset="utf-8"))).text.split("\n\n")
        assert [paragraph[:12] for paragraph in paragraphs] == ["OSLO, Jan 14", "“Somebody ha", "Kenya oppose"]

    @pytest.mark.parametrize(
        ("charset", "encoding"),
        [
            ("utf-8", "utf-8"),
            ("iso-8859-1", "cp1252"),
            ("windows-1252", "cp1252"),
            ("utf-8", "cp1252"),
            ("x", "utf-16"),
        ],
    )
    def test_encoding_is_the_declared_one_or_the_one_that_fits(
        self, tmp_path: Path, charset: str, encoding: str
    ) -> None:
        found = article(page(tmp_path, PAGE.format(charset=charset).encode(encoding)))
        assert "said Élodie Garçonnet" in found.text
        assert "“Somebody" in found.text

    def test_declared_encoding_decides_where_letters_would_fit_another(self, tmp_path: Path) -> None:
        html = PAGE.format(charset="windows-1250").replace("Élodie Garçonnet", "Tomáš Èerný").replace("È", "Č")
        assert "said Tomáš Černý" in article(page(tmp_path, html.encode("cp1250"))).text

    def test_page_without_a_stated_date_has_none(self, tmp_path: Path) -> None:
        html = "\n".join(line for line in PAGE.format(charset="utf-8").split("\n") if "_time" not in line)
        html = html.replace("/2024/01/14", "").replace("<body>", "</head><body>").replace("Jan 14", "Sunday")
        assert article(page(tmp_path, html.replace("© 2024", "©"))).published is None

    def test_list_of_headlines_is_no_article(self, tmp_path: Path) -> None:
        path = page(tmp_path, f"<html><body><ul>{NO_SENTENCES}</ul></body></html>")
        found = read_page(path)
        assert found == Problem(str(path), "expected an article; found 0 words of running text in the page")
        assert isinstance(found, Problem)
        assert found.empty

    def test_error_page_is_no_article(self, tmp_path: Path) -> None:
        path = page(tmp_path, "<html><body><h1>Not found</h1><p>The page that you asked for is gone.</p></body></html>")
        assert read_page(path) == Problem(str(path), "expected an article; found 8 words of running text in the page")

    @pytest.mark.parametrize("content", ["no page", "<html><body><script>x()</script></body></html>"])
    def test_what_holds_no_text_is_no_article(self, tmp_path: Path, content: str) -> None:
        path = page(tmp_path, content)
        assert read_page(path) == Problem(str(path), "expected an article; found no text in the page")

    def test_empty_file_is_told(self, tmp_path: Path) -> None:
        path = page(tmp_path, " \n")
        assert read_page(path) == Problem(str(path), "the file is empty")

    def test_bytes_of_no_known_encoding_are_a_problem_that_is_not_emptiness(self, tmp_path: Path) -> None:
        path = page(tmp_path, bytes(range(256)))
        found = read_page(path)
        reason = "expected a page; the bytes are of no encoding that we know. Save it as UTF-8."
        assert found == Problem(str(path), reason)
        assert isinstance(found, Problem)
        assert not found.empty
