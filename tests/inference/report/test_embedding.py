"""What stands inside a page can't end its block, and no other script runs."""

import base64
import hashlib
import json

from detente.inference.report.embedding import content_security_policy, embedded_json


def test_json_holds_nothing_that_html_reads() -> None:
    hostile = {"</script>": "<!-- & \u2028\u2029 'quoted' \"", "astral": "\U0001f310"}
    written = embedded_json(hostile)
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == hostile


def test_the_policy_names_each_script_by_its_hash_and_allows_no_request() -> None:
    policy = content_security_policy(["let a = 1;"])
    digest = base64.b64encode(hashlib.sha256(b"let a = 1;").digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
