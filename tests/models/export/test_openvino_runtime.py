"""OpenVINO is loaded without what reports to its maker."""

import subprocess
import sys

import pytest

from tests.exports import need

LOADING = """
import importlib.util, sys
def report(*arguments):
    sys.exit("the package that reports is imported")
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "openvino_telemetry":
            report()
sys.meta_path.insert(0, Finder())
from detente.models.export.openvino_runtime import _openvino
openvino = _openvino()
assert openvino.Core().available_devices
assert "openvino.frontend" in sys.modules
assert "openvino_telemetry" not in sys.modules
assert _openvino() is openvino
print("silent")
"""


@pytest.mark.slow
def test_openvino_reports_nothing_to_its_maker():
    need("openvino")
    done = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("silent\n", 0), done.stderr
