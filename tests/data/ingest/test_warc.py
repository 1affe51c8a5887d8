import gzip
import random
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import brotli
import pytest

from detente.configs.errors import InputError
from detente.data.ingest import warc
from detente.data.ingest.files import count_records, find_files, read_inputs
from detente.data.ingest.ingest import ingest_files
from detente.data.ingest.warc import MOST_BYTES, read_warc
from detente.data.problems import PassedOver, Problem
from detente.data.records import Article

URL = "https://www.courier.example/world/levy"
HTML = "Content-Type: text/html; charset=utf-8\r\n"
BROKEN = "expected a whole WARC record"
TEXT = (
    "The government of Norway said on Sunday that it backed the levy on shipping fuel, which the council had proposed. "
    "Kenya opposed the plan, and Élodie Garçonnet, its envoy, left the hall before the end of the session."
)


def page(text: str = TEXT, head: str = "") -> str:
    return f"<html><head>{head}</head><body><article><p>{text}</p></article></body></html>"


def record(
    block: bytes, number: int = 0, *, type_: str = "response", url: str = URL, length: int | None = None, more: str = ""
) -> bytes:
    """A record of a WARC file."""
    size = len(block) if length is None else length
    head = (
        f"WARC/1.0\nWARC-Type: {type_}\nWARC-Record-ID: <urn:uuid:id-{number}>\nWARC-Date: 2024-01-14T08:30:00Z\n"
        f"WARC-Target-URI: {url}\nContent-Type: application/http; msgtype={type_}\nContent-Length: {size}\n{more}\n"
    )
    return head.replace("\n", "\r\n").encode() + block + b"\r\n\r\n"


def answer(body: str | bytes = "", headers: str = HTML, status: str = "200 OK") -> bytes:
    """What a server sends."""
    content = body.encode() if isinstance(body, str) else body
    return f"HTTP/1.1 {status}\r\n{headers}\r\n".encode() + content


def pages(count: int) -> list[bytes]:
    """Records of pages, the first one with number 1."""
    draw = random.Random(count)
    texts = [f"{TEXT} Code: {' '.join(str(draw.random()) for _ in range(60))}." for _ in range(count)]
    return [record(answer(page(text)), number) for number, text in enumerate(texts, start=1)]


def archive(folder: Path, records: Iterable[bytes], *, packed: bool = True) -> Path:
    path = folder / ("crawl.warc.gz" if packed else "crawl.warc")
    path.write_bytes(b"".join(gzip.compress(one) if packed else one for one in records))
    return path


def only(path: Path) -> Article:
    (found,) = (one for one in read_warc(path) if not isinstance(one, PassedOver))
    assert isinstance(found, Article), found
    return found


def ids_and_problems(path: Path) -> tuple[list[str], list[Problem]]:
    found = list(read_warc(path))
    return [one.id for one in found if isinstance(one, Article)], [one for one in found if isinstance(one, Problem)]


