"""Fetching, from a server in this process."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from detente.configs.errors import DetenteError, InputError
from detente.data.corpora.corpus import Corpus, RemoteFile
from detente.data.corpora.fetch import fetch_corpus, import_source
from detente.data.corpora.registry import CORPORA

CONTENT = b"[Norway] met [Kenya].\tNorway\tKenya\t0\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class CutOff(Quiet):
    """Promises more than it sends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(CONTENT)


def serve(handler: object) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type]
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(CONTENT)
    (folder / "sub/b.txt").write_bytes(b"b")
    return folder


@pytest.fixture
def url(site: Path) -> Iterator[str]:
    yield from serve(partial(Quiet, directory=str(site)))


def corpus(*files: RemoteFile) -> Corpus:
    return replace(CORPORA["dse"], files=files)


def everything_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_file_with_a_known_checksum_is_fetched_and_checked(url: str, tmp_path: Path) -> None:
    (file,) = fetch_corpus(corpus(RemoteFile(f"{url}/a.txt", "a.txt", SHA256)), tmp_path / "out")
    assert file.path.read_bytes() == CONTENT
    assert (file.sha256, file.pinned) == (SHA256, True)
    assert everything_in(tmp_path / "out") == {"a.txt"}


def test_files_go_into_folders_of_their_own(url: str, tmp_path: Path) -> None:
    fetch_corpus(corpus(RemoteFile(f"{url}/sub/b.txt", "deep/er/b.txt")), tmp_path / "out")
    assert (tmp_path / "out/deep/er/b.txt").read_bytes() == b"b"


def test_another_file_than_the_pinned_one_is_an_error_and_thrown_away(url: str, tmp_path: Path) -> None:
    with pytest.raises(DetenteError) as caught:
        fetch_corpus(corpus(RemoteFile(f"{url}/a.txt", "a.txt", "0" * 64)), tmp_path / "out")
    assert str(caught.value) == (
        f"{url}/a.txt: expected a file with sha256 {'0' * 64} (as published); found another one, and threw it away. "
        "Try again; if it stays so, the source has changed or is tampered with."
    )
    assert everything_in(tmp_path / "out") == set()


def test_a_checksum_that_is_not_known_is_kept_from_the_first_fetch(url: str, tmp_path: Path) -> None:
    (file,) = fetch_corpus(corpus(RemoteFile(f"{url}/a.txt", "a.txt")), tmp_path / "out")
    assert (file.sha256, file.pinned) == (SHA256, False)
    assert json.loads((tmp_path / "out/checksums.json").read_text()) == {"a.txt": SHA256}


def test_a_later_fetch_holds_to_the_first(url: str, site: Path, tmp_path: Path) -> None:
    one = corpus(RemoteFile(f"{url}/a.txt", "a.txt"))
    fetch_corpus(one, tmp_path / "out")
    (tmp_path / "out/a.txt").unlink()
    (site / "a.txt").write_bytes(b"something else")
    with pytest.raises(DetenteError, match=rf"sha256 {SHA256} \(as on the first fetch, see .*checksums.json\)"):
        fetch_corpus(one, tmp_path / "out")
    assert everything_in(tmp_path / "out") == {"checksums.json"}


def test_a_file_that_is_there_and_right_is_not_fetched_again(url: str, site: Path, tmp_path: Path) -> None:
    one = corpus(RemoteFile(f"{url}/a.txt", "a.txt", SHA256))
    fetch_corpus(one, tmp_path / "out")
    (site / "a.txt").unlink()
    assert fetch_corpus(one, tmp_path / "out")[0].sha256 == SHA256


def test_a_damaged_file_is_fetched_again(url: str, tmp_path: Path) -> None:
    one = corpus(RemoteFile(f"{url}/a.txt", "a.txt", SHA256))
    fetch_corpus(one, tmp_path / "out")
    (tmp_path / "out/a.txt").write_bytes(b"damaged")
    fetch_corpus(one, tmp_path / "out")
    assert (tmp_path / "out/a.txt").read_bytes() == CONTENT


def test_without_a_network_the_message_tells_what_to_do_by_hand(tmp_path: Path) -> None:
    for url in serve(Quiet):
        closed = url
    out = tmp_path / "out"
    files = (RemoteFile(f"{closed}/a.txt", "a.txt", SHA256), RemoteFile(f"{closed}/b.txt", "b.txt"))
    with pytest.raises(DetenteError) as caught:
        fetch_corpus(corpus(*files), out)
    assert str(caught.value) == (
        f"dse: expected to fetch {closed}/a.txt; no network, or the host can't be reached.\n"
        "Download these 2 files by hand:\n"
        f"  {closed}/a.txt\n    to {out / 'a.txt'}\n"
        f"  {closed}/b.txt\n    to {out / 'b.txt'}\n"
        f"then run: detente data import dse {out} -o OUT"
    )
    assert everything_in(out) == set()


def test_a_file_that_is_gone_is_named_with_the_answer_of_the_server(url: str, tmp_path: Path) -> None:
    with pytest.raises(DetenteError) as caught:
        fetch_corpus(corpus(RemoteFile(f"{url}/gone.zip", "gone.zip")), tmp_path / "out")
    assert f"expected to fetch {url}/gone.zip; it answers 404 Client Error" in str(caught.value)
    assert str(caught.value).endswith(f"data import dse {tmp_path / 'out' / 'gone.zip'} -o OUT")


def test_half_a_file_is_not_left_behind(tmp_path: Path) -> None:
    for url in serve(CutOff):
        with pytest.raises(DetenteError):
            fetch_corpus(corpus(RemoteFile(f"{url}/a.txt", "a.txt")), tmp_path / "out")
    assert everything_in(tmp_path / "out") == set()


@pytest.mark.parametrize("content", ["{", "[1]", '{"a.txt": 1}'])
def test_a_damaged_list_of_checksums_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "checksums.json").write_text(content)
    with pytest.raises(InputError, match=r"checksums.json: expected .* Delete it to trust anew\.$"):
        fetch_corpus(corpus(), tmp_path)


def test_an_archive_is_what_the_import_gets(tmp_path: Path) -> None:
    assert import_source(CORPORA["seesaw"], tmp_path).name.endswith(".zip")
    assert import_source(CORPORA["dse"], tmp_path) == tmp_path
