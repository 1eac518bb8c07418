import time
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).parents[2]


def wait_until(condition, seconds=60):
    """Wait for what other processes do; answers whether it came to pass."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
