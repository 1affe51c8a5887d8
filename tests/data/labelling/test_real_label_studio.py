"""A round trip through a real Label Studio, where DETENTE_LABEL_STUDIO names its command (docs/guides/labelling.md)."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from detente.data.labelling.coders import merge_votes, read_coding
from detente.data.labelling.label_studio import labelling_config, write_tasks
from detente.data.records import Example
from tests.conftest import free_port

COMMAND = os.environ.get("DETENTE_LABEL_STUDIO")
TOKEN = "0123456789abcdef0123456789abcdef01234567"
QUIET = {"COLLECT_ANALYTICS": "False", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LATEST_VERSION_CHECK": "False"}
Call = Callable[..., Any]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not COMMAND, reason="DETENTE_LABEL_STUDIO names no label-studio command"),
]


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Call]:
    """Calls the HTTP interface of a server of our own, with nothing in it."""
    port = free_port()
    command = [str(COMMAND), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)]
    command += ["--data-dir", str(tmp_path / "data"), "--username", "ann@example.org", "--password", "annspassword"]
    command += ["--user-token", TOKEN, "--enable-legacy-api-token"]

    def request(path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, headers), timeout=60
        ) as answer:
            return json.load(answer)

    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | QUIET, stdout=log, stderr=log)
        try:
            wait_for(lambda: request("/api/current-user/whoami"), server)
            yield request
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_for(answer: Callable[[], Any], server: subprocess.Popen[bytes], seconds: int = 180) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            answer()
        except (URLError, OSError):
            time.sleep(1)
        else:
            return
    pytest.fail("Label Studio does not answer")


def choice(answer: str) -> dict[str, Any]:
    return {"from_name": "stance", "to_name": "text", "type": "choices", "value": {"choices": [answer]}}


def test_a_round_trip_loses_nothing(call: Call, tmp_path: Path, awkward_ones: list[Example]) -> None:
    examples = [example for example in awkward_ones if "half" not in example.meta]  # half a character is no JSON text
    write_tasks(tmp_path / "tasks.json", examples, {})
    tasks = json.loads((tmp_path / "tasks.json").read_bytes())
    project = call("/api/projects/", {"title": "stances", "label_config": labelling_config()})["id"]
    assert call(f"/api/projects/{project}/import", tasks)["task_count"] == len(examples)
    ben = call("/api/users/", {"email": "ben@example.org", "username": "ben", "password": "benspassword"})["id"]

    for task in call(f"/api/tasks?project={project}&fields=all")["tasks"]:
        regions = task["predictions"][0]["result"] if task["predictions"] else []
        call(f"/api/tasks/{task['id']}/annotations/", {"result": [*regions, choice("support")]})
        answer = "oppose" if task["data"]["id"].startswith("plain") else "support"
        call(f"/api/tasks/{task['id']}/annotations/", {"result": [choice(answer)], "completed_by": ben})

    exported = call(f"/api/projects/{project}/export?exportType=JSON&download_all_tasks=true")
    (tmp_path / "export.json").write_text(json.dumps(exported))
    coding = read_coding([tmp_path / "export.json"])
    assert coding.problems == []
    assert list(coding.examples.values()) == examples
    merged = merge_votes(coding)
    assert [example.id for example in merged.adjudicate] == ["plain é"]
    assert [example.id for example in merged.labelled] == [example.id for example in examples[1:]]
    assert merged.moved_spans == 0
