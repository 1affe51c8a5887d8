"""Scripts and data inside a page: nothing in an article can end the block it stands in, and no other script runs."""

import base64
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

_ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def embedded_json(data: Any) -> Markup:
    """JSON for a `<script type="application/json">`, with what HTML could take for its own escaped."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(written.translate(_ESCAPES))  # noqa: S704  (no sign of markup is left)


def content_security_policy(scripts: Iterable[str]) -> str:
    """A policy under which these inline scripts run, no others, and nothing is loaded or sent.

    Styles may be inline: the charts set sizes and places on their elements.
    """
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