class TestPages:
    @pytest.mark.parametrize("packed", [True, False])
    def test_page_is_an_article_with_the_address_that_was_asked_for(self, tmp_path: Path, packed: bool) -> None:
        head = (
            '<title>Norway backs levy</title><meta property="og:site_name" content="The Fjord Courier">'
            '<link rel="canonical" href="https://courier.example/other">'
            '<meta property="article:published_time" content="2024-01-13T07:00:00+01:00">'
        )
        found = only(archive(tmp_path, [record(answer(page(head=head)))], packed=packed))
        assert found == Article(
            id="id-0", text=TEXT, title="Norway backs levy", published="2024-01-13", outlet="The Fjord Courier", url=URL
        )

    def test_page_that_tells_neither_date_nor_outlet_gets_those_of_the_visit(self, tmp_path: Path) -> None:
        found = only(archive(tmp_path, [record(answer(page()))]))
        assert found.published == "2024-01-14T08:30:00Z"
        assert found.meta == {"published_from": "WARC-Date"}
        assert found.outlet == "courier.example"

    def test_page_that_the_crawler_cut_says_so(self, tmp_path: Path) -> None:
        found = only(archive(tmp_path, [record(answer(page()), more="WARC-Truncated: length\n")]))
        assert found.meta["truncated"] == "length"

    def test_file_that_is_compressed_as_a_whole_is_read_too(self, tmp_path: Path) -> None:
        path = tmp_path / "crawl.warc.gz"
        path.write_bytes(gzip.compress(b"".join(pages(3))))
        assert ids_and_problems(path) == (["id-1", "id-2", "id-3"], [])

    def test_lines_of_headers_may_end_as_in_unix(self, tmp_path: Path) -> None:
        block = answer(page()).replace(b"\r\n", b"\n")
        assert only(archive(tmp_path, [record(block)])).text == TEXT

    @pytest.mark.parametrize("url", ["http://[::1", "https://courier.example:x/", "<https://courier.example/>"])
    def test_odd_address_does_no_harm(self, tmp_path: Path, url: str) -> None:
        assert only(archive(tmp_path, [record(answer(page()), url=url)])).url == url.strip("<>")

    def test_record_without_id_and_address_is_named_after_the_file(self, tmp_path: Path) -> None:
        nameless = record(answer(page())).replace(b"WARC-Record-ID", b"X-Id").replace(b"WARC-Target-URI", b"X-Uri")
        found = only(archive(tmp_path, [nameless]))
        assert (found.id, found.url, found.outlet) == ("crawl-0", None, None)

    def test_page_without_an_article_is_empty(self, tmp_path: Path) -> None:
        (found,) = read_warc(archive(tmp_path, [record(answer(page("Not found.")))]))
        place = f"{tmp_path / 'crawl.warc.gz'}: record at byte 0"
        assert found == Problem(place, "expected an article; found 2 words of running text in the page")
        assert isinstance(found, Problem)
        assert found.empty


class TestEncodings:
    @pytest.mark.parametrize(
        ("charset", "head", "encoding"),
        [
            ("; charset=utf-8", "", "utf-8"),
            ('; charset="windows-1250"', "", "cp1250"),
            ("; charset=windows-1250", '<meta charset="iso-8859-1">', "cp1250"),
            ("", '<meta charset="windows-1250">', "cp1250"),
            ("; charset=nonsense", "", "utf-8"),
        ],
    )
    def test_header_goes_before_the_page(self, tmp_path: Path, charset: str, head: str, encoding: str) -> None:
        body = page(TEXT.replace("Élodie Garçonnet", "Tomáš Černý"), head).encode(encoding)
        found = only(archive(tmp_path, [record(answer(body, f"Content-Type: text/html{charset}\r\n"))]))
        assert "and Tomáš Černý, its envoy" in found.text

    def test_bytes_of_no_known_encoding_are_a_problem(self, tmp_path: Path) -> None:
        path = archive(tmp_path, [record(answer(bytes(range(256)) * 9))])
        reason = "expected a page; the bytes are of no encoding that we know"
        assert list(read_warc(path)) == [Problem(f"{path}: record at byte 0", reason)]

    @pytest.mark.parametrize(
        ("coding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
    )
    def test_body_is_decoded_as_its_header_says(
        self, tmp_path: Path, coding: str, encode: Callable[[bytes], bytes]
    ) -> None:
        body = encode(page().encode())
        chunked = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, body[:9], len(body) - 9, body[9:])
        headers = f"{HTML}Content-Encoding: {coding}\r\nTransfer-Encoding: chunked\r\n"
        assert only(archive(tmp_path, [record(answer(chunked, headers))])).text == TEXT

    @pytest.mark.parametrize("header", ["Content-Encoding: gzip", "Content-Encoding: br", "Transfer-Encoding: chunked"])
    def test_body_that_the_crawler_decoded_under_the_old_header_is_read(self, tmp_path: Path, header: str) -> None:
        assert only(archive(tmp_path, [record(answer(page(), f"{HTML}{header}\r\n"))])).text == TEXT


