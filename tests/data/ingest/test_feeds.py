import socket
import time
from itertools import pairwise
from pathlib import Path

import pytest

from detente.configs.errors import InputError
from detente.data.ingest.feeds import is_feed, read_feed
from detente.data.ingest.files import count_records, find_files, read_inputs
from detente.data.ingest.ingest import ingest_files
from detente.data.problems import Problem
from detente.data.reading import read_articles
from detente.data.records import Article

RSS = """<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Fjord Courier</title><link>https://courier.example/news/</link><language>en-us</language>
<item><title>Norway &amp;amp; Kenya &lt;em&gt;talk&lt;/em&gt;</title><link>2024/1</link>
<guid isPermaLink="false">c-1</guid><pubDate>Sun, 14 Jan 2024 08:30:00 +0100</pubDate>
<dc:creator>Ola Fiktiv</dc:creator>
<description>Norway and Kenya talked.</description>
<content:encoded><![CDATA[<p>Norway &amp; Kenya
talked.<script>x()</script></p><figure><img src="x"><figcaption>A hall</figcaption></figure>
<p>“No,” said Élodie.<br>She <b>left</b>.</p><ul><li>One</li><li>Two</li></ul>]]></content:encoded></item>
<item><title>Kenya leaves</title><link>https://courier.example/news/2024/2</link><pubDate>3/4/2024</pubDate>
<description>&lt;p&gt;Kenya left the hall.&lt;/p&gt;</description>
<source url="https://wire.example/rss">The Wire</source></item>
<item><title>No more than a title</title></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://courier.example/x/"><title>The Courier</title>
<entry><id>tag:courier.example,2024:1</id><title type="html">A &amp;lt; B</title><link href="1.html"/>
<updated>2024-01-15T00:00:00Z</updated><published>2024-01-14T08:30:00Z</published>
<author><name>Ola Fiktiv</name></author><summary>Short.</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Norway left.</p><p>Kenya stayed.</p></div></content>
</entry>
<entry><id>tag:courier.example,2024:2</id><title>S</title><updated>2024-01-16</updated>
<summary type="text">1 &lt; 2, said Kenya.

It left.</summary><content type="image/png" src="https://courier.example/x.png"/></entry></feed>"""
RSS_1 = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://courier.example/"><title>The Courier</title></channel>
<item rdf:about="https://courier.example/1"><title>T</title><link>https://courier.example/1</link>
<description>Norway left.</description><dc:date>2024-01-14T08:30:00+01:00</dc:date></item></rdf:RDF>"""
WHOLE = Article(
    id="c-1",
    title="Norway & Kenya talk",
    text="Norway & Kenya talked.\n\n“No,” said Élodie.\nShe left.\n\nOne\n\nTwo",
    published="2024-01-14T08:30:00+01:00",
    outlet="The Fjord Courier",
    url="https://courier.example/news/2024/1",
    language="en-us",
    meta={"author": "Ola Fiktiv"},
)


def feed(folder: Path, content: str | bytes, name: str = "news.rss") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


class TestEntries:
    def test_entry_of_rss_with_its_whole_content_is_an_article(self, tmp_path: Path) -> None:
        assert next(read_feed(feed(tmp_path, RSS))) == WHOLE

    def test_summary_alone_is_marked_and_a_date_with_two_meanings_is_kept_aside(self, tmp_path: Path) -> None:
        _, found, _ = read_feed(feed(tmp_path, RSS))
        assert found == Article(
            id="https://courier.example/news/2024/2",
            title="Kenya leaves",
            text="Kenya left the hall.",
            outlet="The Wire",
            url="https://courier.example/news/2024/2",
            language="en-us",
            meta={"summary": True, "published": "3/4/2024"},
        )

    def test_entry_without_text_is_empty(self, tmp_path: Path) -> None:
        path = feed(tmp_path, RSS)
        *_, found = read_feed(path)
        assert found == Problem(f"{path}: entry 3", "expected an article; the entry has no text")
        assert isinstance(found, Problem)
        assert found.empty

    def test_entries_of_atom_are_articles(self, tmp_path: Path) -> None:
        first, second = read_feed(feed(tmp_path, ATOM, "news.atom"))
        assert first == Article(
            id="tag:courier.example,2024:1",
            title="A < B",
            text="Norway left.\n\nKenya stayed.",
            published="2024-01-14T08:30:00Z",
            outlet="The Courier",
            url="https://courier.example/x/1.html",
            meta={"author": "Ola Fiktiv"},
        )
        assert isinstance(second, Article)
        assert (second.text, second.meta) == ("1 < 2, said Kenya.\n\nIt left.", {"summary": True})
        assert (second.published, second.url) == ("2024-01-16", None)

    def test_entry_of_rss_1_is_an_article(self, tmp_path: Path) -> None:
        (found,) = read_feed(feed(tmp_path, RSS_1))
        assert found == Article(
            id="https://courier.example/1",
            title="T",
            text="Norway left.",
            published="2024-01-14T08:30:00+01:00",
            outlet="The Courier",
            url="https://courier.example/1",
            meta={"summary": True},
        )

    @pytest.mark.parametrize(("name", "encoding"), [("utf-16", "utf-16"), ("windows-1252", "cp1252")])
    def test_encoding_is_the_declared_one(self, tmp_path: Path, name: str, encoding: str) -> None:
        path = feed(tmp_path, RSS.replace("utf-8", name).encode(encoding), "news.xml")
        assert find_files([path]) == [path]
        assert next(read_feed(path)) == WHOLE

    def test_feed_that_is_not_well_formed_is_read_all_the_same(self, tmp_path: Path) -> None:
        first, *_ = found = list(read_feed(feed(tmp_path, RSS.replace("Norway and Kenya talked.", "AT&T &nbsp; <br>"))))
        assert isinstance(first, Article)
        assert first.text.startswith("Norway & Kenya talked.\n\n“No,”")
        assert len(found) == 3

    @pytest.mark.parametrize("link", ["http://[::1", "javascript:alert(1)", ""])
    def test_link_that_is_no_address_is_left_out(self, tmp_path: Path, link: str) -> None:
        found = next(read_feed(feed(tmp_path, RSS.replace("<link>2024/1</link>", f"<link>{link}</link>"))))
        assert isinstance(found, Article)
        assert found.url is None
        assert found.id == "c-1"

    def test_entry_without_id_and_link_is_named_after_the_file(self, tmp_path: Path) -> None:
        bare = RSS.replace('<guid isPermaLink="false">c-1</guid>', "").replace("<link>2024/1</link>", "")
        found = next(read_feed(feed(tmp_path, bare)))
        assert isinstance(found, Article)
        assert found.id == "news-1"

    def test_markup_without_text_is_no_text(self, tmp_path: Path) -> None:
        empty = RSS_1.replace("Norway left.", "&lt;!-- nothing --&gt;&lt;img src='x'&gt;")
        (found,) = read_feed(feed(tmp_path, empty))
        assert isinstance(found, Problem)


class TestDamage:
    def test_cut_inside_an_entry_drops_it_and_tells(self, tmp_path: Path) -> None:
        path = feed(tmp_path, RSS[: RSS.index("Kenya left the hall")])
        first, problem = read_feed(path)
        assert isinstance(first, Article)
        assert first.id == "c-1"
        assert problem == Problem(str(path), "expected a whole feed; the file ends after 1 entries")

    def test_cut_behind_an_entry_keeps_it(self, tmp_path: Path) -> None:
        path = feed(tmp_path, RSS[: RSS.index("</item>") + 8])
        first, problem = read_feed(path)
        assert first == WHOLE
        assert isinstance(problem, Problem)

    @pytest.mark.parametrize("content", ["", "Norway left.", "<html><body><p>Norway left.</p></body></html>"])
    def test_file_that_is_no_feed_is_refused(self, tmp_path: Path, content: str) -> None:
        path = feed(tmp_path, content)
        with pytest.raises(InputError) as caught:
            list(read_feed(path))
        assert str(caught.value) == f"{path}: expected an RSS or Atom feed; found none in the file"

    def test_file_that_cannot_be_read_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"gone\.rss: expected a file that can be read; No such file"):
            list(read_feed(tmp_path / "gone.rss"))

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    def test_entities_are_refused_before_anything_is_parsed(self, tmp_path: Path, encoding: str) -> None:
        names = "abcdefghij"
        laughs = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise(names))
        bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE rss [<!ENTITY a "{"ha" * 99}">{laughs}]>'
        path = feed(tmp_path, (bomb + RSS.partition("-->")[2].replace("Kenya left", "&j;")).encode(encoding), "b.xml")
        start = time.perf_counter()
        with pytest.raises(InputError) as caught:
            list(read_feed(path))
        assert time.perf_counter() - start < 1
        reason = "expected a feed that declares no entities; found <!ENTITY. Remove the declarations."
        assert str(caught.value) == f"{path}: {reason}"

    @pytest.mark.usefixtures("no_network")
    @pytest.mark.parametrize(
        "doctype",
        ['<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">', '<!DOCTYPE rss PUBLIC "-//X//EN" "{secret}">'],
    )
    def test_other_files_and_the_network_are_not_read(self, tmp_path: Path, doctype: str) -> None:
        secret = tmp_path / "secret.dtd"
        secret.write_text('<!ENTITY nbsp "SECRET">')
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
        text = RSS.partition("-->")[2].replace("Norway and Kenya talked.", f"{include}&nbsp;")
        found = list(read_feed(feed(tmp_path, doctype.format(secret=secret.as_uri()) + text)))
        assert len(found) == 3
        assert "SECRET" not in str(found)


class TestFiles:
    @pytest.mark.parametrize("content", [RSS, ATOM, RSS_1, RSS.replace("?>", '?><?xml-stylesheet href="x"?>')])
    def test_xml_is_a_feed_by_its_root(self, tmp_path: Path, content: str) -> None:
        assert is_feed(feed(tmp_path, content, "NEWS.XML"))
        assert is_feed(feed(tmp_path, "\ufeff" + content, "news.xml"))

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "<feed><product/></feed>",
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>',
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
            "<?x?>" * 3000,
            "<!-- <rss> --><html/>",
        ],
    )
    def test_other_xml_is_none(self, tmp_path: Path, content: str) -> None:
        assert not is_feed(feed(tmp_path, content, "news.xml"))

    def test_other_xml_is_refused_by_name_and_passed_over_in_a_folder(self, tmp_path: Path) -> None:
        other = feed(tmp_path, "<urlset/>", "sitemap.xml")
        with pytest.raises(InputError) as caught:
            find_files([other])
        reason = "expected an RSS or Atom feed in a file that ends in .xml; found something else"
        assert str(caught.value) == f"{other}: {reason}"
        feed(tmp_path, RSS)
        result = ingest_files([tmp_path], tmp_path / "out.jsonl", progress=False)
        assert result.passed_over == {"files that end in .xml and hold no feed are not read": 1}
        assert [article.id for article in read_articles(tmp_path / "out.jsonl")] == [
            "c-1",
            "https://courier.example/news/2024/2",
        ]
        assert (result.empty, result.failed) == (1, [])

    def test_feeds_are_inputs_like_others(self, tmp_path: Path) -> None:
        files = [feed(tmp_path, RSS), feed(tmp_path, ATOM, "b.atom"), feed(tmp_path, "x", "c.rss")]
        found = list(read_inputs(find_files(files)))
        assert [type(one) for one in found] == [Article, Article, Problem, Article, Article, Problem]
        assert count_records(files) == 6
