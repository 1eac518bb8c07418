"""The private PostgreSQL of tests, proofs and benchmarks; the last one to use it stops it."""

import atexit
import contextlib
import os
from pathlib import Path

from packbench.config import embedded

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".cache" / "tests"


def database_url():
    """The operator's DATABASE_URL, else a server of our own until this process ends."""
    if os.environ.get("DATABASE_URL"):
        return os.environ["DATABASE_URL"]
    stack = contextlib.ExitStack()
    url = stack.enter_context(embedded.running(HOME))
    atexit.register(stack.close)
    return url