class TestPassedOver:
    def test_what_is_no_page_is_counted_by_reason(self, tmp_path: Path) -> None:
        records = [
            record(b"software: x\r\n", type_="warcinfo"),
            record(b"GET / HTTP/1.1\r\n\r\n", type_="request"),
            record(b"GET / HTTP/1.1\r\n\r\n", type_="request"),
            record(answer(), type_="revisit"),
            record(b"fetchTimeMs: 3\r\n", type_="metadata"),
            record(answer(page(), status="404 Not Found")),
            record(answer(page(), status="301 Moved Permanently")),
            record(answer(b"%PDF", "Content-Type: application/pdf\r\n")),
            record(answer(page()), url="https://courier.example/robots.txt"),
            record(b"courier.example 192.0.2.1", url="dns:courier.example").replace(b"application/http", b"text/dns"),
        ]
        path = archive(tmp_path, [*records, *pages(1)])
        counts = {one.reason: one.count for one in read_warc(path) if isinstance(one, PassedOver)}
        assert counts == {
            "WARC records of the type metadata": 1,
            "WARC records of the type request": 2,
            "WARC records of the type revisit": 1,
            "WARC records of the type warcinfo": 1,
            "WARC responses of another protocol than HTTP": 1,
            "WARC responses that are a robots.txt": 1,
            "WARC responses that are no HTML": 1,
            "WARC responses with another status than 200": 2,
        }
        assert [record.id for record in read_inputs([path]) if isinstance(record, Article)] == ["id-1"]
        assert count_records([path]) == 1 == len(list(read_inputs([path])))

    def test_type_of_page_may_stand_in_the_record_alone(self, tmp_path: Path) -> None:
        told = record(answer(page(), ""), more="WARC-Identified-Payload-Type: text/html\n")
        assert only(archive(tmp_path, [told])).text == TEXT

    def test_ingest_counts_what_it_passed_over_and_writes_it_down_once(self, tmp_path: Path) -> None:
        asked = record(b"GET / HTTP/1.1\r\n\r\n", type_="request")
        answered = [record(answer(page(text)), number) for number, text in enumerate([TEXT, TEXT + " It was late."])]
        path, rejects = archive(tmp_path, [asked, asked, asked, *answered]), tmp_path / "rejects.jsonl"
        result = ingest_files([path], tmp_path / "out.jsonl", rejects=rejects, progress=False)
        assert result.passed_over == {"WARC records of the type request": 3}
        assert (result.articles, result.failed) == (2, [])
        (line,) = rejects.read_text().splitlines()
        assert "WARC records of the type request (3)" in line


