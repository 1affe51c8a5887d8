"""The progress bar that all commands show."""

import sys
from typing import Any

from tqdm import tqdm


def progress_bar(**settings: Any) -> "tqdm[Any]":
    """A bar on standard error with rate and time left; in a log file, a line now and then."""
    return tqdm(mininterval=0.2 if sys.stderr.isatty() else 15.0, dynamic_ncols=True, **settings)
