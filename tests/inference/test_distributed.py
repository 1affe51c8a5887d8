"""The engine of a cluster: the same parts as on one machine, whatever becomes of its workers."""

import ipaddress
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

import detente.inference
from detente.configs.errors import InputError
from detente.inference.batch import predict_files
from detente.inference.summary import BatchResult
from detente.models.export.predictor import ExportedPredictor
from detente.models.predictor import Predictor

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is not installed")

PART = 4
PARTS = 15
Predict = Callable[..., BatchResult]


@pytest.fixture(autouse=True, scope="module")
def as_nice_as_we() -> Iterator[None]:
    """Ray's workers stand behind all else; on a busy machine they would take minutes to start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")
        yield


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """60 records: articles, two of one id, a silent one, an example, a line that is no JSON."""
    text = " ".join(f"Norway praised Kenya in round {number}. Chile blamed Peru." for number in range(8))
    rows: list[dict[str, Any]] = [{"id": f"a{number}", "text": text} for number in range(60)]
    rows[9]["id"] = "a7"
    rows[17]["text"] = "It rained."
    rows[30] = {"id": "e", "actor": "A", "target": "B", "text": "A met B."}
    lines = [json.dumps(row) for row in rows]
    lines[40] = "no JSON"
    (tmp_path / "news.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "news.jsonl"


@pytest.fixture
def predict(predictor: Predictor, news: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Predict:
    """Predicts the news; `output` is a folder below the test's."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    predictor.folder = tmp_path / "model"
    predictor.folder.mkdir()

    def run(output: str, **settings: Any) -> BatchResult:
        settings = {"part_size": PART, "progress": False, **settings}
        return predict_files(predictor, [news], tmp_path / output, **settings)

    return run


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """Two processors of this machine as a cluster that is there already."""
    from detente.inference.distributed import ray  # noqa: PLC0415  (slow to import; it says where Ray may listen)

    ray.init(address="local", num_cpus=2, include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
    yield
    ray.shutdown()


def contents(folder: Path) -> dict[str, bytes]:
    """The parts and rejects of an output."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in (".parquet", ".jsonl")}


def kill_a_worker(output: Path, killed: list[int], heard: set[str]) -> None:
    """Wait for the first part, kill one of those who make them; note how many there were, and where they listened."""
    while not (parts := list(output.glob("part-*"))):
        time.sleep(0.005)
    processes = psutil.Process().children(recursive=True)
    heard.update(place.laddr.ip for one in processes for place in one.net_connections() if place.status == "LISTEN")
    workers = [one for one in processes if "_Worker" in "".join(one.cmdline())]
    workers[0].kill()
    killed.append(len(parts))


@pytest.mark.slow
def test_a_killed_worker_changes_nothing(predict: Predict, tmp_path: Path) -> None:
    killed: list[int] = []
    heard: set[str] = set()
    killer = threading.Thread(target=kill_a_worker, args=(tmp_path / "there", killed, heard), daemon=True)
    killer.start()
    there = predict("there", engine="ray", workers=2)
    killer.join(5)
    assert killed
    assert killed[0] < PARTS - 2
    assert replace(there, rejects=None) == replace(predict("here"), rejects=None)
    assert len(contents(tmp_path / "there")) == PARTS + 1
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert there.seconds.extraction > 0 < there.seconds.waiting
    assert heard
    assert all(ipaddress.ip_address(place.removeprefix("::ffff:")).is_loopback for place in heard)


@pytest.mark.slow
def test_a_cluster_goes_on_with_what_a_machine_began(cluster: None, predict: Predict, tmp_path: Path) -> None:
    predict("here")
    before = contents(tmp_path / "here")
    manifest = tmp_path / "here" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"finished": False}))
    begun = json.loads(manifest.read_text())
    begun["batches"][0]["parts"] = None
    manifest.write_text(json.dumps(begun))
    lost = [tmp_path / "here" / f"part-{number:06}.parquet" for number in (2, 10, PARTS - 1)]
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "here").glob("part-*") if path not in lost}
    for path in lost:
        path.unlink()
    predict("here", engine="ray", workers=1, resume=True)
    assert contents(tmp_path / "here") == before
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


@pytest.mark.slow
def test_a_worker_with_other_packages_is_refused(
    cluster: None, predict: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    from detente.inference import distributed  # noqa: PLC0415

    monkeypatch.setattr(distributed, "versions", lambda: {"spacy": "0.1"})
    with pytest.raises(InputError, match=r"a worker on .*: expected spacy 0\.1, as the main process has; found 3\."):
        predict("there", engine="ray", workers=1)


@pytest.mark.slow
def test_a_model_that_cannot_be_sent_is_refused(cluster: None, tmp_path: Path, predictor: Predictor) -> None:
    exported = ExportedPredictor(list, predictor.encoding, backend="onnx", precision="fp32")
    (tmp_path / "a.txt").write_text("Norway praised Kenya.", encoding="utf-8")
    with pytest.raises(InputError, match=r"expected a model that can be sent to workers; found one of onnx\. Use"):
        predict_files(exported, [tmp_path / "a.txt"], tmp_path / "there", engine="ray", workers=1)


def test_without_ray_it_says_what_to_install(predict: Predict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "detente.inference.distributed", raising=False)
    monkeypatch.delattr(detente.inference, "distributed", raising=False)
    with pytest.raises(InputError, match=r"expected the package ray; .*pip install 'detente\[ray\]'"):
        predict("there", engine="ray")


def test_a_cluster_watches_no_folder(predict: Predict, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--watch: expected --engine local; found ray"):
        predict("there", engine="ray", watch=tmp_path)