class TestDamage:
    @pytest.mark.parametrize("packed", [True, False])
    def test_download_that_was_cut_gives_what_came_before(self, tmp_path: Path, packed: bool) -> None:
        path = archive(tmp_path, pages(3), packed=packed)
        path.write_bytes(path.read_bytes()[:-100])
        ids, (problem,) = ids_and_problems(path)
        assert ids == ["id-1", "id-2"]
        start = sum(len(gzip.compress(one) if packed else one) for one in pages(3)[:2])
        assert problem.place == f"{path}: record at byte {start}"
        assert problem.reason.startswith("expected ")
        assert problem.reason.endswith("Was a download cut off?")
        assert count_records([path]) == 3

    def test_cut_in_the_midst_of_a_records_head_is_told(self, tmp_path: Path) -> None:
        path = archive(tmp_path, pages(2), packed=False)
        path.write_bytes(path.read_bytes()[: len(pages(2)[0]) + 60])
        ids, (problem,) = ids_and_problems(path)
        assert ids == ["id-1"]
        assert "Was a download cut off?" in problem.reason

    def test_cut_in_what_is_no_page_is_told(self, tmp_path: Path) -> None:
        path = archive(tmp_path, [*pages(1), record(answer(b"x" * 900, "Content-Type: image/png\r\n"))], packed=False)
        path.write_bytes(path.read_bytes()[:-400])
        assert "Was a download cut off?" in ids_and_problems(path)[1][0].reason

    @pytest.mark.parametrize("packed", [True, False])
    def test_damaged_records_are_problems_and_the_others_are_read(self, tmp_path: Path, packed: bool) -> None:
        parts = [gzip.compress(one) if packed else one for one in pages(5)]
        for number in (1, 2):
            middle = len(parts[number]) // 2
            broken = bytes(255 - byte for byte in parts[number][middle : middle + 40])
            damaged = parts[number][:middle] + broken + parts[number][middle + 40 :]
            parts[number] = damaged if packed else parts[number].replace(b"WARC/1.0", b"WORC/1.0")
        path = archive(tmp_path, [], packed=packed)
        path.write_bytes(b"".join(parts))
        ids, problems = ids_and_problems(path)
        assert ids == ["id-1", "id-4", "id-5"]
        starts = [len(parts[0]), len(parts[0]) + len(parts[1])]
        places = [f"at byte {start}" for start in starts] if packed else ["after the one at byte 0"]
        assert [problem.place for problem in problems] == [f"{path}: record {place}" for place in places]
        assert all(problem.reason.startswith(BROKEN) for problem in problems)

    def test_garbage_between_records_is_one_problem(self, tmp_path: Path) -> None:
        first, *rest = [gzip.compress(one) for one in pages(3)]
        path = tmp_path / "crawl.warc.gz"
        path.write_bytes(first + b"\x1f\x8b\x08 no record at all \n" * 50 + b"".join(rest))
        ids, (problem,) = ids_and_problems(path)
        assert ids == ["id-1", "id-2", "id-3"]
        assert problem.place == f"{path}: record after the one at byte 0"

    def test_file_that_is_no_archive_is_a_problem(self, tmp_path: Path) -> None:
        path = tmp_path / "crawl.warc"
        path.write_bytes(b"Norway met Kenya.\n" * 99)
        (problem,) = read_warc(path)
        assert problem == Problem(f"{path}: record at byte 0", f"{BROKEN}; Invalid WARC header")

    def test_empty_file_is_told(self, tmp_path: Path) -> None:
        path = archive(tmp_path, [])
        assert list(read_warc(path)) == [Problem(str(path), "the file is empty")]

    def test_response_that_is_none_is_a_problem(self, tmp_path: Path) -> None:
        path = archive(tmp_path, [record(b"nothing of the kind\r\n\r\n"), *pages(1)])
        ids, (problem,) = ids_and_problems(path)
        assert ids == ["id-1"]
        assert problem.reason == "expected an HTTP response; found something else"

    def test_page_that_is_too_large_is_a_problem(self, tmp_path: Path) -> None:
        path = archive(tmp_path, [record(answer(b" " * (MOST_BYTES + 1))), *pages(1)])
        ids, (problem,) = ids_and_problems(path)
        assert ids == ["id-1"]
        assert problem.reason == "expected a page of at most 8,388,608 bytes; found a larger one"

    def test_file_that_cannot_be_read_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"gone\.warc: expected a file that can be read; No such file"):
            list(read_warc(tmp_path / "gone.warc"))

    @pytest.mark.parametrize("packed", [True, False])
    def test_no_damage_stops_the_reading_or_makes_it_endless(self, tmp_path: Path, packed: bool) -> None:
        content = archive(tmp_path, [record(b"x: y\r\n", type_="metadata"), *pages(3)], packed=packed).read_bytes()
        draw = random.Random(7)
        path = tmp_path / ("broken.warc.gz" if packed else "broken.warc")
        for _ in range(150):
            broken = bytearray(content)
            for place in draw.choices(range(len(broken)), k=draw.choice([1, 5, 30])):
                broken[place] = draw.randrange(256)
            path.write_bytes(bytes(broken[: draw.randrange(1, len(broken) + 1)]))
            assert count_records([path]) <= 12


def test_page_that_unpacks_to_more_than_fits_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "MOST_BYTES", 2**16)
    monkeypatch.setattr(warc, "decode", None)  # it is not even looked at
    bomb = gzip.compress(bytes(2**24))
    (problem,) = read_warc(archive(tmp_path, [record(answer(bomb, f"{HTML}Content-Encoding: gzip\r\n"))]))
    assert problem.reason == "expected a page of at most 65,536 bytes; found a larger one"


def test_archive_is_found_in_a_folder(tmp_path: Path) -> None:
    path = archive(tmp_path, pages(1))
    assert find_files([tmp_path]) == [path]
